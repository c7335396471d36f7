"""Ledgers: open, list, get. Opening one needs a key for all ledgers."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.ports import LedgerInfo
from partita.journal.record import NO_CAUSE, Record
from partita.kernel.book import Book
from partita.kernel.commands import OpenLedger
from partita.kernel.context import Context
from partita.kernel.decide import decide
from partita.kernel.events import LedgerOpened
from partita.surfaces.http.authentication import ALL_LEDGERS
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import ledgers as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/ledgers"


@operation(
    "POST",
    _URL,
    tag="Ledgers",
    summary="Open a ledger",
    status=201,
    description="Needs a key with the scope `write` for all ledgers (`*`).",
    request=shapes.LedgerRequest,
    reply=shapes.Ledger,
    scope=Scope.WRITE,
    key=KeyRule.OPTIONAL,
    codes=("ledger_exists", "invalid_metadata"),
    example={"name": "loyalty"},
)
async def open_ledger(call: Call) -> Reply:
    """Open a set of books of its own."""
    if not _reaches_all(call):
        raise Refusal("permission_denied", "Opening a ledger needs a key for all ledgers (`*`).")
    command, desk = shapes.ledger_command(call.body), call.desk
    if call.is_dry and not await call.read(_is_there, call, command.name):
        outcome: Outcome = _imagined(call, command)
    else:
        # Making room is repeatable and says nothing yet; the first record decides who was first.
        await call.read(desk.store.create_ledger, command.name, desk.clock.now())
        outcome = await call.submit(command, await desk.books(command.name))
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    record = outcome.record
    location = f"{_URL}/{command.name}"
    body = _encode(shapes.ledger(record))
    return written(201, body, record, replayed=outcome.replayed, location=location)


def _is_there(call: Call, name: str) -> bool:
    return any(info.name == name for info in call.desk.store.ledgers())


def _imagined(call: Call, command: OpenLedger) -> Accepted:
    """What opening a ledger would give that is not there: there is nobody yet who could be asked."""
    now = call.desk.clock.now()
    event = decide(Book(), command, Context(now, 1, lambda prefix: prefix))
    assert isinstance(event, LedgerOpened), "a book that is not open can be opened"
    call.outcome = accepted = Accepted(Record(1, now, event, NO_CAUSE, b"", b""))
    return accepted


def _reaches_all(call: Call) -> bool:
    return call.api_key is not None and call.api_key.ledger == ALL_LEDGERS


@operation(
    "GET",
    _URL,
    tag="Ledgers",
    summary="List ledgers",
    description="Those that the key reaches, by name.",
    query=shapes.PlainQuery,
    reply=shapes.LedgerList,
    codes=("invalid_cursor", "cursor_mismatch"),
)
async def list_ledgers(call: Call) -> Reply:
    """List the ledgers that the key reaches."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> shapes.LedgerList:
    after = wanted.after or ""
    reached = sorted(_reached(call), key=lambda info: info.name)
    infos, has_more = wanted.cut([info for info in reached if info.name > after])
    records = [_first_record(call, info) for info in infos]
    return shapes.LedgerList(
        data=[shapes.ledger(record) for record in records if record is not None],
        has_more=has_more,
        next_cursor=wanted.cursor(infos[-1].name) if has_more else None,
        url=_URL,
    )


@operation(
    "GET",
    f"{_URL}/{{name:str}}",
    tag="Ledgers",
    summary="Get a ledger",
    reply=shapes.Ledger,
    codes=("not_found",),
)
async def get_ledger(call: Call) -> Reply:
    """Get one ledger by its name."""
    return ok(await call.read(_ledger, call))


def _ledger(call: Call) -> shapes.Ledger:
    name = call.path["name"]
    info = next((info for info in _reached(call) if info.name == name), None)
    record = None if info is None else _first_record(call, info)
    if record is None:
        raise Refusal("not_found", f"The key reaches no ledger {name[:255]!r}.")
    return shapes.ledger(record)


def _reached(call: Call) -> list[LedgerInfo]:
    return call.desk.store.ledgers() if _reaches_all(call) else [call.info]


def _first_record(call: Call, info: LedgerInfo) -> Record | None:
    """The record that opened a ledger; None if making it was broken off before that."""
    return next(iter(call.desk.store.records(info, 0, 1)), None)


OPERATIONS = (open_ledger, list_ledgers, get_ledger)
