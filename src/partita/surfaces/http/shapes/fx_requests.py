"""Foreign exchange on the wire: what is asked for.

Rates are exact texts, never numbers: `1.0389`, or `10000/10389` where decimals would not end.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from partita.modules.fx.conversions import AcceptQuote, ConversionStatus, Convert, Expected
from partita.modules.fx.deal import Terms
from partita.modules.fx.ledger_rates import DayOfRates, PublishRates, check_rates
from partita.modules.fx.policy import Policy, PolicyInvalid, SetPolicy, check_policy
from partita.modules.fx.pricing import FixedSide, RoundingRule
from partita.modules.fx.quotes import CreateQuote, QuoteStatus
from partita.modules.fx.rates import ALWAYS, RateError, check_day, check_figure
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ExternalId,
    Metadata,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
    amount,
    amount_or_none,
    moment_at,
    printable_or_none,
)

Provider = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$(?!\n)",
        description="Who says the rate.",
        examples=["ecb"],
    ),
]
Day = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=10,
        description="A day, YYYY-MM-DD; or `always`, for figures that are fixed.",
        examples=["2024-12-31"],
    ),
]
Figure = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,30}(\.[0-9]{1,30})?$(?!\n)",
        description="How much of the second asset one of the first is worth: a decimal figure.",
        examples=["1.0389"],
    ),
]
Pair = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{1,24}/[A-Za-z0-9._-]{1,24}$(?!\n)",
        description="Two assets: what is quoted, and in what.",
        examples=["EUR/USD"],
    ),
]
BasisPoints = Annotated[int, Meta(ge=0, le=9_999, description="Ten-thousandths of the amount.")]
Place = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="A wallet (`wal_…`), or an account's path.",
        examples=["customers:alice:EUR"],
    ),
]
Lifetime = Annotated[
    int, Meta(ge=1, le=2_592_000, description="For how many seconds the quote is good.")
]


class FxPolicyRequest(RequestShape, frozen=True, kw_only=True):
    """What holds where a request says nothing. `base` is what positions are valued in, chosen once."""

    base: AssetCode | None = None
    provider: Provider = "manual"
    rounding: RoundingRule = RoundingRule.HALF_EVEN
    spread_bps: BasisPoints = 0
    quote_seconds: Lifetime = 30


class FxRatesRequest(RequestShape, frozen=True, kw_only=True):
    """A provider's figures of one day. Pairs that were published before and are not here stay."""

    provider: Provider = "manual"
    day: Day
    rates: Annotated[dict[Pair, Figure], Meta(min_length=1, max_length=500)]


class RatesQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    provider: Provider | None = None
    day: Day | None = None
    limit: str | None = None
    cursor: str | None = None


class RateQuery(QueryShape, frozen=True, kw_only=True):
    """Which rate: of a pair; without a provider the policy's, without a day today's."""

    pair: Pair | None = None
    provider: Provider | None = None
    day: Day | None = None


class FxTermsRequest(RequestShape, frozen=True, kw_only=True):
    """What to exchange. `amount` is of the source, or of the target where that side is fixed."""

    source: Place
    destination: Place | None = None
    source_asset: AssetCode
    target_asset: AssetCode
    side: FixedSide = FixedSide.SOURCE
    amount: Amount
    provider: Provider | None = None
    day: Day | None = None
    spread_bps: BasisPoints | None = None
    fee: Amount | None = None
    rounding: RoundingRule | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class FxQuoteRequest(FxTermsRequest, frozen=True, kw_only=True):
    """What to quote, and for how long the quote is good."""

    seconds: Lifetime | None = None


class FxConversionRequest(FxTermsRequest, frozen=True, kw_only=True):
    """What to exchange now. With an `expected_rate` it is refused if the rate is further from it."""

    expected_rate: Figure | None = None
    tolerance_bps: BasisPoints = 0
    effective_at: Timestamp | None = None


class FxAcceptRequest(RequestShape, frozen=True, kw_only=True):
    """Notes for the conversion that the quote becomes; the whole body may be left out."""

    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class FxReversalRequest(RequestShape, frozen=True, kw_only=True):
    """Why it is taken back; the whole body may be left out."""

    reason: Reason | None = None


class QuoteQuery(QueryShape, frozen=True, kw_only=True):
    """Filters; the wallet is the one that the money would come from."""

    status: QuoteStatus | None = None
    wallet_id: Place | None = None
    limit: str | None = None
    cursor: str | None = None


class ConversionQuery(QueryShape, frozen=True, kw_only=True):
    """Filters; the wallet is the one that the money came from."""

    status: ConversionStatus | None = None
    wallet_id: Place | None = None
    limit: str | None = None
    cursor: str | None = None


class RevaluationQuery(QueryShape, frozen=True, kw_only=True):
    """At which day's rates, of which provider; of positions effective before `to`, as known at."""

    day: Day | None = None
    provider: Provider | None = None
    end: Timestamp | None = msgspec.field(name="to", default=None)
    known_at_sequence: str | None = None


def set_policy(request: FxPolicyRequest) -> SetPolicy:
    """The command that a request is.

    Raises:
        Refusal: its figures make no sense.
    """
    made = Policy(
        request.base, request.provider, request.rounding, request.spread_bps, request.quote_seconds
    )
    try:
        return SetPolicy(check_policy(made))
    except PolicyInvalid as error:
        raise Refusal("invalid_request", f"{error}.") from None


def publish(request: FxRatesRequest) -> PublishRates:
    """The command that a request is.

    Raises:
        Refusal: the day is none, or a figure cannot be read.
    """
    day = day_of(request.day, "/day")
    command = PublishRates(request.provider, (DayOfRates(day, request.rates),))
    try:
        return check_rates(command)
    except RateError as error:
        raise Refusal("invalid_request", f"{error}.", pointer="/rates") from None


def day_of(text: str, pointer: str | None = None) -> str:
    """A day of the calendar, or `always`.

    Raises:
        Refusal: it is neither.
    """
    try:
        return text if text == ALWAYS else check_day(text)
    except RateError as error:
        raise Refusal("invalid_request", f"{error}.", pointer=pointer) from None


def terms(request: FxTermsRequest) -> Terms:
    """The terms that a request asks for.

    Raises:
        Refusal: an amount, a day or a name is none.
    """
    return Terms(
        source=request.source,
        destination=request.destination,
        source_asset=request.source_asset,
        target_asset=request.target_asset,
        amount=amount(request.amount, "/amount"),
        side=request.side,
        provider=request.provider,
        day=None if request.day is None else day_of(request.day, "/day"),
        spread_bps=request.spread_bps,
        fee=amount_or_none(request.fee, "/fee") or 0,
        rule=request.rounding,
    )


def create_quote(request: FxQuoteRequest) -> CreateQuote:
    """The command that a request is."""
    reference = printable_or_none(request.external_id, "/external_id")
    return CreateQuote(terms(request), request.seconds, reference, request.metadata)


def accept(quote: str, request: FxAcceptRequest | None) -> AcceptQuote:
    """The command that a request is."""
    if request is None:
        return AcceptQuote(quote)
    reference = printable_or_none(request.external_id, "/external_id")
    return AcceptQuote(quote, reference, request.metadata)


def convert(request: FxConversionRequest) -> Convert:
    """The command that a request is."""
    expected = None
    if request.expected_rate is not None:
        try:
            figure = check_figure(request.expected_rate)
        except RateError as error:
            raise Refusal("invalid_request", f"{error}.", pointer="/expected_rate") from None
        expected = Expected(figure, request.tolerance_bps)
    return Convert(
        terms(request),
        expected,
        moment_at(request.effective_at, "/effective_at"),
        printable_or_none(request.external_id, "/external_id"),
        request.metadata,
    )
