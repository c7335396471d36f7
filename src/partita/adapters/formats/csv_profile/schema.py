"""What a profile may say: the tables of the TOML file, field by field.

A rule's `when` is a table of column to condition; a condition is a text (equal to it; `""` is
empty), a list of texts (one of them), or a table: `{ empty = true }`, `{ sign = "negative" }`.
Texts with `{column}` in them are templates; `{column|word}` writes `word` where it is empty.
"""

from typing import Literal

import msgspec

from partita.kernel.account import AccountType, Side


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML table in which every key is known."""


class FileTable(_Table, frozen=True):
    """How the file is written. A name that ends in `.gz` is unpacked.

    `header` says that the first line names the columns; without it they stand in the order of
    `[columns]`. `skip_lines` are left out before that. `quote = ""` means that nothing is quoted.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    skip_lines: int = 0


class _Column(_Table, frozen=True, tag_field="type"):
    """What every column may have: its `name` in the file's header, if it is another one."""

    name: str | None = None


class TextColumn(_Column, frozen=True, tag="text"):
    """Words. Spaces around them are dropped unless `strip` is off."""

    strip: bool = True


class IntegerColumn(_Column, frozen=True, tag="integer"):
    """A whole number, such as a row's own number; sorts as a number."""


class DateColumn(_Column, frozen=True, kw_only=True, tag="date"):
    """A day, or a moment, in the format of strptime.

    It is a time of day in `zone` (an IANA name) unless the format has `%z`; a day begins at
    midnight there. Two-digit years (`%y`) lie in the 100 years from `two_digit_years_from`.
    """

    format: str
    zone: str = "UTC"
    two_digit_years_from: int | None = None


class DecimalColumn(_Column, frozen=True, tag="decimal"):
    """A figure such as `-1.234,50`, exact to the decimals of its asset and never rounded."""

    decimal_mark: str = "."
    thousands_mark: str = ""


Column = TextColumn | IntegerColumn | DateColumn | DecimalColumn
COLUMN_TYPES: dict[str, type[msgspec.Struct]] = {
    "text": TextColumn,
    "integer": IntegerColumn,
    "date": DateColumn,
    "decimal": DecimalColumn,
}
"""The types of columns by the word that a profile has for them."""


class OrderKey(_Table, frozen=True):
    """One thing to sort a day's rows by: values listed in `first` go before all others."""

    column: str
    first: tuple[str, ...] = ()
    descending: bool = False


class OrderTable(_Table, frozen=True):
    """The booking order: by day, within a day by `keys`, else as in the file.

    The file must be ascending by the day of the date column `day`; one day is held in memory.
    """

    day: str
    keys: tuple[OrderKey, ...] = ()


class ConstraintsTable(_Table, frozen=True):
    """Limits of an account, as texts of whole minor units."""

    min_posted: str | None = None
    max_posted: str | None = None
    min_available: str | None = None
    max_available: str | None = None
    overdraft: str = "0"


class AccountTable(_Table, frozen=True):
    """An account to be opened on first use; `path`, `asset` and metadata are templates."""

    path: str
    type: AccountType
    asset: str
    normal_side: Side | None = None
    constraints: ConstraintsTable = ConstraintsTable()
    metadata: dict[str, str] = {}


class LegTable(_Table, frozen=True):
    """One posting: `debit` or `credit` names one of `[accounts]`, `amount` a decimal column.

    A negative figure is refused by the ledger, unless the rule has a `sign` condition on that
    column: then the rule has said what the sign means, and the figure counts without it.
    """

    amount: str
    debit: str | None = None
    credit: str | None = None


class ConditionTable(_Table, frozen=True):
    """A condition that is more than equality; all that is set must hold."""

    empty: bool | None = None
    sign: Literal["positive", "negative", "zero"] | None = None


class RuleTable(_Table, frozen=True):
    """What a row becomes if `when` holds for it; the first rule that fits is taken."""

    name: str
    postings: tuple[LegTable, ...]
    when: dict[str, str | tuple[str, ...] | ConditionTable] = {}
    transaction_type: str | None = None


class TransactionTable(_Table, frozen=True):
    """What all transactions have; `key` makes a second import change nothing.

    `key`, `external_id` and metadata are templates; metadata that comes out empty is left out.
    `effective_at` is a date column.
    """

    key: str
    external_id: str | None = None
    effective_at: str | None = None
    metadata: dict[str, str] = {}


class Profile(_Table, frozen=True):
    """A whole profile; `name` is for people."""

    name: str
    columns: dict[str, Column]
    transaction: TransactionTable
    accounts: dict[str, AccountTable]
    rules: tuple[RuleTable, ...]
    file: FileTable = FileTable()
    order: OrderTable | None = None
