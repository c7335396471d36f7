"""Deciding on rules of the ledger itself: velocity limits and accounting periods."""

from collections.abc import Callable
from typing import Any

import msgspec

from partita.kernel import commands, events
from partita.kernel.book import Book
from partita.kernel.context import Context, Decision
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.periods import Late, Period, PeriodStatus
from partita.kernel.rejections import Code, Rejection
from partita.kernel.rule_checks import check_limit, check_period
from partita.kernel.velocity_limits import Limit, LimitScope, LimitStatus


def set_limit(book: Book, command: commands.SetLimit, context: Context) -> Decision:
    """Put a limit in force, or change it.

    Raises:
        ValueError: it makes no limit. Every face refuses that before.
    """
    check_limit(command)
    if book.asset(command.asset) is None:
        detail = f"There is no asset {command.asset!r} in this ledger."
        return Rejection(Code.ASSET_NOT_FOUND, detail, "/asset")
    wanted = msgspec.structs.asdict(command)
    known = _limit(book, command.title)
    if known is not None:
        if (other := _otherwise(known, command)) is not None:
            return other
        changed = known.with_changes(**wanted, version=known.version + 1)
        return events.LimitSet(context.identity("evt_"), changed)
    limit = Limit(id=context.identity("lim_"), number=context.sequence, **wanted)
    return events.LimitSet(limit.id, limit)


def _otherwise(known: Limit, command: commands.SetLimit) -> Rejection | None:
    """The objection to a change after which what was used would be of something else."""
    names = ["scope", "asset", "flow"]
    if known.scope is LimitScope.METADATA:
        names.append("subject")
    for name in names:
        if getattr(known, name) != getattr(command, name):
            detail = (
                f"The limit {known.title!r} is in force with another {name}, and what was used"
                " would not mean the same. Archive it first, or give this one another title."
            )
            facts = {
                "status": known.status.value,
                "allowed_actions": ",".join(known.allowed_actions),
            }
            return Rejection(Code.INVALID_STATE, detail, f"/{name}", facts)
    return None


def archive_limit(book: Book, command: commands.ArchiveLimit, context: Context) -> Decision:
    """Take a limit out of force; it is named by its id or its title."""
    known = book.velocity.limits.get(command.limit) or _limit(book, command.limit)
    if known is None:
        detail = f"There is no limit {command.limit!r} in force in this ledger."
        return Rejection(Code.LIMIT_NOT_FOUND, detail)
    archived = known.with_changes(status=LimitStatus.ARCHIVED)
    return events.LimitArchived(context.identity("evt_"), archived)


def _limit(book: Book, title: str) -> Limit | None:
    """The limit in force with this title."""
    return next((each for each in book.velocity.limits.values() if each.title == title), None)


def open_period(book: Book, command: commands.OpenPeriod, context: Context) -> Decision:
    """Name a span of time.

    Raises:
        ValueError: it makes no period. Every face refuses that before.
    """
    check_period(command)
    begins_at, ends_at = command.begins_at, command.ends_at
    for other in book.calendar.periods.values():
        is_apart = ends_at <= other.begins_at or begins_at >= other.ends_at
        if not is_apart or other.title == command.title:
            detail = f"The period {other.title!r} is there already, with some of its moments."
            facts = {"existing_resource_id": other.id}
            return Rejection(Code.PERIOD_OVERLAPS, detail, "/begins_at", facts)
    period = Period(
        id=context.identity("prd_"),
        number=context.sequence,
        title=command.title,
        begins_at=begins_at,
        ends_at=ends_at,
        metadata=command.metadata,
    )
    return events.PeriodOpened(period.id, period)


_CHANGES: dict[type, tuple[str, PeriodStatus, Callable[[str, Period], events.Event]]] = {
    commands.SoftClosePeriod: ("soft_close", PeriodStatus.SOFT_CLOSED, events.PeriodSoftClosed),
    commands.ReopenPeriod: ("reopen", PeriodStatus.OPEN, events.PeriodReopened),
    commands.ClosePeriod: ("close", PeriodStatus.CLOSED, events.PeriodClosed),
}


def change_period(book: Book, command: commands.ChangePeriod, context: Context) -> Decision:
    """Close a period, softly or for good, or open it again; named by its id or its title."""
    action, status, event = _CHANGES[type(command)]
    known = book.calendar.periods.values()
    named = (p for p in known if command.period in (p.id, p.title))
    period = next(named, None)
    if period is None:
        detail = f"There is no period {command.period!r} in this ledger."
        return Rejection(Code.PERIOD_NOT_FOUND, detail)
    if action not in period.allowed_actions:
        now, allowed = period.status.value, ",".join(period.allowed_actions)
        detail = f"The period {period.title} is {now}: it cannot be told to {action}."
        return Rejection(
            Code.INVALID_STATE, detail, None, {"status": now, "allowed_actions": allowed}
        )
    after = period.with_changes(status=status, reason=command.reason)
    return event(context.identity("evt_"), after)


PERIOD_KEY, MOMENT_KEY = "partita.late_for", "partita.effective_at"
"""Metadata of a transaction that came late: the period it was meant for, and the moment."""
_COUNTED = (
    events.TransactionPosted,
    events.TransactionReversed,
    events.TransactionSettled,
    events.HoldCaptured,
)


def governed(book: Book, command: Any, decision: events.Event, context: Context) -> Decision:
    """What the ledger's own rules make of a fact that all other rules allow."""
    if isinstance(decision, _COUNTED):
        period = book.calendar.shut(decision.effective_at)
        if period is not None:
            late = _late(book, command, decision, period)
            if isinstance(late, Rejection):
                return late
            decision = late
    if isinstance(command, commands.EditTransaction):
        wrong = _recounted(book, command)
        if wrong is not None:
            return wrong
    return book.velocity.objection(decision, context.now, book.side_of) or decision


def _recounted(book: Book, command: commands.EditTransaction) -> Rejection | None:
    """The objection to an edit that would lead what was counted under one value to another."""
    before = book.resources.get((Transaction.kind, command.transaction))
    assert isinstance(before, Transaction), "what is edited is there"
    for limit in book.velocity.limits.values():
        name, after = limit.subject, command.metadata
        if limit.scope is not LimitScope.METADATA or after is None or name not in after:
            continue
        if after[name] != (counted := before.metadata.get(name)):
            found = "none" if counted is None else repr(counted)
            detail = (
                f"The limit {limit.title!r} counts by {name}, and counted this transaction under"
                f" {found}, not {after[name]!r}. Archive it and pend another."
            )
            facts = {"limit": limit.id, "title": limit.title, "subject": after[name]}
            return Rejection(Code.VELOCITY_EXCEEDED, detail, "/metadata", facts)
    return None


def _late(book: Book, command: Any, event: Any, period: Period) -> Decision:
    """A transaction that counts in a period which is not open."""
    late: Late = getattr(command, "late", Late.REFUSE)
    moment: Moment = event.effective_at
    if late is Late.ADJUST and period.status is PeriodStatus.SOFT_CLOSED:
        return event  # type: ignore[no-any-return]
    if late is Late.MOVE:
        points_back = {PERIOD_KEY: period.id, MOMENT_KEY: moment.text()}
        opened = book.calendar.first_open_after(period)
        moved = {"effective_at": opened, "metadata": {**event.metadata, **points_back}}
        return msgspec.structs.replace(event, **moved)  # type: ignore[no-any-return]
    status = period.status.value
    detail = f"{moment.text()} lies in the period {period.title}, which is {status}."
    facts = {"period": period.id, "title": period.title, "status": status}
    return Rejection(Code.PERIOD_CLOSED, detail, "/effective_at", facts)
