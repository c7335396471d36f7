"""A deal: what two sides agreed on, with everything that led to its figures.

    terms (asked for) ─► accounts, rate, rate to the base asset ─► price ─► Deal

A quote holds a deal for a while; a conversion carries one out. All that a deal says is fixed: what
is read later is what was agreed, whatever rates, wallets and policies have become.
"""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from partita.engine.business import Desk, Look, Named
from partita.kernel.asset import Asset, is_code
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.fx.ledger_rates import kept_rate
from partita.modules.fx.places import Places, is_place, is_wallet, places
from partita.modules.fx.policy import NAME, Policy
from partita.modules.fx.pricing import FixedSide, Price, RoundingRule, Unpriceable, Wanted, price
from partita.modules.fx.rates import Rate

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; what is None is as the ledger's policy says.

    `source` and `destination` name a wallet, or an account by its path; without a destination the
    money comes back to the source's own wallet. `amount` is in minor units of the fixed side's
    asset. `day` is whose rates count (None: today's, in UTC).
    """

    source: str
    source_asset: str
    target_asset: str
    amount: int
    side: FixedSide = FixedSide.SOURCE
    destination: str | None = None
    provider: str | None = None
    day: str | None = None
    spread_bps: int | None = None
    fee: int = 0
    rule: RoundingRule | None = None

    def names(self, named: Named) -> None:
        """The policy, both assets, and both places."""
        named.titles[NAME] = None
        codes = (self.source_asset, self.target_asset)
        named.assets.update(dict.fromkeys(code for code in codes if is_code(code)))
        for place in (self.source, self.destination):
            if place is not None and is_place(place):
                (named.resources if is_wallet(place) else named.accounts)[place] = None


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed: from which account to which, at which rate, and where every unit goes.

    `base_rate` is what the source asset is worth in the base asset, where neither asset is it.
    `scales` has the decimals of both assets, and of the base asset.
    """

    places: Places
    source_asset: str
    target_asset: str
    side: FixedSide
    rule: RoundingRule
    spread_bps: int
    rate: Rate
    base: str | None
    base_rate: Rate | None
    price: Price
    scales: dict[str, int]


def agree(desk: Desk, terms: Terms, policy: Policy) -> Generator[Look, Any, Deal | Rejection]:
    """The deal that terms come to now, or why there is none."""
    assets = _assets(desk, terms)
    if isinstance(assets, Rejection):
        return assets
    where = yield from places(desk, terms.source, terms.destination, assets)
    if isinstance(where, Rejection):
        return where
    provider, day = terms.provider or policy.provider, terms.day or day_of(desk.now)
    rate = yield from kept_rate(desk, provider, day, (assets[0].code, assets[1].code))
    if isinstance(rate, Rejection):
        return rate
    base_rate = None
    if policy.base not in {None, terms.source_asset, terms.target_asset}:
        to_base = (assets[0].code, str(policy.base))
        valued = yield from kept_rate(desk, provider, day, to_base)
        if isinstance(valued, Rejection):
            return valued
        base_rate = valued
    wanted = _wanted(terms, policy, rate, assets)
    try:
        priced = price(wanted)
    except Unpriceable as error:
        return Rejection(Code.AMOUNT_OUT_OF_RANGE, f"Nothing can be exchanged so: {error}.")
    return Deal(
        places=where,
        source_asset=terms.source_asset,
        target_asset=terms.target_asset,
        side=wanted.side,
        rule=wanted.rule,
        spread_bps=wanted.spread_bps,
        rate=rate,
        base=policy.base,
        base_rate=base_rate,
        price=priced,
        scales=_scales(desk, assets, policy),
    )


def day_of(moment: Moment) -> str:
    """The day of a moment in UTC."""
    return (_EPOCH + timedelta(microseconds=int(moment))).date().isoformat()


def _assets(desk: Desk, terms: Terms) -> tuple[Asset, Asset] | Rejection:
    found = [desk.asset(code) for code in (terms.source_asset, terms.target_asset)]
    for asset, code in zip(found, (terms.source_asset, terms.target_asset), strict=True):
        if asset is None:
            return Rejection(Code.ASSET_NOT_FOUND, f"There is no asset {code!r} in this ledger.")
    source, target = found
    assert source is not None, "refused above"
    assert target is not None, "refused above"
    return source, target


def _scales(desk: Desk, assets: tuple[Asset, Asset], policy: Policy) -> dict[str, int]:
    base = None if policy.base is None else desk.asset(policy.base)
    return {asset.code: asset.scale for asset in (*assets, base) if asset is not None}


def _wanted(terms: Terms, policy: Policy, rate: Rate, assets: tuple[Asset, Asset]) -> Wanted:
    return Wanted(
        source=assets[0],
        target=assets[1],
        side=terms.side,
        amount=terms.amount,
        rate=rate.exact,
        spread_bps=policy.spread_bps if terms.spread_bps is None else terms.spread_bps,
        fee=terms.fee,
        rule=terms.rule or policy.rule,
    )
