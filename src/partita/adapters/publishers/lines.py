"""Events as lines of JSON at the end of a file, on disk before they count."""

import fcntl
import os
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from partita.engine.feed import FeedEvent
from partita.modules.sinks.contract import BrokerUnavailable, Published

_AT_ONCE = 65_536
_INTO_A_PIPE = os.O_WRONLY | os.O_NONBLOCK


class _Line(msgspec.Struct):
    sequence: str


_line = msgspec.json.Decoder(_Line).decode


class LinesFile:
    """A file that events are appended to, each once; a `Broker`.

    A crash may leave a line torn at its end: that event was not safe, so the line is cut off before
    anything is appended. The file may be moved away at any time, and a new one is begun. It may be a
    pipe, of which nobody knows what went through it.
    """

    def __init__(self, path: Path) -> None:
        """Append to this file; it is made with the first event."""
        self._path = path
        self._descriptor: int | None = None
        self._last = 0

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        """Append the events that the file does not have; they are on disk afterwards."""
        if not events:
            return Published(0)
        try:
            descriptor = self._opened()
            new = [event for event in events if event.sequence > self._last]
            _append(descriptor, b"".join(event.cloud_event + b"\n" for event in new))
            self._last = max(self._last, events[-1].sequence)
        except (OSError, msgspec.MsgspecError) as error:
            self.close()
            raise BrokerUnavailable(f"cannot append to {self._path.name}: {error}") from error
        return Published(len(events))

    def bury(self, event: FeedEvent, error: str) -> None:
        """Nothing is refused by a file."""

    def close(self) -> None:
        """Close the file, which gives up its lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is not None and not _is_at(self._descriptor, self._path):
            self.close()
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_pipe = self._path.is_fifo()
            # A pipe that nobody reads refuses at once; waiting for a reader would be for ever.
            how = _INTO_A_PIPE if is_pipe else os.O_RDWR | os.O_CREAT | os.O_APPEND
            self._descriptor = os.open(self._path, how, 0o600)
            os.set_blocking(self._descriptor, True)
            # Another worker may be at it, and half a line of its is not a torn one.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._last = 0 if is_pipe else _last_sequence(self._descriptor)
        return self._descriptor


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether this file is still the one at the path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _append(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # a pipe has nothing to bring to a disk
        os.fsync(descriptor)


def _last_sequence(descriptor: int) -> int:
    """Let the file end with a whole line; the sequence of that, 0 if there is none."""
    end = size = os.fstat(descriptor).st_size
    tail = b""
    while (
        end > 0 and tail.count(b"\n") <= 1
    ):  # until the last whole line is there, with its beginning
        start = max(0, end - _AT_ONCE)
        tail = os.pread(descriptor, end - start, start) + tail
        end = start
    whole, newline, torn = tail.rpartition(b"\n")
    if torn:
        os.ftruncate(descriptor, size - len(torn))
    return int(_line(whole.rpartition(b"\n")[2]).sequence) if newline else 0
