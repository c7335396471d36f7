"""The process between payments and rails: whatever a network does, money moves once and the books say so."""

import threading

import msgspec
import pytest

from partita.adapters.rails.logbook import MemoryLogbook
from partita.adapters.rails.simulator.behaviour import Behaviour
from partita.adapters.rails.simulator.rail import Customs, SimulatorRail
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.payments.acts import Advance, CreateTransfer
from partita.modules.payments.cut_offs import CutOff
from partita.modules.payments.lifecycle import Verb
from partita.modules.payments.rail import Answer, Capabilities, Submission, SubmissionReused
from partita.modules.rails.kept_message import read_message
from partita.modules.rails.order import read_order
from partita.modules.rails.simulation import Instruction, SimulatedEvent
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.modules.rails.station import ALICE, PURSE, TIMING, Station

ENDS: dict[Behaviour, str] = {
    Behaviour.SETTLE: "settled",
    Behaviour.REJECT: "failed",
    Behaviour.RETURN: "returned",
    Behaviour.DUPLICATE: "settled",
    Behaviour.LATE: "settled",
    Behaviour.SILENT: "submitted",
    Behaviour.DISORDER: "settled",
    Behaviour.RETURN_FIRST: "returned",
    Behaviour.LOST_ANSWER: "settled",
    Behaviour.LOST_ORDER: "settled",
    Behaviour.UNREACHABLE: "settled",
    Behaviour.REFUSE: "failed",
    Behaviour.CONTRADICT: "settled",
    Behaviour.STRAY: "settled",
    Behaviour.UNHEARD: "settled",
}
HELD_BACK = {"settled", "submitted"}
EXCEPTIONS = {Behaviour.CONTRADICT: 1, Behaviour.STRAY: 1}


@pytest.fixture
def station(application: Application, clock: StandingClock) -> Station:
    return Station(application, clock)


@pytest.fixture
def pair(application: Application, clock: StandingClock) -> Station:
    """Two networks, the second standing in for the first."""
    station = Station(application, clock, names=("net", "spare"))
    station.fall_back("net", "spare")
    return station


@pytest.mark.parametrize("behaviour", Behaviour)
def test_each_behaviour_ends_as_it_must(station: Station, behaviour: Behaviour) -> None:
    identifier = station.withdraw(beneficiary=f"sim:{behaviour.value}")
    station.work()
    state = station.state(identifier)
    assert state == ENDS[behaviour], station.payment(identifier)
    left = 700 if state in HELD_BACK else 0
    assert station.balance(ALICE) == PURSE - left
    assert station.moved() == {"net": 700 if state == "settled" else 0}
    assert station.messages().count("exception") == EXCEPTIONS.get(behaviour, 0)


def test_an_order_carries_what_both_ends_know_it_by(station: Station) -> None:
    identifier = station.withdraw(
        beneficiary="DE89", end_to_end_id="invoice 8812", metadata={"correlation_id": "order-77"}
    )
    station.run()
    payment = station.payment(identifier)
    (order,) = [read_order(matter) for matter in station.matters("submission")]
    submission = order.submission
    assert (submission.id, submission.payment) == (payment.submission, identifier)
    assert (submission.beneficiary, submission.end_to_end_id) == ("DE89", "invoice 8812")
    assert (submission.uetr, submission.correlation_id) == (payment.uetr, "order-77")
    station.run(seconds=20)
    kept = [read_message(matter) for matter in station.matters("rail_message")]
    assert [message.payment for message in kept] == [identifier] * 2
    assert {message.message.submission for message in kept} == {submission.id}
    assert all(message.sha256 == message.message.sha256 for message in kept)


def test_what_is_told_twice_is_kept_once_and_moves_once(station: Station) -> None:
    identifier = station.withdraw(beneficiary="sim:duplicate")
    station.work(days=1)
    assert station.messages() == ["applied", "applied"]
    assert len(station.payment(identifier).transactions) == 2


# Doubt, and other rails.


def test_an_outage_leads_to_the_rail_that_stands_in_and_the_order_is_the_same(
    pair: Station,
) -> None:
    pair.rails["net"].simulate(Instruction(SimulatedEvent.OUTAGE))
    identifier = pair.withdraw(beneficiary="DE89")
    pair.work(days=1)
    payment = pair.payment(identifier)
    assert payment.state.value == "settled"
    assert [attempt.rail for attempt in payment.attempts] == ["net", "spare"]
    assert pair.stages() == ["abandoned", "closed"]
    pair.rails["net"].simulate(Instruction(SimulatedEvent.RECOVER))
    assert pair.moved() == {"net": 0, "spare": 700}
    first, second = (read_order(matter).submission for matter in pair.matters("submission"))
    assert first.id != second.id
    assert msgspec.structs.replace(first, id=second.id) == second


def test_what_is_refused_goes_to_the_rail_that_stands_in(pair: Station) -> None:
    identifier = pair.withdraw(511)
    pair._customs["spare"] = Customs(name="spare", timing=TIMING, by_amount=False)
    pair.rails = pair.opened()
    pair.process = pair.begun()
    pair.work(days=1)
    assert [attempt.rail for attempt in pair.payment(identifier).attempts] == ["net", "spare"]
    assert pair.moved() == {"net": 0, "spare": 511}


def test_what_is_in_doubt_goes_nowhere_else_whoever_asks_for_it(pair: Station) -> None:
    """The answer is lost, and then the network is gone: it may have been taken."""
    identifier = pair.withdraw(beneficiary="sim:lost_answer")
    pair.run()
    pair.rails["net"].simulate(Instruction(SimulatedEvent.OUTAGE))
    pair.work(days=2)
    assert pair.stages() == ["in_doubt"]
    for verb in (Verb.RESUBMIT, Verb.FAIL):
        refused = pair.refusal(Advance(payment=identifier, verb=verb, rail="spare"))
        assert refused.code is Code.INVALID_STATE
        assert "may have" in refused.detail
    pair.rails["net"].simulate(Instruction(SimulatedEvent.RECOVER))
    pair.work(days=1)
    assert pair.state(identifier) == "settled"
    assert pair.moved() == {"net": 700, "spare": 0}


@pytest.mark.parametrize("unknown_is_final", [True, False])
def test_an_order_that_was_lost_is_sent_again_on_the_same_rail(
    application: Application, clock: StandingClock, unknown_is_final: bool
) -> None:
    capabilities = Capabilities(unknown_is_final=unknown_is_final)
    customs = {"net": Customs(name="net", timing=TIMING, capabilities=capabilities)}
    station = Station(application, clock, names=("net", "spare"), customs=customs)
    station.fall_back("net", "spare")
    identifier = station.withdraw(beneficiary="sim:lost_order")
    station.run()
    assert station.stages() == ["in_doubt"]
    station.work(days=1)
    assert station.state(identifier) == "settled"
    assert len(station.payment(identifier).attempts) == 1
    assert station.moved() == {"net": 700, "spare": 0}


def test_without_a_stand_in_it_waits_for_its_rail(station: Station) -> None:
    station.rails["net"].simulate(Instruction(SimulatedEvent.OUTAGE))
    identifier = station.withdraw()
    station.work(days=2)
    assert (station.state(identifier), station.stages()) == ("submitted", ["waiting"])
    station.rails["net"].simulate(Instruction(SimulatedEvent.RECOVER))
    station.work(days=1)
    assert station.state(identifier) == "settled"


def test_past_its_deadline_it_fails_if_it_certainly_was_not_taken(station: Station) -> None:
    station.rails["net"].simulate(Instruction(SimulatedEvent.OUTAGE))
    identifier = station.withdraw(deadline=Moment(station.clock.moment + 3_600_000_000))
    station.work(days=1)
    payment = station.payment(identifier)
    assert payment.state.value == "failed"
    assert "deadline_passed" in (payment.reason or "")
    assert station.balance(ALICE) == PURSE


def test_a_rail_that_is_disabled_gets_nothing_until_it_is_enabled(station: Station) -> None:
    station.fall_back("net", None, is_enabled=False)
    identifier = station.withdraw()
    station.run(seconds=30)
    assert station.stages() == ["waiting"]
    assert station.moved() == {"net": 0}
    station.fall_back("net", None)
    station.work(days=1)
    assert station.state(identifier) == "settled"


def test_outside_its_hours_an_order_waits_for_the_opening(
    application: Application, clock: StandingClock
) -> None:
    """It is Friday noon; the network closes at eleven."""
    capabilities = Capabilities(cut_offs=(CutOff("11:00", opens="08:00"),), unknown_is_final=True)
    customs = {"net": Customs(name="net", timing=TIMING, capabilities=capabilities)}
    station = Station(application, clock, customs=customs)
    identifier = station.withdraw()
    station.run(seconds=30)
    station.run(seconds=1)
    (matter,) = station.matters("submission")
    assert (matter.status, Moment(matter.wakes_at or 0).text()) == (
        "waiting",
        "2026-11-23T08:00:00.000000Z",
    )
    station.work(days=4)
    assert station.state(identifier) == "settled"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": 90_000}, "amount_too_large"),
        ({"end_to_end_id": "x" * 36}, "unfit"),
    ],
)
def test_what_no_rail_can_carry_fails_and_the_money_is_free_again(
    application: Application, clock: StandingClock, fields: dict[str, object], code: str
) -> None:
    capabilities = Capabilities(max_amount=50_000)
    customs = {"net": Customs(name="net", timing=TIMING, capabilities=capabilities)}
    station = Station(application, clock, customs=customs)
    identifier = station.withdraw(**fields)  # type: ignore[arg-type]
    station.run()
    payment = station.payment(identifier)
    assert payment.state.value == "failed"
    assert code in (payment.reason or "")
    assert station.matters("submission") == []
    assert station.balance(ALICE) == PURSE


# What people do meanwhile.


def test_a_withdrawal_that_is_submitted_by_hand_is_carried_too(station: Station) -> None:
    identifier = station.withdraw()
    station.ask(Advance(payment=identifier, verb=Verb.SUBMIT))
    assert station.stages() == ["waiting"]
    station.work(days=1)
    assert station.state(identifier) == "settled"
    assert station.moved() == {"net": 700}


def test_one_that_is_canceled_in_time_is_never_sent(station: Station) -> None:
    identifier = station.withdraw()
    station.ask(Advance(payment=identifier, verb=Verb.CANCEL))
    station.work(days=1)
    assert station.state(identifier) == "canceled"
    assert station.matters("submission") == []


def test_one_that_is_settled_by_hand_is_not_asked_about_any_more(station: Station) -> None:
    identifier = station.withdraw(beneficiary="sim:silent")
    station.run()
    station.ask(Advance(payment=identifier, verb=Verb.SETTLE))
    assert station.stages() == ["closed"]
    sequence = station.store.head(station.info).sequence
    station.work(days=1)
    assert station.store.head(station.info).sequence == sequence


def test_a_scheduled_transfer_is_executed_when_its_moment_comes(station: Station) -> None:
    bob = ALICE.replace("alice", "bob")
    later = Moment(station.clock.moment + 60_000_000)
    act = CreateTransfer(
        source=ALICE, destination=bob, amount=50, asset="EUR",
        begin=Verb.SCHEDULE, scheduled_at=later,
    )  # fmt: skip
    first = station.ask(act).id
    too_much = station.ask(msgspec.structs.replace(act, amount=2 * PURSE)).id
    station.run(seconds=59)
    assert station.state(first) == "scheduled"
    station.run(seconds=1)
    assert (station.state(first), station.state(too_much)) == ("posted", "failed")
    assert station.balance(bob) == 50


@pytest.mark.parametrize("submission", [None, "po_17"])
def test_a_rail_that_is_not_wired_is_carried_by_people(
    station: Station, submission: str | None
) -> None:
    identifier = station.withdraw(rail="bank_portal")
    station.work(days=1)
    assert station.state(identifier) == "reserved"
    station.ask(Advance(payment=identifier, verb=Verb.SUBMIT, submission=submission))
    station.work(days=1)
    assert station.state(identifier) == "submitted"
    station.ask(Advance(payment=identifier, verb=Verb.SETTLE))
    assert station.state(identifier) == "settled"
    assert station.stages() == ([] if submission else ["closed"])


def test_what_somebody_has_handed_over_himself_is_not_sent_again(station: Station) -> None:
    """Twice under one id, even: it is his own."""
    for _ in range(2):
        identifier = station.withdraw()
        station.ask(Advance(payment=identifier, verb=Verb.SUBMIT, submission="po_17"))
    station.work(days=1)
    assert station.state(identifier) == "submitted"
    assert station.moved() == {"net": 0}


# What comes in.


def receive(station: Station, **fields: object) -> None:
    """Money comes that nobody asked for."""
    plain: dict[str, object] = {"amount": 500, "asset": "EUR", "beneficiary": ALICE}
    station.rails["net"].simulate(Instruction(SimulatedEvent.RECEIVE, **{**plain, **fields}))  # type: ignore[arg-type]


def test_money_that_comes_in_is_credited_to_whom_it_names(station: Station) -> None:
    receive(station, end_to_end_id="invoice 1")
    station.run()
    station.run()
    assert station.balance(ALICE) == PURSE + 500
    (matter,) = station.matters("rail_message")
    kept = read_message(matter)
    assert (matter.status, kept.verb) == ("applied", "credit")
    deposit = station.payment(kept.payment or "")
    assert (deposit.rail, deposit.end_to_end_id) == ("net", "invoice 1")


@pytest.mark.parametrize("beneficiary", ["wal_nobody", "nobody:at:all"])
def test_money_for_nobody_here_waits_in_suspense(station: Station, beneficiary: str) -> None:
    before = station.balance(ALICE)
    receive(station, beneficiary=beneficiary)
    station.run()
    (matter,) = station.matters("rail_message")
    kept = read_message(matter)
    assert (matter.status, kept.verb) == ("applied", "suspend")
    assert station.payment(kept.payment or "").state.value == "suspense"
    assert station.balance(ALICE) == before


def test_what_cannot_even_be_suspended_is_an_exception(station: Station) -> None:
    receive(station, asset="GOLD")
    station.run()
    (matter,) = station.matters("rail_message")
    assert matter.status == "exception"
    assert read_message(matter).reason


def test_messages_are_read_where_they_were_left_and_the_cursor_is_in_the_journal(
    station: Station,
) -> None:
    for _ in range(3):
        receive(station)
        station.run()
    (rail,) = station.matters("rail")
    assert '"cursor":"3"' in rail.body
    station.process = station.begun()
    station.run()
    assert station.balance(ALICE) == PURSE + 1_500
    assert len(station.messages()) == 3


def test_an_idle_process_writes_nothing(station: Station) -> None:
    station.withdraw()
    station.work(days=1)
    sequence = station.store.head(station.info).sequence
    assert [station.run(seconds=1) for _ in range(3)] == [0, 0, 0]
    assert station.store.head(station.info).sequence == sequence


def test_two_processes_on_one_ledger_do_everything_once(station: Station) -> None:
    identifiers = [station.withdraw(100 + n) for n in range(15)]
    other = station.begun()
    for seconds in (0, 1, 10, 60, 600, 3_600) * 3:
        station.run(seconds=seconds)
        other.run_once(station.clock.now())
    settled = [i for i in identifiers if station.state(i) == "settled"]
    assert station.moved() == {"net": sum(station.payment(i).amount for i in settled)}
    assert len(settled) >= 8


# A server gives each rail a process of its own.


def test_parts_of_the_work_are_all_of_it(pair: Station) -> None:
    pair.is_divided = True
    pair.rails["net"].simulate(Instruction(SimulatedEvent.OUTAGE))
    passed_on, own = pair.withdraw(), pair.withdraw(300, rail="spare")
    by_hand = pair.withdraw(200, rail="nobody")
    pair.work(days=1)
    assert [pair.state(each) for each in (passed_on, own)] == ["settled", "settled"]
    assert pair.state(by_hand) == "reserved"
    pair.rails["net"].simulate(Instruction(SimulatedEvent.RECOVER))
    assert pair.moved() == {"net": 0, "spare": 1_000}


class _Stuck(SimulatorRail):
    """A network that does not come back from a call until the test lets it."""

    def hold(self) -> None:
        self.called, self.let_go = threading.Event(), threading.Event()

    def submit(self, submission: Submission) -> Answer:
        self.called.set()
        self.let_go.wait(30)
        return super().submit(submission)


def test_a_rail_that_hangs_keeps_no_other_waiting(
    application: Application, clock: StandingClock
) -> None:
    station = Station(application, clock, names=("net", "spare"))
    stuck = _Stuck(MemoryLogbook(), clock=clock, entropy=SeededEntropy(), customs=Customs("net"))
    stuck.hold()
    process = station.begun({"net": stuck, "spare": station.rails["spare"]})
    slow, quick = station.withdraw(), station.withdraw(300, rail="spare")
    hanging = threading.Thread(target=process.part("net").run_once, args=(clock.now(),))
    hanging.start()
    assert stuck.called.wait(30), "the other thread came to the call"
    spare = process.part("spare")
    for seconds in (0, 20, 20):
        clock.moment = Moment(clock.moment + seconds * 1_000_000)
        spare.run_once(clock.now())
    assert station.state(quick) == "settled"
    assert process.lines["net"].under_way == 1
    stuck.let_go.set()
    hanging.join(10)
    process.run_once(clock.now())
    assert station.state(slow) == "settled"


def test_what_others_left_lying_hides_nothing(pair: Station) -> None:
    """The process of one rail finds its own among more than it looks at once."""
    for _ in range(12):
        pair.withdraw(100)
    mine = pair.withdraw(300, rail="spare")
    pair.process.policy = msgspec.structs.replace(pair.process.policy, most_at_once=5)
    spare = pair.process.part("spare")
    for seconds in (0, 20, 20):
        pair.clock.moment = Moment(pair.clock.moment + seconds * 1_000_000)
        spare.run_once(pair.clock.now())
    assert pair.state(mine) == "settled"
    assert pair.moved()["net"] == 0


class Forgetful(SimulatorRail):
    """A network that says our id was used for something else."""

    def submit(self, submission: Submission) -> Answer:
        """It never takes this."""
        raise SubmissionReused(f"{submission.id} was something else")


def test_an_id_that_is_said_to_be_used_is_left_to_a_person(station: Station) -> None:
    """Nobody knows what was moved under it: nothing is sent again, here or elsewhere."""
    rail = Forgetful(
        MemoryLogbook(), clock=station.clock, entropy=SeededEntropy(1),
        customs=Customs(name="net", timing=TIMING),
    )  # fmt: skip
    station.process = station.begun({"net": rail})
    identifier = station.withdraw(beneficiary="DE89")
    station.work()
    assert station.stages() == ["faulty"]
    assert station.state(identifier) == "submitted"
    assert station.balance(ALICE) == PURSE - 700
