"""What the clock says to payments when their moment has come, and nothing before."""

from collections.abc import Callable

import pytest

from partita.kernel.moment import Moment
from partita.modules.payments.acts import (
    CreateDeposit,
    CreatePayment,
    CreateTransfer,
    OpenDispute,
)
from partita.modules.payments.lifecycle import State, Verb
from partita.modules.payments.payment import Payment
from partita.modules.rails.process import RailsProcess
from tests.plugins.steering import SeededEntropy
from tests.unit.modules.payments.till import ALICE, BOB, Till

MONEY = {"amount": 500, "asset": "USD"}
BOTH = {"source": ALICE, "destination": BOB, **MONEY}
Begun = Callable[[Till, Moment], Payment]


def scheduled(till: Till, at: Moment) -> Payment:
    return till.begin(CreateTransfer(**BOTH, begin=Verb.SCHEDULE, scheduled_at=at))  # type: ignore[arg-type]


def held(till: Till, at: Moment) -> Payment:
    return till.begin(CreateDeposit(destination=BOB, **MONEY, available_at=at))  # type: ignore[arg-type]


def pay(till: Till, begin: Verb, **more: object) -> Payment:
    return till.begin(CreatePayment(**BOTH, begin=begin, **more))  # type: ignore[arg-type]


def partly_captured(till: Till, at: Moment) -> Payment:
    made = pay(till, Verb.AUTHORIZE, expires_at=at)
    return till.step(made, Verb.CAPTURE, amount=200)


def disputed(till: Till, at: Moment, begin: Verb) -> Payment:
    paid = pay(till, Verb.PAY)
    return till.begin(OpenDispute(payment=paid.id, begin=begin, deadline=at))


@pytest.mark.parametrize(
    ("begun", "before", "after"),
    [
        (scheduled, State.SCHEDULED, State.POSTED),
        (held, State.HELD, State.AVAILABLE),
        (lambda t, at: pay(t, Verb.CREATE, expires_at=at), State.INITIATED, State.EXPIRED),
        (lambda t, at: pay(t, Verb.AUTHORIZE, expires_at=at), State.AUTHORIZED, State.EXPIRED),
        (partly_captured, State.PARTIALLY_CAPTURED, State.SETTLED),
        (lambda t, at: pay(t, Verb.PAY, available_at=at), State.CAPTURED, State.SETTLED),
        (lambda t, at: disputed(t, at, Verb.INQUIRE), State.INQUIRY, State.CHARGEBACK),
        (lambda t, at: disputed(t, at, Verb.CHARGE_BACK), State.CHARGEBACK, State.LOST),
    ],
)
def test_what_waits_for_its_moment_goes_on_then(
    till: Till, begun: Begun, before: State, after: State
) -> None:
    process = RailsProcess(till.ledger, till.store, {}, clock=till.clock, entropy=SeededEntropy(3))
    moment = till.later()
    made = begun(till, moment)
    process.run_once(Moment(moment - 1_000_000))
    assert till.now(made).state is before
    till.clock.moment = moment
    process.run_once(moment)
    assert till.now(made).state is after
    assert till.available(ALICE) == till.balance(ALICE)
    assert process.run_once(moment) == 0, "nothing is done twice"
