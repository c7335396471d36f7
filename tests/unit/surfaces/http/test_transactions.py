"""Transactions over HTTP: posted once, answered for ever, alone or in batches."""

from typing import Any

import pytest

from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.kernel.account import AccountType, Side
from partita.kernel.commands import OpenAccount, PostTransaction
from partita.kernel.events import TransactionPosted
from partita.kernel.posting import Posting
from partita.surfaces.http.desk import Books
from partita.surfaces.http.shapes.transactions import transaction
from partita.wiring import Application
from tests.plugins.steering import ask_one
from tests.unit.surfaces.http.conftest import Client, transfer

ZERO = {"pending_in": "0", "pending_out": "0", "held": "0"}


async def test_a_posted_transaction_is_told_in_full(client: Client) -> None:
    answer = await client.post_transaction(
        transfer(type="deposit", external_id="e-1", metadata={"order": "8812"},
                 effective_at="2026-11-19T11:00:00+01:00")
    )  # fmt: skip
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/transactions/{told['id']}"
    assert answer.headers["ledger-sequence"] == told["sequence"] == str(client.sequence)
    assert answer.headers["request-id"].startswith("req_")
    assert "idempotent-replayed" not in answer.headers
    assert told["object"] == "transaction"
    assert told["status"] == "posted"
    assert told["effective_at"] == "2026-11-19T10:00:00.000000Z"
    assert (told["type"], told["external_id"], told["metadata"]) == (
        "deposit", "e-1", {"order": "8812"},
    )  # fmt: skip
    assert told["postings"] == [
        {"account": "bank:main", "direction": "debit", "amount": "500", "asset": "USD",
         "scale": 2, "reversed": "0", "account_version": 1,
         "balance_after": {"posted": "500", "available": "500"} | ZERO},
        {"account": "customers:alice", "direction": "credit", "amount": "500", "asset": "USD",
         "scale": 2, "reversed": "0", "account_version": 1,
         "balance_after": {"posted": "500", "available": "500"} | ZERO},
    ]  # fmt: skip
    assert told["posted_sequence"] == told["sequence"]
    assert (told["version"], told["allowed_actions"]) == (1, ["reverse"])
    assert (told["hold_id"], told["reverses_id"], told["reversed_by_ids"]) == (None, None, [])


async def test_effective_at_is_recorded_at_unless_said(client: Client) -> None:
    told = (await client.post_transaction(transfer())).json
    assert told["effective_at"] == told["recorded_at"]


async def test_an_account_may_be_named_by_its_id(client: Client) -> None:
    alice = (await client.get("/v1/accounts/customers:alice")).json["id"]
    body = transfer()
    body["postings"][1]["account"] = alice
    told = (await client.post_transaction(body)).json
    assert told["postings"][1]["account"] == "customers:alice"


async def test_amounts_of_38_digits_go_through_unharmed(client: Client) -> None:
    largest = "9" * 38
    told = (await client.post_transaction(transfer(largest))).json
    assert told["postings"][0]["amount"] == largest
    assert told["postings"][0]["balance_after"]["posted"] == largest
    again = await client.post_transaction(transfer("1"))
    assert (again.status, again.code) == (422, "amount_out_of_range")


async def test_what_is_read_back_is_what_was_answered(client: Client) -> None:
    posted = await client.post_transaction(transfer())
    got = await client.get(posted.headers["location"])
    assert (got.status, got.json) == (200, posted.json)


async def test_the_id_of_something_else_is_no_transaction(client: Client) -> None:
    account = (await client.get("/v1/accounts/customers:alice")).json["id"]
    assert (await client.get(f"/v1/transactions/{account}")).code == "not_found"


async def test_the_same_key_gets_the_same_bytes(client: Client) -> None:
    first = await client.post_transaction(transfer(), "order-1")
    await client.post_transaction(transfer(), "order-2")
    before = client.sequence
    again = await client.post_transaction(transfer(), "order-1")
    quoted = await client.post_transaction(transfer(), '"order-1"')
    assert first.body == again.body == quoted.body
    assert again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["ledger-sequence"] == first.headers["ledger-sequence"]
    assert client.sequence == before


async def test_the_same_key_for_a_body_that_is_spelt_otherwise_is_the_same(client: Client) -> None:
    first = await client.post_transaction(transfer(type="a", metadata={"x": "1", "y": "2"}), "k")
    body = b"""{ "metadata": {"y": "2", "x": "1"}, "type": "\\u0061", "postings": [
        {"asset":"USD","amount":"500","direction":"debit","account":"bank:main"},
        {"asset":"USD","amount":"500","direction":"credit","account":"customers:alice"}]}"""
    again = await client.post_transaction(body, "k")
    assert (again.status, again.body) == (201, first.body)


async def test_the_same_key_for_another_body_is_refused(client: Client) -> None:
    first = (await client.post_transaction(transfer(), "k")).json
    other = await client.post_transaction(transfer("501"), "k")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert other.json["existing_resource_id"] == first["id"]


async def test_a_rejection_is_kept_under_its_key(client: Client) -> None:
    body = transfer()
    body["postings"][1]["account"] = "customers:carol"
    first = await client.post_transaction(body, "k")
    await client.post(
        "/v1/accounts", {"path": "customers:carol", "asset": "USD", "type": "liability"}
    )
    again = await client.post_transaction(body, "k")
    assert first.code == again.code == "account_not_found"
    assert again.headers["idempotent-replayed"] == "true"
    own = {"request_id": None}
    assert first.json | own == again.json | own, "only the request's own id differs"
    assert (await client.post_transaction(body)).status == 201


@pytest.mark.parametrize("key", [None, "", '""', "a" * 256, '"unfinished', "ü", '"a"b"', '"\\x"'])
async def test_a_key_is_needed_and_must_be_usable(client: Client, key: str | None) -> None:
    headers = {} if key is None else {"idempotency-key": key}
    answer = await client.post("/v1/transactions", transfer(), headers=headers)
    expected = "idempotency_key_missing" if key is None else "idempotency_key_invalid"
    assert (answer.status, answer.code) == (400, expected)


async def test_two_keys_at_once_are_refused(client: Client) -> None:
    twice = [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")]
    answer = await client.post("/v1/transactions", transfer(), raw_headers=twice)
    assert (answer.status, answer.code) == (400, "invalid_request")


async def test_a_key_with_escapes_is_the_key_it_spells(client: Client) -> None:
    first = await client.post_transaction(transfer(), 'a"b\\c')
    again = await client.post_transaction(transfer(), '"a\\"b\\\\c"')
    assert first.body == again.body


async def test_an_external_id_is_taken_once(client: Client) -> None:
    await client.post_transaction(transfer(external_id="e"))
    answer = await client.post_transaction(transfer(external_id="e"))
    assert (answer.status, answer.code) == (409, "external_id_taken")


async def test_a_frozen_account_takes_nothing(client: Client) -> None:
    await client.post("/v1/accounts/customers:alice/freeze")
    answer = await client.post_transaction(transfer())
    assert (answer.status, answer.code) == (422, "account_frozen")


async def test_what_is_not_covered_is_refused_with_figures(client: Client) -> None:
    await client.post("/v1/accounts", {"path": "customers:carol", "asset": "USD",
                                       "type": "liability",
                                       "constraints": {"min_available": "0"}})  # fmt: skip
    body = {"postings": [
        {"account": "customers:carol", "direction": "debit", "amount": "500", "asset": "USD"},
        {"account": "customers:bob", "direction": "credit", "amount": "500", "asset": "USD"},
    ]}  # fmt: skip
    answer = await client.post_transaction(body)
    assert (answer.status, answer.code) == (422, "insufficient_funds")
    assert answer.json["facts"]["short_by"] == "500"
    assert answer.json["errors"][0]["pointer"] == "/postings/0"


async def test_the_scale_may_be_sent_along(client: Client) -> None:
    await client.post("/v1/assets", {"code": "BTC", "scale": 8, "type": "crypto"})
    for path in ("btc:a", "btc:b"):
        await client.post("/v1/accounts", {"path": path, "asset": "BTC", "type": "asset"})
    body: dict[str, Any] = {"postings": [
        {"account": "btc:a", "direction": "debit", "amount": "1", "asset": "BTC", "scale": 8},
        {"account": "btc:b", "direction": "credit", "amount": "1", "asset": "BTC"},
    ]}  # fmt: skip
    told = await client.post_transaction(body)
    assert told.status == 201
    assert told.json["postings"][1]["scale"] == 8
    body["postings"][1]["scale"] = 2
    answer = await client.post_transaction(body)
    assert (answer.status, answer.code) == (422, "asset_scale_mismatch")
    assert answer.json["errors"][0]["pointer"] == "/postings/1/scale"


async def batch(client: Client, mode: str, *items: Any, key: str | None = None) -> Any:
    """Post a batch."""
    body = {"mode": mode, "transactions": list(items)}
    return await client.post_transaction(body, key, address="/v1/transactions/batch")


async def test_an_atomic_batch_is_recorded_as_one(client: Client) -> None:
    answer = await batch(client, "atomic", transfer("1"), transfer("2"), key="b")
    results = answer.json["results"]
    assert (answer.status, answer.json["object"], answer.json["mode"]) == (200, "batch", "atomic")
    assert [r["status"] for r in results] == [201, 201]
    versions = [r["transaction"]["postings"][0]["account_version"] for r in results]
    assert versions == [1, 2]
    assert answer.headers["ledger-sequence"] == results[-1]["transaction"]["sequence"]
    again = await batch(client, "atomic", transfer("1"), transfer("2"), key="b")
    assert again.body == answer.body
    assert again.headers["idempotent-replayed"] == "true"


async def test_an_atomic_batch_fails_as_one(client: Client) -> None:
    before, bad = client.sequence, transfer("2")
    bad["postings"][1]["account"] = "customers:nobody"
    answer = await batch(client, "atomic", transfer("1"), bad, key="b")
    assert (answer.status, answer.code) == (422, "account_not_found")
    assert answer.json["errors"][0]["pointer"] == "/transactions/1/postings/1/account"
    assert client.sequence == before
    again = await batch(client, "atomic", transfer("1"), bad, key="b")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["errors"] == answer.json["errors"]


async def test_an_independent_batch_answers_each(client: Client) -> None:
    first = transfer("1", external_id="e")
    answer = await batch(client, "independent", first, first, transfer("0"), transfer("3"))
    results = answer.json["results"]
    assert answer.status == 200
    assert [r["status"] for r in results] == [201, 409, 422, 201]
    assert results[1]["problem"]["code"] == "external_id_taken"
    assert results[2]["problem"]["errors"][0]["pointer"] == "/transactions/2/postings/0/amount"
    assert "problem" not in results[0]
    assert "transaction" not in results[1]


async def test_a_batch_of_rejections_has_no_sequence(client: Client) -> None:
    answer = await batch(client, "independent", transfer("0"))
    assert answer.status == 200
    assert "ledger-sequence" not in answer.headers


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"mode": "atomic", "transactions": []}, "invalid_request", "/transactions"),
        ({"mode": "maybe", "transactions": [transfer()]}, "invalid_request", "/mode"),
        ({"transactions": [transfer()]}, "invalid_request", ""),
        ({"mode": "atomic", "transactions": [transfer()] * 1_001}, "invalid_request",
         "/transactions"),
        ({"mode": "independent", "transactions": [transfer(), transfer("x")]}, "invalid_amount",
         "/transactions/1/postings/0/amount"),
        ({"mode": "atomic", "transactions": [transfer(), transfer(effective_at="x")]},
         "invalid_timestamp", "/transactions/1/effective_at"),
        ({"mode": "atomic", "transactions": [{"postings": [{"acount": "x"}]}]}, "unknown_field",
         "/transactions/0/postings/0/acount"),
    ],
)  # fmt: skip
async def test_a_batch_of_the_wrong_form_is_refused(
    client: Client, body: object, code: str, pointer: str
) -> None:
    answer = await client.post_transaction(body, address="/v1/transactions/batch")
    assert (answer.status, answer.code) == (400, code)
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_a_key_counts_within_its_operation(client: Client) -> None:
    assert (await client.post_transaction(transfer(), "k")).status == 201
    assert (await batch(client, "atomic", transfer(), key="k")).status == 200


async def test_answers_are_the_same_when_the_store_must_be_asked(application: Application) -> None:
    ledger = application.ledger("main")
    for path, kind in (("a", AccountType.ASSET), ("b", AccountType.LIABILITY)):
        ask_one(ledger, OpenAccount(path, "USD", kind))
    legs = (Posting("a", Side.DEBIT, 5, "USD"), Posting("b", Side.CREDIT, 5, "USD"))
    posted = ask_one(ledger, PostTransaction(legs))
    assert isinstance(posted, Accepted)
    assert isinstance(posted.record.event, TransactionPosted)
    entries = posted.record.event.entries
    known = Books(ledger, application.store).known(entries)
    assert known is not None
    just_started = Ledger(ledger.info, application.store, application.clock, application.entropy)
    books = Books(just_started, application.store)
    assert books.known(entries) is None
    assert transaction(posted.record, books.look_up(entries)) == transaction(posted.record, known)


async def listed(client: Client, query: str) -> list[str]:
    """The external ids of what a list shows."""
    answer = await client.get(f"/v1/transactions?{query}")
    assert answer.status == 200, answer.body
    return [item["external_id"] for item in answer.json["data"]]


async def test_transactions_are_listed_by_filters(client: Client) -> None:
    days = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"]
    told = [
        (
            await client.post_transaction(transfer(external_id=f"e{n}", effective_at=day), f"k{n}")
        ).json
        for n, day in enumerate(days)
    ]
    assert await listed(client, "") == ["e2", "e1", "e0"]
    assert await listed(client, "external_id=e1") == ["e1"]
    assert await listed(client, "idempotency_key=k2") == ["e2"]
    assert await listed(client, "idempotency_key=nobody") == []
    assert await listed(client, "account=customers:alice") == ["e2", "e1", "e0"]
    assert await listed(client, "account=customers:bob") == []
    window = f"effective[gte]={days[1]}&effective[lt]={days[2]}"
    assert await listed(client, f"account=bank:main&{window}") == ["e1"]
    second = told[1]["recorded_at"]
    assert await listed(client, f"created[gte]={second}") == ["e2", "e1"]
    assert await listed(client, f"created[lt]={second}") == ["e0"]
    assert await listed(client, "created%5Blt%5D=2000-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("effective[gte]=2026-11-01T00:00:00Z", 400, "invalid_request"),
        ("effective[gte]=1970-01-01T00:00:00Z", 400, "invalid_request"),
        ("created[gte]=yesterday", 400, "invalid_timestamp"),
        ("created[gt]=2026-11-01T00:00:00Z", 400, "unknown_filter"),
        ("account=customers:nobody", 404, "not_found"),
    ],
)
async def test_a_filter_that_cannot_be_answered_is_refused(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = await client.get(f"/v1/transactions?{query}")
    assert (answer.status, answer.code) == (status, code)
