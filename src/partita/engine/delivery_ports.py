"""What is owed to webhook endpoints, what was tried, and how each endpoint fares. Adapters obey the port.

None of this is in the journal: it says what others have got, not what happened here. A delivery is
an event owed to an endpoint, with an id that follows from both: however often it is noted, there is
one. Whoever is about to send some claims them for a while, so that two workers do not send the same
at once; a claim runs out by itself, for its holder may have been killed.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import NamedTuple, Protocol, Self

import msgspec

from partita.engine.ports import LedgerInfo
from partita.kernel.identifiers import numbered
from partita.kernel.moment import Moment

DELIVERY = "whd_"
REPLAY = "whr_"
LONGEST_REPLY = 1_024
"""Characters that are kept of what an endpoint said, and of what went wrong."""
_HASH_BYTES = 10


class DeliveryStatus(Enum):
    """Where a delivery is in its life. Parked ones are tried again only if somebody says so."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event owed to an endpoint.

    `tries` were made since it was queued, or queued again; `reason` is why the last one failed. It is
    tried at `next_attempt_at` again, if it is pending.
    """

    id: str
    endpoint: str
    sequence: int
    event_id: str
    type: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    tries: int = 0
    created_at: Moment
    next_attempt_at: Moment
    finished_at: Moment | None = None
    reason: str | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try: when, how long it took, what came back. Without a `status` nothing did."""

    delivery: str
    at: Moment
    milliseconds: int
    status: int | None = None
    error: str | None = None
    reply: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300


class Noted(NamedTuple):
    """A try, and its delivery as it is afterwards."""

    after: Delivery
    attempt: Attempt


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What some tries at one endpoint add to how it fares.

    `failures` are those after the last success among them, `failing_since` the first of these.
    """

    endpoint: str
    successes: int
    failed: int
    failures: int
    failing_since: Moment | None
    last_success_at: Moment | None
    last_failure_at: Moment | None
    last_error: str | None

    @classmethod
    def of(cls, endpoint: str, attempts: Iterable[Attempt]) -> Self:
        """Count the tries at one endpoint, by their moments."""
        ordered = sorted(attempts, key=lambda attempt: attempt.at)
        places = [place for place, attempt in enumerate(ordered) if attempt.is_success]
        since = ordered[places[-1] + 1 :] if places else ordered
        failed = [attempt for attempt in ordered if not attempt.is_success]
        return cls(
            endpoint=endpoint,
            successes=len(places),
            failed=len(failed),
            failures=len(since),
            failing_since=since[0].at if since else None,
            last_success_at=ordered[places[-1]].at if places else None,
            last_failure_at=failed[-1].at if failed else None,
            last_error=failed[-1].error if failed else None,
        )


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint fares: tries that succeeded and failed in all, and failures since a success."""

    endpoint: str
    delivered: int = 0
    failed: int = 0
    failures: int = 0
    failing_since: Moment | None = None
    last_success_at: Moment | None = None
    last_failure_at: Moment | None = None
    last_error: str | None = None
    parked: int = 0

    def after(self, tally: Tally) -> "Health":
        """How it fares with some tries more."""
        is_new = tally.successes > 0
        return Health(
            endpoint=self.endpoint,
            delivered=self.delivered + tally.successes,
            failed=self.failed + tally.failed,
            failures=tally.failures if is_new else self.failures + tally.failures,
            failing_since=(
                tally.failing_since if is_new else self.failing_since or tally.failing_since
            ),
            last_success_at=tally.last_success_at or self.last_success_at,
            last_failure_at=tally.last_failure_at or self.last_failure_at,
            last_error=tally.last_error or self.last_error,
            parked=self.parked,
        )


class Backlog(msgspec.Struct, frozen=True):
    """What waits for an endpoint: how many, since when, and when the next is to be tried."""

    endpoint: str
    pending: int
    oldest_at: Moment
    next_at: Moment


class Replay(msgspec.Struct, frozen=True):
    """A range of sequences that is to be brought to an endpoint again; `after` moves on as it goes."""

    id: str
    endpoint: str
    after: int
    through: int
    requested_at: Moment


class DeliveryFilter(msgspec.Struct, frozen=True):
    """Which deliveries are asked for; None: any."""

    endpoint: str | None = None
    status: DeliveryStatus | None = None
    event_id: str | None = None


class DeliveryKeeper(Protocol):
    """Where deliveries are kept; any thread may ask."""

    def queue_deliveries(
        self, ledger: LedgerInfo, deliveries: Sequence[Delivery], *, again: bool = False
    ) -> None:
        """Keep new deliveries. Those that are there are left as they are, or queued `again`."""
        ...

    def claim_deliveries(self, ledger: LedgerInfo, endpoint: str, claim: "Claim") -> list[Delivery]:
        """Deliveries that are due and nobody else's, by sequence; they are the caller's for a while."""
        ...

    def note_attempts(self, ledger: LedgerInfo, noted: Sequence[Noted]) -> None:
        """Keep what came of tries: attempts, deliveries, how endpoints fare. All of it, or nothing.

        A delivery that another worker has finished meanwhile stays finished.
        """
        ...

    def delivery(self, ledger: LedgerInfo, identifier: str) -> Delivery | None:
        """A delivery by its id."""
        ...

    def deliveries(
        self, ledger: LedgerInfo, which: DeliveryFilter, before: tuple[int, str] | None, limit: int
    ) -> list[Delivery]:
        """Deliveries, those of the newest events first, below a sequence and endpoint."""
        ...

    def attempts(self, ledger: LedgerInfo, delivery: str, limit: int) -> list[Attempt]:
        """The tries of a delivery, the newest first."""
        ...

    def backlogs(self, ledger: LedgerInfo) -> list[Backlog]:
        """What is pending, by endpoint."""
        ...

    def healths(self, ledger: LedgerInfo, endpoints: Sequence[str]) -> Mapping[str, Health]:
        """How endpoints fare; of one that nothing was sent to yet there is none."""
        ...

    def drop_deliveries(self, ledger: LedgerInfo, endpoint: str) -> int:
        """Forget what is pending for an endpoint, and its replays; how many deliveries there were."""
        ...

    def prune_deliveries(self, ledger: LedgerInfo, before: Moment, limit: int) -> int:
        """Forget deliveries that were finished before a moment, with their tries; how many."""
        ...

    def add_replay(self, ledger: LedgerInfo, replay: Replay) -> None:
        """Keep a wish for a range."""
        ...

    def replays(self, ledger: LedgerInfo) -> list[Replay]:
        """The ranges that are not done, the oldest first."""
        ...

    def move_replay(self, ledger: LedgerInfo, replay: Replay, to: int) -> bool:
        """Move a range on from where it was seen; done when it is through. False: it had moved."""
        ...


class Claim(NamedTuple):
    """What is claimed: at most so many that are due `now`, until a moment.

    Strictly means: only the first that is pending of all, if it is due and nobody's.
    """

    now: Moment
    until: Moment
    limit: int
    is_strict: bool = False


def delivery_id(endpoint: str, sequence: int, event_id: str) -> str:
    """The id of an event's delivery to an endpoint: always the same, sortable by the event's time."""
    digest = sha256(f"{endpoint}/{sequence}".encode()).digest()[:_HASH_BYTES]
    letters = numbered("", 0, int.from_bytes(digest))
    time_letters = event_id.partition("_")[2][:10]
    return DELIVERY + time_letters + letters[10:]


def kept_text(text: str) -> str:
    """A text of others as it is kept: cut short, without what no store can hold."""
    cut = text[:LONGEST_REPLY]
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in cut)
