"""A real bank's year that came in any order: what it knew of every account-day, at every stage.

The bookings of 1993 are shuffled before they are posted, so that what is known at a sequence has
nothing to do with what counts by a day. Every account is asked for every day on which it moved, as
known when half of the journal was there, and when all was: some 47,000 answers,
each compared with a sum over the file's rows.
"""

import csv
import gzip
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

import pytest

from examples.berka import story
from partita.adapters.stores.postgres.geometry import Geometry
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.as_of import AsOf, Basis
from partita.engine.following import build_all
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.kernel import commands
from partita.kernel.account import AccountType, Side
from partita.kernel.events import TransactionPosted
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.wiring import Application
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import SeededEntropy, StandingClock, ask

DAY = 86_400_000_000
Bookings = dict[str, list[tuple[str, Moment, int]]]
SMALL = Geometry(block_entries=16, mark_entries=4, page_entries=4, top_level=4)


@pytest.fixture
def files() -> story.Files:
    """The published files; without them there is nothing to test."""
    try:
        return story.find_files()
    except story.MissingInputError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def store(postgres_database: PostgresDatabase) -> Iterator[PostgresStore]:
    """PostgreSQL with blocks so small that customers have some."""
    made = PostgresStore(
        postgres_database.poster, postgres_database.reader, connections=2, geometry=SMALL
    )
    yield made
    made.close()


def bookings(files: story.Files) -> Bookings:
    """Of each customer: what the bank calls a booking, the day it counts from, its amount."""
    found: Bookings = defaultdict(list)
    with gzip.open(files.replay, "rt", newline="") as opened:
        for row in csv.DictReader(opened):
            date = row["date"]
            day = Moment.parse(f"19{date[:2]}-{date[2:4]}-{date[4:]}T00:00:00Z")
            amount = round(float(row["signed_amount"]) * 100)
            found[row["account_id"]].append((row["trans_id"], day, amount))
    return found


def posted_in_any_order(application: Application, customers: Bookings) -> None:
    """Open all accounts, and post the bookings shuffled, a thousand at a time."""
    ledger = application.ledger()
    liability = AccountType.LIABILITY
    opened = [commands.OpenAccount(f"customers:{name}", "CZK", liability) for name in customers]
    wishes = [
        wish(each) for each in (commands.OpenAccount("cash", "CZK", AccountType.ASSET), *opened)
    ]
    posts = [
        wish(
            commands.PostTransaction(
                (
                    Posting("cash", Side.DEBIT if amount > 0 else Side.CREDIT, abs(amount), "CZK"),
                    Posting(
                        f"customers:{name}",
                        Side.CREDIT if amount > 0 else Side.DEBIT,
                        abs(amount),
                        "CZK",
                    ),
                ),
                external_id=reference,
                effective_at=day,
            )
        )
        for name, rows in customers.items()
        for reference, day, amount in rows
    ]
    random.Random(1993).shuffle(posts)
    wishes += posts
    for start in range(0, len(wishes), 1_000):
        outcomes = ask(ledger, *wishes[start : start + 1_000])
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    ledger.close()


def test_every_account_day_is_known_at_every_stage(
    store: PostgresStore,
    clock: StandingClock,
    entropy: SeededEntropy,
    files: story.Files,
) -> None:
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=entropy)
    application.open_ledger("main")
    customers, bank = bookings(files), story.Bank(application, files)
    posted_in_any_order(application, customers)
    (info,) = store.ledgers()
    build_all(store, info)
    places = {
        record.event.external_id: record.sequence
        for record in store.records(info, 0, 1_000_000)
        if isinstance(record.event, TransactionPosted)
    }
    last = store.head(info).sequence
    numbers = {name: each.account.number for name, each in bank.customers().items()}
    asked = 0
    for name, rows in customers.items():
        days = sorted({Moment(day + DAY) for _, day, _ in rows})
        for sequence in (last // 2, last):
            sums = [0] * (len(days) + 1)
            for reference, day, amount in rows:
                if places[reference] <= sequence:
                    sums[bisect_right(days, day)] += amount
            known = [sum(sums[: place + 1]) for place in range(len(days))]
            found = store.posted_before(info, numbers[name], days, Basis.EFFECTIVE, sequence)
            assert [each.posted_credits - each.posted_debits for each in found] == known, name
            asked += len(days)
    assert asked == 2 * story.ACCOUNT_DAYS
    for sequence in (last // 3, last):
        balances = store.trial_balance(info, AsOf(Moment.parse("1993-06-30T23:59:59Z"), sequence))
        assert sum(t.posted_debits - t.posted_credits for _, t in balances) == 0
    assert store.wrong_block(info) is None
