"""Replies: status, bytes and headers of an answer, and the headers that every answer carries."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

import msgspec

from partita.engine.outcome import Outcome
from partita.journal.record import Record
from partita.surfaces.dry_run import records_of, without_names

Header = tuple[bytes, bytes]
JSON = b"application/json"

_encode = msgspec.json.Encoder().encode


class Reply(NamedTuple):
    """An answer as it goes out; the dispatcher adds `Request-Id` and, to data, `SAFETY`.

    Pages (`is_data` False) bring headers of their own. With a `stream` there is no other body: it is
    sent as it comes, for as long as it lasts and the client stays. If it fails, the connection
    breaks, so that nobody takes a part for the whole.
    """

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    media_type: bytes = JSON
    is_data: bool = True
    stream: AsyncGenerator[bytes, None] | None = None


SAFETY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""On every reply that is data."""


def ok(value: object) -> Reply:
    """200 with this value as JSON."""
    return Reply(200, _encode(value))


def place_of(record: Record) -> tuple[Header, ...]:
    """The headers that name a record for ever: its sequence, and its leaf in the log."""
    leaf = record.leaf.hex().encode()
    return (b"ledger-sequence", b"%d" % record.sequence), (b"ledger-leaf", leaf)


def written(
    status: int, body: bytes, record: Record, *, replayed: bool, location: str | None = None
) -> Reply:
    """The answer to a write: where in the journal it stands, its leaf, whether it is a replay."""
    headers = [*place_of(record)]
    if location is not None:
        headers.append((b"location", location.encode()))
    if replayed:
        headers.append((b"idempotent-replayed", b"true"))
    return Reply(status, body, tuple(headers))


_ONLY_WHEN_WRITTEN = {b"ledger-sequence", b"ledger-leaf", b"location", b"etag"}


def as_dry(reply: Reply, outcome: Outcome | None) -> Reply:
    """The answer of a dry run: the real one without the names of what was not written."""
    headers = [(b"dry-run", b"true")]
    headers += [header for header in reply.headers if header[0] not in _ONLY_WHEN_WRITTEN]
    body = reply.body
    if outcome is not None and reply.media_type == JSON:
        body = _encode(without_names(msgspec.json.decode(body), records_of(outcome)))
    return reply._replace(body=body, headers=tuple(headers))
