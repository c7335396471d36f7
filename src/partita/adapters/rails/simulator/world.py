"""The world outside as the simulator keeps it: facts, and what is folded of them.

Everything that was left to chance or to time is decided once and written down: replaying the facts
needs neither clock nor randomness, and after a crash of ours the world is where it was.
"""

import heapq
from collections.abc import Sequence

import msgspec

from partita.adapters.rails.simulator.behaviour import Behaviour
from partita.adapters.rails.simulator.messages import parse
from partita.kernel.moment import Moment
from partita.modules.payments.rail import (
    Answer,
    MessageType,
    Progress,
    RailMessage,
    Submission,
)


class Fact(msgspec.Struct, frozen=True, tag_field="fact"):
    """Something that happened out there."""


class Planned(msgspec.Struct, frozen=True):
    """A message that will be told when it is due, in the order of moments, then of numbers."""

    number: int
    due_at: Moment
    raw: str
    submission: str | None = None
    is_heard: bool = True


class Tried(Fact, frozen=True, tag="tried"):
    """Somebody tried to hand over a submission, and it did not get through, or got no answer.

    `behaviour` is kept, so that chance is asked once for each submission.
    """

    submission: str
    behaviour: Behaviour


class Taken(Fact, frozen=True, tag="taken"):
    """A submission was taken, with what will be told of it."""

    submission: Submission
    answer: Answer
    planned: tuple[Planned, ...] = ()


class Asked(Fact, frozen=True, tag="asked"):
    """Somebody who steers the simulation had something happen."""

    planned: Planned


class Told(Fact, frozen=True, tag="told"):
    """These planned messages came due, in this order."""

    numbers: tuple[int, ...]


class Canceled(Fact, frozen=True, tag="canceled"):
    """A submission was taken back: what was planned for it will not come, but this."""

    submission: str
    planned: Planned


class Silenced(Fact, frozen=True, tag="silenced"):
    """The network went down, or came back."""

    is_down: bool


class Tuned(Fact, frozen=True, tag="tuned"):
    """Things go wrong at these rates from now on."""

    faults: dict[Behaviour, int]


AnyFact = Tried | Taken | Asked | Told | Canceled | Silenced | Tuned

PROGRESS_OF: dict[MessageType, tuple[int, Progress]] = {
    MessageType.ACCEPTED: (1, Progress.ACCEPTED),
    MessageType.SETTLED: (2, Progress.SETTLED),
    MessageType.REJECTED: (2, Progress.REJECTED),
    MessageType.CANCELED: (2, Progress.CANCELED),
    MessageType.RETURNED: (3, Progress.RETURNED),
}
"""How far a submission is once this was told, and its rank: only a higher one moves it on."""


class Known(msgspec.Struct):
    """A submission that was taken: what was answered, and how far it is."""

    submission: Submission
    answer: Answer
    progress: Progress = Progress.TAKEN
    rank: int = 0
    code: str | None = None
    last: RailMessage | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can still be taken back."""
        return self.rank < PROGRESS_OF[MessageType.SETTLED][0]


class World:
    """Everything that the network knows."""

    def __init__(self, rail: str) -> None:
        """Nothing has happened yet to the rail of this name."""
        self.rail = rail
        self.known: dict[str, Known] = {}
        self.tries: dict[str, Tried] = {}
        self.try_counts: dict[str, int] = {}
        self.feed: list[RailMessage] = []
        self.is_down = False
        self.faults: dict[Behaviour, int] | None = None
        self.next_number = 1
        self._waiting: dict[int, Planned] = {}
        self._queue: list[tuple[Moment, int]] = []

    def due(self, now: Moment) -> tuple[int, ...]:
        """The numbers of the messages that are due and not told, in their order."""
        due, places = [], [0]
        # A heap is a tree: below a place that is not due nothing is.
        while places:
            place = places.pop()
            if place < len(self._queue) and self._queue[place][0] <= now:
                due.append(self._queue[place])
                places += [2 * place + 1, 2 * place + 2]
        return tuple(number for _, number in sorted(due) if number in self._waiting)

    def plan(self, planned: Sequence[Planned]) -> None:
        """Have messages wait for their moment."""
        for each in planned:
            self._waiting[each.number] = each
            heapq.heappush(self._queue, (each.due_at, each.number))
            self.next_number = max(self.next_number, each.number + 1)

    def tell(self, numbers: Sequence[int]) -> None:
        """Put messages into the feed, in this order; those nobody hears only happen."""
        for number in numbers:
            planned = self._waiting.pop(number)
            message = parse(planned.raw)
            if planned.is_heard:
                self.feed.append(message)
            self._note(message)
        while self._queue and self._queue[0][1] not in self._waiting:
            heapq.heappop(self._queue)

    def forget(self, submission_id: str) -> None:
        """Drop what is planned for a submission."""
        for planned in list(self._waiting.values()):
            if planned.submission == submission_id:
                del self._waiting[planned.number]

    def _note(self, message: RailMessage) -> None:
        known = self.known.get(message.submission or "")
        if known is None:
            return
        known.last = message
        rank, progress = PROGRESS_OF[message.type]
        if rank > known.rank:
            known.rank, known.progress, known.code = rank, progress, message.code


def fold(world: World, fact: AnyFact) -> None:
    """The world after a fact."""
    match fact:
        case Tried():
            world.tries[fact.submission] = fact
            world.try_counts[fact.submission] = world.try_counts.get(fact.submission, 0) + 1
        case Taken():
            world.known[fact.submission.id] = Known(fact.submission, fact.answer)
            world.plan(fact.planned)
        case Asked():
            world.plan([fact.planned])
        case Told():
            world.tell(fact.numbers)
        case Canceled():
            world.forget(fact.submission)
            world.plan([fact.planned])
        case Silenced():
            world.is_down = fact.is_down
        case Tuned():
            world.faults = fact.faults


# The hooks are for moments, which are whole numbers of their own type.
write = msgspec.json.Encoder(enc_hook=int).encode
read = msgspec.json.Decoder(AnyFact, dec_hook=lambda _type, value: Moment(value)).decode
