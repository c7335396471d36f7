"""Event types: names and versions as the outside sees them, and facts that nobody declared."""

from collections.abc import Container

import msgspec
import pytest

from partita.engine.business import Act, Business, Desk, Steps
from partita.engine.errors import DecisionFailed
from partita.engine.event_types import EventType, Happenings, collect
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.journal.encoding import EVENT_TYPES
from partita.kernel.commands import ChangeMatter
from partita.kernel.events import MatterChanged
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one


class Box(msgspec.Struct):
    """What a box holds."""

    size: int = 1


BOXES = Happenings("box", Box, {"opened": "A box was opened."})


class OpenBox(Act, frozen=True, tag="box.open"):
    """Open a box."""

    operation = "boxes/open"


def opening(_desk: Desk, _command: OpenBox) -> Steps:
    yield ChangeMatter(type="box.opened", kind="box", prefix="box_", status="open", body="{}")
    return None


def test_types_are_the_kernels_and_those_declared() -> None:
    types = collect([BOXES])
    assert set(types) == {*EVENT_TYPES, "box.opened"}
    assert list(types) == sorted(types)
    assert types["box.opened"] == EventType(
        name="box.opened", meaning="A box was opened.", data=MatterChanged, body=Box
    )
    assert types["hold.placed"].meaning == "Money was set aside."


def test_names_outside_carry_the_version() -> None:
    made = EventType(name="box.opened", meaning="", data=MatterChanged, version=2)
    assert (made.about, made.schema) == ("box", "box.opened.v2")
    assert made.full_name == "dev.partita.box.opened.v2"


def test_a_type_is_declared_once() -> None:
    with pytest.raises(AssertionError, match=r"box\.opened is declared twice"):
        collect([BOXES, BOXES])


@pytest.mark.parametrize("facts", [None, collect([BOXES])], ids=["any", "declared"])
def test_a_fact_that_was_declared_is_recorded(
    application: Application, ledger: Ledger, clock: StandingClock, facts: Container[str] | None
) -> None:
    house = house_of(application, ledger, clock, facts)
    assert isinstance(ask_one(house, OpenBox()), Accepted)


def test_a_fact_that_nobody_declared_is_not_recorded(
    application: Application, ledger: Ledger, clock: StandingClock
) -> None:
    house = house_of(application, ledger, clock, collect([]))
    before = application.store.head(ledger.info)
    with pytest.raises(DecisionFailed, match=r"no module's happenings declare box\.opened"):
        ask_one(house, OpenBox())
    assert application.store.head(ledger.info) == before


def house_of(
    application: Application, ledger: Ledger, clock: StandingClock, facts: Container[str] | None
) -> Ledger:
    business = Business({OpenBox: opening}, facts=facts)
    return Ledger(ledger.info, application.store, clock, SeededEntropy(4), business=business)
