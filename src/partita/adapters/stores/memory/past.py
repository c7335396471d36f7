"""The past, by reading whole registers: the plain way, which the quick one must agree with."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from partita.engine.as_of import AsOf, Basis, PastTotals
from partita.engine.listing import EntryRow
from partita.engine.ports import LedgerInfo
from partita.kernel.account import Side, Totals
from partita.kernel.book import Standing
from partita.kernel.moment import Moment

_AT: dict[Basis, Callable[[EntryRow], Moment]] = {
    Basis.RECORDED: lambda row: row.recorded_at,
    Basis.EFFECTIVE: lambda row: row.effective_at,
}


class MemoryPast:
    """What a store in memory answers about the past. There are no blocks: nothing is ever due."""

    def _register(self, ledger: LedgerInfo, number: int) -> list[EntryRow]:
        """The entries of an account, by version."""
        raise NotImplementedError

    def _standings(self, ledger: LedgerInfo) -> list[Standing]:
        """Every account and where it stands, as values of the caller's own."""
        raise NotImplementedError

    def totals_as_of(
        self, ledger: LedgerInfo, numbers: Sequence[int], as_of: AsOf
    ) -> list[PastTotals]:
        """Totals on both axes."""
        return [_totals_as_of(self._register(ledger, number), as_of) for number in numbers]

    def posted_before(
        self,
        ledger: LedgerInfo,
        number: int,
        moments: Sequence[Moment],
        basis: Basis,
        sequence: int | None = None,
    ) -> list[Totals]:
        """Posted totals before each of some moments."""
        at, limit = _AT[basis], sequence if basis is Basis.EFFECTIVE else None
        known = _known(self._register(ledger, number), limit)
        return [_posted(row for row in known if at(row) < moment) for moment in moments]

    def trial_balance(
        self, ledger: LedgerInfo, as_of: AsOf | None
    ) -> Iterator[tuple[Standing, Totals]]:
        """Every account with its totals, by path."""
        last = None if as_of is None else as_of.sequence
        for standing in sorted(self._standings(ledger), key=lambda s: s.account.path):
            number = standing.account.number
            if as_of is None:
                yield standing, standing.totals
            elif last is None or number <= last:
                yield standing, _totals_as_of(self._register(ledger, number), as_of).totals

    def build_blocks(self, ledger: LedgerInfo, limit: int) -> int:
        """Nothing is ever due."""
        return 0

    def drop_blocks(self, ledger: LedgerInfo) -> None:
        """Nothing to forget."""

    def wrong_block(self, ledger: LedgerInfo) -> str | None:
        """Nothing that could be wrong."""
        return None


def _totals_as_of(register: Sequence[EntryRow], as_of: AsOf) -> PastTotals:
    known = _known(register, as_of.sequence)
    if not known:
        return PastTotals()
    last, moment = known[-1], as_of.effective_at
    totals = last.entry.after
    if moment is not None:
        posted = _posted(row for row in known if row.effective_at <= moment)
        then = [row.entry.after for row in known if row.recorded_at <= moment] or [Totals()]
        pending = then[-1].pending_debits, then[-1].pending_credits
        totals = Totals(posted.posted_debits, posted.posted_credits, *pending)
    return PastTotals(totals, last.entry.version, last.sequence)


def _known(register: Sequence[EntryRow], sequence: int | None) -> list[EntryRow]:
    return [row for row in register if sequence is None or row.sequence <= sequence]


def _posted(rows: Iterable[EntryRow]) -> Totals:
    sums = dict.fromkeys(Side, 0)
    for row in rows:
        sums[row.entry.direction] += row.entry.amount
    return Totals(sums[Side.DEBIT], sums[Side.CREDIT])
