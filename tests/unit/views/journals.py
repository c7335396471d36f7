"""Journals to project: any that a bank with holds may have, days of many types, a month lived."""

import random
from functools import cache
from typing import NamedTuple

from partita import wiring
from partita.adapters.stores.memory import MemoryStore
from partita.config import Settings
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.reading import ViewReader
from partita.journal.record import Record
from partita.kernel.account import AccountType, Side
from partita.kernel.commands import (
    OpenAccount,
    PendTransaction,
    PostTransaction,
    SettleTransaction,
)
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.time import SteeredClock
from partita.views import TRAILING
from partita.views.reading.looking import Place
from partita.wiring import Application, FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one
from tests.properties.bank_walk import Walk

DAY_MICROSECONDS = 86_400_000_000
CUSTOMERS = tuple(f"customers:c{n}:wallets:w:USD" for n in range(12))
FEES = ("fees:card:USD", "fees:wire:USD")
TYPES = (None, "card", "wire", "transfer")


class Journal(NamedTuple):
    """A ledger in a store, with all its records."""

    store: FullStore
    info: LedgerInfo
    records: list[Record]

    @property
    def place(self) -> Place:
        """Where its views are read."""
        return Place(self.store, self.info, ViewReader(self.store, self.info))


def journal_of(store: FullStore, info: LedgerInfo) -> Journal:
    """All that a ledger has."""
    return Journal(store, info, store.records(info, 0, 1_000_000))


def followed(journal: Journal, views: tuple[AnyView, ...] = TRAILING) -> Journal:
    """The same, with its views as far as the journal."""
    follower = ViewFollower(journal.store, journal.store, views, lambda: [journal.info])
    while follower.run_once(NOON):
        pass
    return journal


@cache
def walked(seed: int = 7, steps: int = 400) -> Journal:
    """What many wishes of all kinds to a bank with holds came to."""
    store = MemoryStore()
    walk = Walk(store, seed)
    walk.go(steps)
    return journal_of(store, walk.info)


@cache
def lived() -> Journal:
    """A month of 300 payments of every kind, with wallets, holds, fees and a network that fails."""
    clock = SteeredClock(neobank.START)
    application = wiring.build(Settings(memory=True), clock=clock)
    plan = neobank.Plan(300, 1, "neobank", dict(neobank.FAULTS))
    neobank.live(application, clock, plan, lambda _done, _total: None)
    info = application.ledger("neobank").info
    found = journal_of(application.store, info)
    application.close()
    return found


@cache
def days() -> Journal:
    """Transactions of several types with fees, recorded over ten days, effective on others."""
    store = MemoryStore()
    return written_days(store, 1)


def written_days(store: FullStore, seed: int, count: int = 250) -> Journal:
    """The same in any store."""
    chance, clock = random.Random(seed), StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    ledger = application.open_ledger("main")
    open_accounts(ledger)
    for _n in range(count):
        clock.moment = Moment(clock.moment + chance.randrange(DAY_MICROSECONDS // 12))
        back = chance.choice((0, 0, 0, 1, 2, 40)) * DAY_MICROSECONDS
        effective = Moment(clock.moment - back) if back else None
        legs, kind = payment(chance), chance.choice(TYPES)
        if chance.random() < 0.1:
            pended = ask_one(ledger, PendTransaction(legs, kind, effective_at=effective))
            assert isinstance(pended, Accepted)
            ask_one(ledger, SettleTransaction(pended.record.event.id))
        else:
            ask_one(ledger, PostTransaction(legs, kind, effective_at=effective))
    for each in application.open_ledgers():
        each.close()
    return journal_of(store, ledger.info)


def open_accounts(ledger: Ledger) -> None:
    """Customers with money, and accounts for fees, one of them not by the chart."""
    for path in ("custody:bank:USD", "fees-old"):
        ask_one(ledger, OpenAccount(path, "USD", AccountType.ASSET))
    for path in FEES:
        ask_one(ledger, OpenAccount(path, "USD", AccountType.INCOME))
    for path in CUSTOMERS:
        ask_one(ledger, OpenAccount(path, "USD", AccountType.LIABILITY))
        legs = (
            Posting("custody:bank:USD", Side.DEBIT, 10**9, "USD"),
            Posting(path, Side.CREDIT, 10**9, "USD"),
        )
        ask_one(ledger, PostTransaction(legs, "deposit"))


def payment(chance: random.Random) -> tuple[Posting, ...]:
    """From one customer to another, with a fee as a rule; now and then a fee is given back."""
    payer, payee = chance.sample(CUSTOMERS, 2)
    fee = chance.choice((0, 1, 25, 300))
    where, amount = chance.choice((*FEES, "fees-old")), chance.randrange(1, 100_000) + fee
    if chance.random() < 0.05:
        giving = Posting(where, Side.DEBIT, amount, "USD")
        return giving, Posting(payee, Side.CREDIT, amount, "USD")
    legs = [Posting(payer, Side.DEBIT, amount, "USD")]
    legs += [Posting(payee, Side.CREDIT, amount - fee, "USD")] if amount > fee else []
    legs += [Posting(where, Side.CREDIT, fee, "USD")] if fee else []
    return tuple(legs)
