"""Settlement on the wire: plans, batches, statements, and what has accrued."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.amount import parse
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.settlement import plan as plans
from partita.modules.settlement.batch import Batch, BatchStatus, read_batch
from partita.modules.settlement.commands import SetPlan
from partita.modules.settlement.plan import PLAN_ACTIONS, PlanStatus, Terms, read_plan
from partita.modules.settlement.reading import Accrued, BatchStatement
from partita.modules.settlement.statement import Figures as FiguresOfModule
from partita.modules.settlement.statement import Line as LineOfModule
from partita.modules.settlement.statement import LineKind
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ListShape,
    QueryShape,
    Reason,
    RequestShape,
    SignedAmount,
    Timestamp,
)

_HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"
WalletId = Annotated[str, Meta(pattern=r"^wal_[0-9A-Z]{26}$(?!\n)")]
Scales = dict[str, int]


class TermsRequest(RequestShape, frozen=True, kw_only=True):
    """What is agreed: when batches are cut off, what is kept back, when and where it is paid."""

    cut_off: Annotated[str, Meta(pattern=_HOUR, examples=["17:00"])] = "00:00"
    timezone: Annotated[str, Meta(max_length=64, examples=["Europe/Zurich"])] = "UTC"
    weekdays: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=6)], ...],
        Meta(min_length=1, max_length=7, description="Days with a cut-off; Monday is 0."),
    ] = (0, 1, 2, 3, 4, 5, 6)
    reserve_basis_points: Annotated[int, Meta(ge=0, le=plans.BASIS_POINTS)] = 0
    reserve_days: Annotated[int, Meta(ge=0, le=plans.LONGEST_RESERVE_DAYS)] = 0
    least_payout: Amount = "1"
    payout_delay_days: Annotated[int, Meta(ge=0, le=plans.LONGEST_DELAY_DAYS)] = 0
    holidays: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)")], ...],
        Meta(max_length=500),
    ] = ()
    rail: Annotated[str, Meta(min_length=1, max_length=64)] = "book"
    beneficiary: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class PlanRequest(TermsRequest, frozen=True, kw_only=True):
    """Which wallet is settled in which asset, and by which terms."""

    wallet: WalletId
    asset: AssetCode


class PauseRequest(RequestShape, frozen=True, kw_only=True):
    """Why; the whole body may be left out."""

    reason: Reason | None = None


class TermsReply(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a plan."""

    cut_off: str
    timezone: str
    weekdays: list[int]
    reserve_basis_points: int
    reserve_days: int
    least_payout: Amount
    payout_delay_days: int
    holidays: list[str]
    rail: str
    beneficiary: str | None


class SettlementPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is now. `batches` is how many there were; `account` is what is settled."""

    id: str
    object: Literal["settlement_plan"] = "settlement_plan"
    status: PlanStatus
    version: int
    wallet: str
    account: str
    asset: str
    terms: TermsReply
    next_cut_off: Timestamp
    batches: int
    sequence: str
    allowed_actions: list[str]


class SettlementPlanList(ListShape, frozen=True, kw_only=True):
    """A page of plans, newest first."""

    data: list[SettlementPlan]


class PlanQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: PlanStatus | None = None
    wallet: str | None = None
    limit: str | None = None
    cursor: str | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Sums, signed from the merchant's side: opening and all that follows make the closing."""

    opening: SignedAmount
    sales: SignedAmount
    refunds: SignedAmount
    disputes: SignedAmount
    fees: SignedAmount
    taxes: SignedAmount
    charges: SignedAmount
    settled: SignedAmount
    reserve_released: SignedAmount
    other: SignedAmount
    closing: SignedAmount
    lines: int


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """A batch: what was payable at a cut-off, what was kept back of it, and its payout.

    `payable` less `reserve` is `net`, which `withdrawal` pays out.
    """

    id: str
    object: Literal["settlement"] = "settlement"
    status: BatchStatus
    version: int
    plan: str
    number: int
    asset: str
    scale: int | None
    cut_off: Timestamp
    figures: Figures
    payable: Amount
    reserve: Amount
    net: Amount
    pays_at: Timestamp
    paid_at: Timestamp | None
    withdrawal: str | None
    transaction: str | None
    reserve_releases_at: Timestamp | None
    reserve_released_by: str | None
    reason: str | None
    sequence: str
    allowed_actions: list[str]


class SettlementList(ListShape, frozen=True, kw_only=True):
    """A page of batches, newest first."""

    data: list[Settlement]


class SettlementQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: BatchStatus | None = None
    plan: str | None = None
    limit: str | None = None
    cursor: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one payment in the wallet: gross and what was charged in it make net."""

    at: Timestamp
    kind: LineKind
    payment: str | None
    transaction: str
    gross: SignedAmount
    fees: SignedAmount
    taxes: SignedAmount
    charges: SignedAmount
    net: SignedAmount
    balance: SignedAmount


class SettlementStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its lines, read from the register again and compared with its figures."""

    object: Literal["settlement_statement"] = "settlement_statement"
    settlement: Settlement
    lines: list[Line]


class AccruedReply(msgspec.Struct, frozen=True, kw_only=True):
    """What has gathered in the wallet since the last cut-off, and is not payable yet."""

    object: Literal["settlement_accrued"] = "settlement_accrued"
    plan: str
    asset: str
    scale: int | None
    next_cut_off: Timestamp
    figures: Figures
    lines: list[Line]


class RunReply(msgspec.Struct, frozen=True):
    """How many things were due and done."""

    object: Literal["settlement_run"]
    done: int


def set_plan(request: PlanRequest) -> SetPlan:
    """The command that a request is.

    Raises:
        Refusal: nobody can keep to these terms.
    """
    try:
        terms = Terms(
            cut_off=request.cut_off,
            timezone=request.timezone,
            weekdays=tuple(dict.fromkeys(request.weekdays)),
            reserve_basis_points=request.reserve_basis_points,
            reserve_days=request.reserve_days,
            least_payout=max(parse(request.least_payout), 1),
            payout_delay_days=request.payout_delay_days,
            holidays=tuple(request.holidays),
            rail=request.rail,
            beneficiary=request.beneficiary,
        ).checked()
    except ValueError as error:
        text = str(error)
        raise Refusal("invalid_request", f"{text[0].upper()}{text[1:]}.") from None
    return SetPlan(wallet=request.wallet, asset=request.asset, terms=terms)


def plan(kept: Matter) -> SettlementPlan:
    """The reply that a plan is."""
    body = read_plan(kept.body)
    terms, status = body.terms, PlanStatus(kept.status)
    return SettlementPlan(
        id=kept.id,
        status=status,
        version=kept.version,
        wallet=body.wallet,
        account=body.account,
        asset=body.asset,
        terms=TermsReply(
            cut_off=terms.cut_off,
            timezone=terms.timezone,
            weekdays=list(terms.weekdays),
            reserve_basis_points=terms.reserve_basis_points,
            reserve_days=terms.reserve_days,
            least_payout=str(terms.least_payout),
            payout_delay_days=terms.payout_delay_days,
            holidays=list(terms.holidays),
            rail=terms.rail,
            beneficiary=terms.beneficiary,
        ),
        next_cut_off=body.next_cut_off.text(),
        batches=body.batches,
        sequence=str(kept.number),
        allowed_actions=list(PLAN_ACTIONS[status]),
    )


def batch(kept: Matter, scales: Scales) -> Settlement:
    """The reply that a batch is."""
    body: Batch = read_batch(kept.body)
    return Settlement(
        id=kept.id,
        status=body.status,
        version=kept.version,
        plan=body.plan,
        number=body.number,
        asset=body.asset,
        scale=scales.get(body.asset),
        cut_off=body.cut_off.text(),
        figures=_figures(body.figures),
        payable=str(body.payable),
        reserve=str(body.reserve),
        net=str(body.net),
        pays_at=body.pays_at.text(),
        paid_at=_text(body.paid_at),
        withdrawal=body.withdrawal,
        transaction=body.transaction,
        reserve_releases_at=_text(body.releases_at),
        reserve_released_by=body.released_by,
        reason=body.reason,
        sequence=str(kept.number),
        allowed_actions=["pay"] if "pay" in body.allowed_actions else [],
    )


def statement(of: BatchStatement, scales: Scales) -> SettlementStatement:
    """The reply that a statement is."""
    lines = [_line(each) for each in of.lines]
    return SettlementStatement(settlement=batch(of.matter, scales), lines=lines)


def accrued(identifier: str, of: Accrued, scales: Scales) -> AccruedReply:
    """The reply that says what has accrued."""
    return AccruedReply(
        plan=identifier,
        asset=of.plan.asset,
        scale=scales.get(of.plan.asset),
        next_cut_off=of.plan.next_cut_off.text(),
        figures=_figures(of.figures),
        lines=[_line(each) for each in of.lines],
    )


def _figures(of: FiguresOfModule) -> Figures:
    sums = {name: str(value) for name, value in msgspec.structs.asdict(of).items()}
    return msgspec.convert({**sums, "lines": of.lines}, Figures)


def _line(of: LineOfModule) -> Line:
    return Line(
        at=of.at.text(),
        kind=of.kind,
        payment=of.payment,
        transaction=of.transaction,
        gross=str(of.gross),
        fees=str(of.fees),
        taxes=str(of.taxes),
        charges=str(of.charges),
        net=str(of.net),
        balance=str(of.balance),
    )


def _text(moment: Moment | None) -> str | None:
    return None if moment is None else moment.text()
