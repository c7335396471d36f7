"""The counter, on each store in turn."""

import pytest

from partita.engine.ledger import Ledger
from partita.wiring import FullStore
from tests.unit.modules.wallets.counter import Counter


@pytest.fixture
def counter(ledger: Ledger, store: FullStore) -> Counter:
    """A counter with a bank behind it."""
    return Counter(ledger, store)
