"""The counter of wallets, on each store in turn, with a program of points."""

import pytest

from partita.engine.ledger import Ledger
from partita.kernel.asset import Asset, AssetKind
from partita.kernel.commands import RegisterAsset
from partita.modules.loyalty import acts
from partita.wiring import FullStore
from tests.unit.modules.wallets.counter import Counter


@pytest.fixture
def counter(ledger: Ledger, store: FullStore) -> Counter:
    """A counter where 100 points are worth one cent, and end after 30 days."""
    made = Counter(ledger, store)
    made.done(RegisterAsset(Asset("PTS", 0, AssetKind.POINTS)))
    made.done(acts.SetProgram(asset="PTS", money="USD", points=100, worth=1, expires_after_days=30))
    return made
