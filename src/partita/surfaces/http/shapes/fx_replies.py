"""Foreign exchange on the wire: what is told. Rates are exact texts, never numbers."""

from typing import Any, Literal

import msgspec

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.fx.conversions import (
    CONVERSION_ACTIONS,
    Conversion,
    ConversionStatus,
    read_conversion,
)
from partita.modules.fx.deal import Deal
from partita.modules.fx.ledger_rates import figures_of
from partita.modules.fx.policy import Policy
from partita.modules.fx.pricing import FixedSide, RoundingRule
from partita.modules.fx.quotes import QUOTE_ACTIONS, QuoteStatus, quote_status, read_quote
from partita.modules.fx.rates import Rate
from partita.modules.fx.revaluation import Line as LineOfReport
from partita.modules.fx.revaluation import Revaluation as Report
from partita.surfaces.http.shapes.fields import ListShape, SignedAmount, Timestamp


class FxPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger's policy of exchange."""

    object: Literal["fx_policy"] = "fx_policy"
    base: str | None
    provider: str
    rounding: RoundingRule
    spread_bps: int
    quote_seconds: int


class FxRates(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's figures of one day."""

    id: str
    object: Literal["fx_rates"] = "fx_rates"
    provider: str
    day: str
    rates: dict[str, str]
    version: int
    sequence: str


class FxRatesList(ListShape, frozen=True, kw_only=True):
    """A page of days, the last one published first."""

    data: list[FxRates]


class FxRate(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of the first asset of the pair is worth in the second, exactly."""

    object: Literal["fx_rate"] = "fx_rate"
    pair: str
    rate: str
    provider: str
    published: str


class FxMoney(msgspec.Struct, frozen=True):
    """An amount in minor units, and of what."""

    amount: SignedAmount
    asset: str
    scale: int


class FxRemainder(msgspec.Struct, frozen=True):
    """What rounding leaves, and the account that gets it (below zero: gives it)."""

    account: str
    amount: SignedAmount
    asset: str


class _DealShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed: both sides, the rate, and where every unit goes."""

    id: str
    object: str
    status: QuoteStatus | ConversionStatus
    external_id: str | None
    source_account: str
    target_account: str
    wallet_ids: tuple[str, ...]
    side: FixedSide
    source: FxMoney
    fee: FxMoney
    target: FxMoney
    spread: FxMoney
    spread_bps: int
    rounding: RoundingRule
    remainders: list[FxRemainder]
    rate: FxRate
    metadata: dict[str, str]
    sequence: str
    version: int
    allowed_actions: tuple[str, ...]


class FxQuote(_DealShape, frozen=True, kw_only=True):
    """A quote: a deal that is good until it expires."""

    object: Literal["fx_quote"] = "fx_quote"
    status: QuoteStatus
    expires_at: Timestamp
    conversion_id: str | None


class FxQuoteList(ListShape, frozen=True, kw_only=True):
    """A page of quotes, the newest first."""

    data: list[FxQuote]


class FxConversion(_DealShape, frozen=True, kw_only=True):
    """A conversion, its transaction, and what it realised in the base asset (null without one)."""

    object: Literal["fx_conversion"] = "fx_conversion"
    status: ConversionStatus
    quote_id: str | None
    transaction_id: str
    reversal_transaction_id: str | None
    gained: FxMoney | None
    gains_account: str


class FxConversionList(ListShape, frozen=True, kw_only=True):
    """A page of conversions, the newest first."""

    data: list[FxConversion]


class FxRevaluationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One position; `cost`, `worth` and `unrealised` are in the base asset."""

    asset: str
    scale: int
    quantity: SignedAmount
    rate: FxRate
    cost: SignedAmount
    worth: SignedAmount
    unrealised: SignedAmount


class FxRevaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What each open position would gain at the rates of a day; the sums tie with the lines."""

    object: Literal["fx_revaluation"] = "fx_revaluation"
    base: str
    scale: int
    day: str
    provider: str
    lines: list[FxRevaluationLine]
    cost: SignedAmount
    worth: SignedAmount
    unrealised: SignedAmount
    realised: SignedAmount


def policy(kept: Policy) -> FxPolicy:
    """The reply that a policy is."""
    return FxPolicy(
        base=kept.base,
        provider=kept.provider,
        rounding=kept.rule,
        spread_bps=kept.spread_bps,
        quote_seconds=kept.lifetime_seconds,
    )


def rates(kept: Matter) -> FxRates:
    """The reply that a day of rates is."""
    found = figures_of(kept)
    return FxRates(
        id=kept.id,
        provider=str(kept.about),
        day=found.day,
        rates=found.figures,
        version=kept.version,
        sequence=str(kept.number),
    )


def rate(kept: Rate) -> FxRate:
    """The reply that a rate is."""
    return FxRate(
        pair=f"{kept.source}/{kept.target}",
        rate=kept.text,
        provider=kept.provider,
        published=kept.published,
    )


def quote(kept: Matter, now: Moment) -> FxQuote:
    """The reply that a quote is; one whose time is over is expired, noted or not."""
    found = read_quote(kept)
    status = quote_status(kept, now)
    return FxQuote(
        id=kept.id,
        status=status,
        external_id=kept.external_id,
        expires_at=found.expires,
        conversion_id=found.conversion,
        metadata=found.metadata,
        allowed_actions=QUOTE_ACTIONS[status],
        remainders=[],
        sequence=str(kept.number),
        version=kept.version,
        **_deal(found.deal),
    )


def conversion(kept: Matter) -> FxConversion:
    """The reply that a conversion is."""
    found: Conversion = read_conversion(kept)
    status, base = ConversionStatus(kept.status), found.deal.base
    return FxConversion(
        id=kept.id,
        status=status,
        external_id=kept.external_id,
        quote_id=found.quote,
        transaction_id=found.transaction,
        reversal_transaction_id=found.reversal,
        gained=None if base is None else _money(found.gained, base, found.deal),
        gains_account=found.accounts["gains"],
        metadata=found.metadata,
        allowed_actions=CONVERSION_ACTIONS[status],
        remainders=_remainders(found),
        sequence=str(kept.number),
        version=kept.version,
        **_deal(found.deal),
    )


def revaluation(report: Report) -> FxRevaluation:
    """The reply that a revaluation is."""
    return FxRevaluation(
        base=report.base,
        scale=report.scale,
        day=report.day,
        provider=report.provider,
        lines=[_line(line) for line in report.lines],
        cost=str(report.cost),
        worth=str(report.worth),
        unrealised=str(report.unrealised),
        realised=str(report.realised),
    )


def _line(line: LineOfReport) -> FxRevaluationLine:
    return FxRevaluationLine(
        asset=line.asset,
        scale=line.scale,
        quantity=str(line.quantity),
        rate=rate(line.rate),
        cost=str(line.cost),
        worth=str(line.worth),
        unrealised=str(line.unrealised),
    )


def _deal(deal: Deal) -> dict[str, Any]:
    price, source, target = deal.price, deal.source_asset, deal.target_asset
    return {
        "source_account": deal.places.source,
        "target_account": deal.places.target,
        "wallet_ids": deal.places.wallets,
        "side": deal.side,
        "source": _money(price.source_amount, source, deal),
        "fee": _money(price.fee, source, deal),
        "target": _money(price.target_amount, target, deal),
        "spread": _money(price.spread, target, deal),
        "spread_bps": deal.spread_bps,
        "rounding": deal.rule,
        "rate": rate(deal.rate),
    }


def _remainders(found: Conversion) -> list[FxRemainder]:
    price, deal = found.deal.price, found.deal
    sides = (
        ("source_rounding", price.source_rounding, deal.source_asset),
        ("target_rounding", price.target_rounding, deal.target_asset),
    )
    return [FxRemainder(found.accounts[name], str(units), asset) for name, units, asset in sides]


def _money(units: int, asset: str, deal: Deal) -> FxMoney:
    return FxMoney(str(units), asset, deal.scales[asset])
