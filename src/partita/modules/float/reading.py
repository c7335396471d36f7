"""Reading float: every account's totals as of a moment, each in its class by the chart of then."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from partita.engine.as_of import AsOf, PastReader
from partita.engine.errors import NotFound
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import Account, Totals
from partita.kernel.asset import BUILT_IN
from partita.kernel.moment import Moment
from partita.modules.chart.chart import Chart
from partita.modules.chart.in_force import known_at
from partita.modules.float.lines import FloatBlock, Tally


class FloatReader(Reader, PastReader, Protocol):
    """What is needed of a store."""


class Float(msgspec.Struct, frozen=True):
    """The float of a ledger, a block for each asset: by which chart, of entries effective by when.

    `sequence` is as of which record of the journal all that was known.
    """

    ledger: str
    chart: str
    chart_version: int
    effective_at: Moment | None
    sequence: int
    blocks: tuple[FloatBlock, ...]


def read_float(
    store: FloatReader, info: LedgerInfo, as_of: AsOf, asset: str | None = None
) -> Float:
    """The float as of then, in all assets or in one; asks the store.

    Raises:
        NotFound: the journal does not reach so far.
    """
    end = store.head(info).sequence
    sequence = end if as_of.sequence is None else as_of.sequence
    if sequence > end:
        raise NotFound(f"the journal of {info.name!r} ends at {end}, not yet {sequence}")
    kept = known_at(store, info, sequence)
    totals = store.trial_balance(info, AsOf(as_of.effective_at, sequence))
    found = ((s.account, each) for s, each in totals if asset in (None, s.account.asset))
    scales = {each.code: each.scale for each in (*BUILT_IN.values(), *store.assets(info))}
    blocks = blocks_of(found, kept.chart, scales)
    name = kept.chart.document.name
    return Float(info.name, name, kept.version, as_of.effective_at, sequence, blocks)


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
