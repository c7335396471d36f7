"""Lines: what is certain after a call, the bulkhead, and the breaker around all of it."""

import threading

import pytest

from partita.adapters.rails.book.rail import BookRail
from partita.adapters.rails.logbook import MemoryLogbook
from partita.adapters.rails.simulator.rail import Customs, SimulatorRail
from partita.kernel.moment import Moment
from partita.modules.payments.rail import (
    Answer,
    Capabilities,
    Progress,
    Rail,
    Submission,
)
from partita.modules.rails.breaker import BreakerPolicy, BreakerState
from partita.modules.rails.line import Certainty, Line, LinePolicy
from partita.modules.rails.simulation import Instruction, SimulatedEvent
from tests.contracts.rail import submission
from tests.plugins.steering import SeededEntropy, StandingClock

ENDINGS = {
    100: Certainty.TAKEN,
    101: Certainty.TAKEN,  # rejected later, and taken now
    108: Certainty.IN_DOUBT,
    109: Certainty.IN_DOUBT,
    110: Certainty.NOT_REACHED,
    111: Certainty.REFUSED,
}


def simulator(clock: StandingClock, *, is_sure: bool = True) -> SimulatorRail:
    """A network in memory."""
    customs = Customs(capabilities=Capabilities(unknown_is_final=is_sure))
    return SimulatorRail(MemoryLogbook(), clock=clock, entropy=SeededEntropy(), customs=customs)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.mark.parametrize(("amount", "certainty"), ENDINGS.items())
def test_what_a_call_leaves_certain(
    clock: StandingClock, amount: int, certainty: Certainty
) -> None:
    line = Line(simulator(clock), clock)
    assert line.submit(submission(1, line.rail, amount=amount)).certainty is certainty


@pytest.mark.parametrize(
    ("amount", "is_sure", "certainty"),
    [
        (108, True, Certainty.TAKEN),
        (109, True, Certainty.NOT_TAKEN),
        (109, False, Certainty.NOT_SEEN),
        (110, True, Certainty.NOT_TAKEN),
    ],
)
def test_what_asking_for_the_status_leaves_certain(
    clock: StandingClock, amount: int, is_sure: bool, certainty: Certainty
) -> None:
    line = Line(simulator(clock, is_sure=is_sure), clock)
    order = submission(1, line.rail, amount=amount)
    line.submit(order)
    assert line.status(order.id).certainty is certainty


def test_a_network_that_is_down_leaves_the_status_open(clock: StandingClock) -> None:
    rail = simulator(clock)
    line = Line(rail, clock)
    rail.simulate(Instruction(SimulatedEvent.OUTAGE))
    assert line.status("sub_1").certainty is Certainty.IN_DOUBT
    assert line.submit(submission(1, rail)).certainty is Certainty.NOT_REACHED


def test_an_id_with_other_contents_is_for_a_person(clock: StandingClock) -> None:
    line = Line(BookRail(MemoryLogbook(), clock), clock)
    line.submit(submission(1, line.rail))
    found = line.submit(submission(1, line.rail, amount=7))
    assert (found.certainty, found.code) == (Certainty.FAULTY, "submission_reused")
    assert line.breaker.state is BreakerState.CLOSED


class _Breaks(SimulatorRail):
    """A rail with a fault of its own: it fails after it has taken the order."""

    def submit(self, order: Submission) -> Answer:
        super().submit(order)
        raise KeyError("no such field in the answer")


def test_an_exception_that_the_contract_does_not_know_is_doubt(clock: StandingClock) -> None:
    line = Line(_Breaks(MemoryLogbook(), clock=clock, entropy=SeededEntropy()), clock)
    order = submission(1, line.rail)
    assert line.submit(order).certainty is Certainty.IN_DOUBT
    assert line.status(order.id).progress is Progress.SETTLED


def test_the_breaker_keeps_callers_away_and_lets_one_try_later(clock: StandingClock) -> None:
    rail = simulator(clock)
    policy = LinePolicy(breaker=BreakerPolicy(failures=3, rest_seconds=10))
    line = Line(rail, clock, policy)
    rail.simulate(Instruction(SimulatedEvent.OUTAGE))
    for number in range(3):
        assert line.submit(submission(number, rail)).code == "rail_unavailable"
    assert line.submit(submission(3, rail)).code == "rail_closed"
    rail.simulate(Instruction(SimulatedEvent.RECOVER))
    assert line.submit(submission(3, rail)).code == "rail_closed"
    clock.moment = Moment(clock.moment + 10_000_000)
    assert line.submit(submission(3, rail)).certainty is Certainty.TAKEN
    assert line.breaker.state is BreakerState.CLOSED


class _Slow(SimulatorRail):
    """A network whose calls last until the test lets them go."""

    def hold(self) -> None:
        self.let_go, self.entered = threading.Event(), threading.Semaphore(0)

    def submit(self, order: Submission) -> Answer:
        self.entered.release()
        self.let_go.wait(10)
        return super().submit(order)


def test_so_many_calls_at_once_and_the_next_is_not_reached(clock: StandingClock) -> None:
    rail = _Slow(MemoryLogbook(), clock=clock, entropy=SeededEntropy())
    rail.hold()
    line = Line(rail, clock, LinePolicy(calls_at_once=2))
    orders = [submission(number, rail) for number in range(3)]
    callers = [threading.Thread(target=line.submit, args=(order,)) for order in orders[:2]]
    for caller in callers:
        caller.start()
    for _ in callers:
        assert rail.entered.acquire(timeout=10)
    found = line.submit(orders[2])
    assert (found.certainty, found.code) == (Certainty.NOT_REACHED, "rail_closed")
    rail.let_go.set()
    for caller in callers:
        caller.join(10)
    assert line.under_way == 0
    assert line.submit(orders[2]).certainty is Certainty.TAKEN


def test_every_rail_of_the_house_is_called_through_a_line(clock: StandingClock) -> None:
    rails: list[Rail] = [simulator(clock), BookRail(MemoryLogbook(), clock)]
    for rail in rails:
        line = Line(rail, clock)
        assert line.submit(submission(1, rail)).certainty is Certainty.TAKEN
        assert line.status("sub_1").certainty is Certainty.TAKEN
