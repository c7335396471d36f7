"""Conversion: all positions in one base currency, each account rounded once, at one day's rates.

All lines are at the rates of the same day, so that books which balance in each asset still balance,
but for what rounding leaves; that difference stands in a line called rounding, and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from partita.modules.fx.rates import RateSource, convert
from partita.modules.reports.report import Position


class Base(msgspec.Struct, frozen=True):
    """Into which currency, at which day's rates; `scales` has the decimals of every asset."""

    asset: str
    day: str
    rates: RateSource
    scales: Mapping[str, int]


def converted(positions: Iterable[Position], base: Base) -> Iterator[Position]:
    """The positions in the base currency: the net amount on its side, the other side empty.

    Raises:
        MissingRate: there is none for an asset in which something is there.
    """
    for position in positions:
        source = position.account.asset
        net = position.net
        if net:
            rate = base.rates.rate(base.day, source, base.asset)
            net = convert(net, rate, base.scales[source], base.scales[base.asset])
        account = msgspec.structs.replace(position.account, asset=base.asset)
        yield Position(account, max(net, 0), max(-net, 0))
