"""Posting a deal: one transaction over all its assets, in which each of them balances.

                        source asset              target asset             base asset
    customer            pays                      gets
    fees, rounding      the fee, what is left     what is left
    treasury                                      the spread
    position            bought                    sold
    cost of positions                                                      paid, less what was gained
    gains                                                                  gained

The base asset has no position of its own: what a position cost stands in its cost account, in the
base asset, so that what is owned and what was paid for it are two balances of the same books. Both
come out of the accounts, and so does the gain; nothing is kept beside them.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from partita.kernel.account import Side
from partita.kernel.book import Standing
from partita.kernel.posting import Posting
from partita.modules.fx.deal import Deal
from partita.modules.fx.places import House
from partita.modules.fx.rates import convert
from partita.modules.fx.valuing import Holding, Trade, traded


class Booked(msgspec.Struct, frozen=True):
    """A deal as postings, and what it gained in the base asset (lost, below zero)."""

    postings: tuple[Posting, ...]
    gained: int


class Valued(msgspec.Struct, frozen=True):
    """What a position of a deal was before it, and what the deal does to it."""

    asset: str
    before: Holding
    trade: Trade


def holding(position: Standing | None, cost: Standing | None) -> Holding:
    """What is owned of an asset and what it cost: the balances of its two accounts."""
    return Holding(_credit(position), -_credit(cost))


def trades(deal: Deal, base_worth: int) -> Iterable[tuple[str, Trade]]:
    """The positions that a deal changes. `base_worth` is what its source is worth in the base asset."""
    price = deal.price
    if deal.base != deal.source_asset:
        yield deal.source_asset, Trade(price.position_in, base_worth)
    if deal.base != deal.target_asset:
        yield deal.target_asset, Trade(-price.position_out, -base_worth)


def worth_in_base(deal: Deal) -> int:
    """What is exchanged, in the base asset: of the side that is it, else by the rate to it."""
    if deal.base == deal.source_asset:
        return deal.price.position_in
    if deal.base == deal.target_asset:
        return deal.price.position_out
    assert deal.base is not None, "without a base asset nothing is valued"
    assert deal.base_rate is not None, "a deal between two others has a rate to the base asset"
    source, base = deal.scales[deal.source_asset], deal.scales[deal.base]
    return convert(deal.price.position_in, deal.base_rate.exact, source, base)


def book(deal: Deal, house: House, valued: Iterable[Valued]) -> Booked:
    """The postings of a deal; `valued` are the positions that it changes, if there is a base."""
    sums = _sums(deal, house)
    gained = 0
    for each in valued:
        result = traded(each.before, each.trade)
        assert deal.base is not None, "without a base asset nothing is valued"
        sums[house.costs[each.asset], deal.base] -= each.trade.paid + result.gained
        sums[house.gains, deal.base] += result.gained
        gained += result.gained
    return Booked(tuple(_postings(sums)), gained)


def _sums(deal: Deal, house: House) -> Counter[tuple[str, str]]:
    """What each account gets, signed, for each asset; the base asset's own position is left out."""
    price, source, target = deal.price, deal.source_asset, deal.target_asset
    sums: Counter[tuple[str, str]] = Counter()
    sums[deal.places.source, source] -= price.source_amount
    sums[house.fees, source] += price.fee
    sums[house.rounding[source], source] += price.source_rounding
    sums[deal.places.target, target] += price.target_amount
    sums[house.treasury, target] += price.spread
    sums[house.rounding[target], target] += price.target_rounding
    if deal.base != source:
        sums[house.positions[source], source] += price.position_in
    if deal.base != target:
        sums[house.positions[target], target] -= price.position_out
    return sums


def _postings(sums: Counter[tuple[str, str]]) -> Iterable[Posting]:
    """One posting for each account with something in it; debits first, in the order of the sums."""
    for side, sign in ((Side.DEBIT, -1), (Side.CREDIT, 1)):
        for (path, asset), amount in sums.items():
            if amount * sign > 0:
                yield Posting(path, side, abs(amount), asset)


def _credit(standing: Standing | None) -> int:
    if standing is None:
        return 0
    return standing.totals.posted_credits - standing.totals.posted_debits
