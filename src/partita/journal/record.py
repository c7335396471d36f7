"""Records: events sealed in the journal, each with its place, time, cause, bytes and hash."""

import msgspec

from partita.journal.merkle import Frontier
from partita.kernel.events import Event
from partita.kernel.moment import Moment


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Who asked, in which request, under which idempotency key.

    `fingerprint` is the SHA-256 (hex) of what was asked, so that the same key with another wish
    is told apart for ever. `bulk` is the command's place in a bulk that shares one key.
    """

    key: str | None = None
    fingerprint: str | None = None
    actor: str | None = None
    request_id: str | None = None
    bulk: int | None = None


NO_CAUSE = Cause()


class Record(msgspec.Struct, frozen=True, gc=False):
    """One sealed event. `body` is the very bytes that are stored and hashed; `leaf` their hash."""

    sequence: int
    recorded_at: Moment
    event: Event
    cause: Cause
    body: bytes
    leaf: bytes


class Head(msgspec.Struct, frozen=True):
    """Where a journal stands: how many records, since when, and the frontier of its log.

    `outcomes` counts the answers kept beside the journal. With it two equal heads say that
    nothing was written in between, not even the refusal of a key. `answers` is the frontier of
    their own log: they are sealed as records are, though no answer that refused moves the root.
    """

    sequence: int
    recorded_at: Moment
    frontier: bytes
    root: bytes
    outcomes: int = 0
    answers: bytes = b""

    def log(self) -> Frontier:
        """A frontier of its own to append to."""
        return Frontier.from_bytes(self.sequence, self.frontier)

    def answer_log(self) -> Frontier:
        """The log of stored answers, to append to."""
        return Frontier.from_bytes(self.outcomes, self.answers)
