"""The process between payments and rails: whatever a network does, money moves once and the books say so."""

import pytest

from partita.adapters.rails.simulator.behaviour import Behaviour
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.unit.modules.rails.station import ALICE, PURSE, Station

CUSTODY = "assets:custody:net:EUR"
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
LEFT = {"settled", "submitted"}


@pytest.fixture
def station(application: Application, clock: StandingClock) -> Station:
    return Station(application, clock)


@pytest.mark.parametrize("behaviour", Behaviour)
def test_each_behaviour_ends_as_it_must(station: Station, behaviour: Behaviour) -> None:
    identifier = station.withdraw(beneficiary=f"sim:{behaviour.value}")
    station.work()
    state = station.state(identifier)
    assert state == ENDS[behaviour], station.payment(identifier)
    left = 700 if state in LEFT else 0
    assert station.balance(ALICE) == PURSE - left
    if state == "settled":
        assert station.moved() == {"net": 700}
