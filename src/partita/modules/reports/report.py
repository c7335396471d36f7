"""A report: lines in columns, of one asset after another. Every kind of report has this form."""

from enum import Enum

import msgspec

from partita.kernel.account import Account, Totals
from partita.kernel.moment import Moment

_NOTHING = Totals()


class Kind(Enum):
    """The reports there are."""

    TRIAL_BALANCE = "trial_balance"
    GENERAL_LEDGER = "general_ledger"
    INCOME_STATEMENT = "income_statement"
    BALANCE_SHEET = "balance_sheet"


class Role(Enum):
    """What a line is. Groups and totals sum up other lines; all others stand for themselves."""

    SECTION = "section"
    GROUP = "group"
    ACCOUNT = "account"
    ENTRY = "entry"
    BALANCE = "balance"
    EARNINGS = "earnings"
    ROUNDING = "rounding"
    TOTAL = "total"


class Line(msgspec.Struct, frozen=True):
    """One line: what it is about, and an amount in minor units, or nothing, in each column.

    `depth` is how far it is indented. `at` and `reference` are an entry's effective moment and its
    transaction's id.
    """

    role: Role
    label: str
    amounts: tuple[int | None, ...]
    depth: int = 0
    at: Moment | None = None
    reference: str | None = None


class Block(msgspec.Struct, frozen=True):
    """The lines of one asset."""

    asset: str
    scale: int
    lines: tuple[Line, ...]


class Span(msgspec.Struct, frozen=True):
    """What a report is of: entries effective from `start` (None: ever) and before `end` (None: all).

    `sequence` is as of which record of the journal that was known.
    """

    start: Moment | None
    end: Moment | None
    sequence: int


class Report(msgspec.Struct, frozen=True):
    """A report. `base` and `rates_on` (YYYY-MM-DD) are there if all was converted to one currency."""

    kind: Kind
    ledger: str
    span: Span
    columns: tuple[str, ...]
    blocks: tuple[Block, ...]
    base: str | None = None
    rates_on: str | None = None


class Position(msgspec.Struct, frozen=True):
    """An account and its posted totals over some span, in minor units of `asset`."""

    account: Account
    debits: int
    credits: int

    @property
    def net(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


def position(account: Account, totals: Totals, before: Totals = _NOTHING) -> Position:
    """An account's position: its totals, less those of an earlier moment for a span."""
    return Position(
        account,
        totals.posted_debits - before.posted_debits,
        totals.posted_credits - before.posted_credits,
    )
