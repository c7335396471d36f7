"""Records as CloudEvents: what leaves of the journal, and in which form.

    record's bytes ── feed_event ──► FeedEvent(sequence, id, type, subject, cloud_event)

The form is CloudEvents 1.0.2, structured JSON (https://github.com/cloudevents/spec). An event is a
function of its record's bytes and of nothing else: whoever makes it, whenever, makes the same bytes.
Fields are passed on as the JSON that they are already, undecoded, since catching up with a journal
of millions is mostly this. What only the journal needs stays there: fingerprints and salts.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from partita.journal.upcasting import UPCASTERS
from partita.kernel.account import FROZEN, AccountStatus, FreezeFlow
from partita.kernel.identifiers import numbered
from partita.kernel.moment import Moment

TYPE_STEM = "dev.partita."
"""An event's full type is its record's type between this and its version: `.v1`."""
_VERSION = re.compile(r"\.v[1-9][0-9]{0,3}\Z", re.ASCII)
ID_PREFIX = "evt_"
_ULID_LETTERS = 26


class FeedEvent(msgspec.Struct, frozen=True, gc=False):
    """A record as the outside sees it.

    `type` is the record's type (`payment.settled`), `subject` the id of the resource that it is
    about; `cloud_event` the whole event as JSON, which has no line breaks.
    """

    sequence: int
    id: str
    type: str
    subject: str
    cloud_event: bytes

    def values(self) -> dict[str, Any]:
        """The whole event, decoded."""
        found: dict[str, Any] = msgspec.json.decode(self.cloud_event)
        return found


class _Line(msgspec.Struct, gc=False):
    """A record's fields as far as they leave, in the JSON that they are."""

    v: str
    sequence: str
    recorded_at: str
    type: str
    id: str
    key: msgspec.Raw
    actor: msgspec.Raw
    request_id: msgspec.Raw
    data: msgspec.Raw
    version: str = "1"


class _Posted(msgspec.Struct, gc=False):
    type: msgspec.Raw
    external_id: msgspec.Raw
    effective_at: str
    entries: msgspec.Raw
    metadata: msgspec.Raw


class _PostedObject(msgspec.Struct, gc=False):
    """A posted transaction as it is after: its legs are the entries beside it."""

    id: str
    number: str
    status: str
    type: msgspec.Raw
    external_id: msgspec.Raw
    effective_at: str
    metadata: msgspec.Raw


class _Request(msgspec.Struct, gc=False):
    id: msgspec.Raw
    idempotency_key: msgspec.Raw
    actor: msgspec.Raw


class _PostedData(msgspec.Struct, gc=False):
    object: _PostedObject
    effective_at: str
    entries: msgspec.Raw
    request: _Request


class _Matter(msgspec.Struct, gc=False):
    about: msgspec.Raw
    account_paths: msgspec.Raw
    body: str | msgspec.Raw
    external_id: msgspec.Raw
    id: str
    kind: msgspec.Raw
    number: msgspec.Raw
    related: msgspec.Raw
    status: msgspec.Raw
    title: msgspec.Raw
    version: msgspec.Raw
    wakes_at: msgspec.Raw


class _MatterChange(msgspec.Struct, gc=False):
    asked: msgspec.Raw
    external_id: msgspec.Raw
    facts: msgspec.Raw
    matter: _Matter
    parts: msgspec.Raw
    reason: msgspec.Raw


class _MatterData(msgspec.Struct, gc=False):
    object: _Matter
    asked: msgspec.Raw
    facts: msgspec.Raw
    parts: msgspec.Raw
    reason: msgspec.Raw
    request: _Request


class _CloudEvent(msgspec.Struct, gc=False):
    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    recordedtime: str
    sequence: str
    dataschema: str
    datacontenttype: str
    data: object


class _Sent(msgspec.Struct, gc=False):
    id: str
    type: str
    subject: str
    sequence: str


class _Told(msgspec.Struct, gc=False):
    """What a record tells: whom it is about, when that counts, and the event's data."""

    subject: str
    time: str
    data: object


class _Named(msgspec.Struct, gc=False):
    id: str


class _Typed(msgspec.Struct, gc=False):
    type: str


class _Timed(msgspec.Struct, gc=False):
    effective_at: str | None = None


_newest = UPCASTERS.current
_line = msgspec.json.Decoder(_Line).decode
_posted = msgspec.json.Decoder(_Posted).decode
_matter_change = msgspec.json.Decoder(_MatterChange).decode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_named = msgspec.json.Decoder(_Named).decode
_typed = msgspec.json.Decoder(_Typed).decode
_timed = msgspec.json.Decoder(_Timed).decode
_text = msgspec.json.Decoder(str).decode
_sent = msgspec.json.Decoder(_Sent).decode
_any = msgspec.json.Decoder(msgspec.Raw).decode
_json = msgspec.json.Encoder().encode
_Telling = Callable[[_Line, _Request], _Told]


def feed_event(ledger: str, body: bytes) -> FeedEvent:
    """The event that a record is, from the record's bytes.

    Raises:
        msgspec.MsgspecError: the bytes are no record.
    """
    line = _line(body)
    assert line.v == "1", f"an event of a record of format {line.v}"
    if line.type in _newest or line.version != "1":
        _raise(line)
    request = _Request(line.request_id, line.key, line.actor)
    told = _TELLINGS.get(line.type, _tell_matter)(line, request)
    identifier = _event_id(line)
    cloud_event = _CloudEvent(
        "1.0",
        identifier,
        f"urn:partita:ledger:{ledger}",
        f"{TYPE_STEM}{line.type}.v{line.version}",
        told.subject,
        told.time,
        line.recorded_at,
        line.sequence.rjust(20, "0"),
        f"/schemas/{line.type}.v{line.version}.json",
        "application/json",
        told.data,
    )
    return FeedEvent(int(line.sequence), identifier, line.type, told.subject, _json(cloud_event))


def read_event(cloud_event: bytes) -> FeedEvent:
    """The event that was sent as these bytes, for readers at the other end.

    Raises:
        msgspec.MsgspecError: they are no event of ours.
    """
    sent = _sent(cloud_event)
    name = short_type(sent.type)
    return FeedEvent(int(sent.sequence), sent.id, name, sent.subject, cloud_event)


def short_type(type_name: str) -> str:
    """A record's type out of an event's full one: without the stem and the version around it.

    >>> short_type("dev.partita.payment.settled.v1")
    'payment.settled'
    """
    return _VERSION.sub("", type_name.removeprefix(TYPE_STEM))


def _raise(line: _Line) -> None:
    """Bring an older record's data up to the newest version of its type."""
    data = msgspec.json.decode(line.data)
    raised = UPCASTERS.raised(line.type, int(line.version), data)
    line.data = msgspec.Raw(_json(raised))
    line.version = str(UPCASTERS.version(line.type))


def type_in(body: bytes) -> str:
    """The type of the record that these bytes are, for who may not want it and looks no further."""
    return _typed(body).type


def _event_id(line: _Line) -> str:
    """`evt_` and the ULID of the record's id; that of its place, where that id is an account's."""
    if line.type in _ACCOUNT_CHANGES:
        milliseconds = Moment.parse(line.recorded_at) // 1000
        return numbered(ID_PREFIX, milliseconds, int(line.sequence))
    return ID_PREFIX + line.id[-_ULID_LETTERS:]


def _tell_posted(line: _Line, request: _Request) -> _Told:
    posted = _posted(line.data)
    after = _PostedObject(
        line.id, line.sequence, "posted",
        posted.type, posted.external_id, posted.effective_at, posted.metadata,
    )  # fmt: skip
    data = _PostedData(after, posted.effective_at, posted.entries, request)
    return _Told(line.id, posted.effective_at, data)


def _tell_matter(line: _Line, request: _Request) -> _Told:
    change = _matter_change(line.data)
    matter = change.matter
    matter.body = _opened(matter.body)
    data = _MatterData(matter, change.asked, change.facts, change.parts, change.reason, request)
    return _Told(matter.id, line.recorded_at, data)


def _opened(body: str | msgspec.Raw) -> str | msgspec.Raw:
    """A matter's body as the JSON that it is, on one line; should it be none, the text as it stands."""
    assert isinstance(body, str), "a record's body is a text"
    try:
        opened = _any(body.encode())
    except msgspec.DecodeError:
        return body
    if "\n" in body or "\r" in body:
        return msgspec.Raw(msgspec.json.format(opened, indent=-1))
    return opened


def _tell_resource(field: str, *, makes_transaction: bool = False) -> _Telling:
    """How a record tells that carries its resource in this field."""

    def tell(line: _Line, request: _Request) -> _Told:
        fields = _fields(line.data)
        after = fields.pop(field)
        data: dict[str, object] = {"object": after, **fields, "request": request}
        if makes_transaction:
            data["posted_transaction_id"] = line.id
        time = _timed(line.data).effective_at or line.recorded_at
        return _Told(_named(after).id, time, data)

    return tell


def _tell_ledger(line: _Line, request: _Request) -> _Told:
    data = {"object": {"id": line.id, **_fields(line.data)}, "request": request}
    return _Told(line.id, line.recorded_at, data)


def _tell_asset(line: _Line, request: _Request) -> _Told:
    asset = _fields(_fields(line.data)["asset"])
    data = {"object": {"id": line.id, **asset}, "request": request}
    return _Told(line.id, line.recorded_at, data)


def _tell_account(line: _Line, request: _Request) -> _Told:
    """How an account stands after a change; the record does not repeat what never changes."""
    fields = _fields(line.data)
    after = {
        "id": line.id,
        "path": fields["account"],
        "number": fields["number"],
        "status": _ACCOUNT_CHANGES[line.type](fields).value,
    }
    return _Told(
        line.id,
        line.recorded_at,
        {"object": after, "reason": fields["reason"], "request": request},
    )


def _frozen(fields: dict[str, msgspec.Raw]) -> AccountStatus:
    flow = fields.get("flow")
    return FROZEN[FreezeFlow.BOTH if flow is None else FreezeFlow(_text(flow))]


_ACCOUNT_CHANGES: dict[str, Callable[[dict[str, msgspec.Raw]], AccountStatus]] = {
    "account.frozen": _frozen,
    "account.unfrozen": lambda _fields: AccountStatus.OPEN,
    "account.closed": lambda _fields: AccountStatus.CLOSED,
}
"""The records that bear their account's id, and the status that each leaves."""
_TELLINGS: dict[str, _Telling] = {
    "ledger.opened": _tell_ledger,
    "asset.registered": _tell_asset,
    "account.opened": _tell_resource("account"),
    **dict.fromkeys(_ACCOUNT_CHANGES, _tell_account),
    "transaction.posted": _tell_posted,
    "transaction.reversed": _tell_resource("transaction", makes_transaction=True),
    "transaction.pended": _tell_resource("transaction"),
    "transaction.edited": _tell_resource("transaction"),
    "transaction.settled": _tell_resource("transaction"),
    "transaction.archived": _tell_resource("transaction"),
    "hold.placed": _tell_resource("hold"),
    "hold.captured": _tell_resource("hold", makes_transaction=True),
    "hold.incremented": _tell_resource("hold"),
    "hold.released": _tell_resource("hold"),
    "hold.extended": _tell_resource("hold"),
    "hold.expired": _tell_resource("hold"),
    "document.saved": _tell_resource("document"),
    "document.archived": _tell_resource("document"),
    "limit.set": _tell_resource("limit"),
    "limit.archived": _tell_resource("limit"),
    "period.opened": _tell_resource("period"),
    "period.soft_closed": _tell_resource("period"),
    "period.reopened": _tell_resource("period"),
    "period.closed": _tell_resource("period"),
}
"""How each type of the kernel's own tells; every other is a matter's."""
