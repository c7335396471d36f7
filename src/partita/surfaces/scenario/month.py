"""What people do in a month at a small bank: deeds, by weight, and what follows from earlier ones.

    wave(day) ─► deeds ─► the ledger's answers ─► learn ─► follow-ups of the next wave

A seeded plan makes the same deeds for the same answers. It remembers only what a later deed may be
about, and forgets the oldest, so a long month takes no more memory than a short one.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from random import Random
from typing import NamedTuple

from partita.engine.wanting import Act
from partita.kernel.moment import Moment
from partita.modules.fx.conversions import Convert
from partita.modules.fx.deal import Terms
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
from partita.modules.payments.lifecycle import PaymentType, State, Verb
from partita.modules.payments.payment import Payment
from partita.modules.sagas.deciding import StartSaga
from partita.modules.sagas.flows import CONVERT_AND_WITHDRAW

ASSET, OTHER_ASSET = "EUR", "USD"
DAY_MICROSECONDS = 86_400_000_000
_REMEMBERED = 2_000
RAIL = "simulator"


class Town(NamedTuple):
    """Who takes part: the wallets of people and of merchants, by id."""

    people: tuple[str, ...]
    merchants: tuple[str, ...]


class Deed(NamedTuple):
    """One thing that somebody asks for, and what kind of thing it counts as."""

    kind: str
    act: Act
    key: str

    @property
    def is_payment(self) -> bool:
        """Whether it begins a payment, rather than taking one a step further."""
        return not isinstance(self.act, Advance)


class Month:
    """The plan: what is asked for, given what came of it so far."""

    def __init__(self, town: Town, seed: int, ledger: str) -> None:
        """Plan for this town in this ledger; everything follows from the seed and the answers."""
        self._ledger = ledger
        self._town, self._random = town, Random(seed)  # noqa: S311 - made to be repeated
        self._numbers, self._seed = count(1), seed
        self._now = Moment(0)
        self._next_steps: deque[Deed] = deque()
        self._paid: deque[tuple[str, int]] = deque(maxlen=_REMEMBERED)
        self._undoable: deque[str] = deque(maxlen=_REMEMBERED)
        kinds = list(_DEEDS)
        self._kinds, self._weights = kinds, [_DEEDS[kind][0] for kind in kinds]

    def salaries(self) -> Iterator[Deed]:
        """How the month begins: everybody gets money."""
        for wallet in (*self._town.people, *self._town.merchants):
            yield self._deed("deposit", self._deposit_to(wallet, self._amount(200_000, 900_000)))

    def wave(self, size: int, now: Moment) -> list[Deed]:
        """So many new payments at this moment, and the steps that are due on earlier ones."""
        self._now = now
        steps = [self._next_steps.popleft() for _ in range(len(self._next_steps))]
        return [*steps, *(self._one() for _ in range(size))]

    def learn(self, deed: Deed, payment: Payment) -> None:
        """What came of a deed that was accepted: what may follow from it is kept."""
        follow = _FOLLOW_UPS.get((payment.type, payment.state))
        if follow is not None:
            follow(self, payment)

    # What is begun.

    def _one(self) -> Deed:
        (kind,) = self._random.choices(self._kinds, self._weights)
        act = _DEEDS[kind][1](self)
        # Refunds, disputes and reversals need something that was paid before.
        return self._deed(kind, act) if act is not None else self._one()

    def _deed(self, kind: str, act: Act) -> Deed:
        return Deed(kind, act, f"{self._seed}:{next(self._numbers)}")

    def _amount(self, least: int, most: int) -> int:
        """An amount that does not ask the simulated network for a fault by its last digits."""
        return self._random.randrange(least, most) // 100 * 100 + 50

    def _person(self) -> str:
        return self._random.choice(self._town.people)

    def _merchant(self) -> str:
        return self._random.choice(self._town.merchants)

    def _two(self) -> tuple[str, str]:
        source, destination = self._random.sample(self._town.people, 2)
        return source, destination

    def transfer(self) -> Act:
        """From one person to another."""
        source, destination = self._two()
        return CreateTransfer(
            source=source, destination=destination, amount=self._amount(100, 8_000), asset=ASSET
        )

    def split_transfer(self) -> Act:
        """To one person, a third of it to another."""
        source, destination, third = self._random.sample(self._town.people, 3)
        amount = self._amount(300, 9_000)
        return CreateTransfer(
            source=source, destination=destination, amount=amount, asset=ASSET,
            splits=(Part(third, amount // 3),),
        )  # fmt: skip

    def scheduled_transfer(self) -> Act:
        """To be done in a few days."""
        source, destination = self._two()
        later = Moment(self._now + self._random.randint(1, 5) * DAY_MICROSECONDS)
        return CreateTransfer(
            source=source, destination=destination, amount=self._amount(100, 5_000), asset=ASSET,
            begin=Verb.SCHEDULE, scheduled_at=later,
        )  # fmt: skip

    def too_large_transfer(self) -> Act:
        """More than anybody has: it is refused."""
        source, destination = self._two()
        return CreateTransfer(source=source, destination=destination, amount=10**12, asset=ASSET)

    def _deposit_to(self, wallet: str, amount: int) -> Act:
        return CreateDeposit(destination=wallet, amount=amount, asset=ASSET, rail=RAIL)

    def deposit(self) -> Act:
        """Money from a bank."""
        return self._deposit_to(self._person(), self._amount(5_000, 90_000))

    def held_deposit(self) -> Act:
        """Money that is not to be spent for two days."""
        later = Moment(self._now + 2 * DAY_MICROSECONDS)
        return CreateDeposit(
            destination=self._person(), amount=self._amount(1_000, 20_000), asset=ASSET,
            rail=RAIL, available_at=later,
        )  # fmt: skip

    def unclaimed_deposit(self) -> Act:
        """Money that nobody knows whose it is."""
        amount = self._amount(1_000, 20_000)
        return CreateDeposit(begin=Verb.SUSPEND, amount=amount, asset=ASSET, rail=RAIL)

    def withdrawal(self) -> Act:
        """Money to a bank, on the rail."""
        return CreateWithdrawal(
            source=self._person(), amount=self._amount(500, 20_000), asset=ASSET, rail=RAIL,
            beneficiary=f"LT{self._random.randrange(10**18):018}",
        )  # fmt: skip

    def purchase(self) -> Act:
        """Pay a merchant at once."""
        return CreatePayment(
            begin=Verb.PAY, source=self._person(), destination=self._merchant(),
            amount=self._amount(100, 6_000), asset=ASSET,
        )  # fmt: skip

    def card_payment(self) -> Act:
        """Have an amount held for a merchant, to be captured later."""
        return CreatePayment(
            begin=Verb.AUTHORIZE, source=self._person(), destination=self._merchant(),
            amount=self._amount(300, 9_000), asset=ASSET,
            expires_at=Moment(self._now + 7 * DAY_MICROSECONDS),
        )  # fmt: skip

    def refund(self) -> Act | None:
        """All or half of an earlier payment, at once or when it has succeeded."""
        if not self._paid:
            return None
        payment, amount = self._paid.popleft()
        part = self._random.choice((None, amount // 2))
        begin = self._random.choice((Verb.CREATE, Verb.CREATE, Verb.RESERVE))
        return CreateRefund(payment=payment, amount=part, begin=begin)

    def dispute(self) -> Act | None:
        """An earlier payment is questioned, with or without a provisional credit."""
        if not self._paid:
            return None
        payment, amount = self._paid.popleft()
        begin = self._random.choice((Verb.INQUIRE, Verb.CHARGE_BACK))
        return OpenDispute(
            payment=payment, amount=amount, begin=begin, is_credited=self._random.random() < 0.5,
            deadline=Moment(self._now + 10 * DAY_MICROSECONDS),
        )  # fmt: skip

    def fee(self) -> Act:
        """A fee for the account."""
        return ChargeFee(
            source=self._person(), amount=self._amount(10, 300), asset=ASSET, kind="account"
        )

    def tax(self) -> Act:
        """A tax that is withheld."""
        return ChargeTax(
            source=self._person(), amount=self._amount(10, 300), asset=ASSET, kind="withheld"
        )

    def reward(self) -> Act:
        """A reward from the house."""
        return GiveReward(destination=self._person(), amount=self._amount(10, 500), asset=ASSET)

    def exchange(self) -> Act:
        """Euros into dollars, at the bank's rate."""
        terms = Terms(
            source=self._person(), source_asset=ASSET, target_asset=OTHER_ASSET,
            amount=self._amount(500, 5_000),
        )  # fmt: skip
        return Convert(terms)

    def payout_abroad(self) -> Act:
        """Euros become dollars and leave by the rail: a flow of two steps, carried by a saga."""
        person = self._person()
        arguments = {
            "source": person, "destination": person, "source_asset": ASSET,
            "target_asset": OTHER_ASSET, "amount": str(self._amount(500, 5_000)), "rail": RAIL,
            "beneficiary": f"US{self._random.randrange(10**18):018}",
        }  # fmt: skip
        return StartSaga(CONVERT_AND_WITHDRAW.name, self._ledger, arguments)

    def adjustment(self) -> Act:
        """A correction between two people, with its reason."""
        source, destination = self._two()
        return Adjust(
            source=source, destination=destination, amount=self._amount(100, 900), asset=ASSET,
            reason="booked to the wrong person",
        )  # fmt: skip

    # What follows.

    def _then(self, kind: str, act: Act) -> None:
        self._next_steps.append(self._deed(kind, act))

    def _decide_authorized(self, payment: Payment) -> None:
        """Most are captured, some in part or not at all, and a few are left to expire."""
        chance = self._random.random()
        if chance < 0.80:
            self._then("capture", Advance(payment=payment.id, verb=Verb.CAPTURE))
        elif chance < 0.88:
            part = payment.amount // 2
            self._then("capture", Advance(payment=payment.id, verb=Verb.CAPTURE, amount=part))
        elif chance < 0.97:
            self._then("void", Advance(payment=payment.id, verb=Verb.CANCEL))

    def _decide_partly_captured(self, payment: Payment) -> None:
        verb = self._random.choice((Verb.CAPTURE, Verb.CANCEL))
        self._then(
            "capture" if verb is Verb.CAPTURE else "void", Advance(payment=payment.id, verb=verb)
        )

    def _remember_paid(self, payment: Payment) -> None:
        if payment.refundable > 0:
            self._paid.append((payment.id, payment.refundable))

    def _decide_refund(self, payment: Payment) -> None:
        verb = self._random.choice((Verb.SUCCEED, Verb.SUCCEED, Verb.FAIL, Verb.CANCEL))
        self._then("refund step", Advance(payment=payment.id, verb=verb))

    def _decide_dispute(self, payment: Payment) -> None:
        """Go one stage further, give in, or let it lapse by its deadline.

        An inquiry is always answered: what it lapses into has no deadline, and waits for people.
        """
        allowed = [verb for verb in payment.allowed if verb not in (Verb.EVIDENCE, Verb.LAPSE)]
        waits_for_clock = payment.state in (State.CHARGEBACK, State.PRE_ARBITRATION)
        if not waits_for_clock or self._random.random() < 0.85:
            verb = self._random.choice(allowed)
            deadline = Moment(self._now + 5 * DAY_MICROSECONDS)
            self._then("dispute step", Advance(payment=payment.id, verb=verb, deadline=deadline))

    def _decide_suspense(self, payment: Payment) -> None:
        if self._random.random() < 0.7:
            owner = self._person()
            act = Advance(payment=payment.id, verb=Verb.RELEASE, destination=owner)
        else:
            act = Advance(payment=payment.id, verb=Verb.RETURN, code="AC04")
        self._then("suspense step", act)

    def _decide_available(self, payment: Payment) -> None:
        """A few deposits are called back by the bank that they came from."""
        if self._random.random() < 0.01:
            self._then("return", Advance(payment=payment.id, verb=Verb.RETURN, code="AM09"))

    def _decide_posted(self, payment: Payment) -> None:
        """A few things that are done at once are taken back."""
        if self._random.random() < 0.03:
            self._then(
                "reversal", Advance(payment=payment.id, verb=Verb.REVERSE, reason="a mistake")
            )

    def _decide_scheduled(self, payment: Payment) -> None:
        if self._random.random() < 0.1:
            self._then("cancel", Advance(payment=payment.id, verb=Verb.CANCEL))


_Begin = Callable[[Month], Act | None]
_DEEDS: Mapping[str, tuple[int, _Begin]] = {
    "transfer": (185, Month.transfer),
    "split transfer": (20, Month.split_transfer),
    "scheduled transfer": (20, Month.scheduled_transfer),
    "refused transfer": (10, Month.too_large_transfer),
    "deposit": (110, Month.deposit),
    "held deposit": (10, Month.held_deposit),
    "unclaimed deposit": (10, Month.unclaimed_deposit),
    "withdrawal": (120, Month.withdrawal),
    "purchase": (120, Month.purchase),
    "card payment": (140, Month.card_payment),
    "refund": (50, Month.refund),
    "dispute": (20, Month.dispute),
    "fee": (60, Month.fee),
    "tax": (30, Month.tax),
    "reward": (50, Month.reward),
    "exchange": (30, Month.exchange),
    "payout abroad": (5, Month.payout_abroad),
    "adjustment": (10, Month.adjustment),
}
"""What people begin, with its weight in a thousand."""

_FOUGHT = (State.CHARGEBACK, State.REPRESENTMENT, State.PRE_ARBITRATION, State.ARBITRATION)
_FOLLOW_UPS: Mapping[tuple[PaymentType, State], Callable[[Month, Payment], None]] = {
    (PaymentType.PAYMENT, State.AUTHORIZED): Month._decide_authorized,
    (PaymentType.PAYMENT, State.PARTIALLY_CAPTURED): Month._decide_partly_captured,
    (PaymentType.PAYMENT, State.SETTLED): Month._remember_paid,
    (PaymentType.REFUND, State.PENDING): Month._decide_refund,
    (PaymentType.DEPOSIT, State.SUSPENSE): Month._decide_suspense,
    (PaymentType.DEPOSIT, State.AVAILABLE): Month._decide_available,
    (PaymentType.TRANSFER, State.SCHEDULED): Month._decide_scheduled,
    (PaymentType.DISPUTE, State.INQUIRY): Month._decide_dispute,
    **{(PaymentType.DISPUTE, state): Month._decide_dispute for state in _FOUGHT},
    **{
        (type_, State.POSTED): Month._decide_posted
        for type_ in (PaymentType.TRANSFER, PaymentType.FEE, PaymentType.TAX, PaymentType.REWARD)
    },
}
"""What may follow once a payment is in a state."""
