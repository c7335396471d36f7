"""Rolling up: accounts become a tree by the segments of their paths, with a sum for each branch.

A branch has a line of its own if two or more accounts stand below it; what would repeat the one line
beneath it is left out. At the depth asked for, a branch is shown as its sum alone.
"""

from collections.abc import Iterable, Iterator

from partita.modules.reports.report import Line, Role

Amounts = tuple[int, ...]
_Path = tuple[str, ...]


def roll_up(accounts: Iterable[tuple[str, Amounts]], depth: int | None = None) -> list[Line]:
    """Lines for accounts and branches, by path; `depth` in segments, None shows every account.

    >>> lines = roll_up([("users:a", (5,)), ("users:b", (7,)), ("cash", (1,))])
    >>> [(line.label, line.amounts[0], line.depth) for line in lines]
    [('cash', 1, 0), ('users', 12, 0), ('users:a', 5, 1), ('users:b', 7, 1)]
    """
    sums: dict[_Path, Amounts] = {}
    counts: dict[_Path, int] = {}
    own: dict[_Path, Amounts] = {}
    for name, amounts in accounts:
        path = tuple(name.split(":"))
        for length in range(1, min(len(path), depth or len(path)) + 1):
            branch = path[:length]
            sums[branch] = _added(sums.get(branch), amounts)
            counts[branch] = counts.get(branch, 0) + 1
        if depth is None or len(path) <= depth:
            own[path] = amounts
    return [
        line
        for path in sorted(sums)
        for line in _lines(path, sums[path], counts, own.get(path), is_cut=len(path) == depth)
    ]


def _lines(
    path: _Path, total: Amounts, counts: dict[_Path, int], own: Amounts | None, *, is_cut: bool
) -> Iterator[Line]:
    """The branch's line, if it has one, and that of the account at this very path."""
    name = ":".join(path)
    level = sum(counts[path[:length]] > 1 for length in range(1, len(path)))
    has_own_line = counts[path] > 1 or (is_cut and own is None)
    if has_own_line:
        yield Line(Role.GROUP, name, total, level)
    if own is not None and not (has_own_line and is_cut):
        yield Line(Role.ACCOUNT, name, own, level + has_own_line)


def _added(one: Amounts | None, other: Amounts) -> Amounts:
    return other if one is None else tuple(a + b for a, b in zip(one, other, strict=True))
