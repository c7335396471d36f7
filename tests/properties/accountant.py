"""An accountant's look at a ledger: everything that must hold, worked out again from the records."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from partita.engine.ports import LedgerInfo
from partita.journal.record import Record
from partita.kernel.account import Account, Side, Totals
from partita.kernel.book import Book, evolve
from partita.kernel.events import AccountOpened, entries_in
from partita.wiring import FullStore

EVERYTHING = 1_000_000


def assert_sound(store: FullStore, info: LedgerInfo) -> list[Record]:
    """Assert that a ledger is sound in every respect; its records."""
    records = store.records(info, 0, EVERYTHING)
    assert_sealed(store, info, records)
    assert_balanced(records)
    assert_replayed(store, info, records)
    return records


def assert_sealed(store: FullStore, info: LedgerInfo, records: Sequence[Record]) -> None:
    """Dense sequence, time that never goes back, hashes and root that recompute."""
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    times = [record.recorded_at for record in records]
    assert times == sorted(times)
    leaves = [sha256(b"\0" + record.body).digest() for record in records]
    assert leaves == [record.leaf for record in records]
    head = store.head(info)
    assert (head.sequence, head.root) == (len(records), merkle_root(leaves))


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root as RFC 9162 §2.1.1 defines it, by recursion."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def assert_balanced(records: Sequence[Record]) -> None:
    """Each transaction sums to zero in each asset, and moves nobody below his floor."""
    accounts: dict[str, Account] = {}
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    versions: dict[str, int] = defaultdict(int)
    for record in records:
        event, entries = record.event, entries_in(record.event)
        if isinstance(event, AccountOpened):
            accounts[event.account.path] = event.account
        off: dict[str, int] = defaultdict(int)
        before = {entry.account: tuple(sums[entry.account]) for entry in entries}
        for entry in entries:
            is_debit = entry.direction is Side.DEBIT
            off[entry.asset] += entry.amount if is_debit else -entry.amount
            sums[entry.account][not is_debit] += entry.amount
            sums[entry.account][2 + (not is_debit)] += entry.pending
            versions[entry.account] += 1
            assert entry.version == versions[entry.account]
            assert entry.after == Totals(*sums[entry.account])
            assert min(sums[entry.account]) >= 0, "more was let go than was set aside"
            assert entry.asset == accounts[entry.account].asset
        assert not any(off.values()), f"record {record.sequence} does not balance: {dict(off)}"
        for path, totals in before.items():
            assert_within_limits(accounts[path], totals, tuple(sums[path]))


def assert_within_limits(account: Account, before: Sequence[int], after: Sequence[int]) -> None:
    """What fell is not below its floor, what rose is not above its ceiling."""
    limits = account.constraints
    bounds = (limits.min_posted, limits.max_posted), (limits.min_available, limits.max_available)
    figures = zip(_figures(account, before), _figures(account, after), bounds, strict=True)
    for old, new, (floor, ceiling) in figures:
        assert floor is None or new >= old or new >= floor - limits.overdraft
        assert ceiling is None or new <= old or new <= ceiling


def _figures(account: Account, totals: Sequence[int]) -> tuple[int, int]:
    """Posted and available, on the normal side."""
    debits, credits, pending_debits, pending_credits = totals
    if account.normal_side is Side.DEBIT:
        return debits - credits, debits - credits - pending_credits
    return credits - debits, credits - debits - pending_debits


def assert_replayed(store: FullStore, info: LedgerInfo, records: Sequence[Record]) -> None:
    """The journal folded anew is what the store says now."""
    book = Book()
    for record in records:
        evolve(book, record.event)
    found = {standing.account.path: standing for standing, _ in store.trial_balance(info, None)}
    expected = {name: s for name, s in book.standings.items() if name == s.account.path}
    assert found == expected
    assert {asset.code: asset for asset in store.assets(info)} == book.assets
