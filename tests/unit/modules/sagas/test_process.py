"""Sagas run to their end or back to their beginning, from whatever point they are taken up again."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from partita.engine.asking import ask
from partita.engine.errors import StoreUnavailable
from partita.engine.idempotency import wish
from partita.engine.outcome import Refused
from partita.engine.verification import verify_ledger
from partita.kernel.rejections import Code
from partita.modules.sagas.deciding import (
    CompensateSaga,
    NoteStep,
    ResolveSaga,
    RetrySaga,
    StartSaga,
)
from partita.modules.sagas.going_on import What
from partita.modules.sagas.saga import Saga, SagaStatus, StepStatus
from partita.modules.sagas.watching import Sagas, Wanted
from partita.wiring import FullStore
from tests.plugins.steering import StandingClock, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import accepted, pay
from tests.unit.modules.sagas.flows import FLOWS, Stage

START = {"main:bank": -1_000, "main:alice": 1_000, "other:bank": -1_000, "other:alice": 1_000}
DONE = {
    "main:bank": -1_300, "main:alice": 400, "main:escrow": 300, "main:notes": 300,
    "main:interledger:other:USD": 300, "other:bank": -999, "other:alice": 1_299,
    "other:interledger:main:USD": -300,
}  # fmt: skip
BACK = {**START, "main:bank": -1_300, "main:notes": 300}
"""What is left of a saga that was taken back: the step that needs no undoing."""


@pytest.fixture
def stage(store: FullStore, clock: StandingClock) -> Iterator[Stage]:
    made = Stage(store, clock)
    yield made
    made.close()


def facts(stage: Stage, saga: Saga) -> list[str]:
    """What the journal says about a saga."""
    records = stage.store.records_about(stage.ledgers["main"].info, saga.id, 0, 999)
    return [record.event.type.removeprefix("saga.") for record in records]  # type: ignore[union-attr]


def assert_whole(stage: Stage) -> None:
    for ledger in stage.ledgers.values():
        assert_sound(stage.store, ledger.info)
        assert verify_ledger(stage.store, ledger.info).ok


def statuses(saga: Saga) -> list[str]:
    return [step.status.value for step in saga.steps]


def test_it_comes_to_its_end(stage: Stage) -> None:
    saga = stage.start("walk", amount="300", to="bank")
    stage.drive()
    after = stage.saga(saga.id)
    assert after.status is SagaStatus.COMPLETED
    assert statuses(after) == ["done"] * 5
    assert stage.balances() == DONE
    assert stage.held() == 1
    assert facts(stage, saga) == ["started", *["step_done"] * 4, "completed"]
    assert_whole(stage)


def test_what_was_done_is_undone_in_reverse_order(stage: Stage) -> None:
    saga = stage.start("walk", amount="300", to="nobody")
    stage.drive()
    after = stage.saga(saga.id)
    assert after.status is SagaStatus.COMPENSATED
    assert statuses(after) == ["undone", "undone", "done", "undone", "failed"]
    assert "account_not_found" in (after.problem or "")
    assert stage.balances() == BACK
    assert stage.held() == 0
    told = facts(stage, saga)
    assert told == [
        "started",
        *["step_done"] * 4,
        "compensating",
        *["step_undone"] * 2,
        "compensated",
    ]
    records = stage.store.records_about(stage.ledgers["main"].info, saga.id, 0, 99)
    undoing = [r.event.facts["step"] for r in records if r.event.matter.status == "compensating"]  # type: ignore[union-attr]
    assert undoing == ["send", "hold", "pay"]
    assert_whole(stage)


def test_a_refusal_that_time_may_mend_is_tried_again_later_and_not_for_ever(stage: Stage) -> None:
    accepted(ask_one(stage.ledgers["main"], pay("alice", "bank", 900)))
    mended, hopeless = (stage.start("walk", amount=amount, to="bank") for amount in ("300", "5000"))
    stage.drive()
    assert stage.drive() == 0, "it is not asked before its time"
    assert stage.saga(mended.id).attempt == 2
    stage.wait(1)
    stage.drive()
    assert stage.saga(mended.id).attempt == 3
    accepted(ask_one(stage.ledgers["main"], pay("bank", "alice", 600)))
    stage.wait(2)
    stage.drive()
    assert stage.saga(mended.id).status is SagaStatus.COMPLETED
    assert stage.saga(hopeless.id).status is SagaStatus.COMPENSATED
    assert facts(stage, hopeless) == ["started", "step_refused", "step_refused", "compensated"]
    assert_whole(stage)


def sagas(stage: Stage) -> Sagas:
    return Sagas(stage.store, FLOWS, stage.clock)


def overdue(stage: Stage) -> list[str]:
    info = stage.ledgers["main"].info
    found = sagas(stage).overdue(info)
    listed = sagas(stage).newest(info, Wanted(overdue=True), None, 99)
    assert sorted(s.id for s in listed) == sorted(s.id for s in found)
    return [saga.id for saga in found]


def test_what_is_waited_for_and_late_is_alarmed_and_waited_for(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    other = stage.start("waiting_wait", amount="1", other="sag_nobody")
    saga = stage.start("waiting_wait", amount="10", other=other.id)
    stage.drive()
    assert stage.saga(saga.id).step.status is StepStatus.WAITING
    assert overdue(stage) == []
    stage.wait(31)
    assert set(overdue(stage)) == {saga.id, other.id}, "before any process has noted it, too"
    stage.drive()
    assert facts(stage, saga)[-1] == "overdue"
    assert stage.saga(saga.id).is_overdue
    assert f"saga {saga.id} (waiting_wait) in the ledger main needs somebody" in caplog.text
    assert stage.drive() == 0, "an alarm is raised once"
    accepted(ask(stage.ledgers["main"], wish(CompensateSaga(other.id))))
    stage.drive()
    after = stage.saga(saga.id)
    assert after.status is SagaStatus.COMPENSATED, "what it waited for has failed"
    assert statuses(after) == ["undone", "failed"]
    assert overdue(stage) == []


def test_a_step_that_says_so_is_taken_back_when_it_is_late(stage: Stage) -> None:
    saga = stage.start("waiting_compensate", amount="10", other="sag_nobody")
    stage.drive()
    stage.wait(31)
    stage.drive()
    after = stage.saga(saga.id)
    assert after.status is SagaStatus.COMPENSATED
    assert statuses(after) == ["undone", "undone"]
    assert stage.balances() == START


def test_what_it_waits_for_comes(stage: Stage) -> None:
    other = stage.start("walk", amount="1", to="bank")
    saga = stage.start("waiting_wait", amount="10", other=other.id)
    stage.drive()
    assert stage.saga(saga.id).status is SagaStatus.COMPLETED


def test_an_undoing_that_is_refused_is_stuck_and_nobody_overlooks_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    saga = stage.start("stubborn", amount="300", to="nobody")
    stage.process.run_once(stage.clock.now())
    accepted(ask_one(stage.ledgers["main"], pay("escrow", "bank", 300)))  # it cannot be given back
    stage.drive()
    stage.wait(1)
    stage.drive()
    stuck = stage.saga(saga.id)
    assert stuck.status is SagaStatus.STUCK
    assert overdue(stage) == [saga.id]
    assert "needs somebody: stuck, step pay, insufficient_funds" in caplog.text
    stage.wait(10_000)
    assert stage.drive() == 0
    accepted(ask_one(stage.ledgers["main"], pay("bank", "escrow", 300)))
    accepted(ask(stage.ledgers["main"], wish(RetrySaga(saga.id, "the money is back"))))
    stage.drive()
    assert stage.saga(saga.id).status is SagaStatus.COMPENSATED
    assert stage.balances() == START
    assert_whole(stage)


def test_a_person_can_say_that_it_was_undone_otherwise(stage: Stage) -> None:
    saga = stage.start("stubborn", amount="300", to="nobody")
    stage.process.run_once(stage.clock.now())
    accepted(ask_one(stage.ledgers["main"], pay("escrow", "alice", 300)))
    stage.drive()
    stage.wait(1)
    stage.drive()
    accepted(ask(stage.ledgers["main"], wish(ResolveSaga(saga.id, "paid back by hand"))))
    assert stage.saga(saga.id).status is SagaStatus.COMPENSATED
    assert stage.balances() == START


def test_what_is_given_up_before_its_answer_is_known_is_asked_for_and_then_undone(
    stage: Stage,
) -> None:
    saga = stage.start("walk", amount="300", to="bank")
    accepted(ask(stage.ledgers["main"], wish(CompensateSaga(saga.id, "the customer left"))))
    stage.drive()
    after = stage.saga(saga.id)
    assert after.status is SagaStatus.COMPENSATED
    assert statuses(after) == ["undone", *["pending"] * 4]
    assert stage.balances() == START


@pytest.mark.parametrize("command", [RetrySaga, CompensateSaga, ResolveSaga])
def test_what_is_over_takes_no_more_verbs(stage: Stage, command: Any) -> None:
    saga = stage.start("walk", amount="300", to="bank")
    stage.drive()
    answer = ask(stage.ledgers["main"], wish(command(saga.id, "why")))
    assert isinstance(answer, Refused)
    assert answer.rejection.code is Code.INVALID_STATE
    assert answer.rejection.facts["allowed_actions"] == ""


@pytest.mark.parametrize(
    ("flow", "arguments"),
    [("no_such", {}), ("walk", {"to": "x"}), ("walk", {"amount": "1", "to": "x", "odd": "y"}),
     ("walk", {"amount": "1.5", "to": "x"})],
)  # fmt: skip
def test_what_makes_no_saga_is_refused(stage: Stage, flow: str, arguments: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="SAGA_INVALID"):
        stage.start(flow, **arguments)


class Dying:
    """Somebody in the process's way who has it die at its nth call, before or after it was done."""

    def __init__(self, stage: Stage, at: int, *, is_done: bool) -> None:
        self._stage, self.left, self._is_done = stage, at, is_done
        self.died = False

    def _call(self, do: Any, *given: Any) -> Any:
        self.left -= 1
        if self.left != 0:
            return do(*given)
        self.died = True
        if self._is_done:
            do(*given)
        raise KeyboardInterrupt("killed")

    def submit(self, ledger: Any, wishes: Any, done: Any) -> None:
        if self.left != 1:
            self.left -= 1
            ledger.submit(wishes, done)
            return
        self._call(ask, ledger, wishes[0])

    def ledger_of(self, name: str) -> Any:
        ledger = self._stage.ledgers[name]
        return SimpleNamespace(submit=lambda wishes, done: self.submit(ledger, wishes, done))

    def send(self, *given: Any) -> Any:
        return self._call(self._stage.transfers.send, *given)


CALLS = {"bank": 10, "nobody": 16}
"""How often a walk that succeeds, and one that fails at its last step, calls a ledger."""


@pytest.mark.parametrize(
    ("to", "at", "is_done"),
    [(to, at, is_done) for to, calls in CALLS.items() for at in range(1, calls + 1)
     for is_done in (False, True)],
)  # fmt: skip
def test_killed_at_any_call_it_ends_as_if_it_had_not_been(
    stage: Stage, to: str, at: int, is_done: bool
) -> None:
    saga = stage.start("walk", amount="300", to=to)
    dying = Dying(stage, at, is_done=is_done)
    process = stage.another_process(ledger_of=dying.ledger_of, transfers=dying)
    with pytest.raises(KeyboardInterrupt):
        stage.drive(process)
    assert dying.died
    stage.drive(stage.another_process())
    after = stage.saga(saga.id)
    assert after.status is (SagaStatus.COMPLETED if to == "bank" else SagaStatus.COMPENSATED)
    assert stage.balances() == (DONE if to == "bank" else BACK)
    assert stage.held() == (1 if to == "bank" else 0)


@pytest.mark.parametrize("to", CALLS)
def test_the_number_of_calls_is_as_the_crash_test_says(stage: Stage, to: str) -> None:
    stage.start("walk", amount="300", to=to)
    counting = Dying(stage, 1_000, is_done=False)
    stage.drive(stage.another_process(ledger_of=counting.ledger_of, transfers=counting))
    assert 1_000 - counting.left == CALLS[to]


def test_two_processes_do_everything_once(stage: Stage) -> None:
    ids = [stage.start("walk", amount="10", to=to).id for to in ("bank", "nobody") * 5]
    others = [stage.another_process() for _ in range(3)]
    for _ in range(60):
        for process in others:
            process.run_once(stage.clock.now())
    assert {stage.saga(each).status for each in ids} == {
        SagaStatus.COMPLETED, SagaStatus.COMPENSATED,
    }  # fmt: skip
    assert stage.balances()["main:alice"] == 1_000 - 5 * 20
    assert stage.balances()["main:notes"] == 100
    assert_whole(stage)


def test_a_ledger_that_is_away_keeps_no_other_saga_waiting(stage: Stage) -> None:
    class Away:
        def submit(self, *_given: Any) -> None:
            raise StoreUnavailable("away")

    def ledger_of(name: str) -> Any:
        return Away() if name == "other" else stage.ledgers[name]

    saga = stage.start("walk", amount="300", to="bank")
    process = stage.another_process(ledger_of=ledger_of)
    stage.drive(process)
    assert stage.saga(saga.id).step.name == "end"
    assert stage.saga(saga.id).attempt == 1, "what was not answered is asked under its own key"
    quick = stage.start("waiting_compensate", amount="10", other=saga.id)
    stage.drive(process)
    assert stage.saga(quick.id).step.name == "wait"
    stage.wait(61)
    stage.drive(process)
    assert stage.saga(saga.id).is_overdue
    stage.wait(120)
    stage.drive()
    assert stage.saga(saga.id).status is SagaStatus.COMPLETED
    assert not stage.saga(saga.id).is_overdue


def test_the_same_key_starts_it_once(stage: Stage) -> None:
    first, again = (stage.start("walk", key="k", amount="10", to="bank") for _ in range(2))
    assert first == again


@pytest.mark.parametrize("meanwhile", ["overdue", "given up", "retried"])
def test_what_was_asked_before_a_crash_is_done_once_whatever_was_noted_meanwhile(
    stage: Stage, meanwhile: str
) -> None:
    saga = stage.start("walk", amount="300", to="bank")
    dying = Dying(stage, 1, is_done=True)
    with pytest.raises(KeyboardInterrupt):
        stage.drive(stage.another_process(ledger_of=dying.ledger_of, transfers=dying))
    assert stage.saga(saga.id).step.status is StepStatus.PENDING
    assert stage.balances()["main:escrow"] == 300, "done, and nobody knows"
    if meanwhile == "overdue":
        stage.wait(61)
    else:
        command = CompensateSaga(saga.id) if meanwhile == "given up" else RetrySaga(saga.id)
        accepted(ask(stage.ledgers["main"], wish(command)))
    stage.drive(stage.another_process())
    assert stage.balances() == (START if meanwhile == "given up" else DONE)


def test_what_is_noted_about_a_saga_that_went_on_is_refused(stage: Stage) -> None:
    saga = stage.start("walk", amount="300", to="bank")
    stage.process.run_once(stage.clock.now())
    stale = NoteStep(saga.id, saga.version, What.ACCEPTED, {"id": "txn_1"})
    answer = ask(stage.ledgers["main"], wish(stale))
    assert isinstance(answer, Refused)
    assert answer.rejection.code is Code.VERSION_CONFLICT


def test_a_ledger_that_is_away_is_asked_ever_more_rarely(stage: Stage) -> None:
    asked: list[str] = []

    def ledger_of(name: str) -> Any:
        asked.append(name)
        raise StoreUnavailable("away")

    stage.start("walk", amount="300", to="bank")
    process = stage.another_process(ledger_of=ledger_of)
    for _ in range(30):
        process.run_once(stage.clock.now())
        stage.wait(1)
    assert 4 <= len(asked) <= 6, "after 1, 2, 4, 8, 16 seconds"


def test_a_mistake_in_one_flow_stops_no_other_saga_and_is_overdue(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    mistaken = stage.start("mistaken", amount="10")
    saga = stage.start("walk", amount="300", to="bank")
    stage.drive()
    assert stage.saga(saga.id).status is SagaStatus.COMPLETED
    assert f"saga {mistaken.id} failed" in caplog.text
    stage.wait(61)
    assert overdue(stage) == [mistaken.id]
    accepted(ask(stage.ledgers["main"], wish(CompensateSaga(mistaken.id, "a mistake"))))
    stage.drive()
    assert stage.saga(mistaken.id).status is SagaStatus.COMPENSATED


def test_a_saga_lives_in_the_ledger_that_keeps_it(stage: Stage) -> None:
    """Whatever ledger it was told: its steps and notes go where it is kept."""
    started = StartSaga("stubborn", "elsewhere", {"amount": "300", "to": "bank"})
    outcome = accepted(ask(stage.ledgers["main"], wish(started)))
    stage.drive()
    assert stage.saga(outcome.event.matter.id).status is SagaStatus.COMPLETED  # type: ignore[union-attr]
