"""The courier over HTTP/1.1: one POST, an answer within 15 seconds, and no more of it than is kept.

It is httpcore, the layer below httpx that Litestar brings along: connections are kept for the next
event, and where they lead is decided in `guarded.py`. No redirects, no proxies, no cookies, no
decompression: what comes back is a status and a few bytes.
"""

import asyncio
import ssl
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpcore

from partita.adapters.couriers.guarded import (
    CONNECT_SECONDS,
    GuardedBackend,
    NameUnknown,
    Resolver,
    SystemResolver,
    TargetForbidden,
)
from partita.engine.delivery_ports import LONGEST_REPLY
from partita.modules.webhooks.sending import Answer, Parcel

ANSWER_SECONDS = 15.0
"""From the look-up of the name to the answer's beginning, all in all."""
_KEPT_CONNECTIONS, _KEPT_SECONDS = 128, 30.0
_TIMEOUTS = {"connect": CONNECT_SECONDS, "read": ANSWER_SECONDS, "write": ANSWER_SECONDS}
_RETRY_AFTER, _DATE = b"retry-after", b"date"


class HttpCourier:
    """Sends parcels; all of it belongs to the event loop that it is first used in."""

    def __init__(
        self,
        *,
        may_be_private: bool = False,
        resolver: Resolver | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Call public addresses over TLS alone, unless it `may_be_private`.

        `trust` says whose certificates count; by default the system's and certifi's.
        """
        self._may_be_private = may_be_private
        self._resolver = resolver or SystemResolver()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=None,  # how many are under way is bounded by who sends
            max_keepalive_connections=_KEPT_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=GuardedBackend(
                self._resolver, may_be_private=may_be_private, network=network
            ),
        )

    async def send(self, parcel: Parcel) -> Answer:
        """Send one parcel; whatever goes wrong is told by the answer."""
        if not self._may_be_private and urlsplit(parcel.url).scheme != "https":
            return Answer(None, "the URL is not https")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._asked(parcel)
        except TimeoutError:
            return Answer(None, f"no answer within {ANSWER_SECONDS:.0f} seconds")
        except (TargetForbidden, NameUnknown) as error:
            return Answer(None, str(error))
        except (
            httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError,
            ssl.SSLError, OSError,
        ) as error:  # fmt: skip
            return Answer(None, f"{_WORDS.get(type(error), 'the request failed')}: {error}")

    async def _asked(self, parcel: Parcel) -> Answer:
        async with self._pool.stream(
            "POST",
            parcel.url,
            headers=[*parcel.headers.items(), ("accept", "*/*")],
            content=parcel.body,
            extensions={"timeout": _TIMEOUTS},
        ) as response:
            headers = {name.lower(): value for name, value in response.headers}
            reply = await _beginning(response)
            return Answer(response.status, None, reply, _wish_seconds(headers))

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
        self._resolver.close()


_WORDS: dict[type[Exception], str] = {
    httpcore.ConnectError: "no connection",
    httpcore.ConnectTimeout: "no connection in time",
    httpcore.ReadTimeout: "no answer in time",
    httpcore.WriteTimeout: "the event was not taken in time",
    httpcore.RemoteProtocolError: "the answer is no HTTP",
    httpcore.ReadError: "the connection broke",
    httpcore.WriteError: "the connection broke",
}


async def _beginning(response: httpcore.Response) -> bytes:
    """The beginning of what an answer says; the rest stays unread, and its connection is closed."""
    found = b""
    async for piece in response.aiter_stream():
        found += piece
        if len(found) >= LONGEST_REPLY:
            break
    return found[:LONGEST_REPLY]


def _wish_seconds(headers: dict[bytes, bytes]) -> int:
    """How long the receiver wants to be left alone (Retry-After, RFC 9110 §10.2.3); 0 if it says nothing."""
    text = headers.get(_RETRY_AFTER, b"").decode("latin-1")
    if text.isdecimal() and text.isascii():
        return int(text[:9])
    try:
        # By the receiver's own clock, which says what time it is in the same answer.
        date = headers.get(_DATE, b"").decode("latin-1")
        later = parsedate_to_datetime(text) - parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return 0
    return max(0, int(later.total_seconds()))
