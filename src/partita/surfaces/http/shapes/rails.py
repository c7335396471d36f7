"""Rails on the wire: what they can do and how they are, what was handed to them, what they told."""

from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from partita.kernel.matters import Matter
from partita.modules.payments.rail import Direction, RailMessage
from partita.modules.rails import order as orders
from partita.modules.rails.breaker import BreakerState
from partita.modules.rails.dispatching import Stage
from partita.modules.rails.kept_message import read_message
from partita.modules.rails.office import RailReport
from partita.modules.rails.order import read_order
from partita.modules.rails.simulation import Instruction, SimulatedEvent
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ListShape,
    QueryShape,
    RequestShape,
    Timestamp,
    amount_or_none,
)

MessageStatus = Literal[
    "applied", "absorbed", "exception",
    "sending", "waiting", "in_doubt", "taken", "refused", "abandoned", "faulty", "closed",
]  # fmt: skip
"""What was done about a message that came in, or where an order is that goes out."""
MessageKind = Literal[
    "order", "accepted", "settled", "rejected", "returned", "canceled", "received"
]
"""What goes out is an order; what comes in tells something."""
RailName = Annotated[str, Meta(min_length=1, max_length=64, examples=["simulator"])]
Reference = Annotated[str, Meta(min_length=1, max_length=255)]


class RailRequest(RequestShape, frozen=True, kw_only=True):
    """Which rail stands in when this one cannot be reached; left out, it stays as it is."""

    fallback: RailName | msgspec.UnsetType | None = msgspec.UNSET


class SimulationRequest(RequestShape, frozen=True, kw_only=True):
    """What the event is about: a submission, or the payment that was handed over last.

    `amount`, `asset`, `beneficiary` and `end_to_end_id` are of money that comes in (`receive`);
    `faults` are rates in ten thousandths by name.
    """

    submission: Reference | None = None
    payment: Reference | None = None
    code: Annotated[str, Meta(min_length=1, max_length=35, examples=["AC04"])] | None = None
    amount: Amount | None = None
    asset: AssetCode | None = None
    beneficiary: Reference | None = None
    end_to_end_id: Annotated[str, Meta(min_length=1, max_length=35)] | None = None
    faults: dict[str, Annotated[int, Meta(ge=0, le=10_000)]] = msgspec.field(default_factory=dict)


class CutOffShape(msgspec.Struct, frozen=True):
    """One window in which orders are taken, by the clock on the wall of its time zone."""

    opens: str
    closes: str
    time_zone: str
    weekdays: tuple[int, ...]
    assets: tuple[str, ...]


class CapabilitiesShape(msgspec.Struct, frozen=True):
    """What a rail can do. No assets means any; no cut-offs, that it never closes."""

    directions: tuple[Direction, ...]
    assets: tuple[str, ...]
    max_amount: Amount | None
    cut_offs: tuple[CutOffShape, ...]
    is_instant: bool
    can_return: bool
    can_cancel: bool
    unknown_is_final: bool


class Health(msgspec.Struct, frozen=True):
    """How a rail is: the breaker and the calls of this server, and the orders under way."""

    breaker: BreakerState
    calls_under_way: int
    waiting: int
    sending: int
    in_doubt: int
    taken: int
    faulty: int


class Rail(msgspec.Struct, frozen=True, kw_only=True):
    """A rail as it is now."""

    id: str
    object: Literal["rail"] = "rail"
    status: Literal["enabled", "disabled"]
    fallback: str | None
    is_simulated: bool
    capabilities: CapabilitiesShape
    health: Health
    allowed_actions: tuple[str, ...]


class RailList(ListShape, frozen=True, kw_only=True):
    """All rails, in the order in which they are wired."""

    data: list[Rail]


class RailMessageQuery(QueryShape, frozen=True, kw_only=True):
    """Filters. `status` is what was done about a message, or where an order is."""

    direction: (
        Annotated[
            Literal["in", "out"],
            Meta(description="What rails told (`in`, the default), or were told (`out`)."),
        ]
        | None
    ) = None
    status: MessageStatus | None = None
    payment: Annotated[str, Meta(description="Only about this payment.")] | None = None
    limit: str | None = None
    cursor: str | None = None


class RailMessageShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was told to a rail, or by it: raw, parsed, and what became of it.

    `type` is `order` of what goes out. `reason` says why nothing was done, of what came in.
    """

    id: str
    object: Literal["rail_message"] = "rail_message"
    direction: Literal["in", "out"]
    rail: str
    type: MessageKind
    status: MessageStatus
    message_id: str | None
    submission: str | None
    payment: str | None
    amount: Amount
    asset: str
    beneficiary: str | None
    end_to_end_id: str | None
    uetr: str | None
    correlation_id: str | None
    reference: str | None
    code: str | None
    reason: str | None
    occurred_at: Timestamp
    raw: str
    sha256: str
    sequence: str


class RailMessageList(ListShape, frozen=True, kw_only=True):
    """A page of messages, newest first."""

    data: list[RailMessageShape]


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What was made to happen; `message_id` is that of the message which tells of it."""

    object: Literal["simulation"] = "simulation"
    rail: str
    event: SimulatedEvent
    message_id: str | None


def rail(report: RailReport) -> Rail:
    """The reply that a rail is."""
    can, orders_in = report.capabilities, report.orders
    return Rail(
        id=report.name,
        status="enabled" if report.is_enabled else "disabled",
        fallback=report.fallback,
        is_simulated=report.is_simulated,
        capabilities=CapabilitiesShape(
            can.directions,
            can.assets,
            None if can.max_amount is None else str(can.max_amount),
            tuple(
                CutOffShape(each.opens, each.closes, each.time_zone, each.weekdays, each.assets)
                for each in can.cut_offs
            ),
            can.is_instant,
            can.can_return,
            can.can_cancel,
            can.unknown_is_final,
        ),
        health=Health(
            report.breaker,
            report.calls_under_way,
            orders_in[Stage.WAITING],
            orders_in[Stage.SENDING],
            orders_in[Stage.IN_DOUBT],
            orders_in[Stage.TAKEN],
            orders_in[Stage.FAULTY],
        ),
        allowed_actions=("disable" if report.is_enabled else "enable",),
    )


def message(matter: Matter) -> RailMessageShape:
    """The reply that a message, or an order, is."""
    return _order(matter) if matter.kind == orders.KIND else _told(matter)


def _told(matter: Matter) -> RailMessageShape:
    kept = read_message(matter)
    told: RailMessage = kept.message
    return RailMessageShape(
        id=matter.id,
        direction="in",
        rail=kept.rail,
        type=told.type.value,
        status=_status(matter),
        message_id=told.id,
        submission=told.submission,
        payment=kept.payment,
        amount=str(told.amount),
        asset=told.asset,
        beneficiary=told.beneficiary,
        end_to_end_id=told.end_to_end_id,
        uetr=None,
        correlation_id=None,
        reference=told.reference,
        code=told.code,
        reason=kept.reason,
        occurred_at=told.occurred_at.text(),
        raw=told.raw,
        sha256=kept.sha256,
        sequence=str(matter.number),
    )


def _order(matter: Matter) -> RailMessageShape:
    order = read_order(matter)
    submission = order.submission
    return RailMessageShape(
        id=matter.id,
        direction="out",
        rail=order.rail,
        type="order",
        status=_status(matter),
        message_id=None,
        submission=order.id,
        payment=submission.payment,
        amount=str(submission.amount),
        asset=submission.asset,
        beneficiary=submission.beneficiary,
        end_to_end_id=submission.end_to_end_id,
        uetr=submission.uetr,
        correlation_id=submission.correlation_id,
        reference=order.reference,
        code=order.code,
        reason=order.detail or None,
        occurred_at=order.ordered_at.text(),
        raw=order.raw,
        sha256=order.sha256,
        sequence=str(matter.number),
    )


def _status(matter: Matter) -> MessageStatus:
    return cast("MessageStatus", matter.status)


def instruction(event: SimulatedEvent, request: SimulationRequest) -> Instruction:
    """What a simulation is told to do; the submission of a payment is filled in elsewhere.

    Raises:
        Refusal: the amount is none.
    """
    return Instruction(
        event,
        submission=request.submission,
        code=request.code,
        amount=amount_or_none(request.amount, "/amount"),
        asset=request.asset,
        beneficiary=request.beneficiary,
        end_to_end_id=request.end_to_end_id,
        faults=request.faults,
    )
