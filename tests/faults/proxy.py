"""A proxy between our store and PostgreSQL that breaks connections where it is told to.

It listens in a folder of its own, so that a DSN with `host=<folder>` comes through it, or on TCP,
where a cut can be a reset. One fault is armed at a time; it strikes once, at a message that is
counted from the moment of arming.
"""

import select
import shutil
import socket
import struct
import tempfile
import threading
import time
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Self

import msgspec
from psycopg.conninfo import make_conninfo

from tests.faults.wire import Message, Messages, Speaker

_RESET = struct.pack("ii", 1, 0)
_PIECE_BYTES = 1 << 16
_GLANCE_SECONDS = 0.02


class Place(Enum):
    """Where the cut falls, seen from the message that it is counted by."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


class Manner(Enum):
    """What happens at that place."""

    CUT = "both ends are closed at once"
    HALF = "the listener is told the end, the speaker is closed a little later"
    LATE = "the client is cut off; a little later the server gets what was already sent"
    ABANDONED = "the client is cut off; the server waits a little for what never comes"
    STALLED = "nothing moves for a while, then both ends are closed"
    SLOW = "the message waits for a while, then all goes on"


class Fault(msgspec.Struct, frozen=True):
    """One thing that goes wrong. `number` counts the speaker's messages, or its COMMITs, from 1."""

    speaker: Speaker
    number: int
    place: Place = Place.BEFORE
    manner: Manner = Manner.CUT
    of_commits: bool = False
    share: float = 0.5
    """How much of the message has passed, where it is cut inside."""
    pause_seconds: float = 0.02

    def __str__(self) -> str:
        what = "commit" if self.of_commits else "message"
        return (
            f"{self.place.value} {what} {self.number} of the {self.speaker.value}:"
            f" {self.manner.value} ({self.share:.2f} of it, {self.pause_seconds:.3f} s)"
        )


class Proxy:
    """Listens until closed, with at most one fault armed."""

    def __init__(self, upstream: Path, *, over_tcp: bool = False) -> None:
        """`upstream` is PostgreSQL's socket file."""
        self.upstream = upstream
        self.folder = Path(tempfile.mkdtemp(prefix="proxy-", dir="/tmp"))
        self.over_tcp, self.is_dark = over_tcp, False
        self.has_struck = False
        self.seen = dict.fromkeys(Speaker, 0)
        """Messages counted since the last arming."""
        self._commits = dict(self.seen)
        self._fault: Fault | None = None
        self._lock = threading.Lock()
        self._relays: list[_Relay] = []
        self._listener = self._listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _listen(self) -> socket.socket:
        if self.over_tcp:
            return socket.create_server(("127.0.0.1", 0))
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / self.upstream.name))
        listener.listen()
        return listener

    def dsn(self, direct: str) -> str:
        """The way to the same database through the proxy."""
        if self.over_tcp:
            return make_conninfo(direct, host="127.0.0.1", port=self._listener.getsockname()[1])
        return make_conninfo(direct, host=str(self.folder))

    def arm(self, fault: Fault | None) -> None:
        """Have this go wrong once; messages are counted from now on."""
        with self._lock:
            self._fault, self.has_struck = fault, False
            self.seen = dict.fromkeys(Speaker, 0)
            self._commits = dict(self.seen)

    def strike(self) -> None:
        """Cut every connection now."""
        for relay in list(self._relays):
            relay.cut()

    def close(self) -> None:
        """Stop listening and cut everything."""
        self.is_dark = True
        _shut(self._listener)
        self.strike()
        shutil.rmtree(self.folder, ignore_errors=True)

    def judge(self, message: Message) -> Fault | None:
        """Count a message; the fault, if it is the one that the fault waits for."""
        with self._lock:
            self.seen[message.speaker] += 1
            self._commits[message.speaker] += message.is_commit
            fault = self._fault
            if fault is None or fault.speaker is not message.speaker:
                return None
            counts = self._commits if fault.of_commits else self.seen
            if counts[message.speaker] < fault.number or fault.of_commits > message.is_commit:
                return None
            self._fault, self.has_struck = None, True
            return fault

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return  # closed
            if self.over_tcp:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            try:
                if self.is_dark:
                    raise ConnectionRefusedError
                server.connect(str(self.upstream))
            except OSError:
                _shut(client)
                _shut(server)
                continue
            self._relays = [relay for relay in self._relays if not relay.is_over]
            self._relays.append(_Relay(self, client, server))


class _Relay:
    """One connection: two threads, each taking one side's messages to the other."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self.is_over = False
        self._may_move = threading.Event()
        self._may_move.set()
        self._keeper: Speaker | None = None
        """Whose thread decides when this ends, once a fault has struck."""
        for speaker, source, target in (
            (Speaker.CLIENT, client, server),
            (Speaker.SERVER, server, client),
        ):
            threading.Thread(target=self._pump, args=(speaker, source, target), daemon=True).start()

    def cut(self) -> None:
        """Close both ends; on TCP the client is told so by a reset."""
        self.is_over = True
        if self._proxy.over_tcp:
            with suppress(OSError):  # the client has closed it already
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._client.close()
        _shut(self._client)
        _shut(self._server)

    def _pump(self, speaker: Speaker, source: socket.socket, target: socket.socket) -> None:
        messages = Messages(speaker)
        try:
            while data := _received(source):
                for message in messages.of(data):
                    if message.wants_encryption:
                        source.sendall(b"N")
                    else:
                        self._pass_on(message, source, target)
        except (OSError, ValueError):
            pass  # one of the ends is closed, and so shall the other be
        finally:
            if self._keeper in (None, speaker):
                self.cut()

    def _pass_on(self, message: Message, source: socket.socket, target: socket.socket) -> None:
        fault = self._proxy.judge(message)
        self._may_move.wait()
        if fault is None:
            target.sendall(message.data)
            return
        length = len(message.data)
        passed = {
            Place.BEFORE: 0,
            Place.INSIDE: min(length - 1, max(1, round(length * fault.share))),
            Place.AFTER: length,
        }[fault.place]
        target.sendall(message.data[:passed])
        self._break(fault, message.data[passed:], target)

    def _break(self, fault: Fault, rest: bytes, target: socket.socket) -> None:
        """Do it; raises ConnectionAbortedError where nothing more shall pass."""
        if fault.manner is not Manner.CUT:
            self._keeper = fault.speaker
        if fault.manner is Manner.HALF:
            target.shutdown(socket.SHUT_WR)
        elif fault.manner in (Manner.LATE, Manner.ABANDONED):
            _shut(self._client)
        elif fault.manner in (Manner.STALLED, Manner.SLOW):
            self._may_move.clear()
        if fault.manner is not Manner.CUT:
            time.sleep(fault.pause_seconds)
        self._may_move.set()
        if fault.manner not in (Manner.LATE, Manner.SLOW):
            raise ConnectionAbortedError
        self._keeper = None if fault.manner is Manner.SLOW else fault.speaker
        target.sendall(rest)


def _received(source: socket.socket) -> bytes:
    """What comes next. Waits by polling: one that waits in `recv` would hold back a reset."""
    while not select.select([source], [], [], _GLANCE_SECONDS)[0]:
        pass
    return source.recv(_PIECE_BYTES)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # closed already, by whoever was first
        end.shutdown(socket.SHUT_RDWR)
    end.close()
