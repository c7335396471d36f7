"""Reading a profile: TOML in, a profile out, or the first thing in it that cannot be meant."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from partita.adapters.formats.csv_profile import schema
from partita.adapters.formats.csv_profile.checking import (
    ProfileError,
    check_profile,
    refuse_unknown,
)
from partita.adapters.formats.csv_profile.schema import COLUMN_TYPES, Profile


def load_profile(file: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ProfileError: it cannot be read, or says something that makes no sense.
    """
    try:
        return parse_profile(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: cannot be read: {error}") from error
    except ProfileError as error:
        raise ProfileError(f"{file}: {error}") from None


def parse_profile(text: str) -> Profile:
    """Read and check the text of a profile; raises ProfileError as `load_profile` does."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"not TOML: {error}") from None
    _write_out_columns(tables)
    for where, found, known in _keys(tables):
        refuse_unknown(found, known, f"unknown key in {where}")
    try:
        profile = msgspec.convert(tables, Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(str(error)) from None
    check_profile(profile)
    return profile


def _write_out_columns(tables: dict[str, object]) -> None:
    """`trans_id = "integer"` is short for `trans_id = { type = "integer" }`."""
    columns = tables.get("columns")
    if isinstance(columns, dict):
        for name, column in columns.items():
            if isinstance(column, str):
                columns[name] = {"type": column}


_Found = Iterator[tuple[str, Iterable[str], Iterable[str]]]


def _keys(tables: dict[str, object]) -> _Found:
    """Every table whose keys are fixed: where it stands, its keys, the keys it may have."""
    yield "the profile", tables, _fields(Profile)
    yield from _table("[file]", tables.get("file"), schema.FileTable)
    yield from _table("[order]", tables.get("order"), schema.OrderTable)
    yield from _table("[transaction]", tables.get("transaction"), schema.TransactionTable)
    for name, column in _items(tables.get("columns")):
        kind = column.get("type") if isinstance(column, dict) else None
        if isinstance(kind, str):
            yield f"[columns.{name}], type", [kind], COLUMN_TYPES
            yield from _table(f"[columns.{name}]", column, COLUMN_TYPES[kind], "type")
    for name, account in _items(tables.get("accounts")):
        yield from _table(f"[accounts.{name}]", account, schema.AccountTable)
        limits = account.get("constraints") if isinstance(account, dict) else None
        yield from _table(f"[accounts.{name}.constraints]", limits, schema.ConstraintsTable)
    yield from _keys_of_lists(tables)


def _keys_of_lists(tables: dict[str, object]) -> _Found:
    for number, rule in enumerate(_list(tables.get("rules")), start=1):
        yield from _table(f"rule {number}", rule, schema.RuleTable)
        if isinstance(rule, dict):
            for leg in _list(rule.get("postings")):
                yield from _table(f"a posting of rule {number}", leg, schema.LegTable)
            for column, condition in _items(rule.get("when")):
                where = f"the condition on {column!r} of rule {number}"
                yield from _table(where, condition, schema.ConditionTable)
    order = tables.get("order")
    for key in _list(order.get("keys") if isinstance(order, dict) else None):
        yield from _table("a key of [order]", key, schema.OrderKey)


def _table(where: str, value: object, struct: type[msgspec.Struct], *more: str) -> _Found:
    if isinstance(value, dict):
        yield where, value, {*_fields(struct), *more}


def _fields(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return struct.__struct_fields__


def _items(value: object) -> Iterable[tuple[str, object]]:
    return value.items() if isinstance(value, dict) else ()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
