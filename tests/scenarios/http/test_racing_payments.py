"""Payments that race each other, over real HTTP on both stores.

Written from what was promised, not from the code: money moves once or not at all, and whoever comes
second is told so.
"""

from collections.abc import Callable
from functools import partial

import pytest

from tests.scenarios.http.bank import ALICE, BEGINNINGS, BOB, SHOP, accepted, codes, made, pay
from tests.scenarios.http.caller import Caller, Said


def test_a_freeze_in_the_middle_of_payments_lets_through_what_is_before_it_and_nothing_after(
    call: Caller,
) -> None:
    body = {"source": ALICE, "destination": BOB, "amount": "10", "asset": "USD"}
    calls: list[Callable[[], Said]] = [partial(call.post, "/v1/transfers", body) for _ in range(40)]
    # Reached half-way through, so that payments are on both sides of it.
    calls.insert(20, partial(call.post, f"/v1/accounts/{ALICE}/freeze", {"reason": "stolen"}))
    answers = call.all_at_once(calls)
    freeze = answers.pop(20)
    assert freeze.status == 200, freeze.body
    through = accepted(answers)
    assert codes(answers) in ([], ["account_frozen"])
    assert all(said.sequence < freeze.sequence for said in through)
    assert call.balance(BOB) == 10 * len(through)
    assert call.balance(ALICE) == 100_000 - 10 * len(through)
    late = call.post("/v1/transfers", body)
    assert (late.status, late.code) == (422, "account_frozen")


def test_racing_refunds_never_give_back_more_than_was_captured(call: Caller) -> None:
    payment = pay(call, "pay")
    body = {"payment": payment, "amount": "100"}
    answers = call.all_at_once([partial(call.post, "/v1/refunds", body) for _ in range(25)])
    assert len(accepted(answers)) == 10
    assert codes(answers) == ["refund_exceeds_captured"]
    assert call("GET", f"/v1/payments/{payment}").body["refunded"] == "1000"
    assert (call.balance(ALICE), call.balance(SHOP)) == (100_000, 0)


def test_a_refund_and_a_dispute_of_one_payment_do_not_both_get_all_of_it(call: Caller) -> None:
    payment = pay(call, "pay")
    calls = [
        partial(call.post, f"/v1/{kind}", {"payment": payment}) for kind in ("refunds", "disputes")
    ]
    answers = call.all_at_once(calls * 5)
    assert len(accepted(answers)) == 1
    shown = call("GET", f"/v1/payments/{payment}").body
    assert int(shown["refunded"]) + int(shown["disputed"]) == 1_000


def test_a_payment_is_captured_once(call: Caller) -> None:
    payment = pay(call, "authorize")
    path = f"/v1/payments/{payment}/capture"
    answers = call.all_at_once([partial(call.post, path) for _ in range(20)])
    assert len(accepted(answers)) == 1
    assert codes(answers) == ["invalid_state"]
    refused = next(said for said in answers if said.code)
    assert refused.status == 409
    assert "allowed_actions" in str(refused.body)
    assert (call.balance(ALICE), call.balance(SHOP)) == (99_000, 1_000)


def test_parts_that_are_captured_at_once_never_exceed_the_whole(call: Caller) -> None:
    payment = pay(call, "authorize")
    path = f"/v1/payments/{payment}/capture"
    answers = call.all_at_once([partial(call.post, path, {"amount": "100"}) for _ in range(20)])
    assert len(accepted(answers)) == 10
    assert (call.balance(ALICE), call.balance(SHOP)) == (99_000, 1_000)


def test_a_payment_is_captured_or_canceled_and_never_both(call: Caller) -> None:
    for _ in range(5):
        before = call.balance(SHOP)
        path = f"/v1/payments/{pay(call, 'authorize')}"
        calls = [partial(call.post, f"{path}/{verb}") for verb in ("capture", "cancel")]
        answers = call.all_at_once(calls * 4)
        assert len(accepted(answers)) == 1
        captured = accepted(answers)[0].body["state"] == "settled"
        assert call.balance(SHOP) - before == (1_000 if captured else 0)
    assert call.balance(ALICE) + call.balance(SHOP) == 100_000


def test_money_that_is_there_once_is_spent_once(call: Caller) -> None:
    """Every way out of a wallet at once, for all that is in it."""
    everything = {"amount": "100000", "asset": "USD"}
    calls = [
        partial(call.post, f"/v1/{kind}", BEGINNINGS[kind] | everything)
        for kind in ("transfers", "withdrawals", "fees", "taxes", "adjustments")
        for _ in range(4)
    ]
    answers = call.all_at_once(calls)
    assert len(accepted(answers)) == 1
    assert codes(answers) == ["insufficient_funds"]
    assert int(call("GET", f"/v1/accounts/{ALICE}/balances").body["available"]) == 0


# Keys.


def test_one_key_moves_money_once_however_often_it_comes(call: Caller) -> None:
    calls = [partial(call.post, "/v1/transfers", BEGINNINGS["transfers"], key="once")] * 25
    answers = call.all_at_once(calls)
    known = [said for said in answers if said.status == 201]
    assert {said.body["id"] for said in known} == {known[0].body["id"]}
    assert all(said.code == "idempotency_in_progress" for said in answers if said.status != 201)
    assert call.balance(BOB) == 1_000


@pytest.mark.parametrize("change", [{"amount": "1001"}, {"destination": SHOP}, {"reason": "other"}])
def test_a_key_that_comes_with_another_body_is_refused(
    call: Caller, change: dict[str, str]
) -> None:
    made(call.post("/v1/transfers", BEGINNINGS["transfers"], key="k"))
    head = call.head()
    again = call.post("/v1/transfers", BEGINNINGS["transfers"] | change, key="k")
    assert (again.status, again.code) == (422, "idempotency_key_reused")
    assert call.head() == head
    assert call.balance(BOB) == 1_000


def test_a_refusal_is_kept_under_its_key(call: Caller) -> None:
    body = BEGINNINGS["transfers"] | {"amount": "100001"}
    first = call.post("/v1/transfers", body, key="no")
    assert first.code == "insufficient_funds"
    made(call.post("/v1/deposits", {"destination": ALICE, "amount": "500", "asset": "USD"}))
    again = call.post("/v1/transfers", body, key="no")
    assert (again.status, again.code) == (first.status, first.code)
