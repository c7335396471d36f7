"""Running a month: waves of wishes, time that passes, processes that do their turn, until all is quiet.

Two waves are under way at once, so that the ledger decides one while it writes the other; what
people do next depends on the answers, which come back in order.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import NamedTuple

from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.kernel.events import MatterChanged
from partita.modules.payments.lifecycle import PaymentType
from partita.modules.payments.payment import read_payment
from partita.surfaces.scenario.month import Deed, Month
from partita.surfaces.scenario.time import SteeredClock

DAYS = 30
_PAYMENTS = frozenset(type_.value for type_ in PaymentType)
_WAVE = 400
_UNDER_WAY, _WAVES_AT_A_TIME = 2, 4
_DAY_SECONDS = 86_400
_MOST_DAYS, _PATIENCE_DAYS = 200, 15
"""Deadlines are at most ten days off: what has not ended by itself by then never will."""
Advance = Callable[[int, int], None]
"""Told how many payments there are, and of how many."""
Turn = Callable[[], int]
"""One turn of all processes; how much they found to do."""


class Tally(NamedTuple):
    """What was asked for, by kind of deed, and how it was answered."""

    accepted: Counter[str]
    refused: Counter[str]


class _Wave(NamedTuple):
    deeds: list[Deed]
    answers: SimpleQueue[list[Outcome] | BaseException]


class Run:
    """One month in one ledger."""

    def __init__(
        self, ledger: Ledger, month: Month, clock: SteeredClock, turn: Turn, advance: Advance
    ) -> None:
        """Ready to begin; `turn` lets the processes work, `advance` hears how far it is."""
        self._ledger, self._month, self._clock = ledger, month, clock
        self._turn, self._advance = turn, advance
        self._under_way: deque[_Wave] = deque()
        self.tally = Tally(Counter(), Counter())
        self.payments = self.commands = 0

    def live(self, payments: int) -> None:
        """Live through the days; so many payments are begun."""
        self._ask_all(self._month.salaries())
        for day in range(DAYS):
            end = payments * (day + 1) // DAYS
            hours = max(1, -(-(end - self.payments) // (_WAVE * _WAVES_AT_A_TIME)))
            while self.payments < end:
                self._rush(end)
                self._turn()
                self._clock.pass_by(_DAY_SECONDS // (hours + 1))
                self._advance(self.payments, payments)
            self._clock.pass_by(_DAY_SECONDS // (hours + 1))
            self._turn()

    def _rush(self, end: int) -> None:
        """Some waves at one moment; what they ask of the processes is done before time goes on."""
        for _ in range(_WAVES_AT_A_TIME):
            size = min(_WAVE, end - self.payments)
            if size > 0:
                self._submit(self._month.wave(size, self._clock.moment))
        self._finish_waves(0)

    def come_to_rest(self, ask_around: Callable[[], int]) -> int:
        """Let days go by in which nobody begins anything, until all is quiet; how many it took.

        After a while somebody calls those of whom nothing is heard (`ask_around`, how many calls).

        Raises:
            PartitaError: it never gets quiet.
        """
        for day in range(_MOST_DAYS):
            did = self._ask_all(self._month.wave(0, self._clock.moment)) + self._turn()
            if day % _PATIENCE_DAYS == _PATIENCE_DAYS - 1:
                did += ask_around() + self._turn()
                if not did:
                    return day + 1
            self._clock.pass_by(_DAY_SECONDS)
        raise PartitaError(f"after {_MOST_DAYS} days there is still something going on")

    # Waves.

    def _ask_all(self, deeds: Iterable[Deed]) -> int:
        """Ask for all of these and wait; how many there were."""
        waiting = list(deeds)
        for start in range(0, len(waiting), _WAVE):
            self._submit(waiting[start : start + _WAVE])
        self._finish_waves(0)
        return len(waiting)

    def _submit(self, deeds: list[Deed]) -> None:
        answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
        wishes = [wish(deed.act, key=deed.key) for deed in deeds]
        self._ledger.submit(wishes, answers.put)
        self._under_way.append(_Wave(deeds, answers))
        self.commands += len(deeds)
        self.payments += sum(deed.is_payment for deed in deeds)
        self._finish_waves(_UNDER_WAY - 1)

    def _finish_waves(self, most: int) -> None:
        """Hear the oldest answers until at most so many waves are under way."""
        while len(self._under_way) > most:
            deeds, answers = self._under_way.popleft()
            outcomes = answers.get()
            if isinstance(outcomes, BaseException):
                raise outcomes
            for deed, outcome in zip(deeds, outcomes, strict=True):
                self._hear(deed, outcome)

    def _hear(self, deed: Deed, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            self.tally.refused[outcome.rejection.code.value] += 1
            return
        assert isinstance(outcome, Accepted), "a deed is one command"
        event = outcome.record.event
        assert isinstance(event, MatterChanged), "a payment's command ends with its matter"
        self.tally.accepted[deed.kind] += 1
        if event.matter.kind in _PAYMENTS:
            self._month.learn(deed, read_payment(event.matter.body))
