"""Proofs of liabilities over HTTP: sealed once, listed, and handed out file by file."""

import msgspec
import pytest

from partita.engine.access import Scope
from partita.modules.liabilities.customer import Expected, check_proof, read_proof
from tests.unit.surfaces.http.conftest import Client, transfer

URL = "/v1/audit/proofs/liabilities"


async def sealed(client: Client, key: str = "q4", **body: str) -> dict[str, object]:
    answer = await client.post(URL, {"asset": "USD", **body}, headers={"idempotency-key": key})
    assert answer.status == 201, answer.body
    found: dict[str, object] = answer.json
    return found


@pytest.fixture(autouse=True)
async def deposit(client: Client) -> None:
    """Alice is owed 500."""
    answer = await client.post("/v1/transactions", transfer(), headers={"idempotency-key": "d"})
    assert answer.status == 201


async def test_a_root_is_sealed_and_every_leaf_leads_to_it(client: Client) -> None:
    root = await sealed(client)
    assert (root["total"], root["prefix"], root["leaves"]) == ("500", "customers", "256")
    assert root["figures"] == {"accounts": 2, "overdrawn_accounts": 0, "overdrawn": "0"}
    for account, balance in (("customers:alice", 500), ("customers:bob", 0)):
        answer = await client.get(f"{URL}/{root['id']}/leaf?account_id={account}")
        expected = Expected(account, str(root["root"]), int(str(root["epoch"])))
        shown = check_proof(read_proof(answer.body), expected)
        assert shown.balance == balance
        assert shown.record_leaf == root["record_leaf"]


async def test_a_retry_is_answered_with_the_same_root(client: Client) -> None:
    first = await sealed(client)
    again = await client.post(URL, {"asset": "USD"}, headers={"idempotency-key": "q4"})
    assert (again.status, again.json) == (201, first)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == f"{URL}/{first['id']}"
    assert again.headers["ledger-sequence"] == first["sequence"]
    other = await client.post(
        URL, {"asset": "USD", "prefix": "bank"}, headers={"idempotency-key": "q4"}
    )
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_roots_are_listed_page_by_page(client: Client) -> None:
    made = [await sealed(client, f"k{n}") for n in range(3)][::-1]
    first = (await client.get(f"{URL}?limit=2")).json
    assert (first["data"], first["has_more"]) == (made[:2], True)
    rest = (await client.get(f"{URL}?limit=2&cursor={first['next_cursor']}")).json
    assert (rest["data"], rest["has_more"]) == (made[2:], False)
    assert (await client.get(f"{URL}?asset=EUR")).json["data"] == []
    assert (await client.get(f"{URL}/{made[0]['id']}")).json == made[0]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"asset": "USD", "prefix": "merchants"}, 404, "not_found"),
        ({"asset": "GBP"}, 404, "not_found"),
        ({"asset": "USD", "prefix": "a b"}, 400, "invalid_request"),
        ({"asset": "USD", "prefix": "acc_"}, 400, "invalid_request"),
        ({"prefix": "customers"}, 400, "invalid_request"),
        ({"asset": "USD", "depth": 1}, 400, "unknown_field"),
    ],
)
async def test_what_cannot_be_sealed_is_refused(
    client: Client, body: dict[str, object], status: int, code: str
) -> None:
    answer = await client.post(URL, body, headers={"idempotency-key": "q4"})
    assert (answer.status, answer.code) == (status, code), answer.body


async def test_what_is_not_there_is_not_found(client: Client) -> None:
    root = await sealed(client)
    for path in ("doc_none", f"{root['id']}/leaf?account_id=bank:main",
                 f"{root['id']}/leaf?account_id=nobody"):  # fmt: skip
        answer = await client.get(f"{URL}/{path}")
        assert (answer.status, answer.code) == (404, "not_found"), answer.body
    answer = await client.get(f"{URL}/{root['id']}/leaf")
    assert (answer.status, answer.code) == (400, "invalid_request")


async def test_sealing_needs_a_key_and_the_right_to_write(client: Client) -> None:
    answer = await client.post(URL, {"asset": "USD"})
    assert (answer.status, answer.code) == (400, "idempotency_key_missing")
    client.key = client.application.access.create("main", Scope.READ)[0]
    answer = await client.post(URL, {"asset": "USD"}, headers={"idempotency-key": "r"})
    assert (answer.status, answer.code) == (403, "permission_denied")
    assert msgspec.json.decode((await client.get(URL)).body)["object"] == "list"
