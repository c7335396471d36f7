"""Rules on the wire: the document as it is written, its versions, and what one would have done."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.parties import Owner
from partita.modules.payments.trying_rules import RuleTrials, Trial
from partita.modules.rules.backtesting import BacktestLine
from partita.modules.rules.document import EVENT_PATTERN, RuleDocument
from partita.modules.rules.kept import Backtest, KeptVersion, read_kept
from partita.modules.rules.occasion import Applied, Occasion, RuleFact, RuleMove, RuleOutcome
from partita.modules.rules.rule import RuleStatus
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ListShape,
    Metadata,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
)

WalletId = Annotated[str, Meta(pattern=r"^wal_[0-9A-Z]{26}$(?!\n)")]
Version = Annotated[int, Meta(ge=1, le=10**9, description="A version; the newest if not said.")]


class VersionRequest(RequestShape, frozen=True, kw_only=True):
    """Which version it is about; the whole body may be left out."""

    version: Version | None = None


class PromoteRequest(RequestShape, frozen=True, kw_only=True):
    """Which version goes into force. One that was not backtested must be said to go without."""

    version: Version | None = None
    without_backtest: bool = False


class RetireRuleRequest(RequestShape, frozen=True, kw_only=True):
    """Which version goes out of force, all if none is named; and why."""

    version: Version | None = None
    reason: Reason | None = None


class RollBackRequest(RequestShape, frozen=True, kw_only=True):
    """Why; the whole body may be left out."""

    reason: Reason | None = None


SpanBegin = Annotated[Timestamp, Meta(description="Payments from this moment on.")]
SpanEnd = Annotated[Timestamp, Meta(description="Payments before this moment; else until now.")]


class BacktestRequest(RequestShape, frozen=True, kw_only=True):
    """Over which span of history, and which version. A span with monthly caps begins with a month."""

    begins_at: SpanBegin
    ends_at: SpanEnd | None = None
    version: Version | None = None


class Sum(msgspec.Struct, frozen=True):
    """An amount of an asset; `scale` is null for an asset that the ledger does not know."""

    amount: Amount
    asset: AssetCode
    scale: int | None


class BacktestSummary(msgspec.Struct, frozen=True):
    """What a dry run came to: of so many payments so many touched, and what would have moved."""

    at: Timestamp
    begins_at: Timestamp
    ends_at: Timestamp
    payments: int
    touched: int
    denied: int
    failed: int
    totals: list[Sum]


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version: the rule as it was written, its state, and since when it was in each."""

    version: int
    status: RuleStatus
    document: RuleDocument
    saved_at: Timestamp
    shadow_at: Timestamp | None
    activated_at: Timestamp | None
    retired_at: Timestamp | None
    without_backtest: bool
    backtest: BacktestSummary | None
    allowed_actions: list[str]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and its versions, the newest first. `version` counts every change of the rule."""

    id: str
    object: Literal["rule"] = "rule"
    name: str
    status: RuleStatus
    version: int
    active_version: int | None
    shadow_version: int | None
    versions: list[RuleVersion]
    sequence: str
    allowed_actions: list[str]


class RuleList(ListShape, frozen=True, kw_only=True):
    """A page of rules, newest first."""

    data: list[Rule]


class RuleQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: RuleStatus | None = None
    limit: str | None = None
    cursor: str | None = None


class Move(msgspec.Struct, frozen=True):
    """An amount from one role to another; `source` and `destination` are the payment's parties."""

    debit: str
    credit: str
    amount: Amount
    asset: AssetCode
    scale: int | None


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule, in one version, made of one payment."""

    rule: str
    version: int
    effect: str
    outcome: RuleOutcome
    moves: list[Move]
    holds_until: Timestamp | None
    detail: str | None


class TouchedPayment(msgspec.Struct, frozen=True):
    """What the rule would have done to one payment of history."""

    payment: str
    at: Timestamp
    fact: Fact


class BacktestReply(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run on history; `payments` are the first 1,000 that the rule would have touched."""

    object: Literal["rule_backtest"] = "rule_backtest"
    rule: str
    version: int
    summary: BacktestSummary
    payments: list[TouchedPayment]


class QuoteRequest(RequestShape, frozen=True, kw_only=True):
    """A payment that is thought of: which of its events, how much, between whom.

    Wallets that are named say kinds and customer by themselves.
    """

    event: Annotated[
        str, Meta(pattern=EVENT_PATTERN, examples=["payment.captured"])
    ] = "payment.captured"  # fmt: skip
    amount: Amount
    asset: AssetCode
    rail: Annotated[str, Meta(max_length=64)] = ""
    source: WalletId | None = None
    destination: WalletId | None = None
    source_kind: Annotated[str, Meta(max_length=40, examples=["personal"])] = ""
    destination_kind: Annotated[str, Meta(max_length=40, examples=["merchant"])] = ""
    customer: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class QuoteRefusal(msgspec.Struct, frozen=True):
    """Why the payment would be refused."""

    code: str
    detail: str


class FeeQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules in force would make of the payment now; it is no promise for later."""

    object: Literal["fee_quote"] = "fee_quote"
    event: str
    amount: Amount
    asset: AssetCode
    scale: int | None
    moves: list[Move]
    holds_until: Timestamp | None
    denied: QuoteRefusal | None
    facts: list[Fact]


Scales = Mapping[str, int]


def rule(kept: Matter, scales: Scales) -> Rule:
    """The reply that a kept rule is."""
    body = read_kept(kept.body)
    active, shadow = body.of(RuleStatus.ACTIVE), body.of(RuleStatus.SHADOW)
    assert kept.title is not None, "a rule is called by its name"
    return Rule(
        id=kept.id,
        name=kept.title,
        status=body.status,
        version=kept.version,
        active_version=None if active is None else active.version,
        shadow_version=None if shadow is None else shadow.version,
        versions=[_version(each, scales) for each in reversed(body.versions)],
        sequence=str(kept.number),
        allowed_actions=list(body.allowed_actions),
    )


def _version(kept: KeptVersion, scales: Scales) -> RuleVersion:
    return RuleVersion(
        version=kept.version,
        status=kept.status,
        document=kept.document,
        saved_at=kept.saved_at.text(),
        shadow_at=_text(kept.shadow_at),
        activated_at=_text(kept.activated_at),
        retired_at=_text(kept.retired_at),
        without_backtest=kept.without_backtest,
        backtest=None if kept.backtest is None else _summary(kept.backtest, scales),
        allowed_actions=list(kept.allowed_actions),
    )


def _text(moment: Moment | None) -> str | None:
    return None if moment is None else moment.text()


def _summary(of: Backtest, scales: Scales) -> BacktestSummary:
    totals = [Sum(amount, asset, scales.get(asset)) for asset, amount in of.totals.items()]
    return BacktestSummary(
        of.at.text(), of.begins_at.text(), of.ends_at.text(),
        of.payments, of.touched, of.denied, of.failed, totals,
    )  # fmt: skip


def backtest(trial: Trial, scales: Scales) -> BacktestReply:
    """The reply that a dry run is."""
    lines = [_touched(line, scales) for line in trial.report.lines]
    summary = _summary(trial.report.summary, scales)
    return BacktestReply(rule=trial.rule, version=trial.version, summary=summary, payments=lines)


def _touched(line: BacktestLine, scales: Scales) -> TouchedPayment:
    return TouchedPayment(line.payment, line.at.text(), fact(line.fact, scales))


def fact(of: RuleFact, scales: Scales) -> Fact:
    """What a rule made of a payment, as the wire says it."""
    return Fact(
        rule=of.name,
        version=of.version,
        effect=of.effect,
        outcome=of.outcome,
        moves=[_move(move, scales) for move in of.moves],
        holds_until=_text(of.holds_until),
        detail=of.detail,
    )


def _move(of: RuleMove, scales: Scales) -> Move:
    return Move(of.debit, of.credit, str(of.amount), of.asset, scales.get(of.asset))


def occasion(request: QuoteRequest, amount: int, now: Moment, rules: RuleTrials) -> Occasion:
    """The payment that is thought of, as rules see it; asks the store for wallets."""
    source, destination = _owner(rules, request.source), _owner(rules, request.destination)
    return Occasion(
        event=request.event,
        kind=request.event.partition(".")[0],
        amount=amount,
        asset=request.asset,
        now=now,
        rail=request.rail,
        source_kind=request.source_kind or source.kind,
        destination_kind=request.destination_kind or destination.kind,
        subject=request.customer or source.customer or destination.customer,
        metadata=request.metadata,
    )


def _owner(rules: RuleTrials, wallet: str | None) -> Owner:
    return Owner() if wallet is None else rules.owner(wallet)


def quote(request: QuoteRequest, applied: Applied, scales: Scales) -> FeeQuote:
    """The reply that a quote is."""
    refused = applied.denied
    denied = None if refused is None else QuoteRefusal(refused.code.value, refused.detail)
    return FeeQuote(
        event=request.event,
        amount=request.amount,
        asset=request.asset,
        scale=scales.get(request.asset),
        moves=[_move(move, scales) for move in applied.moves],
        holds_until=_text(applied.holds_until),
        denied=denied,
        facts=[fact(each, scales) for each in applied.facts],
    )
