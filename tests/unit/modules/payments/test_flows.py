"""What payments of each type do to money, told as stories."""

import pytest

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.kernel.commands import FreezeAccount
from partita.kernel.rejections import Code
from partita.modules.payments.acts import (
    Adjust,
    Advance,
    ChargeFee,
    ChargeTax,
    CreateDeposit,
    CreatePayment,
    CreateRefund,
    CreateTransfer,
    CreateWithdrawal,
    GiveReward,
    OpenDispute,
    Part,
)
from partita.modules.payments.finding import Wanted, find
from partita.modules.payments.lifecycle import PaymentType, Role, State, Status, Verb
from tests.plugins.steering import ask, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.modules.payments.till import ALICE, BOB, PURSE, Till

CAROL = "customers:carol:wallets:main:USD"
CUSTODY, IN_TRANSIT = "custody:book:USD", "in_transit:book:USD"
AWAITING, CLEARING, SUSPENSE = "awaiting:book:USD", "clearing:book:USD", "suspense:USD"


def pay(amount: int = 1_000, **more: object) -> CreatePayment:
    wanted = {"source": ALICE, "destination": BOB, "asset": "USD", "begin": Verb.PAY}
    return CreatePayment(amount=amount, **(wanted | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("asset", ["XYZ", "usd", "", "5\f\0"])
@pytest.mark.parametrize("begin", [Verb.CREATE, Verb.PAY])
def test_a_payment_of_an_asset_that_nobody_knows_is_refused(
    till: Till, asset: str, begin: Verb
) -> None:
    act = pay(asset=asset, begin=begin)
    assert till.refusal(act).code is Code.ASSET_NOT_FOUND


# --- transfers


def test_a_transfer_moves_money_once_however_often_it_is_asked(till: Till) -> None:
    act = CreateTransfer(source=ALICE, destination=BOB, amount=300, asset="USD")
    first = till.event(act, "k")
    assert till.event(act, "k") == first
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE - 300, PURSE + 300)
    assert first.type == "transfer.posted"


def test_parts_go_to_others_and_the_rest_to_the_destination(till: Till) -> None:
    till.begin(
        CreateTransfer(
            source=ALICE, destination=BOB, amount=1_000, asset="USD",
            splits=(Part(CAROL, 150), Part("fees:general:USD", 20)),
        )
    )  # fmt: skip
    assert till.balance(BOB) == PURSE + 830
    assert (till.balance(CAROL), till.balance("fees:general:USD")) == (150, 20)


@pytest.mark.parametrize("parts", [(Part(CAROL, 1_001),), (Part(CAROL, 0),)])
def test_parts_come_to_the_whole_at_most(till: Till, parts: tuple[Part, ...]) -> None:
    act = CreateTransfer(source=ALICE, destination=BOB, amount=1_000, asset="USD", splits=parts)
    assert till.refusal(act).code is Code.AMOUNT_OUT_OF_RANGE


def test_a_transfer_is_taken_back_by_a_new_transfer(till: Till) -> None:
    made = till.begin(CreateTransfer(source=ALICE, destination=BOB, amount=300, asset="USD"))
    after = till.step(made, Verb.REVERSE, reason="wrong Bob")
    assert after.status is Status.REVERSED
    back = till.now(after.reversed_by or "")
    assert (back.source, back.destination, back.parent) == (made.destination, made.source, made.id)
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE, PURSE)
    assert till.step_refusal(back, Verb.REVERSE).code is Code.INVALID_STATE


def test_a_scheduled_transfer_moves_nothing_until_it_is_executed(till: Till) -> None:
    act = CreateTransfer(
        source=ALICE, destination=BOB, amount=300, asset="USD",
        begin=Verb.SCHEDULE, scheduled_at=till.later(),
    )  # fmt: skip
    made = till.begin(act)
    assert (made.state, made.wakes, till.balance(BOB)) == (State.SCHEDULED, act.scheduled_at, PURSE)
    assert till.step(made, Verb.EXECUTE).state is State.POSTED
    assert till.balance(BOB) == PURSE + 300


def test_nobody_transfers_more_than_there_is_nor_to_himself(till: Till) -> None:
    act = CreateTransfer(source=ALICE, destination=BOB, amount=PURSE + 1, asset="USD")
    assert till.refusal(act).code is Code.INSUFFICIENT_FUNDS
    act = CreateTransfer(source=ALICE, destination=ALICE, amount=1, asset="USD")
    assert till.refusal(act).code is Code.SAME_ACCOUNT


# --- wallets


def test_a_wallet_is_named_by_its_id(till: Till) -> None:
    anna, ben = till.wallet("USD"), till.wallet("USD", "EUR")
    till.begin(CreateDeposit(destination=anna, amount=500, asset="USD"))
    made = till.begin(CreateTransfer(source=anna, destination=ben, amount=200, asset="USD"))
    assert made.source is not None
    assert made.source.wallet == anna
    assert made.destination is not None
    assert (till.balance(made.source.account), till.balance(made.destination.account)) == (300, 200)
    found = find(till.store, till.info, Wanted(PaymentType.TRANSFER, about=anna), None, 9)
    assert [matter.id for matter in found] == [made.id]


@pytest.mark.parametrize(
    ("wallet", "asset", "code"),
    [
        ("wal_1", "USD", Code.WALLET_NOT_FOUND),
        (None, "XYZ", Code.ASSET_NOT_IN_WALLET),
    ],
)
def test_a_wallet_that_cannot_be_meant_is_refused(
    till: Till, wallet: str | None, asset: str, code: Code
) -> None:
    act = CreateDeposit(destination=wallet or till.wallet("USD"), amount=5, asset=asset)
    rejection = till.refusal(act)
    assert (rejection.code, rejection.pointer) == (code, "/destination")


def test_an_asset_comes_into_a_wallet_by_its_first_payment(till: Till) -> None:
    anna = till.wallet("USD")
    made = till.begin(CreateDeposit(destination=anna, amount=500, asset="EUR"))
    assert made.destination is not None
    assert made.destination.account.endswith(f"{anna}:EUR")
    assert till.balance(made.destination.account) == 500
    out = CreateTransfer(source=anna, destination=ALICE, amount=1, asset="JPY")
    rejection = till.refusal(out)
    assert (rejection.code, rejection.pointer) == (Code.ASSET_NOT_IN_WALLET, "/source")


# --- deposits


def test_an_announced_deposit_waits_on_both_sides_until_it_is_there(till: Till) -> None:
    before = till.balance(CUSTODY)
    made = till.begin(CreateDeposit(destination=ALICE, amount=500, asset="USD", begin=Verb.RECEIVE))
    assert (till.balance(AWAITING), till.balance(CLEARING)) == (500, -500)
    assert till.balance(ALICE) == PURSE
    till.step(made, Verb.SETTLE)
    assert (till.balance(AWAITING), till.balance(CLEARING)) == (0, 0)
    assert (till.balance(ALICE), till.balance(CUSTODY)) == (PURSE + 500, before + 500)


def test_held_deposits_are_there_and_not_available(till: Till) -> None:
    act = CreateDeposit(destination=ALICE, amount=500, asset="USD", available_at=till.later())
    made = till.begin(act)
    assert (made.state, made.wakes) == (State.HELD, act.available_at)
    assert (till.balance(ALICE), till.available(ALICE)) == (PURSE + 500, PURSE)
    till.step(made, Verb.RELEASE)
    assert till.available(ALICE) == PURSE + 500


def test_a_deposit_of_nobody_waits_in_suspense_until_its_owner_is_known(till: Till) -> None:
    nobody = CreateDeposit(amount=500, asset="USD")
    assert till.refusal(nobody).code is Code.WALLET_NOT_FOUND
    made = till.begin(CreateDeposit(amount=500, asset="USD", begin=Verb.SUSPEND))
    assert till.balance(SUSPENSE) == 500
    assert till.step_refusal(made, Verb.RELEASE).code is Code.WALLET_NOT_FOUND
    till.step(made, Verb.RELEASE, destination=BOB)
    assert (till.balance(SUSPENSE), till.balance(BOB)) == (0, PURSE + 500)


def test_a_returned_deposit_that_was_spent_is_borne_by_the_treasury(till: Till) -> None:
    made = till.begin(CreateDeposit(destination=CAROL, amount=500, asset="USD"))
    till.begin(CreateTransfer(source=CAROL, destination=BOB, amount=500, asset="USD"))
    after = till.step(made, Verb.RETURN, code="AC04")
    assert after.stand_ins == {Role.DESTINATION: Role.TREASURY}
    assert (till.balance("treasury:USD"), till.balance(CAROL)) == (-500, 0)


# --- withdrawals


def test_a_withdrawal_is_reserved_then_in_transit_then_gone(till: Till) -> None:
    before = till.balance(CUSTODY)
    made = till.begin(CreateWithdrawal(source=ALICE, amount=400, asset="USD"))
    assert (till.balance(ALICE), till.available(ALICE)) == (PURSE, PURSE - 400)
    sent = till.step(made, Verb.SUBMIT, submission="sub_1")
    assert (till.balance(ALICE), till.balance(IN_TRANSIT)) == (PURSE - 400, 400)
    assert (sent.submission, sent.uetr, sent.end_to_end_id) == ("sub_1", made.uetr, made.id)
    till.step(sent, Verb.ACCEPT, reference="net-7")
    done = till.step(sent, Verb.SETTLE)
    assert (till.balance(IN_TRANSIT), till.balance(CUSTODY)) == (0, before - 400)
    assert done.attempts[-1].reference == "net-7"


@pytest.mark.parametrize("verb", [Verb.FAIL, Verb.RETURN])
def test_what_a_rail_does_not_carry_comes_back(till: Till, verb: Verb) -> None:
    made = till.begin(CreateWithdrawal(source=ALICE, amount=400, asset="USD"))
    till.step(made, Verb.SUBMIT)
    till.step(made, verb, code="AC01")
    assert (till.available(ALICE), till.balance(IN_TRANSIT)) == (PURSE, 0)


def test_what_comes_back_to_a_frozen_wallet_waits_in_suspense(till: Till) -> None:
    made = till.begin(CreateWithdrawal(source=ALICE, amount=400, asset="USD"))
    till.step(made, Verb.SUBMIT)
    ask_one(till.ledger, FreezeAccount(ALICE))
    after = till.step(made, Verb.FAIL)
    assert after.stand_ins == {Role.SOURCE: Role.SUSPENSE}
    assert (till.balance(SUSPENSE), till.balance(IN_TRANSIT)) == (400, 0)


# --- payments


def test_a_payment_is_authorised_captured_in_parts_and_the_rest_let_go(till: Till) -> None:
    made = till.begin(pay(begin=Verb.AUTHORIZE))
    assert till.available(ALICE) == PURSE - 1_000
    first = till.step(made, Verb.CAPTURE, amount=300)
    assert (first.state, first.status) == (State.PARTIALLY_CAPTURED, Status.PROCESSING)
    second = till.step(made, Verb.CAPTURE, amount=200)
    assert till.step_refusal(made, Verb.CAPTURE, amount=501).code is Code.CAPTURE_EXCEEDS_HOLD
    done = till.step(second, Verb.CANCEL)
    assert (done.state, done.captured, done.refundable) == (State.SETTLED, 500, 500)
    assert till.available(ALICE) == PURSE - 500 == till.balance(ALICE)
    assert till.balance(BOB) == PURSE + 500


def test_a_final_capture_lets_the_rest_go(till: Till) -> None:
    made = till.begin(pay(begin=Verb.AUTHORIZE))
    assert till.step(made, Verb.CAPTURE, amount=300, final=True).state is State.SETTLED
    assert till.available(ALICE) == PURSE - 300


def test_an_expired_authorisation_is_not_captured(till: Till) -> None:
    made = till.begin(pay(begin=Verb.AUTHORIZE, expires_at=till.later()))
    till.clock.moment = till.later()
    till.begin(pay(1))  # whatever is decided next writes down that the hold expired
    rejection = till.step_refusal(made, Verb.CAPTURE)
    assert (rejection.code, rejection.facts["allowed_actions"]) == (Code.INVALID_STATE, "expire")
    assert till.step(made, Verb.EXPIRE).status is Status.CANCELED
    assert till.available(ALICE) == PURSE - 1


def test_proceeds_can_be_held_and_still_be_refunded(till: Till) -> None:
    made = till.begin(pay(destination=CAROL, available_at=till.later()))
    assert (made.state, till.available(CAROL)) == (State.CAPTURED, 0)
    till.begin(CreateRefund(payment=made.id, amount=400))
    assert (till.balance(CAROL), till.available(CAROL)) == (600, 0)
    till.step(made, Verb.SETTLE)
    assert till.available(CAROL) == 600


def test_a_capture_shares_with_those_who_have_a_part(till: Till) -> None:
    made = till.begin(pay(begin=Verb.AUTHORIZE, splits=(Part(CAROL, 333),)))
    till.step(made, Verb.CAPTURE, amount=100)
    assert (till.balance(CAROL), till.balance(BOB)) == (33, PURSE + 67)


# --- refunds and disputes


def test_refunds_never_come_to_more_than_was_captured(till: Till) -> None:
    made = till.begin(pay())
    till.begin(CreateRefund(payment=made.id, amount=700))
    too_much = till.refusal(CreateRefund(payment=made.id, amount=301))
    assert (too_much.code, too_much.facts["refundable"]) == (Code.REFUND_EXCEEDS_CAPTURED, "300")
    waiting = till.begin(CreateRefund(payment=made.id, begin=Verb.RESERVE))
    assert waiting.amount == 300
    assert till.refusal(CreateRefund(payment=made.id)).code is Code.REFUND_EXCEEDS_CAPTURED
    till.step(waiting, Verb.CANCEL)
    till.begin(CreateRefund(payment=made.id))
    assert till.now(made).status is Status.REVERSED
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE, PURSE)


def test_refunds_that_come_at_once_share_what_was_captured(till: Till) -> None:
    made = till.begin(pay())
    wanted = [wish(CreateRefund(payment=made.id, amount=300), key=f"r{n}") for n in range(8)]
    outcomes = ask(till.ledger, *wanted)
    said_yes = [isinstance(outcome, Accepted) for outcome in outcomes]
    assert said_yes == [True, True, True, *[False] * 5]
    assert till.now(made).refunded == 900
    again = ask(till.ledger, *wanted)
    assert [isinstance(outcome, Accepted) for outcome in again] == said_yes
    assert till.now(made).refunded == 900


def test_a_dispute_gives_credit_and_takes_it_back_when_it_is_won(till: Till) -> None:
    made = till.begin(pay())
    dispute = till.begin(OpenDispute(payment=made.id, is_credited=True, deadline=till.later()))
    assert till.now(made).status is Status.DISPUTED
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE, PURSE)
    assert till.balance("provisional:USD") == 1_000
    till.step(dispute, Verb.CONTEST, evidence="signed slip", deadline=till.later())
    till.step(dispute, Verb.WIN)
    assert till.now(made).status is Status.SETTLED
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE - 1_000, PURSE + 1_000)
    assert (till.balance("provisional:USD"), till.balance("chargebacks:USD")) == (0, 0)


def test_a_lost_dispute_leaves_the_money_with_the_payer(till: Till) -> None:
    made = till.begin(pay())
    for is_credited in (False, True):
        dispute = till.begin(OpenDispute(payment=made.id, amount=400, is_credited=is_credited))
        till.step(dispute, Verb.LOSE)
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE - 200, PURSE + 200)
    assert (till.balance("provisional:USD"), till.balance("chargebacks:USD")) == (0, 0)
    assert till.refusal(CreateRefund(payment=made.id, amount=201)).facts["refundable"] == "200"
    again = OpenDispute(payment=made.id, amount=201)
    assert till.refusal(again).code is Code.DISPUTE_EXCEEDS_CAPTURED


def test_a_payee_who_spent_it_is_stood_in_for(till: Till) -> None:
    made = till.begin(pay(destination=CAROL))
    till.begin(CreateTransfer(source=CAROL, destination=BOB, amount=1_000, asset="USD"))
    dispute = till.begin(OpenDispute(payment=made.id))
    assert till.balance("treasury:USD") == -1_000
    till.step(dispute, Verb.WIN)
    assert (till.balance("treasury:USD"), till.balance(CAROL)) == (0, 0)


def test_after_its_deadline_a_chargeback_cannot_be_contested(till: Till) -> None:
    made = till.begin(pay())
    dispute = till.begin(OpenDispute(payment=made.id, deadline=till.later()))
    till.clock.moment = till.later()
    assert till.step_refusal(dispute, Verb.CONTEST).code is Code.DEADLINE_PASSED
    assert till.step(dispute, Verb.LAPSE).state is State.LOST


# --- what is done at once


def test_fees_taxes_rewards_and_adjustments_are_posted_and_taken_back(till: Till) -> None:
    acts = (
        ChargeFee(source=ALICE, amount=30, asset="USD", kind="card"),
        ChargeTax(source=ALICE, amount=5, asset="USD", kind="vat"),
        GiveReward(destination=ALICE, amount=10, asset="USD"),
        Adjust(source=ALICE, destination="adjustments:USD", amount=2, asset="USD", reason="typo"),
    )
    made = [till.begin(act) for act in acts]
    assert (till.balance("fees:card:USD"), till.balance("taxes:vat:USD")) == (30, 5)
    assert (till.balance("rewards:USD"), till.balance("adjustments:USD")) == (10, -2)
    for each in made:
        till.step(each, Verb.REVERSE, reason="not so")
    assert till.balance(ALICE) == PURSE
    assert_sound(till.store, till.info)


def test_an_adjustment_needs_a_reason_also_to_be_taken_back(till: Till) -> None:
    bare = Adjust(source=ALICE, destination=BOB, amount=2, asset="USD")
    assert till.refusal(bare).code is Code.REASON_MISSING
    made = till.begin(Adjust(source=ALICE, destination=BOB, amount=2, asset="USD", reason="typo"))
    assert till.step_refusal(made, Verb.REVERSE).code is Code.REASON_MISSING


def test_what_is_not_there_is_named(till: Till) -> None:
    assert till.refusal(CreateRefund(payment="pay_1")).code is Code.PAYMENT_NOT_FOUND
    for identifier in ("pay_1", "nothing"):
        step = Advance(payment=identifier, verb=Verb.CANCEL)
        assert till.refusal(step).code is Code.PAYMENT_NOT_FOUND
    act = CreateTransfer(source="acc_1", destination=BOB, amount=1, asset="USD")
    assert till.refusal(act).code is Code.ACCOUNT_NOT_FOUND


# --- rules


def test_a_fee_of_a_rule_is_netted_with_what_the_payee_gets(till: Till) -> None:
    till.rule("name: card\non: payment.captured\nasset: USD\nfee: {to: fees/card, percentage: 3%}")
    made = till.begin(pay(begin=Verb.AUTHORIZE))
    done = till.step(made, Verb.CAPTURE)
    assert (till.balance(BOB), till.balance("fees:card:USD")) == (PURSE + 970, 30)
    assert len(done.transactions) == 1
    (charge,) = done.charges
    assert (charge.rule, charge.version, charge.amount) == ("card", 1, 30)


def test_what_the_payer_is_charged_on_top_is_in_the_same_commit(till: Till) -> None:
    till.rule("name: vat\non: payment.captured\nasset: USD\ntax: {mode: added, percentage: 10%}")
    made = till.begin(pay(begin=Verb.AUTHORIZE))
    done = till.step(made, Verb.CAPTURE)
    assert (till.balance(ALICE), till.balance(BOB)) == (PURSE - 1_100, PURSE + 1_000)
    assert len(done.transactions) == 2


def test_a_fee_of_a_transfer_is_one_transaction_with_it(till: Till) -> None:
    till.rule(
        "name: wire\non: transfer.posted\nasset: USD\nfee: {to: fees/wire, fixed: '25', from: source}"
    )
    made = till.begin(CreateTransfer(source=ALICE, destination=BOB, amount=300, asset="USD"))
    assert (till.balance(ALICE), len(made.transactions)) == (PURSE - 325, 1)
    till.step(made, Verb.REVERSE)
    assert till.balance(ALICE) == PURSE


def test_what_a_rule_took_is_given_back_when_nothing_comes_of_it(till: Till) -> None:
    till.rule(
        "name: out\non: withdrawal.submitted\nasset: USD\nfee: {to: fees/out, fixed: '25', from: source}"
    )
    made = till.begin(CreateWithdrawal(source=ALICE, amount=400, asset="USD"))
    till.step(made, Verb.SUBMIT)
    assert (till.balance(ALICE), till.balance("fees:out:USD")) == (PURSE - 425, 25)
    till.step(made, Verb.FAIL)
    assert (till.balance(ALICE), till.balance("fees:out:USD")) == (PURSE, 0)


def test_that_a_payment_comes_to_nothing_does_not_hang_on_what_rules_moved(till: Till) -> None:
    till.rule(
        "name: gift\non: withdrawal.submitted\nasset: USD"
        "\nreward: {asset: USD, percentage: 10%, to: source}"
    )
    till.rule(
        "name: out\non: withdrawal.submitted\nasset: USD"
        "\nfee: {to: fees/out, fixed: '25', from: source}"
    )
    till.begin(CreateTransfer(source=ALICE, destination=CAROL, amount=425, asset="USD"))
    made = till.begin(CreateWithdrawal(source=CAROL, amount=400, asset="USD"))
    till.step(made, Verb.SUBMIT)
    till.begin(CreateTransfer(source=CAROL, destination=BOB, amount=40, asset="USD"))
    ask_one(till.ledger, FreezeAccount(CAROL))
    after = till.step(made, Verb.FAIL)
    assert after.stand_ins == {Role.SOURCE: Role.SUSPENSE}
    assert (till.balance(SUSPENSE), till.balance(IN_TRANSIT)) == (400, 0)
    assert till.balance("fees:out:USD") == 25


def test_a_hold_period_keeps_proceeds_until_its_day(till: Till) -> None:
    till.rule("name: wait\non: payment.captured\nhold_funds: {business_days: 3}")
    made = till.begin(pay(destination=CAROL))
    assert (made.state, till.available(CAROL)) == (State.CAPTURED, 0)
    assert made.available_at is not None
    assert made.wakes == made.available_at


def test_a_rule_that_says_no_is_the_answer(till: Till) -> None:
    till.rule("name: never\non: payment.captured\ndeny: {reason: not here}")
    assert till.refusal(pay()).code is Code.RULE_DENIED
    made = till.begin(pay(begin=Verb.AUTHORIZE))
    assert till.step_refusal(made, Verb.CAPTURE).code is Code.RULE_DENIED


def test_a_rule_about_somebody_who_is_not_there_fails_by_its_name(till: Till) -> None:
    till.rule("name: odd\non: withdrawal.reserved\nasset: USD\nfee: {to: fees, fixed: '1'}")
    rejection = till.refusal(CreateWithdrawal(source=ALICE, amount=400, asset="USD"))
    assert rejection.code is Code.RULE_FAILED
    assert "odd" in rejection.detail
