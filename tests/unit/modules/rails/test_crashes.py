"""Kill the process at every step it takes: the world and the books end as if nothing had happened."""

from collections import Counter
from typing import Any

import pytest

from partita.adapters.rails.simulator.behaviour import Behaviour
from partita.adapters.stores.memory import MemoryStore
from partita.modules.rails.process import Policy, RailsProcess
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.modules.rails.fuse import Cut, Fuse, FusedLedger, FusedRail
from tests.unit.modules.rails.station import Station

EVERY_NTH = 11


def begun() -> tuple[Application, Station]:
    """A station with one withdrawal of each behaviour, and another network to fall back on."""
    clock = StandingClock(step_microseconds=1)
    application = Application(MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    application.open_ledger("main")
    station = Station(application, clock, names=("net", "spare"))
    station.fall_back("net", "spare")
    for number, behaviour in enumerate(Behaviour):
        station.withdraw(1_000 + 100 * number, beneficiary=f"sim:{behaviour.value}")
    return application, station


def fused(station: Station, fuse: Fuse) -> RailsProcess:
    """A process that dies when the fuse says so."""
    ledger: Any = FusedLedger(station.ledger, fuse)
    return RailsProcess(
        ledger,
        station.store,
        {name: FusedRail(rail, fuse) for name, rail in station.rails.items()},
        clock=station.clock,
        entropy=SeededEntropy(),
        policy=Policy(doubt_seconds=60),
    )


def ended(station: Station) -> dict[str, Any]:
    """How it all ended: states, balances, and what the networks say that they moved."""
    payments = {m.id: station.payment(m.id) for m in station.matters("withdrawal")}
    balances: Counter[str] = Counter()
    for path, balance in station.balances().items():
        # Which of the two networks carried what could not be reached at first is left to time.
        balances[path.replace("spare", "net")] += balance
    return {
        "states": {payment.amount: payment.state for payment in payments.values()},
        "balances": {path: balance for path, balance in balances.items() if balance},
        "moved": sum(station.moved().values()),
        "transactions": {p.amount: len(p.transactions) for p in payments.values()},
        "exceptions": station.messages().count("exception"),
    }


def played(at: int | None, *, twice: bool = False) -> tuple[dict[str, Any], int]:
    """The whole story, with the process killed at one step; how it ended, and how many steps it had."""
    application, station = begun()
    fuse = Fuse(at)
    for _ in range(2 if twice else 1):
        station.process = fused(station, fuse)
        try:
            station.work()
        except Cut:
            fuse = Fuse(at)
    station.rails = station.opened()
    station.process = station.begun()
    station.work()
    found = ended(station)
    for ledger in application.open_ledgers():
        ledger.close()
    application.notary.close()
    return found, fuse.steps


@pytest.fixture(scope="module")
def undisturbed() -> tuple[dict[str, Any], int]:
    """How it ends, and in how many steps, when nobody kills anybody."""
    return played(None)


def test_the_story_has_every_end(undisturbed: tuple[dict[str, Any], int]) -> None:
    found, steps = undisturbed
    assert {state.value for state in found["states"].values()} == {
        *("settled", "failed", "returned", "submitted"),
    }
    assert found["exceptions"] == 2
    assert steps > 200


@pytest.mark.parametrize(
    "offset",
    [pytest.param(n, marks=() if n == 1 else pytest.mark.slow) for n in range(1, EVERY_NTH + 1)],
)
def test_killed_at_any_step_it_ends_as_if_nothing_had_happened(
    undisturbed: tuple[dict[str, Any], int], offset: int
) -> None:
    expected, steps = undisturbed
    for at in range(offset, min(steps, 400), EVERY_NTH):
        found, _steps = played(at)
        assert found == expected, f"killed at step {at}"


@pytest.mark.parametrize("at", [5, 17, 40, 83])
def test_killed_twice_it_ends_as_if_nothing_had_happened(
    undisturbed: tuple[dict[str, Any], int], at: int
) -> None:
    expected, _steps = undisturbed
    found, _steps = played(at, twice=True)
    assert found == expected
