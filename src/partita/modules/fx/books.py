"""The books of exchange: the open positions of a ledger, valued at the rates that it keeps."""

from typing import Protocol

from partita.engine.as_of import NOW, AsOf, PastReader
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.asset import BUILT_IN
from partita.modules.chart.in_force import in_force
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.modules.fx.revaluation import Revaluation, positions, revalue


class BooksReader(Reader, PastReader, Protocol):
    """What is needed of a store."""


class NoBaseAsset(ValueError):
    """Positions are not valued in this ledger: its policy names no base asset."""

    def __init__(self) -> None:
        """Say how that is mended."""
        super().__init__("no base asset is set, in which positions would be valued")


def revalued(
    store: BooksReader, info: LedgerInfo, day: str, provider: str | None = None, as_of: AsOf = NOW
) -> Revaluation:
    """The positions as of a moment, at one day's rates; of the policy's provider unless named.

    Raises:
        NoBaseAsset: the ledger's policy has none.
        MissingRate: an asset in which something is open has no rate on that day.
    """
    policy = policy_in_force(store, info)
    if policy.base is None:
        raise NoBaseAsset
    found = positions(store, info, in_force(store, info).chart, policy.base, as_of)
    scales = {asset.code: asset.scale for asset in (*BUILT_IN.values(), *store.assets(info))}
    rates = LedgerRates(store, info, provider or policy.provider)
    return revalue(found, policy.base, rates, day, scales)
