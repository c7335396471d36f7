"""A house of exchange in the ledger `main`, on each store in turn; sound and verified afterwards."""

from collections.abc import Iterator

import pytest

from partita.engine.verification import verify_ledger
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.properties.accountant import assert_sound
from tests.unit.modules.fx.desk import House, open_house


@pytest.fixture
def house(application: Application, clock: StandingClock) -> Iterator[House]:
    """Alice has money of three assets, rates of three days are known, positions are in euros."""
    ledger = application.ledger()
    open_house(ledger)
    yield House(ledger, application, clock)
    assert_sound(application.store, ledger.info)
    assert verify_ledger(application.store, ledger.info).ok
