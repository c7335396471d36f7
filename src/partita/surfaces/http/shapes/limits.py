"""Velocity limits on the wire: what they say, and who has used how much of them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.nearness import Near
from partita.kernel.commands import SetLimit
from partita.kernel.rule_checks import (
    FARTHEST_OFFSET_MINUTES,
    LONGEST_SUBJECT,
    LONGEST_TITLE,
    LONGEST_WINDOW_SECONDS,
    MOST_TIMES,
    RuleInvalid,
    check_limit,
)
from partita.kernel.velocity_limits import Flow, LimitScope, LimitStatus, WindowKind
from partita.kernel.velocity_limits import Limit as LimitOfKernel
from partita.kernel.velocity_limits import Window as WindowOfKernel
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ListShape,
    Metadata,
    QueryShape,
    RequestShape,
    Timestamp,
    amount_or_none,
)

Title = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_TITLE,
        description="What people call it, once in a ledger.",
        examples=["card per day"],
    ),
]


class WindowRequest(RequestShape, frozen=True, kw_only=True):
    """`rolling` for so many seconds; or the calendar's day, week (from Monday) or month."""

    kind: WindowKind
    seconds: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW_SECONDS)] | None = None
    utc_offset_minutes: Annotated[
        int, Meta(ge=-FARTHEST_OFFSET_MINUTES, le=FARTHEST_OFFSET_MINUTES)
    ] = 0


class LimitRequest(RequestShape, frozen=True, kw_only=True):
    """A limit to put in force, or to change, if there is one of this title.

    `subject` is an account's path, a pattern of paths (`customers:*:card`, `fees:**`) of which
    each account has a limit of its own, or a metadata key, each of whose values has one.
    """

    title: Title
    scope: LimitScope
    subject: Annotated[
        str, Meta(min_length=1, max_length=LONGEST_SUBJECT, examples=["customers:*:card"])
    ]
    asset: AssetCode
    window: WindowRequest
    flow: Flow = Flow.OUT
    max_amount: Amount | None = None
    max_count: Annotated[int, Meta(ge=1, le=MOST_TIMES)] | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class Window(msgspec.Struct, frozen=True):
    """The window; `seconds` is null for those of the calendar."""

    kind: WindowKind
    seconds: int | None
    utc_offset_minutes: int


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit as it is now. `version` counts its changes."""

    id: str
    object: Literal["limit"] = "limit"
    title: str
    status: LimitStatus
    version: int
    scope: LimitScope
    subject: str
    asset: str
    scale: int
    window: Window
    flow: Flow
    max_amount: Amount | None
    max_count: int | None
    metadata: dict[str, str]
    sequence: str
    allowed_actions: tuple[str, ...]


class LimitList(ListShape, frozen=True, kw_only=True):
    """A page of limits, newest first."""

    data: list[Limit]


class LimitUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one account, or one metadata value, has used within the window as it is now.

    `percent` is the larger one of amount and count, rounded down. `room_at` is when there will be
    room for the least use; null says that there is.
    """

    object: Literal["limit_usage"] = "limit_usage"
    subject: str
    percent: int
    used_amount: Amount
    max_amount: Amount | None
    used_count: int
    max_count: int | None
    asset: str
    scale: int
    window_starts_at: Timestamp
    room_at: Timestamp | None


class LimitUsageList(ListShape, frozen=True, kw_only=True):
    """A page of usages, the nearest to the limit first."""

    data: list[LimitUsage]


class LimitQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    title: Title | None = None
    status: LimitStatus | None = None
    limit: str | None = None
    cursor: str | None = None


class LimitUsageQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    near: (
        Annotated[
            str, Meta(description="Only who has used so many percent or more.", examples=["80"])
        ]
        | None
    ) = None
    limit: str | None = None
    cursor: str | None = None


def set_limit(request: LimitRequest) -> SetLimit:
    """The command that a request is.

    Raises:
        Refusal: the amount is none, or the limit makes no sense.
    """
    window = request.window
    if window.kind is not WindowKind.ROLLING and window.seconds is not None:
        detail = f"A {window.kind.value} has no seconds to be told."
        raise Refusal("invalid_request", detail, pointer="/window/seconds")
    command = SetLimit(
        request.title,
        request.scope,
        request.subject,
        request.asset,
        WindowOfKernel(window.kind, window.seconds or 0, window.utc_offset_minutes),
        request.flow,
        amount_or_none(request.max_amount, "/max_amount"),
        request.max_count,
        request.metadata,
    )
    try:
        return check_limit(command)
    except RuleInvalid as error:
        raise invalid(error) from None


def invalid(error: RuleInvalid) -> Refusal:
    """The refusal of a limit or a period that makes no sense."""
    text = str(error)
    return Refusal("invalid_request", f"{text[0].upper()}{text[1:]}.", pointer=f"/{error.field}")


def limit(kept: LimitOfKernel, scale: int) -> Limit:
    """The reply that a limit is."""
    window = kept.window
    return Limit(
        id=kept.id,
        title=kept.title,
        status=kept.status,
        version=kept.version,
        scope=kept.scope,
        subject=kept.subject,
        asset=kept.asset,
        scale=scale,
        window=Window(window.kind, window.seconds or None, window.utc_offset_minutes),
        flow=kept.flow,
        max_amount=None if kept.max_amount is None else str(kept.max_amount),
        max_count=kept.max_count,
        metadata=kept.metadata,
        sequence=str(kept.number),
        allowed_actions=kept.allowed_actions,
    )


def usage(near: Near, of: LimitOfKernel, scale: int) -> LimitUsage:
    """The reply that a usage is."""
    return LimitUsage(
        subject=near.subject,
        percent=near.percent,
        used_amount=str(near.amount),
        max_amount=None if of.max_amount is None else str(of.max_amount),
        used_count=near.count,
        max_count=of.max_count,
        asset=of.asset,
        scale=scale,
        window_starts_at=near.starts_at.text(),
        room_at=None if near.room_at is None else near.room_at.text(),
    )
