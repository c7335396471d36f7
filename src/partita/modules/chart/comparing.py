"""What lies between two charts: patterns added, removed, changed; and accounts that fall outside."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from partita.kernel.account import Account, Constraints
from partita.modules.chart.chart import Chart
from partita.modules.chart.pattern import Match, Pattern


class Change(NamedTuple):
    """One thing that a pattern says otherwise than before, as plain values."""

    path: str
    field: str
    before: Any
    after: Any


class Difference(NamedTuple):
    """What a chart has that another has not. Patterns are told apart by what paths they match."""

    added: tuple[Pattern, ...]
    removed: tuple[Pattern, ...]
    changed: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both charts say the same of every path."""
        return not (self.added or self.removed or self.changed)


class Misfit(NamedTuple):
    """An account that is not what the chart says of its path."""

    path: str
    field: str
    is_now: str
    by_chart: str


class Fit(NamedTuple):
    """How accounts that exist stand to a chart.

    `lost`: the chart before foresaw them, this one does not. `outside`: neither does.
    """

    matched: int
    lost: tuple[str, ...]
    outside: tuple[str, ...]
    misfits: tuple[Misfit, ...]


def compare(before: Chart | None, after: Chart) -> Difference:
    """What `after` says otherwise than `before`; everything is new if there was none."""
    old = {} if before is None else {_form(pattern): pattern for pattern in before.patterns}
    new = {_form(pattern): pattern for pattern in after.patterns}
    changed = tuple(
        change
        for form, pattern in new.items()
        if form in old
        for change in _changes(old[form], pattern)
    )
    if before is not None and before.is_strict is not after.is_strict:
        changed = (Change("", "strict", before.is_strict, after.is_strict), *changed)
    return Difference(
        tuple(pattern for form, pattern in new.items() if form not in old),
        tuple(pattern for form, pattern in old.items() if form not in new),
        changed,
    )


def fit(accounts: Iterable[Account], after: Chart, before: Chart | None = None) -> Fit:
    """How these accounts stand to the chart `after`, which comes after `before`."""
    matched, lost, outside, misfits = 0, [], [], []
    for account in accounts:
        found = after.match(account.path)
        if found is not None:
            matched += 1
            misfits += _misfits(account, found)
        elif before is not None and before.match(account.path) is not None:
            lost.append(account.path)
        else:
            outside.append(account.path)
    return Fit(matched, tuple(lost), tuple(outside), tuple(misfits))


def described(pattern: Pattern) -> dict[str, Any]:
    """A pattern as plain values, by the names that documents have for them."""
    return {
        "path": pattern.path,
        "type": pattern.type.value,
        "class": pattern.account_class.value,
        "normal_side": pattern.normal_side.value,
        "asset": pattern.fixed_asset,
        "opens": pattern.opens,
        "roles": list(pattern.roles),
        "constraints": _limits(pattern.constraints),
        "description": pattern.description,
    }


def _form(pattern: Pattern) -> tuple[str, ...]:
    """The same for patterns that match the same paths, whatever their variables are called."""
    return tuple(
        str(segment) if not segment.is_variable or segment.text == "asset" else "{}"
        for segment in pattern.segments
    )


def _changes(before: Pattern, after: Pattern) -> list[Change]:
    old, new = described(before), described(after)
    return [
        Change(after.path, name, old[name], value)
        for name, value in new.items()
        if old[name] != value
    ]


def _misfits(account: Account, found: Match) -> list[Misfit]:
    pattern, by_chart = found.pattern, found.asset
    pairs = (
        ("type", account.type.value, pattern.type.value),
        ("normal_side", account.normal_side.value, pattern.normal_side.value),
        ("asset", account.asset, by_chart if by_chart is not None else account.asset),
    )
    return [Misfit(account.path, *pair) for pair in pairs if pair[1] != pair[2]]


def _limits(constraints: Constraints) -> dict[str, str]:
    usual = Constraints()
    return {
        name: str(units)
        for name, units in msgspec.structs.asdict(constraints).items()
        if units != getattr(usual, name)
    }
