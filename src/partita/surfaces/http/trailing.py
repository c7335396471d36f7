"""Trailing views over HTTP: waiting until one has come far enough, and the pages of its lists."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.waiting import LONGEST_WAIT_SECONDS, USUAL_WAIT_SECONDS
from partita.surfaces.http.call import Call
from partita.surfaces.http.paging import Page, whole_number
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.trailing import place_of
from partita.views.reading.looking import Place, Seen

Row = TypeVar("Row")
CODES = ("replica_behind",)
LIST_CODES = (*CODES, "invalid_cursor", "cursor_mismatch")
_LOOK_SECONDS = 0.02
_NUMBER = re.compile(r"-?[0-9]{1,60}", re.ASCII)


class Freshness(Protocol):
    """The parameters that say how fresh an answer must be."""

    @property
    def min_sequence(self) -> str | None:
        """A sequence."""

    @property
    def wait(self) -> str | None:
        """Seconds."""


async def fresh(call: Call, view: AnyView) -> Place:
    """Where a view is read, once it stands where the query wants it.

    It waits between its looks and not in a thread: readers who wait keep none from reading.

    Raises:
        Refusal: 409, it has not come so far in time; or a parameter is no number.
    """
    query: Freshness = call.query
    place = place_of(call.desk.application, call.info)
    wanted = 0 if query.min_sequence is None else whole_number(query.min_sequence, "min_sequence")
    left = _seconds(query.wait)
    while wanted and (found := await call.read(place.views.sequence, view)) < wanted:
        if left <= 0:
            raise _behind(view, found, wanted)
        await asyncio.sleep(min(_LOOK_SECONDS, left))
        left -= _LOOK_SECONDS
    return place


def _seconds(text: str | None) -> float:
    if text is None:
        return USUAL_WAIT_SECONDS
    seconds = whole_number(text.removesuffix("s"), "wait")
    if seconds > LONGEST_WAIT_SECONDS:
        raise Refusal("invalid_request", f"wait is {LONGEST_WAIT_SECONDS:g} seconds at most.")
    return seconds


def _behind(view: AnyView, found: int, wanted: int) -> Refusal:
    detail = f"The view {view.name} stands at sequence {found}, and {wanted} was asked for."
    facts = {"view": view.name, "sequence": str(found), "min_sequence": str(wanted)}
    return Refusal("replica_behind", detail, facts=facts)


class Rows(NamedTuple):
    """A page of a list: its rows, and what the list says beside them."""

    kept: Sequence[Any]
    beside: dict[str, Any]


def rows_of(
    wanted: Page, found: Seen[list[Row]], url: str, place: Callable[[Row], tuple[Any, ...]]
) -> Rows:
    """The page out of one row more than it has; `place` is where a row stands in the list."""
    kept, has_more = wanted.cut(found.answer)
    cursor = wanted.cursor(" ".join(map(str, place(kept[-1])))) if has_more else None
    sequence = str(found.sequence)
    beside = {"has_more": has_more, "next_cursor": cursor, "as_of_sequence": sequence, "url": url}
    return Rows(kept, beside)


def place_in(wanted: Page, *kinds: type) -> Any:
    """The place that the cursor names, in parts of these kinds; None at the list's beginning.

    Raises:
        Refusal: it names no place of this list.
    """
    if wanted.after is None:
        return None
    texts = wanted.after.split(" ")
    if len(texts) != len(kinds):
        raise Refusal("invalid_cursor", "The cursor cannot be read.")
    return tuple(_part(text, kind) for text, kind in zip(texts, kinds, strict=True))


def _part(text: str, kind: type) -> Any:
    if kind is str:
        return text
    if _NUMBER.fullmatch(text) is None:
        raise Refusal("invalid_cursor", "The cursor cannot be read.")
    return kind(text)
