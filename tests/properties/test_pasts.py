"""Any past of any history, both axes: the quick answer is what adding up every entry gives.

One database is filled with registers that are dated in many ways, and asked over and over; its blocks
are so small that all levels of them are there. The sample in CI is some thousands of cases, the long
sweep 100,000, while money still comes in and blocks are built.
"""

import random
from collections.abc import Callable, Iterator
from itertools import accumulate

import pytest

from partita.adapters.stores.postgres.geometry import Geometry
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.as_of import AsOf, Basis
from partita.engine.listing import EntryRow
from partita.kernel import commands
from partita.kernel.account import AccountType, Totals
from partita.kernel.moment import Moment
from tests.contracts.pasts import brute_force, registers
from tests.contracts.pen import DAY, Pen, transfer
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON

SMALL = Geometry(block_entries=8, mark_entries=2, page_entries=4, top_level=2)
BATCHES, BATCH = 60, 10
Dating = Callable[[random.Random, Moment], Moment | None]
DATINGS: dict[str, Dating] = {
    "as recorded": lambda chance, now: None,
    "any day": lambda chance, now: Moment(NOON + chance.randint(-400, 400) * DAY),
    "few moments": lambda chance, now: Moment(NOON + chance.randint(0, 3)),
    "now and then late": lambda chance, now: (
        Moment(now - chance.randint(0, 10 * DAY)) if chance.random() < 0.1 else None
    ),
    "ever earlier": lambda chance, now: Moment(2 * NOON - now),
    "ever later": lambda chance, now: Moment(now + (now - NOON)),
    "by batches that overlap": lambda chance, now: Moment(NOON + (now - NOON) % (7 * DAY)),
}


@pytest.fixture
def store(postgres_database: PostgresDatabase) -> Iterator[PostgresStore]:
    """PostgreSQL with blocks of eight entries."""
    made = PostgresStore(
        postgres_database.poster, postgres_database.reader, connections=2, geometry=SMALL
    )
    yield made
    made.close()


class Histories:
    """Accounts, one for each way of dating, and their registers as the journal tells them."""

    def __init__(self, store: PostgresStore, seed: int) -> None:
        self.store, self.chance = store, random.Random(seed)
        self.pen = Pen(store, store.create_ledger("main", NOON))
        self.paths = [f"a:{place}" for place in range(len(DATINGS))]
        for path in ("world", *self.paths):
            self.pen.write(commands.OpenAccount(path, "USD", AccountType.ASSET))
        self.rows: dict[int, list[EntryRow]] = {}

    def grow(self, batches: int) -> None:
        """Post to every account, in batches; build some blocks now and then, not all."""
        chance, pen = self.chance, self.pen
        for _ in range(batches):
            pen.later(chance.choice([0, 1, DAY // 3, DAY]))
            wishes = []
            for _ in range(BATCH):
                for path, dating in zip(self.paths, DATINGS.values(), strict=True):
                    legs = ("world", path) if chance.random() < 0.6 else (path, "world")
                    moment = dating(chance, pen.at)
                    amount = chance.choice([1, 7, 10**30])
                    wishes.append(transfer(*legs, amount, effective_at=moment))
            pen.write(*wishes)
            if chance.random() < 0.5:
                self.store.build_blocks(pen.info, chance.choice([1, 5, 100]))
        self.rows = registers(self.store, pen.info)

    def moments(self, rows: list[EntryRow], count: int) -> list[Moment]:
        """Moments beside what happened, and any others."""
        beside = [
            Moment(self.chance.choice((row.effective_at, row.recorded_at)) + step)
            for row in self.chance.choices(rows, k=count)
            for step in (self.chance.choice([-1, 0, 1]),)
        ]
        return sorted([*beside[1:], Moment(NOON + self.chance.randint(-500, 500) * DAY)])

    def check_points(self, cases: int) -> None:
        """Single questions, pending figures and what they stand on included."""
        for _ in range(cases):
            number, rows = self.chance.choice(list(self.rows.items()))
            (moment,) = self.moments(rows, 1)
            sequence = self.chance.choice([None, self.chance.randint(0, self.pen.head.sequence)])
            as_of = AsOf(self.chance.choice([None, moment, moment, moment]), sequence)
            (found,) = self.store.totals_as_of(self.pen.info, (number,), as_of)
            assert found == brute_force(rows, as_of), as_of

    def check_series(self, cases: int, length: int) -> None:
        """Questions for many moments at once."""
        for _ in range(cases // length):
            number, rows = self.chance.choice(list(self.rows.items()))
            moments, basis = self.moments(rows, length), self.chance.choice(list(Basis))
            sequence = None
            if basis is Basis.EFFECTIVE:
                sequence = self.chance.choice(
                    [None, self.chance.randint(0, self.pen.head.sequence)]
                )
            found = self.store.posted_before(self.pen.info, number, moments, basis, sequence)
            assert found == folded(rows, moments, basis, sequence)


def folded(
    rows: list[EntryRow], moments: list[Moment], basis: Basis, sequence: int | None
) -> list[Totals]:
    """Posted totals before each of some rising moments: entries in order of time, added up."""
    known = [row for row in rows if sequence is None or row.sequence <= sequence]
    at = {
        Basis.EFFECTIVE: lambda row: row.effective_at,
        Basis.RECORDED: lambda row: row.recorded_at,
    }
    order = sorted(known, key=at[basis])
    sums = list(accumulate((brute_force([row], AsOf()).totals for row in order), added))
    found, count = [], 0
    for moment in moments:
        while count < len(order) and at[basis](order[count]) < moment:
            count += 1
        found.append(sums[count - 1] if count else Totals())
    return found


def added(one: Totals, other: Totals) -> Totals:
    """Posted figures of both."""
    return Totals(
        one.posted_debits + other.posted_debits, one.posted_credits + other.posted_credits
    )


def test_any_past_is_what_the_entries_add_up_to(store: PostgresStore) -> None:
    histories = Histories(store, seed=7)
    for _ in range(3):
        histories.grow(BATCHES // 6)
        histories.check_points(150)
        histories.check_series(1_500, 50)
    while store.build_blocks(histories.pen.info, 1_000):
        pass
    histories.check_points(150)
    histories.check_series(1_500, 50)
    assert store.wrong_block(histories.pen.info) is None


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_pasts(store: PostgresStore) -> None:
    histories = Histories(store, seed=11)
    for _ in range(10):
        histories.grow(BATCHES // 6)
        histories.check_points(2_000)
        histories.check_series(8_000, 40)
    assert store.wrong_block(histories.pen.info) is None
