"""Paging: one shape for all lists. A cursor is where the last page ended, bound to its filters.

Lists are read by key and never by offset, so page 1,000 costs what page 1 does. One row more than
the page is asked for, to know whether there is more.
"""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

import msgspec

from partita.surfaces.http.refusal import Refusal

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 1_000
_LONGEST_NUMBER = 18
_NO_FILTERS = {"limit", "cursor", "min_sequence", "wait"}
"""What may be another on each page: how many rows, and how fresh they must be."""
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(tuple[str, str]).decode
Row = TypeVar("Row")


class Page(NamedTuple):
    """Which part of a list is wanted: after which row (None: from the start), and how many rows."""

    after: str | None
    limit: int
    filters: str

    @property
    def number(self) -> int | None:
        """The cursor's place as a number, for lists that are ordered by one."""
        return None if self.after is None else _number(self.after)

    def cut(self, rows: Sequence[Row]) -> tuple[Sequence[Row], bool]:
        """The page's rows out of one more than were wanted, and whether there are more."""
        return rows[: self.limit], len(rows) > self.limit

    def cursor(self, place: object) -> str:
        """The cursor that continues behind the row at this place."""
        text = _encode((self.filters, str(place)))
        return base64.urlsafe_b64encode(text).decode().rstrip("=")


def page(url: str, query: Any) -> Page:
    """The page that a query with `limit` and `cursor` asks of the list at `url`.

    Raises:
        Refusal: the limit is not a number above 0, or the cursor is not one for these filters.
    """
    filters = {
        name: value for name, value in msgspec.to_builtins(query).items() if name not in _NO_FILTERS
    }
    digest = sha256(_encode((url, filters))).hexdigest()[:16]
    return Page(_place(query.cursor, digest), _limit(query.limit), digest)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    limit = whole_number(text, "limit")
    if limit < 1:
        raise Refusal("invalid_request", "limit is at least 1.")
    return min(limit, LARGEST_LIMIT)


def whole_number(text: str, name: str) -> int:
    """The number that a parameter is.

    Raises:
        Refusal: it is not a whole number of at most 18 digits, without a sign.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise Refusal("invalid_request", f"{name} is a whole number, not {text[:60]!r}.")
    return int(text)


def _place(cursor: str | None, digest: str) -> str | None:
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        filters, place = _decode(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, msgspec.MsgspecError):
        raise Refusal("invalid_cursor", "The cursor cannot be read.") from None
    if filters != digest:
        raise Refusal("cursor_mismatch", "The cursor was made for another list or other filters.")
    return place


def place_of(cursor: str | None) -> int | None:
    """The place that a cursor of ours stands for, where it is a number."""
    if cursor is None:
        return None
    _filters, place = _decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_"))
    return int(place) if place.isascii() and place.isdigit() else None


def _number(place: str) -> int:
    if not (place.isascii() and place.isdigit() and len(place) <= _LONGEST_NUMBER):
        raise Refusal("invalid_cursor", "The cursor cannot be read.")
    return int(place)
