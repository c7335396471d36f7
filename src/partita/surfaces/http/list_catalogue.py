"""The catalogue of lists: every operation that answers with one, found by its address.

    transactions · /v1/transactions · accounts/customers:alice/entries

What is a list follows from the shape of the reply, so a new list is in here without being told.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from partita.modules.exports.lists import KnownList
from partita.surfaces.http.json_input import nearest
from partita.surfaces.http.list_tables import ListTable, NoSuchPart, list_table, parts
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import ListShape

_PARAMETER = re.compile(r"\{(\w+):(?:str|path)\}")
_PREFIX = "/v1"


def is_list(operation: Operation) -> bool:
    """Whether an operation answers with a list that can be read to its end."""
    shape, query = operation.reply, operation.query
    if operation.method != "GET" or not (isinstance(shape, type) and issubclass(shape, ListShape)):
        return False
    if operation.scope is None:
        return False  # it is of the program and not of a ledger: there is nothing to be as of
    return query is None or {"limit", "cursor"} <= set(query.__struct_fields__)


def name_of(operation: Operation) -> str:
    """What a list is called: its address without what all have in common.

    `/v1/accounts/{account:str}/entries` is `accounts/{account}/entries`.
    """
    return _PARAMETER.sub(r"{\1}", operation.path.removeprefix(_PREFIX)).strip("/")


def table_of(operation: Operation, each: str | None) -> ListTable:
    """The table that a list is; with `each`, of those within its items.

    Raises:
        Refusal: its items have nothing of that name within.
    """
    try:
        return list_table(operation.reply, each)
    except NoSuchPart as error:
        raise Refusal("invalid_request", f"each={each[:60] if each else each}: {error}.") from None


class FoundList(NamedTuple):
    """A list that an address names, and what stands in place of its parameters."""

    operation: Operation
    path: dict[str, str]


class Catalogue:
    """All lists of a surface."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        """Those of these operations that are lists."""
        self._lists = {name_of(each): each for each in operations if is_list(each)}
        self._patterns = [(_pattern(name), each) for name, each in self._lists.items()]

    @property
    def names(self) -> list[str]:
        """The names of all lists; a parameter stands as `{id}`."""
        return sorted(self._lists)

    def known(self) -> list[KnownList]:
        """All lists, by name."""
        return [_known(name, self._lists[name]) for name in self.names]

    def find(self, address: str) -> FoundList:
        """The list at an address, with or without `/v1/` before it.

        Raises:
            Refusal: there is none.
        """
        name = address.removeprefix(_PREFIX).strip("/")  # as `name_of` does
        if name in self._lists and "{" not in name:
            return FoundList(self._lists[name], {})
        for pattern, operation in self._patterns:
            found = pattern.fullmatch(name)
            if found is not None:
                return FoundList(operation, found.groupdict())
        hint = nearest(name, self.names)
        raise Refusal(
            "invalid_request", f"There is no list {address[:255]!r}{hint}.", pointer="/list"
        )


def _known(name: str, operation: Operation) -> KnownList:
    fields = () if operation.query is None else msgspec.structs.fields(operation.query)
    filters = [each.encode_name for each in fields if each.name not in ("limit", "cursor")]
    table = list_table(operation.reply)
    return KnownList(name, filters, parts(operation.reply), table.columns)


def _pattern(name: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", name)
    fixed = [re.escape(piece) for piece in pieces[::2]]
    named = [f"(?P<{piece}>[^/{{}}]+)" for piece in pieces[1::2]]
    return re.compile("".join(a + b for a, b in zip(fixed, [*named, ""], strict=True)))
