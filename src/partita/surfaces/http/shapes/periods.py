"""Accounting periods on the wire."""

from typing import Literal

import msgspec

from partita.kernel.commands import OpenPeriod
from partita.kernel.periods import Period as PeriodOfKernel
from partita.kernel.periods import PeriodStatus
from partita.kernel.rule_checks import RuleInvalid, check_period
from partita.surfaces.http.shapes.fields import (
    ListShape,
    Metadata,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
    moment,
)
from partita.surfaces.http.shapes.limits import Title, invalid


class PeriodRequest(RequestShape, frozen=True, kw_only=True):
    """A span of effective time to name: from `begins_at` inclusive to `ends_at` exclusive."""

    title: Title
    begins_at: Timestamp
    ends_at: Timestamp
    metadata: Metadata = msgspec.field(default_factory=dict)


class PeriodChangeRequest(RequestShape, frozen=True, kw_only=True):
    """Why the period's status changes; the whole body may be left out."""

    reason: Reason | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A period as it is now, and why it came to its status, if that was said."""

    id: str
    object: Literal["period"] = "period"
    title: str
    status: PeriodStatus
    begins_at: Timestamp
    ends_at: Timestamp
    reason: str | None
    metadata: dict[str, str]
    sequence: str
    allowed_actions: tuple[str, ...]


class PeriodList(ListShape, frozen=True, kw_only=True):
    """A page of periods, the last one opened first."""

    data: list[Period]


class PeriodQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    title: Title | None = None
    status: PeriodStatus | None = None
    limit: str | None = None
    cursor: str | None = None


def open_period(request: PeriodRequest) -> OpenPeriod:
    """The command that a request is.

    Raises:
        Refusal: a moment is none, or the period would end before it begins.
    """
    command = OpenPeriod(
        request.title,
        moment(request.begins_at, "/begins_at"),
        moment(request.ends_at, "/ends_at"),
        request.metadata,
    )
    try:
        return check_period(command)
    except RuleInvalid as error:
        raise invalid(error) from None


def period(kept: PeriodOfKernel) -> Period:
    """The reply that a period is."""
    return Period(
        id=kept.id,
        title=kept.title,
        status=kept.status,
        begins_at=kept.begins_at.text(),
        ends_at=kept.ends_at.text(),
        reason=kept.reason,
        metadata=kept.metadata,
        sequence=str(kept.number),
        allowed_actions=kept.allowed_actions,
    )
