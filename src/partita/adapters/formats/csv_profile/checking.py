"""Checking a profile for sense: what the types cannot say, and names that lead nowhere."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import msgspec

from partita.adapters.formats.csv_profile import schema
from partita.adapters.formats.csv_profile.schema import COLUMN_TYPES, Profile
from partita.adapters.formats.csv_profile.templates import Template
from partita.kernel.account import check_path
from partita.kernel.asset import check_code
from partita.modules.importing.source import SourceError

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_MINOR_UNITS = re.compile(r"-?[0-9]{1,38}", re.ASCII)


class ProfileError(SourceError):
    """The profile cannot be meant as it stands: which file, where in it, and the mend."""


def refuse_unknown(found: Iterable[str], known: Iterable[str], problem: str) -> None:
    """Refuse the first of `found` that is not known, with the nearest name that is."""
    names = sorted(known)
    for name in found:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it may be {', '.join(names)}"
            raise ProfileError(f"{problem}: {name!r}; {hint}")


def check_profile(profile: Profile) -> None:
    """Raise ProfileError for the first thing in a profile that makes no sense."""
    for check in _CHECKS:
        check(profile)


def _check_file(profile: Profile) -> None:
    file = profile.file
    if _NAME.fullmatch(profile.name) is None:
        raise ProfileError(
            f"the name {profile.name!r} stands in names of files: use 1 to 64 of A-Z, a-z, 0-9,"
            " '_', '.', '-'"
        )
    for name, character, least in (("delimiter", file.delimiter, 1), ("quote", file.quote, 0)):
        if not least <= len(character) <= 1 or (character in "\r\n\0" and character):
            raise ProfileError(f"[file] {name} must be one character, not {character!r}")
    if file.delimiter == file.quote:
        raise ProfileError("[file] delimiter and quote cannot be the same character")
    try:
        "".encode(file.encoding)
    except LookupError:
        raise ProfileError(f"[file] there is no encoding {file.encoding!r}") from None
    if file.skip_lines < 0:
        raise ProfileError("[file] skip_lines cannot be negative")


def _check_columns(profile: Profile) -> None:
    for name, column in profile.columns.items():
        if not name.isidentifier():
            raise ProfileError(
                f"[columns] {name!r} cannot stand in a template; choose a word of letters, digits"
                f" and '_', and say name = {name!r}"
            )
        if isinstance(column, schema.DateColumn):
            _check_date(name, column)
        if isinstance(column, schema.DecimalColumn):
            _check_decimal(name, column)


def _check_date(name: str, column: schema.DateColumn) -> None:
    try:
        ZoneInfo(column.zone)
    except (KeyError, ValueError, OSError):
        raise ProfileError(f"[columns.{name}] there is no zone {column.zone!r}") from None
    if ("%y" in column.format) != (column.two_digit_years_from is not None):
        raise ProfileError(
            f"[columns.{name}] two_digit_years_from goes with %y in the format: it says in which"
            " hundred years 93 is, such as two_digit_years_from = 1950 for 1993"
        )
    sample = datetime(2000, 2, 29, 13, 14, 15, 16)  # noqa: DTZ001 - only its text matters
    try:
        datetime.strptime(sample.strftime(column.format), column.format.replace("%z", ""))  # noqa: DTZ007
    except ValueError as error:
        raise ProfileError(f"[columns.{name}] format {column.format!r}: {error}") from None
    if not any(day in column.format for day in ("%d", "%j", "%x", "%c")):
        raise ProfileError(f"[columns.{name}] format {column.format!r} does not say the day (%d)")


def _check_decimal(name: str, column: schema.DecimalColumn) -> None:
    mark, thousands = column.decimal_mark, column.thousands_mark
    if len(mark) != 1 or len(thousands) > 1 or mark == thousands:
        raise ProfileError(
            f"[columns.{name}] decimal_mark is one character and thousands_mark another, or none"
        )
    if any(character in "0123456789+-" for character in mark + thousands):
        raise ProfileError(f"[columns.{name}] a mark cannot be a digit or a sign")


def _column(profile: Profile, name: str, where: str, kind: type | None = None) -> None:
    refuse_unknown([name], profile.columns, f"{where} names a column that [columns] does not have")
    if kind is not None and not isinstance(profile.columns[name], kind):
        word = next(word for word, struct in COLUMN_TYPES.items() if struct is kind)
        raise ProfileError(f"{where}: column {name!r} must have the type {word!r}")


def _check_order(profile: Profile) -> None:
    if profile.order is not None:
        _column(profile, profile.order.day, "[order] day", schema.DateColumn)
        for key in profile.order.keys:
            _column(profile, key.column, "a key of [order]")


def _check_templates(profile: Profile) -> None:
    for where, text in _templates(profile):
        try:
            columns = Template(text).columns
        except ValueError as error:
            raise ProfileError(f"{where}: {error}") from None
        for column in columns:
            _column(profile, column, where)


def _templates(profile: Profile) -> Iterator[tuple[str, str]]:
    common = profile.transaction
    yield "[transaction] key", common.key
    if common.external_id is not None:
        yield "[transaction] external_id", common.external_id
    yield from (("[transaction.metadata]", text) for text in common.metadata.values())
    for name, account in profile.accounts.items():
        yield from ((f"[accounts.{name}]", text) for text in (account.path, account.asset))
        yield from ((f"[accounts.{name}.metadata]", text) for text in account.metadata.values())


def _check_transaction(profile: Profile) -> None:
    if not Template(profile.transaction.key).columns:
        raise ProfileError(
            "[transaction] key must name a column that differs from row to row, such as"
            ' key = "mybank:{number}"; it is what makes a second import change nothing'
        )
    if profile.transaction.effective_at is not None:
        _column(
            profile, profile.transaction.effective_at, "[transaction] effective_at",
            schema.DateColumn,
        )  # fmt: skip


def _check_accounts(profile: Profile) -> None:
    for name, account in profile.accounts.items():
        if not Template(account.path).columns:
            _sane(f"[accounts.{name}] path", check_path, account.path)
        if not Template(account.asset).columns:
            _sane(f"[accounts.{name}] asset", check_code, account.asset)
        for limit, text in msgspec.structs.asdict(account.constraints).items():
            if text is not None and _MINOR_UNITS.fullmatch(text) is None:
                raise ProfileError(
                    f"[accounts.{name}.constraints] {limit} is whole minor units as a text, such"
                    f' as "-50000", not {text!r}'
                )


def _sane(where: str, check: Callable[[str], str], text: str) -> None:
    try:
        check(text)
    except ValueError as error:
        raise ProfileError(f"{where} {text!r}: {error}") from None


def _check_rules(profile: Profile) -> None:
    if not profile.rules:
        raise ProfileError("there are no [[rules]], so no row could become a transaction")
    for rule in profile.rules:
        where = f"rule {rule.name!r}"
        for column, condition in rule.when.items():
            signed = isinstance(condition, schema.ConditionTable) and condition.sign is not None
            _column(profile, column, where, schema.DecimalColumn if signed else None)
        for leg in rule.postings:
            _check_leg(profile, leg, where)


def _check_leg(profile: Profile, leg: schema.LegTable, where: str) -> None:
    if (leg.debit is None) == (leg.credit is None):
        raise ProfileError(f"{where}: a posting has either debit or credit, not both or neither")
    account = leg.debit if leg.credit is None else leg.credit
    assert account is not None, "one of the two was found above"
    refuse_unknown(
        [account], profile.accounts, f"{where} names an account that [accounts] does not have"
    )
    _column(profile, leg.amount, where, schema.DecimalColumn)


_CHECKS: tuple[Callable[[Profile], None], ...] = (
    _check_file,
    _check_columns,
    _check_order,
    _check_templates,
    _check_transaction,
    _check_accounts,
    _check_rules,
)
