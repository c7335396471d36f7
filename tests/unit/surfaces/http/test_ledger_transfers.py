"""Transfers between two ledgers over HTTP: one key for both, one id from either side."""

from typing import Any

import pytest

from partita.engine.access import Scope
from tests.unit.surfaces.http.conftest import Answer, Client

URL = "/v1/ledger_transfers"
BODY = {
    "destination_ledger": "loyalty", "source": "customers:carol", "destination": "points:alice",
    "amount": "300", "asset": "USD", "external_id": "invoice-7", "metadata": {"note": "x"},
}  # fmt: skip
TO_LOYALTY = {"ledger": "loyalty"}


@pytest.fixture
async def both(client: Client) -> Client:
    """A client for all ledgers; Carol has 5.00 dollars here, and an account there."""
    client.key = client.application.access.create("*", Scope.WRITE)[0]
    client.application.open_ledger("loyalty")
    for headers, path in ((None, "bank"), (None, "customers:carol"), (TO_LOYALTY, "points:alice")):
        limits = {"min_available": "0"} if path == "customers:carol" else {}
        opening = {"path": path, "asset": "USD", "type": "liability", "constraints": limits}
        answer = await client.post("/v1/accounts", opening, headers=headers)
        assert answer.status == 201, answer.body
    legs = [("bank", "debit"), ("customers:carol", "credit")]
    postings = [
        {"account": path, "direction": way, "amount": "500", "asset": "USD"} for path, way in legs
    ]
    assert (await client.post_transaction({"postings": postings})).status == 201
    return client


async def send(client: Client, key: str = "k", query: str = "", **changed: Any) -> Answer:
    headers = {"idempotency-key": key}
    return await client.send("POST", URL + query, BODY | changed, headers=headers)


async def test_both_ledgers_show_it_under_one_id(both: Client) -> None:
    answer = await send(both)
    told = answer.json
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"{URL}/{told['id']}"
    assert told["id"].startswith("ltr_")
    here = (await both.get(f"{URL}/{told['id']}")).json
    there = (await both.get(f"{URL}/{told['id']}", headers=TO_LOYALTY)).json
    assert here == told
    own = ("side", "transaction_id", "sequence")
    assert {name: each for name, each in here.items() if name not in own} == {
        name: each for name, each in there.items() if name not in own
    }
    assert (here["side"], there["side"]) == ("sent", "received")
    assert (here["source_ledger"], here["destination_ledger"]) == ("main", "loyalty")
    assert (here["amount"], here["scale"], here["external_id"]) == ("300", 2, "invoice-7")
    for headers, side in ((None, here), (TO_LOYALTY, there)):
        posted = await both.get(f"/v1/transactions/{side['transaction_id']}", headers=headers)
        assert posted.json["metadata"]["partita.ledger_transfer"] == told["id"]
        assert (await both.get(URL, headers=headers)).json["data"] == [side]
    balance = (await both.get("/v1/accounts/customers:carol/balances")).json
    assert balance["available"] == "200"


async def test_the_same_key_does_it_once(both: Client) -> None:
    first, again = await send(both), await send(both)
    assert first.json == again.json
    assert again.headers["idempotent-replayed"] == "true"
    assert (await send(both, amount="301")).code == "idempotency_key_reused"


async def test_what_one_ledger_refuses_neither_records(both: Client) -> None:
    assert (await send(both, amount="501")).code == "insufficient_funds"
    assert (await send(both, "k2", destination="nobody")).code == "account_not_found"
    assert (await both.get(URL)).json["data"] == []


async def test_a_key_for_one_ledger_is_not_enough(both: Client) -> None:
    both.key = both.application.access.create("main", Scope.WRITE)[0]
    assert (await send(both)).code == "permission_denied"
    both.key = both.application.access.create("*", Scope.READ)[0]
    assert (await send(both)).code == "permission_denied"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"destination_ledger": "main"}, "invalid_request"),
        ({"destination_ledger": "No Such"}, "invalid_request"),
        ({"destination_ledger": "nowhere"}, "not_found"),
        ({"amount": "1.5"}, "invalid_amount"),
        ({"amount": 5}, "invalid_amount"),
        ({"note": "x"}, "unknown_field"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    both: Client, changed: dict[str, Any], code: str
) -> None:
    assert (await send(both, **changed)).code == code


async def test_a_dry_run_writes_nothing(both: Client) -> None:
    answer = await send(both, query="?dry_run=true")
    assert answer.status == 201
    assert answer.headers["dry-run"] == "true"
    assert (await both.get(URL)).json["data"] == []


async def test_what_is_not_there_is_not_found(both: Client) -> None:
    for name in ("ltr_" + "0" * 26, "ltr_x", "txn_" + "0" * 26):
        assert (await both.get(f"{URL}/{name}")).code == "not_found"


async def test_the_list_is_cut_into_pages(both: Client) -> None:
    made = [(await send(both, f"k{n}", amount="1", external_id=f"x{n}")).json for n in range(3)]
    first = (await both.get(f"{URL}?limit=2")).json
    rest = (await both.get(f"{URL}?limit=2&cursor={first['next_cursor']}")).json
    assert [*first["data"], *rest["data"]] == made[::-1]
    assert not rest["has_more"]
