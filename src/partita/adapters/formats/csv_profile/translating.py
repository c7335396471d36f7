"""Translating: one row of fields becomes one instruction, or a fault that says why not."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from partita.adapters.formats.csv_profile import schema
from partita.adapters.formats.csv_profile.schema import Profile
from partita.adapters.formats.csv_profile.templates import Template
from partita.adapters.formats.csv_profile.values import date_reader, figure_reader
from partita.kernel.account import UNLIMITED, Constraints, Side, check_path
from partita.kernel.amount import from_decimal
from partita.kernel.commands import OpenAccount, PostTransaction
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting

LONGEST_KEY = 255
LONGEST_METADATA_VALUE = 500
_INTEGER = re.compile(r"[+-]?[0-9]{1,38}", re.ASCII)
_UNFIT = re.compile("[\0\ud800-\udfff]")


class RowError(Exception):
    """This row cannot be translated: a stable code, and what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep the code beside the message."""
        super().__init__(detail)
        self.code = code


class Row(NamedTuple):
    """The fields of a row, read: texts by column, moments and days of dates, plain figures."""

    texts: dict[str, str]
    moments: dict[str, Moment]
    days: dict[str, str]
    figures: dict[str, str]


class Translator:
    """Reads rows as a profile says. `scales` has the decimals of every known asset."""

    def __init__(self, profile: Profile, scales: Mapping[str, int]) -> None:
        """Prepare everything that does not change from row to row."""
        self._profile, self._scales = profile, scales
        self._readers = {name: _reader(name, column) for name, column in profile.columns.items()}
        self._rules = [_Rule(rule) for rule in profile.rules]
        self._accounts = {name: _Account(table) for name, table in profile.accounts.items()}
        common = profile.transaction
        self._key = Template(common.key)
        self._external_id = None if common.external_id is None else Template(common.external_id)
        self._metadata = {name: Template(text) for name, text in common.metadata.items()}

    def read(self, fields: Mapping[str, str]) -> Row:
        """The row's fields by their types; raises RowError if one is not of its type."""
        row = Row({}, {}, {}, {})
        for name, text in fields.items():
            if _UNFIT.search(text):
                raise RowError(
                    "unfit_text", f"{name} holds a NUL, or bytes that are not in the encoding"
                )
            self._readers[name](text, row)
        return row

    def translate(self, row: Row) -> tuple[str, PostTransaction, tuple[OpenAccount, ...]]:
        """Key, command and accounts of a row; raises RowError if they cannot be made."""
        rule = next((rule for rule in self._rules if rule.fits(row)), None)
        if rule is None:
            raise RowError("no_rule", "no rule of the profile fits this row; add one")
        accounts: dict[str, OpenAccount] = {}
        postings = []
        for leg in rule.table.postings:
            name = leg.debit or leg.credit or ""
            account = accounts.get(name) or accounts.setdefault(name, self._accounts[name].of(row))
            side = Side.DEBIT if leg.debit is not None else Side.CREDIT
            amount = self._amount(leg.amount, row, account.asset, unsigned=rule.unsigned)
            postings.append(Posting(account.path, side, amount, account.asset))
        effective = self._profile.transaction.effective_at
        command = PostTransaction(
            tuple(postings),
            type=rule.table.transaction_type,
            external_id=self._reference(self._external_id, row, "external_id"),
            effective_at=None if effective is None else self._moment(effective, row),
            metadata=self._filled_metadata(row),
        )
        key = self._reference(self._key, row, "key")
        if key is None:
            raise RowError("no_key", f"the key {self._profile.transaction.key!r} comes out empty")
        return key, command, tuple(accounts.values())

    def _amount(self, column: str, row: Row, asset: str, *, unsigned: frozenset[str]) -> int:
        scale = self._scales.get(asset)
        if scale is None:
            raise RowError(
                "asset_not_found", f"the ledger has no asset {asset!r}; register it first"
            )
        figure = row.figures.get(column)
        if figure is None:
            raise RowError("bad_value", f"{column} is empty, so there is no amount")
        try:
            minor = from_decimal(figure, scale)
        except ValueError as error:
            raise RowError("bad_value", f"{column}: {error} ({asset} has {scale})") from None
        return abs(minor) if column in unsigned else minor

    def _moment(self, column: str, row: Row) -> Moment:
        if column not in row.moments:
            raise RowError("bad_value", f"{column} is empty, so there is no effective date")
        return row.moments[column]

    def _reference(self, template: Template | None, row: Row, what: str) -> str | None:
        """A filled template that names the row; a reference of which all places are empty is none."""
        if template is None or not any(row.texts[column] for column in template.columns):
            return None
        text = template.fill(row.texts)
        if len(text) > LONGEST_KEY or not text.isprintable():
            raise RowError(
                "bad_reference", f"the {what} must be at most {LONGEST_KEY} printable characters"
            )
        return text

    def _filled_metadata(self, row: Row) -> dict[str, str]:
        metadata = {name: each.fill(row.texts) for name, each in self._metadata.items()}
        for name, text in metadata.items():
            if len(text) > LONGEST_METADATA_VALUE:
                raise RowError(
                    "metadata_too_long",
                    f"metadata {name!r} has {len(text)} characters, {LONGEST_METADATA_VALUE} at most",
                )
        return {name: text for name, text in metadata.items() if text}


def _reader(name: str, column: schema.Column) -> Callable[[str, Row], None]:
    """A function that reads one column's field into a row; an empty field is only text."""
    if isinstance(column, schema.TextColumn):
        strip = column.strip

        def read_text(text: str, row: Row) -> None:
            row.texts[name] = text.strip() if strip else text

        return read_text
    typed = _typed_reader(name, column)

    def read(text: str, row: Row) -> None:
        text = text.strip()
        row.texts[name] = text
        if text:
            try:
                typed(text, row)
            except ValueError as error:
                raise RowError("bad_value", f"{name}: {error}") from None

    return read


def _typed_reader(
    name: str, column: schema.IntegerColumn | schema.DateColumn | schema.DecimalColumn
) -> Callable[[str, Row], None]:
    if isinstance(column, schema.DateColumn):
        date = date_reader(column)

        def read_date(text: str, row: Row) -> None:
            row.moments[name], row.days[name] = date(text)

        return read_date
    if isinstance(column, schema.DecimalColumn):
        figure = figure_reader(column)

        def read_figure(text: str, row: Row) -> None:
            row.figures[name] = figure(text)

        return read_figure

    def read_integer(text: str, _row: Row) -> None:
        if _INTEGER.fullmatch(text) is None:
            raise ValueError(f"{text!r} is not a whole number of at most 38 digits")

    return read_integer


class _Rule:
    """A rule with its conditions ready to be asked."""

    def __init__(self, table: schema.RuleTable) -> None:
        self.table = table
        self._conditions = [_condition(column, wanted) for column, wanted in table.when.items()]
        self.unsigned = frozenset(
            column
            for column, wanted in table.when.items()
            if isinstance(wanted, schema.ConditionTable) and wanted.sign is not None
        )

    def fits(self, row: Row) -> bool:
        return all(condition(row) for condition in self._conditions)


def _condition(
    column: str, wanted: str | tuple[str, ...] | schema.ConditionTable
) -> Callable[[Row], bool]:
    if isinstance(wanted, schema.ConditionTable):
        return _table_condition(column, wanted)
    values = (wanted,) if isinstance(wanted, str) else wanted
    return lambda row: row.texts[column] in values


def _table_condition(column: str, wanted: schema.ConditionTable) -> Callable[[Row], bool]:
    empty, sign = wanted.empty, wanted.sign
    return lambda row: (
        empty in (None, not row.texts[column]) and sign in (None, _sign(row.figures.get(column)))
    )


def _sign(figure: str | None) -> str | None:
    if figure is None:
        return None
    if not figure.strip("-0."):
        return "zero"
    return "negative" if figure.startswith("-") else "positive"


class _Account:
    """An account's table, ready to name the account that a row means."""

    def __init__(self, table: schema.AccountTable) -> None:
        self._table = table
        self._path, self._asset = Template(table.path), Template(table.asset)
        self._metadata = {name: Template(text) for name, text in table.metadata.items()}
        self._constraints = _constraints(table.constraints)
        self._fixed: OpenAccount | None = None
        if not self._path.columns and not self._asset.columns and not self._metadata:
            self._fixed = self._made(check_path(table.path), table.asset, {})

    def of(self, row: Row) -> OpenAccount:
        if self._fixed is not None:
            return self._fixed
        metadata = {name: each.fill(row.texts) for name, each in self._metadata.items()}
        try:
            path = check_path(self._path.fill(row.texts))
        except ValueError as error:
            raise RowError("bad_account", f"{self._path.fill(row.texts)!r}: {error}") from None
        return self._made(path, self._asset.fill(row.texts), metadata)

    def _made(self, path: str, asset: str, metadata: dict[str, str]) -> OpenAccount:
        return OpenAccount(
            path, asset, self._table.type, self._table.normal_side, self._constraints, metadata
        )


def _constraints(table: schema.ConstraintsTable) -> Constraints:
    limits = msgspec.structs.asdict(table).items()
    constraints = Constraints(**{name: int(text) for name, text in limits if text is not None})
    return constraints if constraints.is_set else UNLIMITED
