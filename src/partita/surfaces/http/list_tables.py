"""Lists as tables: columns that follow from the shape of a list's items, rows out of its pages.

    class Hold: id: str, amount: Amount, …  ─►  id TEXT · amount AMOUNT · …
    a page of JSON  ─►  rows of exact values, in the order of the columns

So every list can be exported without a line of its own. What has fields becomes columns with dots
(`balance_after.posted`); lists, dictionaries and what can have several forms become JSON. `object`,
which says the same in every row, is left out. A list of lists (a transaction's postings) can be told
to give a row for `each` of the inner ones instead, with what is around them repeated.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from partita.modules.exports.lists import ListPage
from partita.modules.exports.table import Column, Kind, Row, Value

_DIGITS = "(0|[1-9][0-9]{0,37})"
_SEQUENCE = re.compile(r"(.*_)?sequence")
"""Sequences are strings on the wire, since JSON's readers round; in a table they are counts."""
_DEEPEST = 6


class _Leaf(NamedTuple):
    """A column and the way to its value: the names of attributes, one within the other."""

    column: Column
    path: str
    convert: Callable[[Any], Value] | None = None


class ListTable:
    """How the pages of one list become rows."""

    def __init__(self, columns: tuple[Column, ...], rows: "_Rows", page: type[Any]) -> None:
        """`page` is what JSON is read into, `rows` what is made of that."""
        self.columns, self._rows = columns, rows
        self._decode = msgspec.json.Decoder(page).decode

    def read(self, body: bytes) -> ListPage:
        """The rows of a page as the list's operation answers it."""
        page = self._decode(body)
        assert page.has_more == (page.next_cursor is not None), "what has more says where"
        return ListPage(list(self._rows(page.data)), page.next_cursor)


_Rows = Callable[[list[Any]], Iterator[Row]]


class NoSuchPart(ValueError):
    """The items of a list have no such list within them; the message names those they have."""


@cache
def list_table(shape: type[msgspec.Struct], each: str | None = None) -> ListTable:
    """The table that a list of this shape is; with `each`, a row for each of those within an item.

    Raises:
        NoSuchPart: items have no list of that name whose members have fields.
    """
    item = _item_type(shape)
    if item is None and each is None:
        return ListTable((Column("item", Kind.DOCUMENT),), _whole, _page(msgspec.Raw))
    if item is None:
        raise NoSuchPart(f"there is no list {each!r} within, since items have no fields")
    if each is None:
        mirror, leaves = _mirrored(item, "", "")
        columns = tuple(leaf.column for leaf in leaves)
        return ListTable(columns, _rows(leaves), _page(mirror))
    part = _part(item, each)
    mirror, outer = _mirrored(item, "", "", without=each)
    inner_mirror, inner = _mirrored(part, f"{each}.", "")
    whole = msgspec.defstruct(
        f"{mirror.__name__}Whole", [(each, list[inner_mirror])],  # type: ignore[valid-type]
        bases=(mirror,), kw_only=True,
    )  # fmt: skip
    columns = tuple(leaf.column for leaf in (*outer, *inner))
    return ListTable(columns, _rows_of_each(outer, inner, each), _page(whole))


def parts(shape: type[msgspec.Struct]) -> list[str]:
    """The names of the lists within a list's items that rows can be made of."""
    item = _item_type(shape)
    fields = () if item is None else item.fields
    return [field.name for field in fields if _members(field.type) is not None]


def _item_type(shape: type[msgspec.Struct]) -> inspect.StructType | None:
    """What a list is of; None if its items have no fields that are known beforehand."""
    found = inspect.type_info(shape)
    assert isinstance(found, inspect.StructType), "a shape is a struct"
    (data,) = (field for field in found.fields if field.name == "data")
    return _members(data.type)


def _members(kind: inspect.Type) -> inspect.StructType | None:
    """What a list is of, if it is a list of things with fields."""
    plain = _plain(kind)
    if isinstance(plain, inspect.ListType | inspect.VarTupleType):
        member = _plain(plain.item_type)
        return member if isinstance(member, inspect.StructType) else None
    return None


def _part(item: inspect.StructType, each: str) -> inspect.StructType:
    members = {field.name: _members(field.type) for field in item.fields}
    found = members.get(each)
    if found is None:
        known = ", ".join(name for name, kind in members.items() if kind is not None)
        raise NoSuchPart(f"there is no list {each!r} within; there is {known or 'none at all'}")
    return found


def _plain(kind: inspect.Type) -> inspect.Type:
    """A type without its comments, and without None, if that is all that stands beside it."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        others = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        if len(others) == 1:
            return _plain(others[0])
    return kind


def _notes(kind: inspect.Type) -> dict[str, Any]:
    """What a type says to readers of its JSON Schema."""
    if isinstance(kind, inspect.Metadata):
        return {**_notes(kind.type), **(kind.extra_json_schema or {})}
    if isinstance(kind, inspect.UnionType):
        found: dict[str, Any] = {}
        for each in kind.types:
            found |= _notes(each)
        return found
    return {"pattern": kind.pattern} if isinstance(kind, inspect.StrType) and kind.pattern else {}


def _mirrored(
    item: inspect.StructType, prefix: str, path: str, *, depth: int = 0, without: str | None = None
) -> tuple[type[msgspec.Struct], list[_Leaf]]:
    """A struct like the item's, of nothing but what becomes columns; and the columns."""
    fields: list[tuple[str, Any, Any]] = []
    leaves: list[_Leaf] = []
    for field in item.fields:
        if field.name in (without, "object"):
            continue
        plain, name, way = _plain(field.type), f"{prefix}{field.encode_name}", f"{path}{field.name}"
        if isinstance(plain, inspect.StructType) and depth < _DEEPEST and not plain.tag:
            inner, found = _mirrored(plain, f"{name}.", f"{way}.", depth=depth + 1)
            fields.append((field.name, inner | None, None))
            leaves += found
        else:
            kind = _kind(field.name, field.type)
            fields.append((field.name, _READ_AS[kind], None))
            leaves.append(_Leaf(Column(name, kind), way, _CONVERTED.get(kind)))
    renamed = {f.name: f.encode_name for f in item.fields if f.name != f.encode_name}
    mirror = msgspec.defstruct(item.cls.__name__, fields, rename=renamed or None, kw_only=True)
    return mirror, leaves


def _kind(name: str, kind: inspect.Type) -> Kind:
    plain, notes = _plain(kind), _notes(kind)
    if isinstance(plain, inspect.BoolType):
        return Kind.FLAG
    if isinstance(plain, inspect.IntType):
        return Kind.COUNT
    if isinstance(plain, inspect.EnumType | inspect.LiteralType):
        return Kind.TEXT
    if not isinstance(plain, inspect.StrType):
        return Kind.DOCUMENT
    if notes.get("format") == "date-time":
        return Kind.MOMENT
    if _DIGITS in str(notes.get("pattern", "")):
        return Kind.AMOUNT
    # One that is padded to a length is a text, which CloudEvents sort by.
    is_number = _SEQUENCE.fullmatch(name) is not None and plain.min_length is None
    return Kind.COUNT if is_number else Kind.TEXT


_READ_AS: dict[Kind, Any] = {
    Kind.TEXT: str | int | None,
    Kind.AMOUNT: str | None,
    Kind.MOMENT: str | None,
    Kind.COUNT: int | str | None,
    Kind.FLAG: bool | None,
    Kind.DOCUMENT: msgspec.Raw,
}


def _number(text: Any) -> Value:
    return None if text is None else int(text)


def _json(raw: Any) -> Value:
    """The JSON of a part; None for what is null, or not there."""
    text = None if raw is None else bytes(raw).decode()
    return None if text == "null" else text


_CONVERTED: dict[Kind, Callable[[Any], Value]] = {
    Kind.AMOUNT: _number,
    Kind.COUNT: _number,
    Kind.DOCUMENT: _json,
}


def _page(item: Any) -> type[Any]:
    return msgspec.defstruct(
        "Page",
        [("data", list[item]), ("has_more", bool), ("next_cursor", str | None, None)],
    )


def _whole(items: list[Any]) -> Iterator[Row]:
    for item in items:
        yield [_json(item)]


def _rows(leaves: list[_Leaf]) -> _Rows:
    get = _getter(leaves)
    changed = [(n, leaf.convert) for n, leaf in enumerate(leaves) if leaf.convert is not None]

    def rows(items: list[Any]) -> Iterator[Row]:
        for item in items:
            row = get(item)
            for place, convert in changed:
                row[place] = convert(row[place])
            yield row

    return rows


def _rows_of_each(outer: list[_Leaf], inner: list[_Leaf], each: str) -> _Rows:
    outside, inside = _rows(outer), _rows(inner)

    def rows(items: list[Any]) -> Iterator[Row]:
        for item, around in zip(items, outside(items), strict=True):
            for within in inside(getattr(item, each) or []):
                yield [*around, *within]

    return rows


def _getter(leaves: list[_Leaf]) -> Callable[[Any], list[Any]]:
    """All values of an item at once; one by one where a part with fields is not there."""
    paths = [leaf.path for leaf in leaves]
    at_once = attrgetter(*paths, paths[0])  # the last so that there are always several
    ways = [path.split(".") for path in paths]

    def get(item: Any) -> list[Any]:
        try:
            return list(at_once(item))[:-1]
        except AttributeError:
            return [_followed(item, way) for way in ways]

    return get


def _followed(value: Any, way: list[str]) -> Any:
    for name in way:
        if value is None:
            return None
        value = getattr(value, name)
    return value
