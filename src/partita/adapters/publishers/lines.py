"""Events as lines of JSON at the end of a file, on disk before they count."""

import os
from collections.abc import Sequence
from pathlib import Path

from partita.engine.feed import FeedEvent
from partita.modules.sinks.contract import BrokerUnavailable, Published


class LinesFile:
    """A file that events are appended to; a `Broker`.

    A crash may leave a line torn at its end: that event was not safe, so the line is cut off before
    anything is appended.
    """

    def __init__(self, path: Path) -> None:
        """Append to this file; it is made with the first event."""
        self._path = path
        self._descriptor: int | None = None

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        """Append events; they are on disk afterwards."""
        data = memoryview(b"".join(event.cloud_event + b"\n" for event in events))
        try:
            if self._descriptor is None:
                self._descriptor = _opened(self._path)
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError as error:
            self.close()
            raise BrokerUnavailable(f"cannot append to {self._path.name}: {error}") from error
        return Published(len(events))

    def bury(self, event: FeedEvent, error: str) -> None:
        """Nothing is refused by a file."""

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    _cut_torn_line(descriptor)
    return descriptor


def _cut_torn_line(descriptor: int) -> None:
    """Let the file end with a whole line."""
    end = size = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - 65_536)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end != size:
        os.ftruncate(descriptor, end)
