"""What a past was, added up entry by entry out of the journal: what every store must agree with."""

from collections.abc import Iterable, Sequence

from partita.engine.as_of import AsOf, PastTotals
from partita.engine.listing import EntryRow
from partita.engine.ports import LedgerInfo
from partita.kernel.account import Side, Totals
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.views import REGISTER
from partita.wiring import FullStore


def registers(store: FullStore, info: LedgerInfo) -> dict[int, list[EntryRow]]:
    """The entries of each account in order, out of the journal's records."""
    found: dict[int, list[EntryRow]] = {}
    for row in REGISTER.project(store.records(info, 0, 1_000_000)):
        found.setdefault(row.entry.number, []).append(row)
    return found


def brute_force(rows: Sequence[EntryRow], as_of: AsOf) -> PastTotals:
    """An account's totals as of then: every entry that counts, added up."""
    known = [row for row in rows if as_of.sequence is None or row.sequence <= as_of.sequence]
    if not known:
        return PastTotals()
    effective = as_of.effective_at
    sums = dict.fromkeys(Side, 0)
    pending = (0, 0)
    for row in known:
        if effective is None or row.effective_at <= effective:
            sums[row.entry.direction] += row.entry.amount
        if effective is None or row.recorded_at <= effective:
            pending = (row.entry.after.pending_debits, row.entry.after.pending_credits)
    totals = Totals(sums[Side.DEBIT], sums[Side.CREDIT], *pending)
    return PastTotals(totals, known[-1].entry.version, known[-1].sequence)


def beside(moments: Iterable[int]) -> list[Moment]:
    """Each moment, the one before and the one after, and the ends of the calendar."""
    near = {at + step for at in moments for step in (-1, 0, 1)} | {EARLIEST, LATEST}
    return [Moment(at) for at in sorted(near) if EARLIEST <= at <= LATEST]
