"""The past, in PostgreSQL: totals on both axes, and the blocks that they are quickly found by."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from partita.adapters.stores.postgres.as_of import Past
from partita.adapters.stores.postgres.blocks import Builder
from partita.adapters.stores.postgres.connecting import ReadingConnections, WritingConnections
from partita.adapters.stores.postgres.geometry import USUAL, Geometry
from partita.adapters.stores.postgres.integrity import PostgresIntegrity
from partita.engine.as_of import AsOf, Basis, PastTotals
from partita.engine.errors import StoreUnavailable
from partita.engine.ports import LedgerInfo
from partita.kernel.account import Totals
from partita.kernel.book import Standing
from partita.kernel.moment import Moment

_ACCOUNTS_AT_ONCE = 1_000
Answer = TypeVar("Answer")


class PostgresPast(PostgresIntegrity):
    """The past's side of the store; reads by the pool, builds by the thread's own connection."""

    def __init__(
        self,
        reading: ReadingConnections,
        writing: WritingConnections,
        geometry: Geometry = USUAL,
    ) -> None:
        """Read and write by these; registers are cut into blocks of these sizes."""
        super().__init__(reading, writing)
        self._geometry = geometry

    def totals_as_of(
        self, ledger: LedgerInfo, numbers: Sequence[int], as_of: AsOf
    ) -> list[PastTotals]:
        """Totals on both axes."""
        found = self._past(ledger, lambda past: past.totals(numbers, as_of))
        return [found.get(number, PastTotals()) for number in numbers]

    def posted_before(
        self,
        ledger: LedgerInfo,
        number: int,
        moments: Sequence[Moment],
        basis: Basis,
        sequence: int | None = None,
    ) -> list[Totals]:
        """Posted totals before each of some moments."""
        if not moments:
            return []
        if basis is Basis.RECORDED:
            return self._past(ledger, lambda past: past.recorded_before(number, moments))
        return self._past(ledger, lambda past: past.posted_before(number, moments, sequence))

    def trial_balance(
        self, ledger: LedgerInfo, as_of: AsOf | None
    ) -> Iterator[tuple[Standing, Totals]]:
        """Every account with its totals, by path, whatever the number of accounts."""
        if as_of is None:
            yield from self.trial_balance_now(ledger)
            return
        # At a sequence nothing moves any more, so pages of accounts are of one moment.
        known, after = as_of.sequence, ""
        sequence = self.head(ledger).sequence if known is None else known
        fixed = AsOf(as_of.effective_at, sequence)
        while page := self._accounts_by_path(ledger, after, sequence):
            found = self.totals_as_of(ledger, [each.account.number for each in page], fixed)
            for standing, past in zip(page, found, strict=True):
                yield standing, past.totals
            after = page[-1].account.path

    def _accounts_by_path(self, ledger: LedgerInfo, after: str, sequence: int) -> list[Standing]:
        limit = _ACCOUNTS_AT_ONCE
        return self._past(ledger, lambda past: past.accounts_by_path(after, sequence, limit))

    def _past(self, ledger: LedgerInfo, question: Callable[[Past], Answer]) -> Answer:
        """Ask about the past on a connection of the pool; only a second no counts, as above."""
        try:
            with self._reading.use() as connection:
                return question(Past(connection, ledger.number, self._geometry))
        except StoreUnavailable:
            self._reading.refresh()
            with self._reading.use() as connection:
                return question(Past(connection, ledger.number, self._geometry))

    # The blocks of registers, a cache.

    def build_blocks(self, ledger: LedgerInfo, limit: int) -> int:
        """Build up to so many blocks of level 0 that are due, and what they complete above."""
        with self._writing.use() as connection:
            return Builder(connection, self._geometry).build(ledger.number, limit)

    def drop_blocks(self, ledger: LedgerInfo) -> None:
        """Forget all blocks of a ledger."""
        with self._writing.use() as connection:
            Builder(connection, self._geometry).drop(ledger.number)

    def wrong_block(self, ledger: LedgerInfo) -> str | None:
        """The first block that is not what the entries call for."""
        with self._writing.use() as connection:
            return Builder(connection, self._geometry).difference(ledger.number)
