"""Revaluation: what each open position would gain if it were closed at the rates of a day.

    worth at the day's rate − what it cost = unrealised        per position, and in sum

Quantities, costs and what was gained so far are balances of the ledger's own accounts, as of a
moment; nothing is posted. Each position is rounded once, half to even, and the totals are the sums
of the lines, so that they tie.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from partita.engine.as_of import AsOf, PastReader
from partita.engine.ports import LedgerInfo
from partita.kernel.account import Account, Totals
from partita.modules.chart.chart import Chart
from partita.modules.fx.rates import Rate, RateSource, convert, named
from partita.modules.fx.valuing import Holding, unrealised


class Line(msgspec.Struct, frozen=True):
    """One position: how much of an asset, what it cost and what it is worth in the base asset."""

    asset: str
    scale: int
    quantity: int
    cost: int
    rate: Rate
    worth: int
    unrealised: int


class Revaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The report. `realised` is what was gained so far; amounts are in minor units of the base."""

    base: str
    scale: int
    day: str
    provider: str
    lines: tuple[Line, ...]
    cost: int
    worth: int
    unrealised: int
    realised: int


class Positions(msgspec.Struct, frozen=True):
    """What is open in a ledger: each asset with what it cost, and what was gained so far."""

    holdings: Mapping[str, Holding]
    realised: int


def positions(
    store: PastReader, info: LedgerInfo, chart: Chart, base: str, as_of: AsOf
) -> Positions:
    """The positions in the books, as of a moment or a sequence."""
    balances = ((standing.account, totals) for standing, totals in store.trial_balance(info, as_of))
    return positions_in(balances, chart, base)


def positions_in(balances: Iterable[tuple[Account, Totals]], chart: Chart, base: str) -> Positions:
    """The positions that balances come to, by the chart's roles."""
    quantities: dict[str, int] = defaultdict(int)
    costs: dict[str, int] = defaultdict(int)
    realised = 0
    for account, totals in balances:
        match = chart.match(account.path)
        if match is None:
            continue
        credit = totals.posted_credits - totals.posted_debits
        roles = match.pattern.roles
        if "position" in roles:
            quantities[account.asset] += credit
        elif "position_costs" in roles and account.asset == base:
            costs[match.variables["traded"]] -= credit
        elif "gains" in roles and account.asset == base:
            realised += credit
    return Positions(
        {
            code: Holding(quantities[code], costs[code])
            for code in sorted(quantities.keys() | costs.keys())
            if quantities[code] or costs[code]
        },
        realised,
    )


def revalue(
    found: Positions, base: str, rates: RateSource, day: str, scales: Mapping[str, int]
) -> Revaluation:
    """The report at one day's rates.

    Raises:
        MissingRate: an asset in which something is open has no rate on that day.
    """
    lines = tuple(
        _line(named(rates, day, asset, base), each, scales[asset], scales[base])
        for asset, each in found.holdings.items()
    )
    cost, worth = sum(line.cost for line in lines), sum(line.worth for line in lines)
    gain = sum(line.unrealised for line in lines)
    assert gain == worth - cost, "the sums of the lines tie"
    return Revaluation(
        base=base,
        scale=scales[base],
        day=day,
        provider=rates.provider,
        lines=lines,
        cost=cost,
        worth=worth,
        unrealised=gain,
        realised=found.realised,
    )


def _line(rate: Rate, each: Holding, scale: int, base_scale: int) -> Line:
    worth = convert(each.quantity, rate.exact, scale, base_scale)
    gain = unrealised(each, worth)
    return Line(rate.source, scale, each.quantity, each.cost, rate, worth, gain)
