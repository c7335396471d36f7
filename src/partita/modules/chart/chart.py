"""The chart as decisions use it: a path finds its pattern, a role finds its path.

Both are a few dictionary look-ups: a path goes down a tree of its segments, a role has its
patterns ready. Since no path matches two patterns, the order in which they are tried says nothing.
"""

from typing import Any

from partita.kernel.account import LONGEST_PATH
from partita.kernel.commands import OpenAccount
from partita.modules.chart.document import ChartDocument, read_document
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.chart.pattern import Match, Pattern, Segment, is_asset_code, is_segment
from partita.modules.chart.reading import read_patterns
from partita.modules.chart.roles import ASSET, ROLES


class Chart:
    """A chart of accounts. `version` is 0 while it is not in force anywhere."""

    def __init__(self, document: ChartDocument, version: int = 0) -> None:
        """Read the document.

        Raises:
            ChartInvalid: no chart can be made of it.
        """
        self.document, self.version = document, version
        self.patterns = read_patterns(document)
        self._tree = _Tree()
        self._places: dict[str, list[_Place]] = {}
        for pattern in self.patterns:
            self._tree.add(pattern)
            for role in pattern.roles:
                self._places.setdefault(role, []).append(_Place(pattern))
        for places in self._places.values():
            # What fits more closely goes first: an asset by name, then more variables.
            places.sort(key=lambda place: (place.fixed_asset is None, -len(place.names)))

    @property
    def is_strict(self) -> bool:
        """Whether no account may be opened that the chart does not foresee."""
        return self.document.strict

    def match(self, path: str) -> Match | None:
        """What this path is by the chart; None if it is outside."""
        segments = path.split(":")
        pattern = self._tree.find(segments, 0)
        if pattern is None:
            return None
        pairs = zip(pattern.segments, segments, strict=True)
        return Match(path, pattern, {one.text: given for one, given in pairs if one.is_variable})

    def opening(self, path: str) -> OpenAccount | None:
        """The command that opens this account, if it opens by itself; else None."""
        found = self.match(path)
        return found.account() if found is not None and found.pattern.opens else None

    def role_of(self, path: str) -> str | None:
        """The role that this account plays; the first, if it plays several."""
        found = self.match(path)
        return found.pattern.roles[0] if found is not None and found.pattern.roles else None

    def has_role(self, role: str) -> bool:
        """Whether the chart has a place for this role at all."""
        return role in self._places

    def place(self, role: str, /, **variables: str) -> str:
        """The path of the account that plays this role for these values.

        Without an `asset` it is the path before its last segment, the asset: the base of a wallet.
        A variable that the chart does not tell apart is left out.

        Raises:
            RoleNotInChart: the chart has no pattern of this role that these values fill.
            ValueError: there is no such role or variable, or no path could have this value.
        """
        _check(role, variables)
        asset = variables.get(ASSET)
        for place in self._places.get(role, ()):
            if place.names <= variables.keys() and place.counts(asset):
                return place.path(variables)
        given = ", ".join(f"{name}={value}" for name, value in variables.items())
        raise RoleNotInChart(f"The chart {self.document.name} has no place for {role}({given}).")


def read_chart(value: Any, *, are_texts: bool = False) -> Chart:
    """The chart out of plain values, as JSON has them; see `read_document`.

    Raises:
        ChartInvalid: no chart can be made of it; every guilty place is named.
    """
    return Chart(read_document(value, are_texts=are_texts))


def _check(role: str, variables: dict[str, str]) -> None:
    known = ROLES.get(role)
    if known is None:
        raise ValueError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
    for name, value in variables.items():
        if name not in known:
            raise ValueError(f"{role} has no variable {name!r}; it has {', '.join(known)}")
        if not (is_asset_code(value) if name == ASSET else is_segment(value)):
            raise ValueError(f"no path has {value!r:.80} in it for {name}")


class _Place:
    """Where a role is: the pattern's segments, ready to be filled in."""

    __slots__ = ("_ends_by_asset", "_segments", "fixed_asset", "names")

    def __init__(self, pattern: Pattern) -> None:
        self.names = frozenset(pattern.variables) - {ASSET}
        self.fixed_asset = pattern.fixed_asset
        self._segments = pattern.segments
        self._ends_by_asset = pattern.segments[-1] == Segment(ASSET, True)

    def counts(self, asset: str | None) -> bool:
        """Whether it is a place for this asset; None asks for the base of all of them."""
        if asset is None:
            return self._ends_by_asset
        return self.fixed_asset is None or self.fixed_asset == asset

    def path(self, variables: dict[str, str]) -> str:
        segments = self._segments if ASSET in variables else self._segments[:-1]
        path = ":".join([variables[text] if varies else text for text, varies in segments])
        if len(path) > LONGEST_PATH:
            raise ValueError(f"a path of {len(path)} characters is too long: {path:.80}…")
        return path


class _Tree:
    """Patterns by their segments, one level for each."""

    __slots__ = ("_any", "_asset", "_texts", "pattern")

    def __init__(self) -> None:
        self._texts: dict[str, _Tree] = {}
        self._asset: _Tree | None = None
        self._any: _Tree | None = None
        self.pattern: Pattern | None = None

    def add(self, pattern: Pattern) -> None:
        node = self
        for segment in pattern.segments:
            node = node._below(segment)
        assert node.pattern is None, "two patterns of the same form were refused"
        node.pattern = pattern

    def _below(self, segment: Segment) -> "_Tree":
        if not segment.is_variable:
            return self._texts.setdefault(segment.text, _Tree())
        if segment.text == ASSET:
            self._asset = self._asset or _Tree()
            return self._asset
        self._any = self._any or _Tree()
        return self._any

    def find(self, segments: list[str], at: int) -> Pattern | None:
        """The pattern of these segments from here on; at most one fits, so any order will do."""
        if at == len(segments):
            return self.pattern
        segment = segments[at]
        found = None
        if (node := self._texts.get(segment)) is not None:
            found = node.find(segments, at + 1)
        if found is None and self._asset is not None and is_asset_code(segment):
            found = self._asset.find(segments, at + 1)
        if found is None and self._any is not None and is_segment(segment):
            found = self._any.find(segments, at + 1)
        return found
