"""The demo's ninety days: deposits, card payments, settlement, transfers, exchange, interest, points.

A seeded generator makes the same transactions everywhere. It keeps count of what each wallet holds,
so that nobody spends what is not there. Amounts are in minor units.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random

from partita.kernel.account import Side
from partita.kernel.commands import PostTransaction
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.surfaces.demo.chart import (
    CUSTOMERS,
    ETHER,
    MERCHANTS,
    POINTS,
    WITH_ETHER,
    WITH_EUROS,
    wallet,
)

DAYS = 90
EVENTS_A_DAY = 16
LAST_DAY = Moment.parse("2026-06-30T00:00:00Z")
_DAY_MICROSECONDS = 86_400_000_000
_SEED = 20_260_630
_EURO_IN_CENTS = 109
_ETHER_IN_CENTS = 342_000
_WEI = 10**18
Legs = tuple[Posting, ...]


def _leg(side: Side) -> Callable[[str, int, str], Posting]:
    return lambda account, amount, asset: Posting(account, side, amount, asset)


_debit, _credit = _leg(Side.DEBIT), _leg(Side.CREDIT)


def activity() -> Iterator[PostTransaction]:
    """Every transaction of the demo, in the order in which it happened."""
    return _Bank().days()


class _Bank:
    """Ninety days of one small bank."""

    def __init__(self) -> None:
        self._random = Random(_SEED)  # noqa: S311 - seeded on purpose: the same everywhere
        self._held: dict[str, int] = defaultdict(int)
        self._owed: dict[str, int] = defaultdict(int)
        self._count = 0

    def days(self) -> Iterator[PostTransaction]:
        for day in range(DAYS):
            opening = LAST_DAY - (DAYS - 1 - day) * _DAY_MICROSECONDS
            for customer in CUSTOMERS[day * 5 : day * 5 + 5]:
                yield self._deposit(customer, opening)
            for hour in sorted(self._random.sample(range(1, 23 * 60), EVENTS_A_DAY)):
                yield self._event(Moment(opening + hour * 60_000_000))
            yield from self._evening(day, Moment(opening + 23 * 3_600_000_000))

    def _event(self, moment: Moment) -> PostTransaction:
        customer = self._random.choice(CUSTOMERS)
        kinds = (
            self._card_payment, self._card_payment, self._card_payment, self._transfer,
            self._exchange, self._buy_ether,
        )  # fmt: skip
        transaction = self._random.choice(kinds)(customer, moment)
        return transaction or self._deposit(customer, moment)

    def _evening(self, day: int, moment: Moment) -> Iterator[PostTransaction]:
        """Merchants are paid every week, interest at the end of a month of thirty days."""
        if day % 7 == 6:
            yield from self._settle_cards(moment)
        if day % 30 == 29:
            yield from self._interest(moment)

    def _post(self, kind: str, moment: Moment, legs: Legs, **metadata: str) -> PostTransaction:
        self._count += 1
        for leg in legs:
            sign = -1 if leg.direction is Side.DEBIT else 1
            self._held[leg.account] += sign * leg.amount
        return PostTransaction(
            legs, kind, f"demo-{self._count:05}", moment, {"channel": "demo", **metadata}
        )

    def _can_spend(self, account: str, least: int) -> bool:
        return self._held[account] >= least

    def _deposit(self, customer: str, moment: int) -> PostTransaction:
        amount = self._random.randrange(20_000, 200_000, 100)
        legs = (_debit("bank:usd", amount, "USD"), _credit(wallet(customer, "USD"), amount, "USD"))
        return self._post("deposit", Moment(moment), legs, reference=f"salary {customer}")

    def _card_payment(self, customer: str, moment: Moment) -> PostTransaction | None:
        purse, merchant = wallet(customer, "USD"), self._random.choice(MERCHANTS)
        amount = self._random.randrange(250, 15_000)
        if not self._can_spend(purse, amount):
            return None
        fee, points = amount * 15 // 1_000, amount // 100
        self._owed[merchant] += amount - fee
        legs = (
            _debit(purse, amount, "USD"),
            _credit(f"merchants:{merchant}", amount - fee, "USD"),
            _credit("fees:cards", fee, "USD"),
            _debit("loyalty:programme", points, POINTS),
            _credit(wallet(customer, POINTS), points, POINTS),
        )
        return self._post("card_payment", moment, legs, merchant=merchant, card=f"••{customer}")

    def _settle_cards(self, moment: Moment) -> Iterator[PostTransaction]:
        for merchant in MERCHANTS:
            if amount := self._owed.pop(merchant, 0):
                legs = (
                    _debit(f"merchants:{merchant}", amount, "USD"),
                    _credit("bank:usd", amount, "USD"),
                )
                yield self._post("card_settlement", moment, legs, merchant=merchant)

    def _transfer(self, customer: str, moment: Moment) -> PostTransaction | None:
        other = self._random.choice(CUSTOMERS)
        amount, fee = self._random.randrange(500, 30_000), 25
        purse = wallet(customer, "USD")
        if other == customer or not self._can_spend(purse, amount + fee):
            return None
        legs = (
            _debit(purse, amount + fee, "USD"),
            _credit(wallet(other, "USD"), amount, "USD"),
            _credit("fees:transfers", fee, "USD"),
        )
        return self._post("transfer", moment, legs, note="thank you")

    def _exchange(self, customer: str, moment: Moment) -> PostTransaction | None:
        purse, cents, fee = wallet(customer, "USD"), self._random.randrange(1_000, 40_000), 99
        if customer not in WITH_EUROS or not self._can_spend(purse, cents + fee):
            return None
        euros = cents * 100 // _EURO_IN_CENTS
        legs = (
            _debit(purse, cents + fee, "USD"),
            _credit("positions:usd", cents, "USD"),
            _credit("fees:exchange", fee, "USD"),
            _debit("positions:eur", euros, "EUR"),
            _credit(wallet(customer, "EUR"), euros, "EUR"),
        )
        return self._post("exchange", moment, legs, rate="1.09")

    def _buy_ether(self, customer: str, moment: Moment) -> PostTransaction | None:
        customer = WITH_ETHER[int(customer) % len(WITH_ETHER)]
        purse, cents = wallet(customer, "USD"), self._random.randrange(2_000, 50_000)
        if not self._can_spend(purse, cents):
            return None
        wei = cents * _WEI // _ETHER_IN_CENTS
        legs = (
            _debit(purse, cents, "USD"),
            _credit("positions:usd", cents, "USD"),
            _debit("positions:eth", wei, ETHER),
            _credit(wallet(customer, ETHER), wei, ETHER),
        )
        return self._post("crypto_purchase", moment, legs, rate="3420.00")

    def _interest(self, moment: Moment) -> Iterator[PostTransaction]:
        for customer in CUSTOMERS:
            purse = wallet(customer, "USD")
            if amount := self._held[purse] // 500:
                legs = (_debit("interest:paid", amount, "USD"), _credit(purse, amount, "USD"))
                yield self._post("interest", moment, legs)
