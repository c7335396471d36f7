"""Every answer of the read side equals what anybody can work out from the journal's records."""

import random
from collections.abc import Iterable

import pytest

from partita.engine.as_of import AsOf
from partita.engine.listing import AccountFilter, EntryRow, TransactionFilter
from partita.engine.ports import Wants
from partita.journal.record import Record
from partita.kernel.account import AccountStatus, Side, Totals
from partita.kernel.events import AssetRegistered, TransactionPosted
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.wiring import FullStore
from tests.contracts.pen import Pen, filled, key, transfer
from tests.plugins.steering import NOON

ALL = 10_000


@pytest.fixture
def pen(store: FullStore) -> Pen:
    """A ledger with a bit of everything, beside another that must never be seen."""
    filled(store, "other").write(transfer("cash", "users:a", external_id="others"))
    return filled(store)


@pytest.fixture
def records(store: FullStore, pen: Pen) -> list[Record]:
    """The whole journal, from which everything else is worked out."""
    return store.records(pen.info, 0, ALL)


def registers(records: list[Record]) -> dict[int, list[EntryRow]]:
    """The entries of each account in order, with their records."""
    found: dict[int, list[EntryRow]] = {}
    for record in records:
        if isinstance(event := record.event, TransactionPosted):
            for leg, entry in enumerate(event.entries):
                row = EntryRow(
                    entry,
                    record.sequence,
                    leg,
                    event.effective_at,
                    record.recorded_at,
                    event.id,
                    event.external_id,
                )
                found.setdefault(entry.number, []).append(row)
    return found


def summed(rows: Iterable[EntryRow]) -> Totals:
    """The totals of some entries, added up one by one."""
    rows = list(rows)
    debits = sum(row.entry.amount for row in rows if row.entry.direction is Side.DEBIT)
    credits = sum(row.entry.amount for row in rows if row.entry.direction is Side.CREDIT)
    return Totals(debits, credits)


def around(moments: Iterable[int]) -> list[Moment]:
    """Each moment, the one before and the one after, and the ends of the calendar."""
    near = {at + step for at in moments for step in (-1, 0, 1)} | {EARLIEST, LATEST}
    return [Moment(at) for at in sorted(near) if EARLIEST <= at <= LATEST]


def test_records_come_in_order_by_pages(store: FullStore, pen: Pen, records: list[Record]) -> None:
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    assert store.head(pen.info) == pen.head
    assert len(records) == pen.head.sequence
    for after in range(len(records) + 3):
        assert store.records(pen.info, after, 3) == records[after : after + 3]
    assert store.records(pen.info, 0, 0) == []


def test_bodies_are_the_very_bytes_of_the_records(
    store: FullStore, pen: Pen, records: list[Record]
) -> None:
    bodies = [record.body for record in records]
    assert store.bodies(pen.info, 0, ALL) == bodies
    for after in range(len(records) + 3):
        assert store.bodies(pen.info, after, 3) == bodies[after : after + 3]
    assert store.bodies(pen.info, 0, 0) == []


def test_records_are_found_by_the_id_of_what_they_made(
    store: FullStore, pen: Pen, records: list[Record]
) -> None:
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record.event.id, record)
    for identifier, record in first.items():
        assert store.record_by_id(pen.info, identifier) == record
    for unknown in ("txn_no", "", "acc_", "users:a", "' or true --"):
        assert store.record_by_id(pen.info, unknown) is None


def belongs(record: Record, which: TransactionFilter, keys: dict[int, bytes]) -> bool:
    """Whether a record is a transaction for which every condition holds."""
    event, at = record.event, record.recorded_at
    if not isinstance(event, TransactionPosted):
        return False
    return (
        (which.account is None or any(e.number == which.account for e in event.entries))
        and which.external_id in (None, event.external_id)
        and which.key in (None, keys.get(record.sequence))
        and within(at, which.recorded_from, which.recorded_to)
        and within(event.effective_at, which.effective_from, which.effective_to)
    )


def within(moment: int, start: int | None, end: int | None) -> bool:
    """From inclusive, to exclusive."""
    return (start is None or moment >= start) and (end is None or moment < end)


def keys_by_sequence(store: FullStore, pen: Pen) -> dict[int, bytes]:
    """The keys that the pen used, by the place of their record."""
    from_pen = [key(1), *(key(50 + days) for days in (-3, -1, 2, -2, 0))]
    loaded = store.load(pen.info, Wants(keys=from_pen)).records
    return {record.sequence: digest for digest, record in loaded.items()}


@pytest.mark.parametrize("seed", range(4))
def test_transactions_are_those_for_which_every_condition_holds(
    store: FullStore, pen: Pen, records: list[Record], seed: int
) -> None:
    chance, keys = random.Random(seed), keys_by_sequence(store, pen)
    posted = [record for record in records if isinstance(record.event, TransactionPosted)]
    recorded = around({record.recorded_at for record in posted})
    effective = around({r.event.effective_at for r in posted if hasattr(r.event, "effective_at")})
    numbers = [*registers(records), 0, 999]
    for _ in range(120):
        account = chance.choice([None, *numbers])
        which = TransactionFilter(
            account=account,
            external_id=chance.choice([None] * 5 + ["e1", "d-3", "last", "others", "no"]),
            key=chance.choice([None] * 5 + [*keys.values(), key(99)]),
            recorded_from=chance.choice([None, None, *recorded]),
            recorded_to=chance.choice([None, None, *recorded]),
            effective_from=chance.choice([None, None, *effective]) if account else None,
            effective_to=chance.choice([None, None, *effective]) if account else None,
        )
        before = chance.choice([None, None, chance.randint(0, len(records) + 2)])
        limit = chance.choice([1, 2, 5, ALL])
        expected = [
            record
            for record in reversed(records)
            if (before is None or record.sequence < before) and belongs(record, which, keys)
        ]
        found = store.transactions(pen.info, which, before, limit)
        assert found == expected[:limit], (which, before, limit)


def test_a_transaction_at_the_end_of_the_calendar_is_listed(
    store: FullStore, pen: Pen, records: list[Record]
) -> None:
    (last,) = store.transactions(pen.info, TransactionFilter(external_id="last"), None, 9)
    assert isinstance(last.event, TransactionPosted)
    for entry in last.event.entries:
        which = TransactionFilter(account=entry.number)
        assert last in store.transactions(pen.info, which, None, ALL)
        since = TransactionFilter(account=entry.number, effective_from=Moment(LATEST))
        assert store.transactions(pen.info, since, None, ALL) == [last]


@pytest.mark.parametrize("seed", range(2))
def test_accounts_are_those_for_which_every_condition_holds(
    store: FullStore, pen: Pen, seed: int
) -> None:
    chance = random.Random(seed)
    book = pen.book
    mine = [s for name, s in book.standings.items() if name == s.account.path]
    for _ in range(80):
        which = AccountFilter(
            path_prefix=chance.choice([None, "users", "users:b", "user", "shop", "users:", "%"]),
            asset=chance.choice([None, None, "USD", "PTS", "no"]),
            type=chance.choice([None, None, "liability", "asset", "no"]),
            status=chance.choice([None, *AccountStatus]),
        )
        before = chance.choice([None, chance.randint(0, 20)])
        limit = chance.choice([1, 3, ALL])
        prefix = which.path_prefix
        expected = [
            s
            for s in sorted(mine, key=lambda s: -s.account.number)
            if (before is None or s.account.number < before)
            and (prefix is None or f"{s.account.path}:".startswith(f"{prefix}:"))
            and which.asset in (None, s.account.asset)
            and which.type in (None, s.account.type.value)
            and which.status in (None, s.status)
        ]
        found = store.accounts(pen.info, which, before, limit)
        assert found == expected[:limit], (which, before, limit)


def test_an_account_is_found_by_path_and_by_id(store: FullStore, pen: Pen) -> None:
    for reference, standing in pen.book.standings.items():
        assert store.account(pen.info, reference) == standing
    for unknown in ("nobody", "acc_nobody", "", "users:A"):
        assert store.account(pen.info, unknown) is None


def test_a_register_is_paged_from_its_end(
    store: FullStore, pen: Pen, records: list[Record]
) -> None:
    for number, rows in registers(records).items():
        for before in (None, *range(len(rows) + 4)):
            for limit in (1, 3, ALL):
                newest = [r for r in reversed(rows) if before is None or r.entry.version < before]
                assert store.entries(pen.info, number, before, limit) == newest[:limit]
    assert store.entries(pen.info, 999, None, 5) == []


def test_every_moment_has_its_sequence(store: FullStore, pen: Pen, records: list[Record]) -> None:
    for moment in around(record.recorded_at for record in records):
        expected = sum(record.recorded_at <= moment for record in records)
        assert store.sequence_at(pen.info, moment) == expected
    empty = store.create_ledger("empty", NOON)
    assert store.sequence_at(empty, Moment(LATEST)) == 0


def test_totals_as_of_every_sequence(store: FullStore, pen: Pen, records: list[Record]) -> None:
    for number, rows in registers(records).items():
        for sequence in range(len(records) + 2):
            expected = summed(row for row in rows if row.sequence <= sequence)
            assert store.totals_at(pen.info, number, sequence) == expected
    assert store.totals_at(pen.info, 999, 5) == Totals()


def test_the_trial_balance_is_every_account_by_path(
    store: FullStore, pen: Pen, records: list[Record]
) -> None:
    rows = registers(records)
    paths = sorted(name for name, s in pen.book.standings.items() if name == s.account.path)
    for moment in (None, *around(r.effective_at for each in rows.values() for r in each)):
        found = list(store.trial_balance(pen.info, None if moment is None else AsOf(moment)))
        assert [standing.account.path for standing, _ in found] == paths
        for standing, totals in found:
            mine = rows.get(standing.account.number, [])
            assert totals == summed(r for r in mine if moment is None or r.effective_at <= moment)
            kept = pen.book.standings[standing.account.path]
            assert (standing.account, standing.status) == (kept.account, kept.status)
        for asset in ("USD", "PTS"):
            sums = [t for s, t in found if s.account.asset == asset]
            assert sum(t.posted_debits - t.posted_credits for t in sums) == 0


def test_a_trial_balance_that_is_left_half_read_holds_nothing_up(
    store: FullStore, pen: Pen
) -> None:
    for _ in range(12):
        stream = store.trial_balance(pen.info, None)
        next(stream)
        del stream
    assert store.head(pen.info) == pen.head


def test_assets_are_the_registered_ones_by_code(
    store: FullStore, pen: Pen, records: list[Record]
) -> None:
    made = [r.event.asset for r in records if isinstance(r.event, AssetRegistered)]
    assert store.assets(pen.info) == sorted(made, key=lambda asset: asset.code)
    assert store.assets(store.create_ledger("empty", NOON)) == []


def test_what_took_an_external_id_is_found_by_it(store: FullStore, pen: Pen) -> None:
    (record,) = pen.write(transfer("cash", "users:a", external_id="order-1"))
    assert store.record_by_external_id(pen.info, "order-1") == record
    assert store.record_by_external_id(pen.info, "others") is None  # it is another ledger's
