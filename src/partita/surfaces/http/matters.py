"""Matters over HTTP: what the routes of wallets, payments, quotes and the like have in common.

A matter is read and told by its own module's shapes; here is what is the same for all of them: one
by its id, a page of a kind, what happened to it step by step, and the answer to a business command.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from partita.engine.business import Act
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.surfaces.http.call import Call
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import is_matter_id
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, written
from partita.surfaces.http.shapes.matters import MatterTimeline, step

_encode = msgspec.json.Encoder().encode
LIST_CODES = ("invalid_cursor", "cursor_mismatch")


class Things(NamedTuple):
    """One kind of matter as this surface has it: its kind, its ids, its address, its name in words."""

    kind: str
    prefix: str
    url: str
    words: str


def identifier(call: Call, things: Things) -> str:
    """The id in the address.

    Raises:
        Refusal: 404, nothing of the kind could be called so.
    """
    text = call.path["id"]
    if not is_matter_id(text, things.prefix):
        raise call.no_such(things.words, text[:255])
    return text


def kept(call: Call, things: Things) -> Matter:
    """The matter that the address names; asks the store.

    Raises:
        Refusal: 404, there is none.
    """
    found = call.desk.store.resource(call.info, things.kind, identifier(call, things))
    if not isinstance(found, Matter):
        raise call.no_such(things.words, call.path["id"])
    return found


def listed(
    call: Call, wanted: Page, which: ResourceFilter
) -> tuple[Sequence[Matter], dict[str, Any]]:
    """A page of matters, newest first, and what a list says beside its data."""
    found = call.desk.store.resources(call.info, which, wanted.number, wanted.limit + 1)
    matters, has_more = wanted.cut([each for each in found if isinstance(each, Matter)])
    cursor = wanted.cursor(matters[-1].number) if has_more else None
    return matters, {"has_more": has_more, "next_cursor": cursor}


async def changed(
    call: Call, act: Act, tell: Callable[[Matter], object], location: str | None = None
) -> Reply:
    """The answer to a business command: 201 at its place if that is new, else 200.

    `location` is the address of the kind, for what makes a new one.

    Raises:
        Refusal: the rules said no.
    """
    outcome = await call.submit(act)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    record = outcome.record
    body = _encode(tell(after(record)))
    place = None if location is None else f"{location}/{after(record).id}"
    status = 200 if place is None else 201
    return written(status, body, record, replayed=outcome.replayed, location=place)


def after(record: Record) -> Matter:
    """The matter as a record left it."""
    assert isinstance(record.event, MatterChanged), "a business command ends with its matter"
    return record.event.matter


async def timeline(call: Call, things: Things) -> Reply:
    """What happened to the matter that the address names, oldest first."""
    url = f"{things.url}/{call.path['id']}/timeline"
    return Reply(200, await call.read(_timeline, call, things, url, page(url, call.query)))


def _timeline(call: Call, things: Things, url: str, wanted: Page) -> bytes:
    about, since = kept(call, things).id, wanted.number or 0
    found = call.desk.store.records_about(call.info, about, since, wanted.limit + 1)
    records, has_more = wanted.cut(found)
    return _encode(
        MatterTimeline(
            data=[step(each) for each in records],
            has_more=has_more,
            next_cursor=wanted.cursor(records[-1].sequence) if has_more else None,
            url=url,
        )
    )
