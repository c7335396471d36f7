"""Ledgers, assets and the journal over HTTP."""

from hashlib import sha256

import pytest

from partita.engine.access import Scope
from partita.journal.encoding import decode
from tests.unit.surfaces.http.conftest import Client, transfer


@pytest.fixture
def operator(client: Client) -> Client:
    """The client with a key for all ledgers."""
    client.key = client.application.access.create("*", Scope.WRITE)[0]
    return client


async def test_a_ledger_is_opened_with_a_key_for_all(operator: Client) -> None:
    answer = await operator.post("/v1/ledgers", {"name": "loyalty", "metadata": {"a": "b"}})
    assert answer.status == 201
    assert answer.headers["location"] == "/v1/ledgers/loyalty"
    assert answer.json["id"].startswith("ldg_")
    assert (answer.json["name"], answer.json["metadata"]) == ("loyalty", {"a": "b"})
    assert (await operator.get("/v1/ledgers/loyalty")).json == answer.json
    again = await operator.post("/v1/ledgers", {"name": "loyalty"})
    assert (again.status, again.code) == (409, "ledger_exists")


async def test_opening_a_ledger_under_a_key_is_answered_the_same(operator: Client) -> None:
    key = {"idempotency-key": "k"}
    first = await operator.post("/v1/ledgers", {"name": "loyalty"}, headers=key)
    again = await operator.post("/v1/ledgers", {"name": "loyalty"}, headers=key)
    assert (again.status, again.body) == (201, first.body)


async def test_the_ledgers_are_apart(operator: Client) -> None:
    await operator.post("/v1/ledgers", {"name": "loyalty"})
    loyalty = {"ledger": "loyalty"}
    account = {"path": "bank:main", "asset": "USD", "type": "asset"}
    assert (await operator.post("/v1/accounts", account, headers=loyalty)).status == 201
    assert len((await operator.get("/v1/accounts", headers=loyalty)).json["data"]) == 1
    assert len((await operator.get("/v1/accounts")).json["data"]) == 3
    names = [item["name"] for item in (await operator.get("/v1/ledgers")).json["data"]]
    assert names == ["loyalty", "main"]


async def test_a_key_of_one_ledger_reaches_that_one_only(client: Client) -> None:
    client.application.open_ledger("loyalty")
    names = [item["name"] for item in (await client.get("/v1/ledgers")).json["data"]]
    assert names == ["main"]
    assert (await client.get("/v1/ledgers/loyalty")).code == "not_found"
    assert (await client.get("/v1/accounts", headers={"ledger": "main"})).status == 200
    other = await client.get("/v1/accounts", headers={"ledger": "loyalty"})
    assert (other.status, other.code) == (403, "permission_denied")
    assert (await client.post("/v1/ledgers", {"name": "new"})).code == "permission_denied"


@pytest.mark.parametrize("name", ["", "Main", "a b", "a" * 64, "-a", "a\n", "ä", "../a", '"'])
async def test_a_ledger_needs_a_plain_name(operator: Client, name: str) -> None:
    answer = await operator.post("/v1/ledgers", {"name": name})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/name")


async def test_a_ledger_that_is_not_there_is_not_found(operator: Client) -> None:
    answer = await operator.get("/v1/accounts", headers={"ledger": "nowhere"})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_an_asset_is_registered_once(client: Client) -> None:
    body = {"code": "BTC", "scale": 8, "type": "crypto", "issuer": "nobody", "metadata": {"a": "b"}}
    answer = await client.post("/v1/assets", body, headers={"idempotency-key": "k"})
    assert answer.status == 201
    assert answer.headers["location"] == "/v1/assets/BTC"
    assert answer.json == body | {"object": "asset", "built_in": False}
    assert (await client.get("/v1/assets/BTC")).json == answer.json
    again = await client.post("/v1/assets", body, headers={"idempotency-key": "k"})
    assert again.body == answer.body
    taken = await client.post("/v1/assets", {"code": "BTC", "scale": 9})
    assert (taken.status, taken.code) == (409, "asset_exists")


@pytest.mark.parametrize(("code", "scale"), [("USD", 2), ("JPY", 0), ("BHD", 3)])
async def test_currencies_are_built_in(client: Client, code: str, scale: int) -> None:
    told = (await client.get(f"/v1/assets/{code}")).json
    assert (told["scale"], told["type"], told["built_in"]) == (scale, "fiat", True)
    taken = await client.post("/v1/assets", {"code": code, "scale": scale})
    assert taken.code == "asset_exists"


async def test_assets_are_listed_by_type(client: Client) -> None:
    await client.post("/v1/assets", {"code": "GOLD", "scale": 3})
    custom = (await client.get("/v1/assets?type=custom")).json["data"]
    assert [item["code"] for item in custom] == ["GOLD"]
    fiat = (await client.get("/v1/assets?type=fiat&limit=1000")).json["data"]
    codes = [item["code"] for item in fiat]
    assert codes == sorted(codes)
    assert "EUR" in codes


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"code": "btc", "scale": 8}, "/code"),
        ({"code": "1BTC", "scale": 8}, "/code"),
        ({"code": "B" * 25, "scale": 8}, "/code"),
        ({"code": "BTC", "scale": 31}, "/scale"),
        ({"code": "BTC", "scale": -1}, "/scale"),
        ({"code": "BTC", "scale": "8"}, "/scale"),
        ({"code": "BTC", "scale": 8.5}, "/scale"),
        ({"code": "BTC", "scale": 8, "type": "coin"}, "/type"),
        ({"code": "BTC", "scale": 8, "kind": "crypto"}, "/kind"),
        ({"code": "BTC"}, ""),
    ],
)
async def test_an_asset_of_the_wrong_form_is_refused(
    client: Client, body: object, pointer: str
) -> None:
    answer = await client.post("/v1/assets", body)
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_the_journal_is_read_as_it_is_stored(client: Client) -> None:
    await client.post_transaction(transfer(metadata={"a": "ä"}))
    records = (await client.get("/v1/journal")).json["data"]
    assert [record["sequence"] for record in records] == [
        str(n) for n in range(1, client.sequence + 1)
    ]
    for record in records:
        body = record["body"].encode()
        assert record["leaf"] == sha256(b"\0" + body).hexdigest()
        assert decode(body).sequence == int(record["sequence"])


async def test_the_journal_is_followed_by_sequence(client: Client) -> None:
    end = client.sequence
    assert (await client.get(f"/v1/journal?after={end}")).json["data"] == []
    await client.post_transaction(transfer())
    data = (await client.get(f"/v1/journal?after={end}")).json["data"]
    assert [record["sequence"] for record in data] == [str(end + 1)]
    assert (await client.get("/v1/journal?after=-1")).code == "invalid_request"
    assert (await client.get("/v1/journal?after=999999999999999999")).json["data"] == []


async def test_the_head_tells_the_root(client: Client) -> None:
    application = client.application
    head = application.store.head(application.ledger("main").info)
    told = (await client.get("/v1/journal/head")).json
    assert told == {
        "object": "journal_head", "ledger": "main", "sequence": str(head.sequence),
        "recorded_at": head.recorded_at.text(), "root": head.root.hex(),
    }  # fmt: skip
