"""Reading float: every account's totals as of a moment, each in its class by the chart."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from partita.engine.as_of import AsOf, PastReader
from partita.engine.ports import Reader
from partita.kernel.account import Account, Totals
from partita.modules.chart.chart import Chart
from partita.modules.float.lines import FloatBlock, Tally


class FloatReader(Reader, PastReader, Protocol):
    """What is needed of a store."""


class Float(msgspec.Struct, frozen=True):
    """The float of a ledger: a block for each asset, by which chart, as of when."""

    ledger: str
    chart: str
    chart_version: int
    as_of: AsOf
    blocks: tuple[FloatBlock, ...]


def blocks_of(
    found: Iterable[tuple[Account, Totals]], chart: Chart, scales: Mapping[str, int]
) -> tuple[FloatBlock, ...]:
    """The blocks of these accounts, by asset; accounts in which nothing ever was are left out.

    Raises:
        FloatDoesNotTie: the accounts' totals do not balance.
    """
    tallies: dict[str, Tally] = {}
    nothing = Totals()
    for account, totals in found:
        if totals == nothing:
            continue
        match = chart.match(account.path)
        account_class = None if match is None else match.pattern.account_class
        tallies.setdefault(account.asset, Tally()).add(account_class, totals)
    return tuple(tallies[asset].block(asset, scales[asset]) for asset in sorted(tallies))
