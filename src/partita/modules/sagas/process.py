"""The process that takes sagas further: look, ask, note what came of it; over and over.

    open sagas ─► late? ─► ask for the step at hand, or look at what it waits for ─► NoteStep

What is asked for follows from the saga as it stands in the journal, and so does its key. A process
that dies after asking and before noting asks for the very same when it is back, and hears the first
answer. Two servers that do this at once do it once: the second finds that the saga has gone on.

Nothing is kept in memory but when to look again at a saga whose ledger cannot be reached.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from partita.engine.asking import ask
from partita.engine.errors import NotFound, PartitaError
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.ports import LedgerInfo, Reader, Store
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.ledger_transfers.sending import Asker, LedgerTransfers
from partita.modules.sagas.deciding import NoteStep, as_saga
from partita.modules.sagas.flow import Action, Flow, Flows, Send, Step, Until
from partita.modules.sagas.going_on import Happened, What
from partita.modules.sagas.saga import KIND, Saga, SagaStatus, StepStatus, read

ACTOR = "sagas"
_WORKED_ON = (SagaStatus.RUNNING, SagaStatus.COMPENSATING)
_PAGE = 200
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1, 60
_SECOND = 1_000_000
_log = logging.getLogger(__name__)


class Books(Store, Reader, Protocol):
    """Both sides of a store."""


class Pause(NamedTuple):
    """A saga that cannot go on now: how long it was left alone last, and until when."""

    seconds: int
    until: Moment


class SagaProcess:
    """Takes all open sagas of all ledgers further."""

    name = "sagas"

    def __init__(
        self,
        store: Books,
        ledger_of: Callable[[str], Ledger],
        transfers: LedgerTransfers,
        flows: Flows,
    ) -> None:
        """`ledger_of` opens a ledger by its name."""
        self._store, self._ledger_of, self._transfers = store, ledger_of, transfers
        self._flows = flows
        self._places: dict[tuple[int, SagaStatus], int | None] = {}
        self._paused: dict[str, Pause] = {}

    def run_once(self, now: Moment) -> int:
        """Take those further that can go on now: of each ledger a page; how many went on."""
        done = 0
        for info in self._store.ledgers():
            for status in _WORKED_ON:
                sagas = self._page(info, status)
                reached = self._statuses(info, sagas)
                done += sum(self._go_on(saga, reached, now) for saga in sagas)
        return done

    def _page(self, info: LedgerInfo, status: SagaStatus) -> list[Saga]:
        """The next sagas of this status, beginning anew after the last of them."""
        place = self._places.get((info.number, status))
        which = ResourceFilter(KIND, state=status.value)
        found = self._store.resources(info, which, place, _PAGE)
        self._places[info.number, status] = found[-1].number if len(found) == _PAGE else None
        sagas = (read(each) for each in found if isinstance(each, Matter))
        # Whatever it was told when it was started: it is in this ledger that it is kept.
        return [replace(saga, ledger=info.name) for saga in sagas]

    def _statuses(self, info: LedgerInfo, sagas: Sequence[Saga]) -> dict[str, str]:
        """What the matters that sagas wait for say now, by saga; one question for each ledger."""
        by_ledger: dict[str, list[tuple[str, Until]]] = {}
        for saga, until in self._waiting(sagas):
            by_ledger.setdefault(until.ledger or info.name, []).append((saga.id, until))
        known = {each.name: each for each in self._store.ledgers()}
        found: dict[str, str] = {}
        for name, waiting in by_ledger.items():
            if name not in known:
                continue
            ids = [until.id for _, until in waiting]
            there = {each.id: each for each in self._store.resources_by_id(known[name], ids)}
            for saga_id, until in waiting:
                matter = there.get(until.id)
                if isinstance(matter, Matter) and matter.kind == until.kind:
                    found[saga_id] = matter.status
        return found

    def _waiting(self, sagas: Sequence[Saga]) -> Iterator[tuple[Saga, Until]]:
        for saga in sagas:
            step = self._step(saga)
            is_waiting = saga.step.status is StepStatus.WAITING
            if is_waiting and saga.status is SagaStatus.RUNNING and step is not None:
                try:
                    until = _until(step, saga)
                except Exception as error:  # noqa: BLE001 - `_go_on` asks the same, and tells of it
                    _log.debug("what saga %s waits for cannot be said: %s", saga.id, error)
                else:
                    yield saga, until

    def _step(self, saga: Saga) -> Step | None:
        """The step at hand by its flow; None if this version knows it no more."""
        flow: Flow | None = self._flows.get(saga.flow)
        names = () if flow is None else tuple(step.name for step in flow.steps)
        return flow.step(saga.step.name) if flow and saga.step.name in names else None

    def _go_on(self, saga: Saga, reached: dict[str, str], now: Moment) -> bool:
        """Take one saga a step further, if it can go on; whether it did."""
        pause = self._paused.get(saga.id)
        if pause is not None and now < pause.until:
            return False
        try:
            happened = self._happened(saga, reached.get(saga.id), now)
            went_on = happened is not None and self._noted(saga, happened)
        except Exception as error:  # noqa: BLE001 - one saga's trouble is not another's
            self._put_off(saga, error, now)
            return False
        self._paused.pop(saga.id, None)
        return went_on

    def _happened(self, saga: Saga, status: str | None, now: Moment) -> Happened | None:
        step = self._step(saga)
        if step is None:
            raise NotFound(f"no flow {saga.flow!r} with a step {saga.step.name!r} is known here")
        if saga.status is SagaStatus.RUNNING and saga.step.status is StepStatus.WAITING:
            return _outcome(_until(step, saga), status) or _lateness(saga, now)
        if (late := _lateness(saga, now)) is not None:
            return late
        return self._asked(saga, step) if now >= saga.asks_at else None

    def _asked(self, saga: Saga, step: Step) -> Happened:
        """Ask for what the step wants done, or undone, under the key that follows from it."""
        way = step.do if saga.status is SagaStatus.RUNNING else step.undo
        assert way is not None, "only steps that can be undone are undone"
        try:
            outcome = self._submit(saga, way(saga.scene))
        except (NotFound, ValueError) as error:
            # Nothing was asked: there is no such ledger, or no such thing can be asked for.
            return Happened(What.REFUSED, problem=str(error))
        if isinstance(outcome, Refused):
            code = outcome.rejection.code
            what = What.REFUSED_FOR_NOW if code in step.mended_by_time else What.REFUSED
            return Happened(what, problem=f"{code.value}: {outcome.rejection.detail}")
        assert isinstance(outcome, Accepted), "a single command has a single answer"
        result = step.reads(outcome.record) if saga.status is SagaStatus.RUNNING else {}
        return Happened(What.ACCEPTED, result)

    def _submit(self, saga: Saga, action: Action) -> Outcome:
        if isinstance(action, Send):
            return self._transfers.send(action.order, Asker(saga.key, ACTOR, saga.id))[0]
        ledger = self._ledger_of(action.ledger or saga.ledger)
        return ask(ledger, wish(action.command, key=saga.key, actor=ACTOR, request_id=saga.id))

    def _noted(self, saga: Saga, happened: Happened) -> bool:
        """Note what happened; False if the saga has gone on without us."""
        note = NoteStep(saga.id, saga.version, happened.what, happened.result, happened.problem)
        outcome = ask(self._ledger_of(saga.ledger), wish(note, actor=ACTOR))
        if isinstance(outcome, Refused):
            assert outcome.rejection.code is Code.VERSION_CONFLICT, outcome.rejection
            return False
        assert isinstance(outcome, Accepted), "a single command has a single answer"
        _tell(as_saga(resource_in(outcome.record.event)), happened, outcome.record.recorded_at)
        return True

    def _put_off(self, saga: Saga, error: Exception, now: Moment) -> None:
        """Leave a saga alone for a while, ever longer; past its deadline that is noted as well."""
        last = self._paused.get(saga.id)
        seconds = _FIRST_PAUSE_SECONDS if last is None else 2 * last.seconds
        seconds = min(seconds, _LONGEST_PAUSE_SECONDS)
        self._paused[saga.id] = Pause(seconds, Moment(now + seconds * _SECOND))
        if isinstance(error, PartitaError):
            _log.warning("saga %s cannot go on now: %s", saga.id, error)
        else:
            _log.error("saga %s failed, trying again: %s", saga.id, error, exc_info=error)


def _until(step: Step, saga: Saga) -> Until:
    """What a step waits for."""
    assert step.until is not None, "only what has an end is waited for"
    return step.until(saga.scene)


def _outcome(until: Until, status: str | None) -> Happened | None:
    """Whether what is waited for is done, or failed."""
    if status in until.done:
        return Happened(What.REACHED)
    if status in until.failed:
        return Happened(What.MISSED, problem=f"{until.kind} {until.id} is {status}")
    return None


def _lateness(saga: Saga, now: Moment) -> Happened | None:
    is_late = not saga.is_overdue and now >= saga.deadline
    return Happened(What.LATE) if is_late else None


def _tell(after: Saga, happened: Happened, now: Moment) -> None:
    """Tell the log of what needs somebody; the journal and the measures say it too."""
    if happened.what is What.LATE or after.status is SagaStatus.STUCK:
        _log.error(
            "saga %s (%s) in the ledger %s needs somebody: %s, step %s, %s",
            after.id, after.flow, after.ledger, after.status.value, after.step.name,
            after.step.problem or after.problem or f"overdue at {now.text()}",
        )  # fmt: skip
