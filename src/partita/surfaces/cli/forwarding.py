"""Forwarding: one event to one address, as a webhook would bring it, tried a few times.

    POST, body = the CloudEvent, headers by Standard Webhooks 1.0:
    webhook-id · webhook-timestamp · webhook-signature: v1,<HMAC-SHA-256 of "id.timestamp.body">

A redirect is a failure, as it is for webhooks; what is answered beyond the status is not looked at.
"""

import binascii
import hmac
import http.client
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from secrets import token_bytes
from urllib.parse import urlsplit

import msgspec

from partita import __version__
from partita.engine.cloud_events import FeedEvent
from partita.surfaces.cli.failures import USAGE, CommandFailed

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that all such secrets share
_KEY_BYTES, _LEAST_KEY_BYTES = 32, 16
_PAUSES_SECONDS = (0.5, 1.0, 2.0)
_PATIENCE_SECONDS = 15.0


def new_secret() -> str:
    """A secret to sign by, in the form of Standard Webhooks."""
    return SECRET_PREFIX + b64encode(token_bytes(_KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key that a secret is.

    Raises:
        CommandFailed: it is none.
    """
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) < _LEAST_KEY_BYTES:
        problem = "The secret is not whsec_ and at least 16 bytes in base64."
        raise CommandFailed(problem, "leave --secret out; one is made.", status=USAGE)
    return key


class Delivery(msgspec.Struct, frozen=True):
    """What became of an event: the last status (None: no answer), and after how many tries."""

    sequence: int
    id: str
    type: str
    status: int | None
    tries: int
    milliseconds: int
    error: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the other side has taken it."""
        return self.status is not None and 200 <= self.status < 300


class Forwarder:
    """Brings events to one address."""

    def __init__(
        self, url: str, key: bytes, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:  # fmt: skip
        """Forward to this address, signed by this key.

        Raises:
            CommandFailed: it is no address.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            problem = f"{url!r} is no address."
            raise CommandFailed(problem, "write http://127.0.0.1:4242/webhooks.", status=USAGE)
        self._netloc, self._is_safe = parts.netloc.rpartition("@")[2], parts.scheme == "https"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._key, self._sleep = key, sleep

    def deliver(self, event: FeedEvent) -> Delivery:
        """Bring an event, until it is taken or has been tried four times."""
        delivery = self._try(event, 1)
        for tries, pause in enumerate(_PAUSES_SECONDS, 2):
            if delivery.is_taken:
                break
            self._sleep(pause)
            delivery = self._try(event, tries)
        return delivery

    def _try(self, event: FeedEvent, tries: int) -> Delivery:
        begun, status, problem = time.perf_counter(), None, None
        try:
            status = self._post(event)
        except (OSError, http.client.HTTPException) as error:
            problem = str(error) or type(error).__name__
        milliseconds = round(1000 * (time.perf_counter() - begun))
        return Delivery(event.sequence, event.id, event.type, status, tries, milliseconds, problem)

    def _post(self, event: FeedEvent) -> int:
        connection = self._connect()
        try:
            connection.request("POST", self._path, event.cloud_event, self._headers(event))
            return connection.getresponse().status
        finally:
            connection.close()

    def _headers(self, event: FeedEvent) -> dict[str, str]:
        seconds = int(time.time())
        content = b"%b.%d.%b" % (event.id.encode(), seconds, event.cloud_event)
        signed = b64encode(hmac.digest(self._key, content, sha256)).decode()
        return {
            "content-type": "application/cloudevents+json",
            "user-agent": f"partita-listen/{__version__}",
            "webhook-id": event.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": f"v1,{signed}",
        }

    def _connect(self) -> http.client.HTTPConnection:
        if not self._is_safe:
            return http.client.HTTPConnection(self._netloc, timeout=_PATIENCE_SECONDS)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self._netloc, timeout=_PATIENCE_SECONDS, context=context)
