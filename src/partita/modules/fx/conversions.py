"""Conversions: a deal carried out, as one transaction over all its assets. `settled → reversed`.

A conversion is of a quote, at the quote's locked rate, or of terms, at the rate that the ledger keeps
for the day. Reversed it takes back its own transaction, leg by leg: the customer gets what was paid
and gives what was got, at the original rate, whatever the rate is now.
"""

from collections.abc import Generator
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

import msgspec

from partita.engine.business import Act, Desk, Look, Named, Steps
from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.commands import ChangeMatter, PostTransaction, ReverseTransaction
from partita.kernel.events import TransactionPosted, TransactionReversed
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.in_force import chart_of
from partita.modules.fx import quotes
from partita.modules.fx.deal import Deal, Terms, agree
from partita.modules.fx.places import House, house, receive
from partita.modules.fx.policy import policy_of
from partita.modules.fx.posting import Valued, book, holding, trades, worth_in_base
from partita.modules.fx.pricing import BASIS_POINTS
from partita.modules.fx.rates import Rate, RateError, check_figure

KIND, PREFIX = "fx_conversion", "fxc_"
TYPE = "fx_conversion"
"""The type of the transactions that conversions make."""


class ConversionStatus(Enum):
    """Where a conversion is in its life."""

    SETTLED = "settled"
    REVERSED = "reversed"


CONVERSION_ACTIONS: dict[ConversionStatus, tuple[str, ...]] = {
    ConversionStatus.SETTLED: ("reverse",),
    ConversionStatus.REVERSED: (),
}
"""The transition table: what may be done to a conversion in each status."""


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """A conversion's own words: the deal, its transaction, what it gained in the base asset."""

    deal: Deal
    transaction: str
    gained: int
    accounts: dict[str, str]
    quote: str | None = None
    reversal: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)


class Expected(msgspec.Struct, frozen=True):
    """The rate that the customer saw, and how far it may have moved since, in basis points."""

    rate: str
    tolerance_bps: int = 0


class Convert(Act, frozen=True, tag="fx_conversion.create"):
    """Exchange at the rate that the ledger keeps for the day."""

    operation: ClassVar[str] = "fx_conversions/create"

    terms: Terms
    expected: Expected | None = None
    effective_at: Moment | None = None
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """What its terms name."""
        self.terms.names(named)


class AcceptQuote(Act, frozen=True, tag="fx_quote.accept"):
    """Exchange as a quote says."""

    operation: ClassVar[str] = "fx_quotes/accept"

    quote: str
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """The quote; its accounts and wallets follow."""
        named.resources[self.quote] = None


class ReverseConversion(Act, frozen=True, tag="fx_conversion.reverse"):
    """Take a conversion back, at its original rate."""

    operation: ClassVar[str] = "fx_conversions/reverse"

    conversion: str
    reason: str | None = None

    def names(self, named: Named) -> None:
        """The conversion; its transaction and its accounts follow."""
        named.resources[self.conversion] = None


_decode = value_decoder(Conversion)


def read_conversion(matter: Matter) -> Conversion:
    """The conversion that a matter keeps."""
    return _decode(matter.body)


def convert(desk: Desk, command: Convert) -> Steps:
    """Exchange at the rate of now."""
    deal = yield from agree(desk, command.terms, policy_of(desk))
    if isinstance(deal, Rejection):
        return deal
    if command.expected is not None and (moved := _moved(deal.rate, command.expected)) is not None:
        return moved
    return (yield from _carry_out(desk, deal, command, None))


def accept_quote(desk: Desk, command: AcceptQuote) -> Steps:
    """Exchange as quoted, if the quote is still good."""
    matter = quotes.open_quote(desk, command.quote)
    if isinstance(matter, Rejection):
        return matter
    quote = quotes.read_quote(matter)
    if desk.now >= quote.expires_at:
        return quotes.expired(quote)
    return (yield from _carry_out(desk, quote.deal, command, matter))


def reverse_conversion(desk: Desk, command: ReverseConversion) -> Steps:
    """Take back the conversion's own transaction."""
    matter = desk.matter(KIND, command.conversion)
    if matter is None:
        detail = f"There is no conversion {command.conversion!r}."
        return Rejection(Code.PAYMENT_NOT_FOUND, detail)
    if ConversionStatus(matter.status) is not ConversionStatus.SETTLED:
        facts = {"status": matter.status, "allowed_actions": ""}
        return Rejection(Code.INVALID_STATE, "The conversion was reversed before.", None, facts)
    kept = read_conversion(matter)
    reversed_by = yield ReverseTransaction(
        kept.transaction, reason=command.reason, metadata={"partita.fx_conversion": matter.id}
    )
    assert isinstance(reversed_by, TransactionReversed), "a reversal is a fact, or refused"
    after = msgspec.structs.replace(kept, reversal=reversed_by.id)
    yield ChangeMatter(
        type="fx_conversion.reversed",
        kind=KIND,
        id=matter.id,
        status=ConversionStatus.REVERSED.value,
        about=matter.about,
        account_paths=matter.account_paths,
        related=matter.related,
        reason=command.reason,
        facts={"rate": kept.deal.rate.text},
        body=encode_value(after),
    )
    return None


def _moved(rate: Rate, expected: Expected) -> Rejection | None:
    """The refusal, if the rate is further from the expected one than is tolerated."""
    try:
        check_figure(expected.rate)
    except RateError as error:
        return Rejection(Code.RATE_INVALID, f"{error}.")
    away = abs(rate.exact / Fraction(expected.rate) - 1) * BASIS_POINTS
    if away <= expected.tolerance_bps:
        return None
    detail = f"The rate {rate.source}/{rate.target} is {rate.text}, not {expected.rate}."
    facts = {"rate": rate.text, "expected": expected.rate, "published": rate.published}
    return Rejection(Code.RATE_MOVED, detail, None, facts)


def _carry_out(
    desk: Desk, deal: Deal, command: Convert | AcceptQuote, quote: Matter | None
) -> Steps:
    """Post the deal; the quote that it came from is accepted, and the conversion is kept."""
    refused = yield from receive(desk, deal.places, deal.target_asset)
    if refused is not None:
        return refused
    accounts = house(chart_of(desk), deal.source_asset, deal.target_asset, deal.base)
    if isinstance(accounts, Rejection):
        return accounts
    valued = yield from _valued(desk, deal, accounts)
    booked = book(deal, accounts, valued)
    identifier, metadata = desk.identity(PREFIX), command.metadata
    if quote is not None:
        metadata = quotes.read_quote(quote).metadata | metadata
    posted = yield PostTransaction(
        booked.postings,
        type=TYPE,
        effective_at=command.effective_at if isinstance(command, Convert) else None,
        metadata=metadata | _told(deal, identifier, quote),
    )
    assert isinstance(posted, TransactionPosted), "what is posted is a fact, or refused"
    if quote is not None:
        kept = msgspec.structs.replace(quotes.read_quote(quote), conversion=identifier)
        yield quotes.changed(quote, quotes.QuoteStatus.ACCEPTED, kept)
    made = Conversion(
        deal=deal,
        transaction=posted.id,
        gained=booked.gained,
        accounts=_named(accounts, deal),
        quote=None if quote is None else quote.id,
        metadata=metadata,
    )
    yield ChangeMatter(
        type="fx_conversion.settled",
        kind=KIND,
        id=identifier,
        is_new=True,
        status=ConversionStatus.SETTLED.value,
        about=next(iter(deal.places.wallets), None),
        external_id=command.external_id,
        account_paths=tuple(dict.fromkeys(each.account for each in booked.postings)),
        related=(posted.id,),
        facts={"rate": deal.rate.text, "gained": str(booked.gained)},
        body=encode_value(made),
    )
    return None


def _valued(desk: Desk, deal: Deal, accounts: House) -> Generator[Look, Any, list[Valued]]:
    """The positions that a deal changes, as they are now."""
    if deal.base is None:
        return []
    changes = list(trades(deal, worth_in_base(deal)))
    pairs = {code: (accounts.positions[code], accounts.costs[code]) for code, _ in changes}
    yield Look(accounts=[path for pair in pairs.values() for path in pair])
    return [
        Valued(code, holding(*map(desk.account, pairs[code])), trade) for code, trade in changes
    ]


def _told(deal: Deal, conversion: str, quote: Matter | None) -> dict[str, str]:
    """What the transaction says of the rate: who said it, of which day, what was kept."""
    told = {
        "partita.fx_conversion": conversion,
        "partita.fx_provider": deal.rate.provider,
        "partita.fx_pair": f"{deal.rate.source}/{deal.rate.target}",
        "partita.fx_rate": deal.rate.text,
        "partita.fx_published": deal.rate.published,
        "partita.fx_spread_bps": str(deal.spread_bps),
    }
    return told if quote is None else told | {"partita.fx_quote": quote.id}


def _named(accounts: House, deal: Deal) -> dict[str, str]:
    """The house's accounts that take part, by what they are for."""
    return {
        "fees": accounts.fees,
        "treasury": accounts.treasury,
        "source_rounding": accounts.rounding[deal.source_asset],
        "target_rounding": accounts.rounding[deal.target_asset],
        "gains": accounts.gains,
    }
