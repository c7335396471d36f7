"""Any sequence of payments of all types, held against a plain reckoning of who has what.

The reckoning knows no tables and no postings: it says from the type and the state of each payment
what it must have done to those who pay and are paid.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partita.adapters.stores.memory import MemoryStore
from partita.engine.outcome import Accepted, Refused
from partita.modules.payments.acts import (
    Adjust,
    Advance,
    Begin,
    ChargeFee,
    ChargeTax,
    CreateDeposit,
    CreatePayment,
    CreateRefund,
    CreateTransfer,
    CreateWithdrawal,
    GiveReward,
    OpenDispute,
)
from partita.modules.payments.lifecycle import PaymentType, State, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import Payment, read_payment
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.modules.payments.till import Till

WALLETS = tuple(f"customers:{who}:wallets:main:USD" for who in ("ann", "ben", "cem"))
TRANSIT = tuple(
    f"{role}:USD"
    for role in ("in_transit:book", "awaiting:book", "clearing:book", "chargebacks", "provisional")
)
_PAID = {State.SUBMITTED, State.ACCEPTED, State.SETTLED}
_FOUGHT = {State.CHARGEBACK, State.REPRESENTMENT, State.PRE_ARBITRATION, State.ARBITRATION}
_LAST = (
    Verb.CANCEL, Verb.SETTLE, Verb.RELEASE, Verb.SUBMIT, Verb.EXECUTE, Verb.SUCCEED, Verb.LOSE,
    Verb.CHARGE_BACK, Verb.EXPIRE,
)  # fmt: skip
"""What brings everything to an end, in one state or another."""
_BACK = (PaymentType.PAYMENT, PaymentType.REFUND, PaymentType.REFUND, PaymentType.DISPUTE)
_TYPES = (*PaymentType, *2 * _BACK)
"""Payments and what takes them back are drawn more often: they depend on each other."""


def moved(payment: Payment) -> tuple[int, int]:
    """What a payment has taken from its source and given to its destination, reckoned plainly."""
    amount, state = payment.amount, payment.state
    if payment.type is PaymentType.TRANSFER:
        done = amount if state is State.POSTED and payment.parent is None else 0
        return done, done
    if payment.type is PaymentType.DEPOSIT:
        return 0, amount if state in {State.HELD, State.AVAILABLE} else 0
    if payment.type is PaymentType.WITHDRAWAL:
        return amount if state in _PAID else 0, 0
    if payment.type is PaymentType.PAYMENT:
        return payment.captured, payment.captured
    if payment.type is PaymentType.DISPUTE:
        return _disputed(payment)
    done = amount if state in {State.SUCCEEDED, State.POSTED} else 0
    return done, done


def _disputed(payment: Payment) -> tuple[int, int]:
    if payment.state in {State.LOST, State.ACCEPTED}:
        return payment.amount, payment.amount
    return (payment.amount, payment.credited) if payment.state in _FOUGHT else (0, 0)


class Play:
    """A ledger, every payment that was made, and what hypothesis draws."""

    def __init__(self, data: st.DataObject, purse: int) -> None:
        clock, store = StandingClock(step_microseconds=1), MemoryStore()
        self.application = Application(
            store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy()
        )
        self.application.open_ledger("main")
        self.till = Till(self.application, clock)
        self.data, self.purse = data, purse
        self.ids: list[str] = []
        for wallet in WALLETS:
            self.till.begin(CreateDeposit(destination=wallet, amount=purse, asset="USD"))

    def draw(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.data.draw(strategy)

    def go(self, act: Begin | Advance) -> bool:
        """Ask for it; whether the rules said yes."""
        outcome = ask_one(self.till.ledger, act)
        if isinstance(outcome, Refused):
            return False
        assert isinstance(outcome, Accepted)
        payment = read_payment(outcome.record.event.matter.body)  # type: ignore[union-attr]
        if payment.id not in self.ids:
            self.ids.append(payment.id)
        return True

    def begin(self) -> None:
        """A payment of some type begins."""
        source, destination = self.draw(st.permutations(WALLETS))[:2]
        money = {"amount": self.draw(st.integers(1, 400)), "asset": "USD"}
        type_ = self.draw(st.sampled_from(_TYPES))
        begin = self.draw(st.sampled_from(LIFECYCLES[type_].births))
        later = self.till.later() if self.draw(st.booleans()) else None
        parents = [each for each in self.ids if each.startswith("pay_")]
        both: dict[str, Any] = {"source": source, "destination": destination, **money}
        if type_ in {PaymentType.REFUND, PaymentType.DISPUTE}:
            if not parents:
                return
            about = {"payment": self.draw(st.sampled_from(parents[:2])), "amount": money["amount"]}
            if type_ is PaymentType.REFUND:
                self.go(CreateRefund(**about, begin=begin))
            else:
                self.go(OpenDispute(**about, begin=begin, is_credited=later is not None))
            return
        acts: dict[PaymentType, Callable[[], Begin]] = {
            PaymentType.TRANSFER: lambda: CreateTransfer(
                **both, begin=begin, scheduled_at=self.till.later() if begin is Verb.SCHEDULE else None
            ),
            PaymentType.DEPOSIT: lambda: CreateDeposit(
                destination=destination, **money, begin=begin, available_at=later
            ),
            PaymentType.WITHDRAWAL: lambda: CreateWithdrawal(source=source, **money),
            PaymentType.PAYMENT: lambda: CreatePayment(**both, begin=begin, available_at=later),
            PaymentType.FEE: lambda: ChargeFee(source=source, **money),
            PaymentType.TAX: lambda: ChargeTax(source=source, **money),
            PaymentType.REWARD: lambda: GiveReward(destination=destination, **money),
            PaymentType.ADJUSTMENT: lambda: Adjust(**both, reason="why not"),
        }  # fmt: skip
        self.go(acts[type_]())

    def step(self) -> None:
        """Some payment is told something, allowed or not."""
        if not self.ids:
            return
        payment = self.till.now(self.draw(st.sampled_from(self.ids)))
        usual = payment.allowed or tuple(Verb)
        verb = self.draw(st.sampled_from(usual) | st.sampled_from(Verb))
        amount = self.draw(st.none() | st.integers(1, 400)) if verb is Verb.CAPTURE else None
        is_allowed = verb in payment.allowed
        done = self.go(
            Advance(
                payment=payment.id, verb=verb, amount=amount, destination=WALLETS[0],
                reason="why not", evidence="a slip", final=self.draw(st.booleans()),
            )
        )  # fmt: skip
        assert is_allowed or not done

    def payments(self) -> list[Payment]:
        return [self.till.now(each) for each in self.ids]

    def check_sums(self) -> None:
        """What went back of each payment is what it says, and never more than was captured."""
        back: Counter[str] = Counter()
        for each in self.payments():
            gone = {State.FAILED, State.CANCELED, State.WON}
            if each.parent is not None and each.state not in gone:
                back[each.parent] += each.amount
        for each in self.payments():
            if each.type is PaymentType.PAYMENT:
                assert 0 <= each.captured <= each.amount
                assert back[each.id] == each.refunded + each.disputed + each.charged_back
                assert back[each.id] <= each.captured

    def finish(self) -> None:
        """Take everything to some end."""
        for _round in range(6):
            for payment in self.payments():
                verb = next((each for each in _LAST if each in payment.allowed), None)
                ends = payment.state in LIFECYCLES[payment.type].terminal
                if verb is not None and not ends:
                    self.go(Advance(payment=payment.id, verb=verb, destination=WALLETS[0]))
        for payment in self.payments():
            assert payment.state in LIFECYCLES[payment.type].terminal, payment


@pytest.mark.parametrize("purse", [1_000_000])
@settings(max_examples=25)
@given(data=st.data())
def test_everybody_has_what_a_plain_reckoning_says(data: st.DataObject, purse: int) -> None:
    play = Play(data, purse)
    for _ in range(data.draw(st.integers(10, 40))):
        play.begin() if data.draw(st.booleans()) else play.step()
        play.check_sums()
    expected = Counter(dict.fromkeys(WALLETS, purse))
    for payment in play.payments():
        taken, given_ = moved(payment)
        assert not payment.stand_ins, "nobody is poor here"
        if payment.source is not None:
            expected[payment.source.account] -= taken
        if payment.destination is not None:
            expected[payment.destination.account] += given_
    assert {wallet: play.till.balance(wallet) for wallet in WALLETS} == {
        wallet: expected[wallet] for wallet in WALLETS
    }
    play.finish()
    assert {path: play.till.balance(path) for path in TRANSIT} == dict.fromkeys(TRANSIT, 0)
    play.application.close()


@settings(max_examples=25)
@given(data=st.data())
def test_the_poor_never_fall_below_their_floor_and_no_unit_is_lost(data: st.DataObject) -> None:
    play = Play(data, 300)
    for _ in range(data.draw(st.integers(10, 40))):
        play.begin() if data.draw(st.booleans()) else play.step()
        assert min(play.till.available(wallet) for wallet in WALLETS) >= 0
    play.check_sums()
    play.finish()
    assert {path: play.till.balance(path) for path in TRANSIT} == dict.fromkeys(TRANSIT, 0)
    assert_sound(play.till.store, play.till.info)
    play.application.close()
