"""Every act makes the event happen that it is named for, as often as one likes."""

from collections.abc import Iterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.event_types import EventType
from partita.surfaces.triggering.acts import PLAYS, trigger
from partita.wiring import Application
from partita.wiring.event_types import event_types

COVERED = {
    "account", "asset", "transaction", "hold", "document", "limit", "period", "customer", "wallet",
    "transfer", "deposit", "withdrawal", "payment", "refund", "dispute", "fee", "tax", "reward",
    "adjustment",
}  # fmt: skip


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    built = Application(
        MemoryStore(), pepper=b"p" * 32, clock=SystemClock(), entropy=SystemEntropy()
    )
    built.open_ledger("main")
    yield built
    built.close()


@pytest.mark.parametrize("name", sorted(PLAYS))
async def test_an_act_makes_its_event_happen(application: Application, name: str) -> None:
    happened = await trigger(application, "main", name)
    assert name in {event.type for event in happened}


@pytest.mark.parametrize("name", ["hold.captured", "period.closed", "wallet.closed"])
async def test_an_act_can_be_played_again(application: Application, name: str) -> None:
    assert await trigger(application, "main", name)
    assert await trigger(application, "main", name)


def test_there_is_an_act_for_every_event_of_what_is_covered() -> None:
    def is_covered(type_: EventType) -> bool:
        return type_.about in COVERED

    assert set(PLAYS) == {name for name, each in event_types().items() if is_covered(each)}
