"""Query input: the query string becomes the struct that the operation declares, or a refusal.

A parameter that is not known, or is given twice, is refused: a filter that is silently ignored
answers another question than the one that was asked.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from partita.surfaces.http.json_input import nearest
from partita.surfaces.http.refusal import Refusal

_LONGEST_QUERY_BYTES = 8_192
_KEYED = re.compile(r"(metadata)\[([^\[\]]{1,40})\]")


class QueryReader:
    """Reads query strings into one kind of struct, whose fields are texts or enums, or None."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        """Read into this struct."""
        self.kind = kind
        self._names = [field.encode_name for field in msgspec.structs.fields(kind)]

    def read(self, query: bytes) -> Any:
        """The query string as a struct.

        Raises:
            Refusal: a parameter is unknown, given twice, or not text.
        """
        if not query:
            return self.kind()
        values: dict[str, Any] = {}
        for given, value in pairs(query):
            name = self._take_key(given, value, values)
            if name is None:
                continue
            if name not in self._names:
                hint = nearest(name, self._names)
                raise Refusal("unknown_filter", f"There is no parameter {name!r} here{hint}.")
            if name in values:
                raise Refusal("invalid_request", f"The parameter {name!r} is given twice.")
            values[name] = value
        try:
            return msgspec.convert(values, self.kind)
        except msgspec.ValidationError as error:
            raise Refusal("invalid_request", f"In the query: {error}.") from None

    def _take_key(self, name: str, value: str, values: dict[str, Any]) -> str | None:
        """Take in `metadata[k]=v`, where metadata can be asked for; any other name is given back."""
        found = _KEYED.fullmatch(name)
        if found is None or found[1] not in self._names or name in self._names:
            return name
        keys = values.setdefault(found[1], {})
        if not isinstance(keys, dict) or found[2] in keys:
            raise Refusal("invalid_request", f"The parameter {name[:60]!r} is given twice.")
        keys[found[2]] = value
        return None


def refuse_any(query: bytes) -> None:
    """Refuse every parameter, for operations that take none."""
    for name, _ in pairs(query) if query else ():
        raise Refusal("unknown_filter", f"This operation takes no parameters, not even {name!r}.")


def pairs(query: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string.

    Raises:
        Refusal: it is not percent-encoded UTF-8, too long, or holds NUL.
    """
    if len(query) > _LONGEST_QUERY_BYTES:
        raise Refusal("invalid_request", f"The query is longer than {_LONGEST_QUERY_BYTES} bytes.")
    try:
        found = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, strict_parsing=True,
            errors="strict", max_num_fields=50,
        )  # fmt: skip
    except ValueError as error:
        raise Refusal("invalid_request", f"The query cannot be read: {error}.") from None
    if any("\0" in text for pair in found for text in pair):
        raise Refusal("invalid_request", "The query holds the character NUL (%00).")
    return found
