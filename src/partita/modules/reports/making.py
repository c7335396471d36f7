"""Making a report: positions are read as of the two ends of a span, and become lines.

    asked ─► trial balance as of the end (and as of the start, for a flow) ─► [base currency] ─► blocks

Spans are half-open: what is effective at `start` is in, what is effective at `end` is not. A trial
balance and a balance sheet are of everything before `end`. All is as known at one sequence of the
journal, so that the same question is answered the same for ever.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from partita.engine.as_of import AsOf, PastReader
from partita.engine.errors import NotFound
from partita.engine.listing import EntryRow
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import Account, Totals
from partita.kernel.moment import EARLIEST, Moment
from partita.modules.reports import blocks
from partita.modules.reports.blocks import Form
from partita.modules.reports.conversion import Base, converted
from partita.modules.reports.register import LEDGER_COLUMNS, Leaf, general_ledger, in_span
from partita.modules.reports.report import Block, Kind, Position, Report, Span, position

LARGEST_LEDGER_ENTRIES = 100_000
"""How many entries a general ledger lists at most: it is for people, and held in memory."""
_PAGE = 1_000


class ReportReader(Reader, PastReader, Protocol):
    """What is needed of a store."""


class ReportRefused(ValueError):
    """The question does not go together; the message says what, and how to ask."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which report: of entries from `start`, before `end`, as known at `sequence`; None: no limit.

    `depth` shows the chart's first so many segments only. `prefix` narrows a general ledger to the
    accounts at a path or below it, `asset` any report.
    """

    kind: Kind
    start: Moment | None = None
    end: Moment | None = None
    sequence: int | None = None
    asset: str | None = None
    prefix: str | None = None
    depth: int | None = None

    def check(self, base: Base | None) -> None:
        """Refuse what does not go together.

        Raises:
            ReportRefused: as it says.
        """
        flows, ledger = self.kind in _FLOWS, self.kind is Kind.GENERAL_LEDGER
        name, span = self.kind.value, (self.start, self.end)
        wrong = (
            (self.start is not None and not flows, f"a {name} has no start: it is as of its end"),
            (None not in span and span[0] > span[1], "the span ends before it begins"),  # type: ignore[operator]
            (self.prefix is not None and not ledger, f"a {name} is of all accounts, not of some"),
            (self.depth is not None and ledger, f"a {name} shows entries, which have no depth"),
            (self.depth is not None and self.depth < 1, "the least depth is 1"),
            (base is not None and ledger, f"a {name} stays in the assets that were posted"),
        )
        for holds, problem in wrong:
            if holds:
                raise ReportRefused(problem)


_FLOWS = {Kind.GENERAL_LEDGER, Kind.INCOME_STATEMENT}
_COLUMNS = {
    Kind.TRIAL_BALANCE: blocks.TRIAL_COLUMNS,
    Kind.GENERAL_LEDGER: LEDGER_COLUMNS,
    Kind.INCOME_STATEMENT: blocks.ONE_COLUMN,
    Kind.BALANCE_SHEET: blocks.ONE_COLUMN,
}
_BLOCKS: dict[Kind, Callable[[str, int, Iterable[Position], Form], Block]] = {
    Kind.TRIAL_BALANCE: blocks.trial_balance,
    Kind.INCOME_STATEMENT: blocks.income_statement,
    Kind.BALANCE_SHEET: blocks.balance_sheet,
}


class Reporter:
    """Makes the reports of one ledger."""

    def __init__(self, info: LedgerInfo, store: ReportReader, scales: Mapping[str, int]) -> None:
        """`scales` has the decimals of every asset."""
        self._info, self._store, self._scales = info, store, scales

    def report(self, asked: Asked, base: Base | None = None) -> Report:
        """The report, in the assets as they are or in one base currency.

        Raises:
            ReportRefused: the question does not go together, or asks for too much.
            NotFound: the journal does not reach so far.
            MissingRate: an amount cannot be converted.
        """
        asked.check(base)
        end = self._store.head(self._info).sequence
        sequence = end if asked.sequence is None else asked.sequence
        if sequence > end:
            raise NotFound(f"the journal of {self._info.name!r} ends at {end}, not yet {sequence}")
        span = Span(asked.start, asked.end, sequence)
        if asked.kind is Kind.GENERAL_LEDGER:
            made = self._ledger(asked, span)
        else:
            made = self._summed(asked, span, base)
        day = None if base is None else base.day
        name = None if base is None else base.asset
        columns = _COLUMNS[asked.kind]
        return Report(asked.kind, self._info.name, span, columns, tuple(made), name, day)

    # Sums.

    def _summed(self, asked: Asked, span: Span, base: Base | None) -> Iterator[Block]:
        make, form = _BLOCKS[asked.kind], Form(asked.depth, is_rounded=base is not None)
        found: Iterable[Position] = self._positions(asked, span)
        if base is not None:
            yield make(base.asset, self._scales[base.asset], converted(found, base), form)
            return
        by_asset: dict[str, list[Position]] = defaultdict(list)
        for each in found:
            by_asset[each.account.asset].append(each)
        for asset in sorted(by_asset):
            yield make(asset, self._scales[asset], by_asset[asset], form)

    def _positions(self, asked: Asked, span: Span) -> Iterator[Position]:
        """Every account with something in it, over the span."""
        for account, totals, before in self._ends(span):
            each = position(account, totals, before)
            if (each.debits or each.credits) and asked.asset in {None, account.asset}:
                yield each

    def _ends(self, span: Span) -> Iterator[tuple[Account, Totals, Totals]]:
        """Every account with its totals before the span's end and before its start."""
        closing = self._totals(span.end, span)
        if span.start is None:
            for account, totals in closing:
                yield account, totals, Totals()
            return
        # By path, and of one sequence: the same accounts in the same order.
        opening = self._totals(span.start, span)
        for (account, totals), (other, before) in zip(closing, opening, strict=True):
            assert account.path == other.path, "both ends list the same accounts"
            yield account, totals, before

    def _totals(self, before: Moment | None, span: Span) -> Iterator[tuple[Account, Totals]]:
        is_nothing = before is not None and before <= EARLIEST
        moment = None if before is None or is_nothing else Moment(before - 1)
        for standing, totals in self._store.trial_balance(self._info, AsOf(moment, span.sequence)):
            yield standing.account, Totals() if is_nothing else totals

    # Entries.

    def _ledger(self, asked: Asked, span: Span) -> Iterator[Block]:
        by_asset: dict[str, list[Leaf]] = defaultdict(list)
        room = LARGEST_LEDGER_ENTRIES
        for account, totals, before in self._ends(span):
            below = asked.prefix is None or f"{account.path}:".startswith(f"{asked.prefix}:")
            if not below or asked.asset not in {None, account.asset}:
                continue
            opening = before.posted_debits - before.posted_credits
            entries: tuple[EntryRow, ...] = ()
            if totals != before:
                entries = tuple(in_span(self._entries(account.number, span), span))
            room -= len(entries)
            if room < 0:
                raise ReportRefused(
                    f"more than {LARGEST_LEDGER_ENTRIES:,} entries: narrow it by from, to or prefix"
                )
            if opening or entries:
                by_asset[account.asset].append(Leaf(account, opening, entries))
        for asset in sorted(by_asset):
            yield general_ledger(asset, self._scales[asset], by_asset[asset])

    def _entries(self, number: int, span: Span) -> Iterator[EntryRow]:
        """An account's entries, newest first, by pages."""
        before: int | None = None
        while page := self._store.entries(self._info, number, before, _PAGE):
            yield from page
            before = page[-1].entry.version
            if before == 1:
                return
