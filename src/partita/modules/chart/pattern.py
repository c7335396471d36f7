"""Patterns: one kind of account of a chart, with variables in its path, and what a path says by it."""

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from partita.kernel.account import NORMAL_SIDE, UNLIMITED, AccountType, Constraints, Side
from partita.kernel.asset import check_code
from partita.kernel.commands import OpenAccount
from partita.modules.chart.roles import ASSET, AccountClass

_SEGMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}", re.ASCII)


class Segment(NamedTuple):
    """One segment of a pattern: a text that stands there, or the name of a variable."""

    text: str
    is_variable: bool

    def __str__(self) -> str:
        """As it is written."""
        return f"{{{self.text}}}" if self.is_variable else self.text

    def takes(self, segment: str) -> bool:
        """Whether a path may have this segment here."""
        if not self.is_variable:
            return segment == self.text
        return is_segment(segment) and (self.text != ASSET or is_asset_code(segment))

    def meets(self, other: "Segment") -> bool:
        """Whether some segment of a path would do for both."""
        if self.is_variable:
            return other.is_variable or self.takes(other.text)
        return other.takes(self.text)


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of account. `fixed_asset` is what it counts where its path has no `{asset}`."""

    segments: tuple[Segment, ...]
    type: AccountType
    normal_side: Side
    account_class: AccountClass
    fixed_asset: str | None = None
    opens: bool = False
    constraints: Constraints = UNLIMITED
    roles: tuple[str, ...] = ()
    description: str = ""

    @property
    def path(self) -> str:
        """The pattern as it is written: `fees:{kind}:{asset}`."""
        return ":".join(map(str, self.segments))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its variables, in the order of the path."""
        return tuple(segment.text for segment in self.segments if segment.is_variable)

    def meets(self, other: "Pattern") -> bool:
        """Whether some path would match both, so that nobody could say which is meant."""
        mine, theirs = self.segments, other.segments
        return len(mine) == len(theirs) and all(
            one.meets(another) for one, another in zip(mine, theirs, strict=True)
        )


class Match(NamedTuple):
    """What a path says by its chart: the pattern, the values of its variables, the asset."""

    path: str
    pattern: Pattern
    variables: dict[str, str]

    @property
    def asset(self) -> str | None:
        """What the account counts; None if neither its path nor the chart says it."""
        return self.variables.get(ASSET, self.pattern.fixed_asset)

    def account(self) -> OpenAccount | None:
        """The command that opens this account as the chart has it; None without an asset."""
        asset, pattern = self.asset, self.pattern
        if asset is None:
            return None
        is_usual = pattern.normal_side is NORMAL_SIDE[pattern.type]
        side = None if is_usual else pattern.normal_side
        return OpenAccount(self.path, asset, pattern.type, side, pattern.constraints)


def read_path(path: str) -> tuple[Segment, ...]:
    """The segments of a pattern, or of a part of one.

    >>> [str(segment) for segment in read_path("fees:{kind}")]
    ['fees', '{kind}']

    Raises:
        ValueError: a segment is neither a text nor a variable.
    """
    return tuple(_segment(text) for text in path.split(":"))


def is_segment(text: str) -> bool:
    """Whether a path may have this segment."""
    return _SEGMENT.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def is_asset_code(text: str) -> bool:
    """Whether an asset may be called so; kept, since a ledger asks for few of them, again and again."""
    try:
        check_code(text)
    except ValueError:
        return False
    return True


def _segment(text: str) -> Segment:
    if variable := _VARIABLE.fullmatch(text):
        return Segment(variable[1], True)
    if not is_segment(text):
        raise ValueError(
            f"{text[:80]!r} is no segment of a path: write 1 to 64 of A-Z, a-z, 0-9, '_', '.', '-',"
            " or {name} for a variable (a-z, 0-9, '_')"
        )
    return Segment(text, False)
