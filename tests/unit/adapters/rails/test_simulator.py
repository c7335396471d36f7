"""The simulator: what each ending of an amount brings, steering by API, chance by seed, and crashes."""

import re

import msgspec
import pytest

from partita.adapters.rails.logbook import MemoryLogbook
from partita.adapters.rails.simulator.behaviour import PLANS, Behaviour, Timing
from partita.adapters.rails.simulator.messages import parse
from partita.adapters.rails.simulator.rail import Customs, SimulatorRail
from partita.kernel.moment import Moment
from partita.modules.payments.rail import (
    MessageType,
    Progress,
    RailInDoubt,
    RailUnavailable,
    Submission,
    Verdict,
)
from partita.modules.rails.simulation import Instruction, SimulatedEvent, SimulationRefused
from tests.contracts.rail import submission, whole_feed
from tests.docs.fences import ROOT
from tests.plugins.steering import NOON, SeededEntropy, StandingClock

DAY = 86_400_000_000
TIMING = Timing(accept_seconds=1, settle_seconds=10)
A, S, R, J, C = (
    MessageType.ACCEPTED,
    MessageType.SETTLED,
    MessageType.RETURNED,
    MessageType.REJECTED,
    MessageType.CANCELED,
)
TOLD: dict[Behaviour, tuple[MessageType, ...]] = {
    Behaviour.SETTLE: (A, S),
    Behaviour.REJECT: (J,),
    Behaviour.RETURN: (A, S, R),
    Behaviour.DUPLICATE: (A, A, S, S),
    Behaviour.LATE: (A, S),
    Behaviour.SILENT: (),
    Behaviour.DISORDER: (S, A),
    Behaviour.RETURN_FIRST: (A, R, S),
    Behaviour.LOST_ANSWER: (A, S),
    Behaviour.LOST_ORDER: (A, S),
    Behaviour.UNREACHABLE: (A, S),
    Behaviour.REFUSE: (),
    Behaviour.CONTRADICT: (A, S, J),
    Behaviour.STRAY: (A, S, S),
    Behaviour.UNHEARD: (),
}


class World:
    """A network in memory, and a clock to steer it by."""

    def __init__(self, customs: Customs | None = None, seed: int = 1) -> None:
        self.clock, self.lines, self.seed = StandingClock(), MemoryLogbook(), seed
        self.customs = customs or Customs(timing=TIMING)
        self.rail = self.again()

    def again(self) -> SimulatorRail:
        """The network as a process finds it that starts anew."""
        logbook, entropy = MemoryLogbook(self.lines), SeededEntropy(self.seed)
        return SimulatorRail(logbook, clock=self.clock, entropy=entropy, customs=self.customs)

    def insist(self, order: Submission) -> None:
        """Hand over an order as often as it takes."""
        for _ in range(4):
            try:
                self.rail.submit(order)
            except (RailInDoubt, RailUnavailable):  # asked again, which is what this is for
                continue
            return

    def pass_days(self, days: int) -> None:
        self.clock.moment = Moment(self.clock.moment + days * DAY)


@pytest.fixture
def world() -> World:
    return World()


def types(world: World) -> tuple[MessageType, ...]:
    return tuple(message.type for message in whole_feed(world.rail))


@pytest.mark.parametrize("behaviour", Behaviour)
def test_each_name_brings_what_its_plan_says(world: World, behaviour: Behaviour) -> None:
    world.insist(submission(1, world.rail, beneficiary=f"sim:{behaviour.value}"))
    world.pass_days(3)
    assert types(world) == TOLD[behaviour]


@pytest.mark.parametrize("behaviour", [each for each in Behaviour if PLANS[each].ending])
def test_each_ending_is_the_same_as_its_name(behaviour: Behaviour) -> None:
    by_name, by_amount = World(), World()
    by_name.insist(submission(1, by_name.rail, beneficiary=f"sim:{behaviour.value}"))
    ending = PLANS[behaviour].ending
    assert ending is not None
    by_amount.insist(submission(1, by_amount.rail, amount=700 + ending))
    for each in (by_name, by_amount):
        each.pass_days(3)
    assert types(by_name) == types(by_amount) == TOLD[behaviour]


def test_the_table_of_endings_in_the_documents_is_the_one_in_the_code() -> None:
    page = (ROOT / "docs" / "rails.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `…(\d\d)` \| `sim:(\w+)` \|", page, flags=re.MULTILINE)
    told = [(f"{plan.ending:02d}", b.value) for b, plan in PLANS.items() if plan.ending]
    assert written == told


def test_endings_mean_nothing_where_amounts_are_real() -> None:
    world = World(Customs(timing=TIMING, by_amount=False))
    for number, amount in enumerate(range(700, 800)):
        assert world.rail.submit(submission(number, world.rail, amount=amount))
    world.pass_days(3)
    assert set(types(world)) == {A, S}


def test_messages_come_when_they_are_due_and_not_before(world: World) -> None:
    world.rail.submit(submission(1, world.rail, beneficiary="sim:return"))
    for seconds, told in [(0, ()), (1, (A,)), (9, (A,)), (10, (A, S)), (100_000, (A, S))]:
        world.clock.moment = Moment(NOON + seconds * 1_000_000)
        assert types(world) == told
    world.clock.moment = Moment(NOON + 2 * DAY)
    assert types(world) == (A, S, R)


def test_what_comes_twice_has_one_id(world: World) -> None:
    world.rail.submit(submission(1, world.rail, beneficiary="sim:duplicate"))
    world.pass_days(1)
    first, second, third, fourth = whole_feed(world.rail)
    assert first == second
    assert third == fourth
    assert first.id != third.id


def test_a_lost_answer_was_taken_and_a_lost_order_was_not(world: World) -> None:
    taken = submission(1, world.rail, beneficiary="sim:lost_answer")
    lost = submission(2, world.rail, beneficiary="sim:lost_order")
    for order in (taken, lost):
        with pytest.raises(RailInDoubt):
            world.rail.submit(order)
    assert world.rail.status(taken.id).progress is Progress.TAKEN
    assert world.rail.status(lost.id).progress is Progress.UNKNOWN
    assert world.rail.submit(taken).verdict is Verdict.TAKEN
    assert world.rail.submit(lost).verdict is Verdict.TAKEN
    world.pass_days(1)
    assert types(world) == (A, A, S, S)


def test_what_nobody_tells_the_status_knows(world: World) -> None:
    world.rail.submit(submission(1, world.rail, beneficiary="sim:unheard"))
    world.rail.submit(submission(2, world.rail, beneficiary="sim:silent"))
    world.pass_days(9)
    assert types(world) == ()
    assert world.rail.status("sub_1").progress is Progress.SETTLED
    assert world.rail.status("sub_2").progress is Progress.TAKEN


@pytest.mark.parametrize(
    ("event", "type_", "code"),
    [
        (SimulatedEvent.ACCEPT, A, None),
        (SimulatedEvent.SETTLE, S, None),
        (SimulatedEvent.REJECT, J, "AC04"),
        (SimulatedEvent.RETURN, R, "MD06"),
        (SimulatedEvent.CANCEL, C, None),
    ],
)
def test_a_sandbox_makes_things_happen(
    world: World, event: SimulatedEvent, type_: MessageType, code: str | None
) -> None:
    world.rail.submit(submission(1, world.rail, beneficiary="sim:silent"))
    told = world.rail.simulate(Instruction(event, submission="sub_1"))
    assert told is not None
    assert (told.type, told.code, told.submission) == (type_, code, "sub_1")
    assert whole_feed(world.rail) == whole_feed(world.again()) == [told]
    other = world.rail.simulate(Instruction(event, submission="sub_1", code="NARR"))
    assert other is not None
    assert (other.code, other.id == told.id) == ("NARR", False)


def test_money_comes_in_unasked(world: World) -> None:
    told = world.rail.simulate(
        Instruction(
            SimulatedEvent.RECEIVE,
            amount=500,
            asset="EUR",
            beneficiary="wal_1",
            end_to_end_id="invoice 1",
        )
    )
    assert told is not None
    assert (told.type, told.submission) == (MessageType.RECEIVED, None)
    assert (told.amount, told.asset, told.beneficiary) == (500, "EUR", "wal_1")
    assert parse(told.raw) == told
    assert whole_feed(world.rail) == [told]


def test_the_last_message_can_be_told_once_more(world: World) -> None:
    world.rail.submit(submission(1, world.rail))
    world.pass_days(1)
    before = whole_feed(world.rail)
    world.rail.simulate(Instruction(SimulatedEvent.REPEAT, submission="sub_1"))
    assert whole_feed(world.rail) == [*before, before[-1]]


def test_an_outage_outlives_a_restart_and_ends_when_told(world: World) -> None:
    world.rail.simulate(Instruction(SimulatedEvent.OUTAGE))
    order = submission(1, world.rail)
    for rail in (world.rail, world.again()):
        for call in (
            lambda rail=rail: rail.submit(order),
            lambda rail=rail: rail.status(order.id),
            lambda rail=rail: rail.answers(None, 1),
        ):
            with pytest.raises(RailUnavailable):
                call()
    world.again().simulate(Instruction(SimulatedEvent.RECOVER))
    assert world.rail.status(order.id).progress is Progress.UNKNOWN
    assert world.rail.submit(order).verdict is Verdict.TAKEN


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        (Instruction(SimulatedEvent.SETTLE), "needs a submission"),
        (Instruction(SimulatedEvent.SETTLE, submission="sub_9"), "no submission"),
        (Instruction(SimulatedEvent.REPEAT, submission="sub_1"), "nothing was told"),
        (Instruction(SimulatedEvent.RECEIVE, amount=1, asset="EUR"), "needs amount"),
        (
            Instruction(SimulatedEvent.RECEIVE, amount=0, asset="EUR", beneficiary="x"),
            "above zero",
        ),
        (Instruction(SimulatedEvent.FAULTS, faults={"gremlins": 1}), "no such fault"),
        (Instruction(SimulatedEvent.FAULTS, faults={"reject": 10_001}), "ten thousandths"),
        (Instruction(SimulatedEvent.FAULTS, faults={"reject": -1}), "ten thousandths"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    world: World, instruction: Instruction, words: str
) -> None:
    world.rail.submit(submission(1, world.rail, beneficiary="sim:silent"))
    with pytest.raises(SimulationRefused, match=words):
        world.rail.simulate(instruction)
    assert whole_feed(world.rail) == []


def test_an_order_is_taken_back_while_it_is_open_and_then_nothing_else_comes(world: World) -> None:
    world.rail.submit(submission(1, world.rail))
    assert world.rail.cancel("sub_1").verdict is Verdict.TAKEN
    world.pass_days(1)
    assert types(world) == (C,)
    assert world.rail.status("sub_1").progress is Progress.CANCELED
    assert world.rail.cancel("sub_1").code == "too_late"


def faulty(seed: int) -> list[str]:
    """What a network tells of a thousand orders of which half meet a fault."""
    faults = {"reject": 2_000, "return": 1_000, "duplicate": 1_000, "unreachable": 1_000}
    world = World(Customs(timing=TIMING, by_amount=False, faults=faults), seed)
    for number in range(1_000):
        world.insist(submission(number, world.rail))
    world.pass_days(3)
    return [message.raw for message in whole_feed(world.rail)]


def test_chance_is_of_the_seed_and_near_its_rates() -> None:
    assert faulty(1) == faulty(1) != faulty(2)
    found = [parse(raw).type for raw in faulty(1)]
    assert 150 <= found.count(J) <= 250
    assert 70 <= found.count(R) <= 130


def test_rates_can_be_changed_while_it_runs_and_every_process_hears_of_it(world: World) -> None:
    other = world.again()
    world.rail.simulate(Instruction(SimulatedEvent.FAULTS, faults={"reject": 10_000}))
    other.submit(submission(1, other))
    world.rail.simulate(Instruction(SimulatedEvent.FAULTS))
    other.submit(submission(2, other))
    world.pass_days(1)
    assert {m.submission: m.type for m in whole_feed(world.rail)} == {"sub_1": J, "sub_2": S}


@pytest.mark.parametrize(
    "raw",
    ["", "{}", '{"message":"m"}', "nonsense", '{"message":"m","event":"settled","amount":"x"}'],
)
def test_what_is_no_message_is_refused(raw: str) -> None:
    with pytest.raises((msgspec.DecodeError, ValueError)):
        parse(raw)
