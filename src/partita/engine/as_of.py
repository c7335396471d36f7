"""Which past is asked for, on both of its axes: when things count, and when they were known.

An entry counts from its transaction's `effective_at` on, and is known from the sequence of its
record on. A question may fix either, or both: "what had the account on 30 June, by what we knew on
15 July?" A moment that is asked for is included; spans of time are half-open. Moments are whole
microseconds, so "before t" and "as of t less one" are the same question.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Protocol

import msgspec

from partita.engine.ports import LedgerInfo
from partita.kernel.account import Totals
from partita.kernel.book import Standing
from partita.kernel.moment import Moment


class Basis(Enum):
    """By which of its two times an entry is placed."""

    RECORDED = "recorded"
    EFFECTIVE = "effective"


class AsOf(msgspec.Struct, frozen=True):
    """A moment of effective time, and a place in the journal; None is no limit on that axis.

    Posted figures count the entries that are effective at or before `effective_at` and stand at
    or before `sequence`. Pending figures are facts of recorded time: those that stood at the
    earlier of the two.
    """

    effective_at: Moment | None = None
    sequence: int | None = None


NOW = AsOf()


class PastTotals(msgspec.Struct, frozen=True):
    """What an account's totals were, and the last of its entries that was known: 0, 0 for none."""

    totals: Totals = Totals()
    version: int = 0
    sequence: int = 0


class PastReader(Protocol):
    """Where journals live: the questions about the past. Every answer is of one moment."""

    def totals_as_of(
        self, ledger: LedgerInfo, numbers: Sequence[int], as_of: AsOf
    ) -> list[PastTotals]:
        """Accounts' totals as of then, in the order in which they are named."""
        ...

    def posted_before(
        self,
        ledger: LedgerInfo,
        number: int,
        moments: Sequence[Moment],
        basis: Basis,
        sequence: int | None = None,
    ) -> list[Totals]:
        """An account's posted totals before each of some rising moments, pending figures left out.

        `sequence` limits what is known, for `Basis.EFFECTIVE` alone.
        """
        ...

    def trial_balance(
        self, ledger: LedgerInfo, as_of: AsOf | None
    ) -> Iterator[tuple[Standing, Totals]]:
        """Every account with its totals, by path: now, or as of then."""
        ...


class BlockKeeper(Protocol):
    """A store's cache of sums over registers: answers are right without it, and quick with it."""

    def build_blocks(self, ledger: LedgerInfo, limit: int) -> int:
        """Build up to so many blocks that are due; how many were. 0: all is built."""
        ...

    def drop_blocks(self, ledger: LedgerInfo) -> None:
        """Forget all blocks of a ledger; `build_blocks` brings them back, equal."""
        ...

    def wrong_block(self, ledger: LedgerInfo) -> str | None:
        """The first block that is not what the entries call for, in words; None if all are right."""
        ...
