"""A rail's logbook: facts that are only ever added, shared by all processes of an installation.

    decision(state) ─► facts, result ─► lines of the logbook ─► folded into the state

What a payment network knows does not go away when our process does. So a rail that is run here keeps
facts, one a line, and folds them into its state: at start, and then whatever others added since. A
turn holds the logbook alone, so that two processes never decide on different pasts.

Lines reach the operating system before a turn ends, so a killed process loses nothing. They are not
forced to the disk: after a power cut the last lines may be missing, which to the ledger is a network
that never got the order, and is mended the same way, by asking for the status.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

State = TypeVar("State")
Fact = TypeVar("Fact")
Result = TypeVar("Result")


class Turn(NamedTuple):
    """The logbook in hand: the lines that this reader has not seen, and room for more."""

    fresh: list[bytes]
    added: list[bytes]


class Logbook(Protocol):
    """One reader of the lines of a rail."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Hold the logbook alone for a block; what is `added` in it is kept when it ends well."""
        ...


class MemoryLogbook:
    """A logbook for one process: gone with it, as simulations of whole worlds want it."""

    def __init__(self, other: "MemoryLogbook | None" = None) -> None:
        """Begin empty; or read the lines of another from their beginning, as after a crash."""
        self._lines: list[bytes] = [] if other is None else other._lines
        self._lock: threading.Lock = threading.Lock() if other is None else other._lock
        self._read = 0

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold the lines alone for a block."""
        with self._lock:
            turn = Turn(self._lines[self._read :], [])
            self._read = len(self._lines)
            yield turn
            self._lines.extend(turn.added)
            self._read = len(self._lines)


class FileLogbook:
    """A logbook in a file; several readers may have it open, in one process or in many."""

    def __init__(self, file: Path) -> None:
        """Open or make the file, for its owner only."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._read = 0

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold the file alone for a block; the lock goes with its holder, however that dies."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            turn = Turn(self._fresh(), [])
            yield turn
            self._write(b"".join(line + b"\n" for line in turn.added))
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _fresh(self) -> list[bytes]:
        """The whole lines behind what was read; half a line was left by a writer that is gone."""
        size = os.fstat(self._descriptor).st_size
        data = _bytes(self._descriptor, self._read, size)
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._descriptor, self._read + whole)
        self._read += whole
        return data[:whole].split(b"\n")[:-1]

    def _write(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.pwrite(self._descriptor, data[written:], self._read + written)
        except OSError:
            os.ftruncate(self._descriptor, self._read)
            raise
        self._read += written


class Diary(Generic[State, Fact]):
    """A state that is folded from a logbook, and decided on one decision at a time."""

    def __init__(
        self,
        logbook: Logbook,
        state: State,
        *,
        fold: Callable[[State, Fact], None],
        write: Callable[[Fact], bytes],
        read: Callable[[bytes], Fact],
    ) -> None:
        """Begin with an empty state; `write` makes one line of a fact and `read` a fact of it."""
        self._logbook, self._state = logbook, state
        self._fold, self._encode, self._decode = fold, write, read
        self._lock = threading.Lock()

    def decide(self, decision: Callable[[State], tuple[Sequence[Fact], Result]]) -> Result:
        """Keep the facts that a decision on the present state comes to, and give its result."""
        with self._lock:
            with self._logbook.turn() as turn:
                self._catch_up(turn.fresh)
                facts, result = decision(self._state)
                turn.added.extend(self._encode(fact) for fact in facts)
            # Only what was kept has happened; whoever decides next here waits for the lock.
            for fact in facts:
                self._fold(self._state, fact)
        return result

    def _catch_up(self, lines: list[bytes]) -> None:
        for line in lines:
            self._fold(self._state, self._decode(line))


def _bytes(descriptor: int, start: int, end: int) -> bytes:
    """The bytes of a file between two places."""
    parts: list[bytes] = []
    while start < end and (part := os.pread(descriptor, end - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)
