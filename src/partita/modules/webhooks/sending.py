"""Sending: the port to the network, and what is put into one request.

A courier has an event loop's worth of requests under way; it follows no redirects, knows no proxies,
and calls no address that it may not. What comes back of a request is told by values, not raised.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from partita.engine.feed import FeedEvent
from partita.kernel.moment import Moment
from partita.modules.webhooks.endpoint import Endpoint
from partita.modules.webhooks.signing import Signer

LARGEST_BODY_BYTES = 20_000
"""Beyond this an event goes out without its data, and says where that is (Standard Webhooks)."""
_HEADERS = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    "user-agent": "Partita-Webhooks/1",
}
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class Parcel(NamedTuple):
    """One request: where to, and the bytes that were signed."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """What came back: the status, or why there is none; the beginning of what it said.

    `wish_seconds` is how long the receiver wants to be left alone, if it said so.
    """

    status: int | None
    error: str | None = None
    reply: bytes = b""
    wish_seconds: int = 0


class Courier(Protocol):
    """Sends parcels from one event loop."""

    async def send(self, parcel: Parcel) -> Answer:
        """Send one, whatever comes of it. It may be canceled."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...


def body_of(event: FeedEvent) -> bytes:
    """The event as it is sent: with its data, or with a reference to it if it is large."""
    if len(event.cloud_event) <= LARGEST_BODY_BYTES:
        return event.cloud_event
    fields: dict[str, Any] = _fields(event.cloud_event)
    del fields["data"]
    # CloudEvents, extension `dataref`: a URI-reference, here against the server's own address.
    return _encode(fields | {"dataref": f"/v1/events/{event.id}"})


def parcel_of(event: FeedEvent, endpoint: Endpoint, signer: Signer, now: Moment) -> Parcel:
    """An event, signed for one attempt at an endpoint."""
    body = body_of(event)
    signed = signer.headers(endpoint, event.id, body, now)
    return Parcel(endpoint.url, _HEADERS | signed, body)
