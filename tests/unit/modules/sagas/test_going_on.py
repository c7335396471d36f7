"""The table of a saga's transitions: walked at random, it ends well, comes back, or asks for somebody."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.sagas.flow import Ask, Flow, Late, Scene, Step, Until
from partita.modules.sagas.going_on import (
    Happened,
    What,
    after,
    begun,
    fresh,
    give_up,
    retried,
    undone,
)
from partita.modules.sagas.saga import (
    ALLOWED_ACTIONS,
    KIND,
    Saga,
    SagaStatus,
    StepStatus,
    body_of,
    read,
)
from tests.plugins.steering import NOON
from tests.unit.engine.bookkeeping import pay

MOST_HAPPENINGS = 60
OVER = (SagaStatus.COMPLETED, SagaStatus.COMPENSATED)


def _ask(_scene: Scene) -> Ask:
    return Ask(pay("a", "b", 1))


def _until(_scene: Scene) -> Until:
    return Until("box", "box_1", frozenset({"done"}), frozenset({"failed"}))


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Flows of one to five steps; some wait, some can be undone, some are taken back when late."""
    steps = tuple(
        Step(
            name=f"s{n}", do=_ask, until=draw(st.sampled_from((None, _until))),
            undo=draw(st.sampled_from((None, _ask))), retries=draw(st.integers(0, 2)),
            late=draw(st.sampled_from(Late)),
        )
        for n in range(draw(st.integers(1, 5)))
    )  # fmt: skip
    return Flow(name="f", sentence="", arguments=(), steps=steps)


def begin(flow: Flow) -> Saga:
    saga = Saga(
        id="sag_1", flow="f", ledger="main", status=SagaStatus.RUNNING, arguments={},
        steps=fresh(flow), at=0, attempt=1, started_at=NOON, asks_at=NOON, deadline=NOON,
    )  # fmt: skip
    return begun(saga, flow, NOON)


def possible(saga: Saga) -> list[What]:
    """What a process could note about a saga now."""
    found = [] if saga.is_overdue else [What.LATE]
    if saga.status is SagaStatus.RUNNING and saga.step.status is StepStatus.WAITING:
        return [*found, What.REACHED, What.MISSED]
    return [*found, What.ACCEPTED, What.REFUSED, What.REFUSED_FOR_NOW]


def assert_sense(saga: Saga, flow: Flow) -> None:
    """What holds of every saga at every moment."""
    running = saga.status in (SagaStatus.RUNNING, SagaStatus.COMPLETED)
    before, behind = saga.steps[: saga.at], saga.steps[saga.at + 1 :]
    if running:
        assert {step.status for step in before} <= {StepStatus.DONE}
        assert {step.status for step in behind} <= {StepStatus.PENDING}
    else:
        assert {step.status for step in behind} & {StepStatus.WAITING} == set()
    if saga.status is SagaStatus.COMPENSATED:
        left = [s for s in saga.steps if s.status in (StepStatus.DONE, StepStatus.WAITING)]
        assert all(flow.step(step.name).undo is None for step in left), "nothing is forgotten"
    if saga.status in (SagaStatus.COMPENSATING, SagaStatus.STUCK):
        assert flow.step(saga.step.name).undo is not None
    worked_on = saga.status in (SagaStatus.RUNNING, SagaStatus.COMPENSATING)
    waits = running and saga.step.status is StepStatus.WAITING and saga.is_overdue
    assert (saga.wakes_at is not None) == (worked_on and not waits)
    assert (saga.finished_at is not None) == (saga.status in OVER)
    kept = Matter(saga.id, 7, KIND, saga.status.value, 3, body=body_of(saga))
    assert read(kept) == replace(saga, version=3, sequence=7), "what is kept is all there is"


@given(flows(), st.data())
def test_whatever_happens_it_makes_sense_and_undoes_in_reverse_order(
    flow: Flow, data: st.DataObject
) -> None:
    saga, now, undoing, keys = begin(flow), NOON, [], {}
    for _ in range(MOST_HAPPENINGS):
        assert_sense(saga, flow)
        if saga.status in OVER:
            break
        now = Moment(now + 1_000_000)
        if saga.status is SagaStatus.STUCK:
            by_hand = data.draw(st.sampled_from((retried, undone)))
            saga = by_hand(saga, flow, now).saga
            continue
        if saga.status is SagaStatus.RUNNING and data.draw(st.integers(0, 9)) == 0:
            saga = give_up(saga, flow, now, "why").saga
            continue
        what = data.draw(st.sampled_from(possible(saga)))
        if what in (What.ACCEPTED, What.REFUSED, What.REFUSED_FOR_NOW):
            assert keys.setdefault(saga.key, now) == now, (
                "a key that has its answer is not used again"
            )
        if saga.status is SagaStatus.COMPENSATING and what is What.ACCEPTED:
            undoing.append(saga.at)
        saga = after(saga, flow, Happened(what, {"id": "x"}, "why"), now).saga
    assert undoing == sorted(undoing, reverse=True)
    assert len(set(undoing)) == len(undoing), "nothing is undone twice"


@given(flows())
def test_where_all_goes_well_it_ends_well(flow: Flow) -> None:
    saga = begin(flow)
    for _ in range(2 * len(flow.steps)):
        if saga.status is SagaStatus.COMPLETED:
            break
        is_waiting = saga.step.status is StepStatus.WAITING
        happened = Happened(What.REACHED if is_waiting else What.ACCEPTED)
        saga = after(saga, flow, happened, NOON).saga
    assert saga.status is SagaStatus.COMPLETED
    assert {step.status for step in saga.steps} == {StepStatus.DONE}


def test_every_status_says_what_may_be_done() -> None:
    assert set(ALLOWED_ACTIONS) == set(SagaStatus)
    assert all(ALLOWED_ACTIONS[status] == () for status in OVER)
    assert all(ALLOWED_ACTIONS[status] for status in SagaStatus if status not in OVER)
