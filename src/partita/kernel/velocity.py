"""Velocity: what events use of the limits in force, and whether there is so much left.

The definitions are in `velocity_limits.py`. What was used follows from the journal: it is counted
as events are taken into the book, and kept beside it only so that nobody has to count again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from partita.kernel import events
from partita.kernel.account import Side
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.kernel.velocity_limits import Flow, Limit, LimitScope, LimitStatus, Usage

_COUNTED = (
    events.TransactionPosted,
    events.TransactionPended,
    events.TransactionEdited,
    events.HoldPlaced,
    events.HoldIncremented,
    events.HoldCaptured,
)
"""What limits are about. Giving back (a reversal, a release) is never in the way, nor does it count."""


SideOf = Callable[[str], Side]
"""The normal side of the account at a path."""


def uses(limit: Limit, event: events.Event, side_of: SideOf) -> list[tuple[str, int]]:
    """Each subject that an event uses the limit of, and how much."""
    if not isinstance(event, _COUNTED):
        return []
    if limit.scope is LimitScope.METADATA:
        return _uses_of_value(limit, event)
    sums: dict[str, int] = {}
    for entry in event.entries:
        if entry.asset == limit.asset and limit.covers(entry.account):
            is_in = entry.direction is side_of(entry.account)
            if is_in is (limit.flow is Flow.IN):
                sums[entry.account] = sums.get(entry.account, 0) + entry.amount + entry.pending
    return [(path, amount) for path, amount in sums.items() if amount > 0]


def _uses_of_value(limit: Limit, event: Any) -> list[tuple[str, int]]:
    """The one value that an event uses the limit of. A hold is counted by its own when it is placed.

    So what is captured of it counts under that value no more, except for what goes beyond; under
    another value, or if the hold had none, all of it counts.
    """
    value, amount = _metadata(event).get(limit.subject), _moved(limit, event)
    if isinstance(event, events.HoldCaptured):
        held_for = event.hold.metadata.get(limit.subject)
        if held_for is not None and value in (None, held_for):
            value, amount = held_for, _beyond_hold(limit, event)
    return [] if value is None or amount <= 0 else [(value, amount)]


def _beyond_hold(limit: Limit, event: events.HoldCaptured) -> int:
    """How much more of the asset leaves the hold's account than had been set aside."""
    own = (e for e in event.entries if e.account == event.hold.account and e.asset == limit.asset)
    return sum(entry.amount + entry.pending for entry in own)


def _metadata(event: Any) -> dict[str, str]:
    """The metadata that stands with an event, or with what it is about."""
    source: Any = event if hasattr(event, "metadata") else event.resource
    metadata: dict[str, str] = source.metadata
    return metadata


def _moved(limit: Limit, event: Any) -> int:
    """How much of the limit's asset an event moves or sets aside: its larger side."""
    sides = {Side.DEBIT: 0, Side.CREDIT: 0}
    for entry in event.entries:
        if entry.asset == limit.asset:
            sides[entry.direction] += entry.amount + entry.pending
    return max(sides.values())


def may_use(
    limit: Limit, paths: Iterable[str], texts: Iterable[Mapping[str, str]]
) -> Iterator[str]:
    """The subjects of a limit that commands with these accounts and metadata may use."""
    if limit.scope is LimitScope.METADATA:
        yield from (metadata[limit.subject] for metadata in texts if limit.subject in metadata)
    else:
        yield from (path for path in paths if limit.covers(path))


class Velocity:
    """The limits in force, and what is known to be used of them; part of the book.

    Limits on a single account are found by its path, since there may be one for each account.
    """

    __slots__ = ("_by_path", "_others", "limits", "touched", "usages")

    def __init__(self) -> None:
        """No limits yet."""
        self.limits: dict[str, Limit] = {}
        self._by_path: dict[str, tuple[Limit, ...]] = {}
        self._others: tuple[Limit, ...] = ()
        self.usages: dict[tuple[str, str], Usage] = {}
        self.touched: dict[tuple[str, str], None] = {}

    def keep(self, limit: Limit) -> None:
        """Take in a limit as it is now."""
        known = self.limits.pop(limit.id, None)
        if known is not None:
            self._file(known, keep=False)
        if limit.status is LimitStatus.ACTIVE:
            self.limits[limit.id] = limit
            self._file(limit, keep=True)

    def _file(self, limit: Limit, *, keep: bool) -> None:
        """Put a limit where it is found, or take it away from there."""
        path = limit.only_account
        before = self._others if path is None else self._by_path.get(path, ())
        after = tuple(each for each in before if each.id != limit.id)
        after = (*after, limit) if keep else after
        if path is None:
            self._others = after
        else:
            self._by_path[path] = after

    def _about(self, paths: Iterable[str]) -> list[Limit]:
        """The limits that these accounts may have to do with, the oldest first."""
        alone = (limit for path in dict.fromkeys(paths) for limit in self._by_path.get(path, ()))
        return sorted((*self._others, *alone), key=lambda limit: limit.number)

    def objection(self, event: events.Event, now: Moment, side_of: SideOf) -> Rejection | None:
        """Why an event would pass a limit; the oldest limit answers first."""
        for limit in self._about(entry.account for entry in events.entries_in(event)):
            for subject, amount in uses(limit, event, side_of):
                usage = self.usage(limit.id, subject)
                used = usage.used(limit, now)
                if limit.exceeded(used, (amount, 1)):
                    room_at = usage.room_at(limit, now, amount)
                    return _exceeded(limit, subject, amount, used, room_at)
        return None

    def count(self, event: events.Event, now: Moment, side_of: SideOf) -> None:
        """Note what a fact used."""
        for limit in self._about(entry.account for entry in events.entries_in(event)):
            for subject, amount in uses(limit, event, side_of):
                name = limit.id, subject
                self.usages[name] = self.usage(*name).plus(limit, now, amount)
                self.touched[name] = None

    def usage(self, limit: str, subject: str) -> Usage:
        """What is known to be used; nothing, if nothing is known."""
        return self.usages.get((limit, subject)) or Usage(limit, subject)

    def may_use(
        self, paths: Iterable[str], metadata: Iterable[Mapping[str, str]]
    ) -> Iterator[tuple[str, str]]:
        """The usages, by limit and subject, that commands with these may ask for and are unknown."""
        known, all_paths, texts = self.usages, dict.fromkeys(paths), tuple(metadata)
        for limit in self._about(all_paths):
            subjects = dict.fromkeys(may_use(limit, all_paths, texts))
            yield from ((limit.id, s) for s in subjects if (limit.id, s) not in known)

    def settle(self) -> None:
        """Keep of the usages only those that were touched since this was last asked."""
        self.usages = {name: self.usages[name] for name in self.touched}
        self.touched = {}

    def copy(self) -> "Velocity":
        """The same, to go its own way."""
        other = Velocity()
        other.limits, other.usages = dict(self.limits), dict(self.usages)
        other._by_path, other._others = dict(self._by_path), self._others
        other.touched = dict(self.touched)
        return other

    def forget(self) -> None:
        """Drop everything that was loaded."""
        self.limits, self.usages, self.touched = {}, {}, {}
        self._by_path, self._others = {}, ()


def _exceeded(
    limit: Limit, subject: str, amount: int, used: tuple[int, int], room_at: Moment | None
) -> Rejection:
    spent, times = used
    bounds = []
    if limit.max_amount is not None:
        bounds.append(f"{spent} of {limit.max_amount} {limit.asset} are used, {amount} more asked")
    if limit.max_count is not None:
        bounds.append(f"{times} of {limit.max_count} times are used")
    facts = {
        "limit": limit.id, "title": limit.title, "subject": subject, "used_amount": str(spent),
        "used_count": str(times), "amount": str(amount),
        "max_amount": "" if limit.max_amount is None else str(limit.max_amount),
        "max_count": "" if limit.max_count is None else str(limit.max_count),
        "room_at": "" if room_at is None else room_at.text(),
    }  # fmt: skip
    detail = f"The limit {limit.title!r} on {subject}: {'; '.join(bounds)}."
    if room_at is not None:
        detail += f" There is room for it at {room_at.text()}."
    return Rejection(Code.VELOCITY_EXCEEDED, detail, None, facts)
