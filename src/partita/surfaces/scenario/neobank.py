"""The scenario `neobank`: a month at a small bank, with a network that fails in every way it can.

town ─► month ─► run (waves, processes, time) ─► rest ─► reckoning
"""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple, cast

from partita.engine.asking import ask
from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo
from partita.engine.verification import verify_ledger
from partita.kernel.events import LedgerOpened
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.chart.ready import ready_chart
from partita.modules.fx import conversions
from partita.modules.payments.lifecycle import PaymentType, State
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.rails.simulation import Instruction, SimulatedEvent, Simulation
from partita.modules.sagas import saga
from partita.modules.sagas.deciding import RetrySaga
from partita.surfaces.scenario.founding import found
from partita.surfaces.scenario.month import RAIL, Month
from partita.surfaces.scenario.reckoning import Reckoning, reckon
from partita.surfaces.scenario.running import Advance, Run
from partita.surfaces.scenario.time import SteeredClock
from partita.surfaces.scenario.turning import turn
from partita.wiring import Application

START = Moment.parse("2026-03-01T00:00:00Z")
_MOST_PEOPLE, _MOST_MERCHANTS, _FEWEST = 1_000, 50, 5
KINDS = (*(type_.value for type_ in PaymentType), conversions.KIND)
"""What a month has payments of."""
_PAGE = 500
FAULTS: Mapping[str, int] = {
    "reject": 200, "return": 100, "duplicate": 200, "late": 200, "silent": 30, "disorder": 200,
    "return_first": 50, "lost_answer": 100, "lost_order": 100, "unreachable": 100, "refuse": 100,
    "contradict": 50, "stray": 50, "unheard": 30,
}  # fmt: skip
"""How often the network does what, in ten thousandths: about every seventh order meets a fault."""


class Plan(NamedTuple):
    """What is to be lived: how many payments, from which seed, in which ledger, with which faults."""

    payments: int
    seed: int
    ledger: str
    faults: Mapping[str, int]

    @property
    def inhabitants(self) -> tuple[int, int]:
        """How many people and merchants there are: a short month is that of a village."""
        people = min(max(self.payments // 20, _FEWEST), _MOST_PEOPLE)
        return people, min(max(people // 8, _FEWEST), _MOST_MERCHANTS)


class Lived(NamedTuple):
    """A month that is over: how it went, and how long it took it to come to rest."""

    run: Run
    quiet_after_days: int
    seconds: float


def live(application: Application, clock: SteeredClock, plan: Plan, advance: Advance) -> Lived:
    """Live the month in a ledger of its own, with the application's `clock`, until all is quiet.

    A month that was cut off goes on: it is lived again from its beginning under the same keys, so
    that what was done is answered from the journal, and only the rest is new.

    Raises:
        PartitaError: the ledger is of something else, or the month does not come to rest.
    """
    ledger = _opened(application, plan)
    network = cast(Simulation, application.rails(plan.ledger)[RAIL])
    network.simulate(Instruction(SimulatedEvent.FAULTS, faults=dict(plan.faults)))
    town = found(ledger, *plan.inhabitants)
    run = Run(
        ledger,
        Month(town, plan.seed, plan.ledger),
        clock,
        partial(turn, application, clock),
        advance,
    )
    began = time.monotonic()
    run.live(plan.payments)
    days = run.come_to_rest(partial(_lend_a_hand, application, ledger, network))
    return Lived(run, days, time.monotonic() - began)


def _opened(application: Application, plan: Plan) -> Ledger:
    """The month's own ledger: a new one, or one in which this very month was begun."""
    opening = {"scenario": "neobank", "payments": str(plan.payments), "seed": str(plan.seed)}
    ledger = application.open_ledger(plan.ledger, opening)
    (first,) = application.store.records(ledger.info, 0, 1)
    assert isinstance(first.event, LedgerOpened), "a journal begins with its opening"
    if first.event.metadata != opening:
        raise PartitaError(
            f"the ledger {plan.ledger!r} is there already, and of something else; name another one"
        )
    return ledger


def look_back(application: Application, plan: Plan, advance: Advance) -> Reckoning:
    """Verify the month's journal, and read back what came of it."""
    info = application.ledger(plan.ledger).info
    report = verify_ledger(application.store, info, advance)
    return reckon(application.store, info, ready_chart(), report)


def _lend_a_hand(application: Application, ledger: Ledger, network: Simulation) -> int:
    """What people do about things that are stuck; how much that was.

    The network is asked to give up the orders of which it says nothing, and sagas that were waiting
    for them are told to go on.
    """
    silent = [
        payment.submission
        for state in (State.SUBMITTED, State.ACCEPTED)
        for payment in _withdrawals(application, ledger.info, state)
        if payment.submission is not None
    ]
    for submission in silent:
        network.simulate(Instruction(SimulatedEvent.REJECT, submission=submission, code="NOAS"))
    which = ResourceFilter(saga.KIND, state=saga.SagaStatus.STUCK.value)
    stuck = application.store.resources(ledger.info, which, None, _PAGE)
    for each in stuck:
        ask(ledger, wish(RetrySaga(each.id)))
    return len(silent) + len(stuck)


def _withdrawals(application: Application, info: LedgerInfo, state: State) -> Iterator[Payment]:
    which = ResourceFilter(PaymentType.WITHDRAWAL.value, state=state.value)
    before = None
    while page := application.store.resources(info, which, before, _PAGE):
        yield from (read_payment(cast(Matter, each).body) for each in page)
        before = page[-1].number
