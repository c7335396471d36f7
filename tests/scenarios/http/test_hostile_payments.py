"""Requests about payments that no ledger may follow, over real HTTP: refused, and without a trace.

Written from what was promised, not from the code.
"""

from itertools import product
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.wiring import FullStore
from tests.scenarios.http.bank import ALICE, BEGINNINGS, SHOP, made, pay
from tests.scenarios.http.caller import Caller

BEFORE = "2020-01-01T00:00:00Z"


@pytest.fixture
def store(memory_store: MemoryStore) -> FullStore:
    """One store is enough: requests are judged before anything is kept."""
    return memory_store


BAD_AMOUNTS: dict[str, Any] = {
    "zero": "0", "negative": "-1", "huge": "1" + "0" * 38, "larger still": "9" * 500,
    "a number": 1000, "a float": 10.5, "decimals": "10.00", "an exponent": "1e3", "hexadecimal": "0x10",
    "room": " 10", "a leading zero": "010", "other digits": "\u0661\u0660", "empty": "", "nothing": None,
    "a list": ["10"], "infinity": "Infinity", "a sign": "+10",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_AMOUNTS)
def test_no_bad_amount_moves_anything(call: Caller, name: str) -> None:
    head = call.head()
    for kind, body in BEGINNINGS.items():
        said = call.post(f"/v1/{kind}", body | {"amount": BAD_AMOUNTS[name]})
        assert said.status in (400, 422), f"{kind}: {said.status} {said.body}"
        assert said.body["code"]
    assert call.head() == head


@pytest.mark.parametrize("kind", [*BEGINNINGS, "refunds", "disputes"])
def test_a_field_that_nobody_knows_is_refused_by_name(call: Caller, kind: str) -> None:
    head = call.head()
    body = BEGINNINGS.get(kind, {"payment": "pay_01M7W7N0R2QFH4PZWZ85JVAPF2"})
    for more in ({"amout": "5"}, {"state": "settled"}, {"captured": "1000"}, {"id": "pay_1"}):
        said = call.post(f"/v1/{kind}", body | more)
        assert (said.status, said.code) == (400, "unknown_field"), f"{kind} {more}: {said.body}"
        assert next(iter(more)) in str(said.body)
    assert call.head() == head


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_filter_that_nobody_knows_is_refused(call: Caller, kind: str) -> None:
    said = call("GET", f"/v1/{kind}?state=x&stauts=settled")
    assert said.status == 400
    assert said.code == "unknown_filter"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("payments", b""), ("payments", b"[]"), ("payments", b"null"), ("payments", b'{"amount":'),
        ("transfers", b'{"amount":"1","amount":"2"}'), ("transfers", b"\xff\xfe"),
        ("refunds", b"{}"), ("disputes", b'{"payment":7}'), ("deposits", b"[" * 10_000),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(call: Caller, kind: str, body: bytes) -> None:
    head = call.head()
    said = call("POST", f"/v1/{kind}", body)
    assert said.status == 400, said.body
    assert call.head() == head


MISFITS: dict[str, tuple[str, dict[str, Any]]] = {
    "to oneself": ("transfers", {"destination": ALICE}),
    "of another asset than the account's": ("transfers", {"asset": "EUR"}),
    "of an asset that nobody knows": ("transfers", {"asset": "XXQ"}),
    "from nobody": ("transfers", {"source": "customers:nobody:wallets:main:USD"}),
    "from a wallet that is not there": ("transfers", {"source": "wal_01M7W7N0R2QFH4PZWZ85JVAPF2"}),
    "more to others than there is": (
        "transfers", {"splits": [{"destination": SHOP, "amount": "1001"}]},
    ),
    "scheduled for the past": ("transfers", {"scheduled_at": BEFORE}),
    "expired already": ("payments", {"begin": "authorize", "expires_at": BEFORE}),
    "begun where it ends": ("payments", {"begin": "capture"}),
    "without a reason": ("adjustments", {"reason": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(call: Caller, name: str) -> None:
    kind, change = MISFITS[name]
    head = call.head()
    said = call.post(f"/v1/{kind}", BEGINNINGS[kind] | change)
    assert said.status in (400, 404, 409, 422), f"{said.status} {said.body}"
    assert call.head() == head
    assert call.balance(ALICE) == 100_000


# Ids and verbs.


def test_an_id_is_of_its_own_type_only(call: Caller) -> None:
    transfer = made(call.post("/v1/transfers", BEGINNINGS["transfers"]))["id"]
    for kind in set(BEGINNINGS) - {"transfers"}:
        assert call("GET", f"/v1/{kind}/{transfer}").status == 404
    assert call.post(f"/v1/payments/{transfer}/capture").status == 404
    assert call.post("/v1/refunds", {"payment": transfer}).status in (404, 422)
    assert call.balance(ALICE) == 99_000


@pytest.mark.parametrize("verb", ["explode", "settled", "CAPTURE", "capture%00"])
def test_a_verb_that_is_none_is_not_found(call: Caller, verb: str) -> None:
    payment = pay(call, "authorize")
    assert call.post(f"/v1/payments/{payment}/{verb}").status in (404, 405)


def test_every_4xx_leaves_the_journal_as_it_was(call: Caller) -> None:
    payment = pay(call, "pay")
    made(call.post("/v1/refunds", {"payment": payment}))
    head = call.head()
    for verb, amount in product(("capture", "cancel", "authorize", "settle"), (None, "1", "0")):
        said = call.post(
            f"/v1/payments/{payment}/{verb}", {} if amount is None else {"amount": amount}
        )
        assert 400 <= said.status < 500, said.body
    for kind in ("refunds", "disputes"):
        assert call.post(f"/v1/{kind}", {"payment": payment}).status == 422
    assert call.head() == head


def test_the_largest_amount_survives_unharmed(call: Caller) -> None:
    largest = "9" * 38
    bob, shop = "customers:bob:wallets:main:JPY", "merchants:shop:wallets:main:JPY"
    deposit = {"destination": bob, "amount": largest, "asset": "JPY"}
    assert made(call.post("/v1/deposits", deposit))["amount"] == largest
    assert call.balance(bob) == 10**38 - 1
    over = call.post("/v1/deposits", deposit | {"amount": "1"})
    assert (over.status, over.code) == (422, "amount_out_of_range")
    moved = {"source": bob, "destination": shop, "amount": largest, "asset": "JPY"}
    assert made(call.post("/v1/transfers", moved))["amount"] == largest
    assert (call.balance(bob), call.balance(shop)) == (0, 10**38 - 1)
