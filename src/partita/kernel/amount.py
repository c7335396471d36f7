"""Amounts: exact whole numbers of an asset's minor unit. There are no floats in Partita.

On the wire an amount is a string of 1 to 38 digits (`"500"` of USD is five dollars). A decimal
figure such as a bank prints it becomes an amount by `from_decimal`, which refuses to round
unless told how.
"""

import re
from collections.abc import Sequence
from enum import Enum

LARGEST = 10**38 - 1
"""The largest amount, and the largest running total: 38 digits, as PostgreSQL numeric(38)."""

_WIRE = re.compile(r"0|[1-9][0-9]{0,37}")
_DECIMAL = re.compile(r"([+-]?)([0-9]{1,60})(?:\.([0-9]{0,60}))?")


class Rounding(Enum):
    """What to do with digits finer than the minor unit."""

    REFUSE = "refuse"
    """Raise: nothing is ever rounded in silence."""
    HALF_EVEN = "half_even"
    """To the nearest, ties to the even digit (IEEE 754 roundTiesToEven)."""
    DOWN = "down"
    """Towards zero."""


def parse(text: str) -> int:
    """Read a wire amount: digits only, no sign, no leading zero, no exponent, at most 38.

    >>> parse("500")
    500

    Raises:
        ValueError: the text is anything else.
    """
    if _WIRE.fullmatch(text) is None:
        raise ValueError(
            "not an amount; write whole minor units as a string of 1 to 38 digits,"
            ' such as "500" for 5.00 USD'
        )
    return int(text)


def from_decimal(text: str, scale: int, rounding: Rounding = Rounding.REFUSE) -> int:
    """Signed minor units of a plain decimal figure.

    >>> from_decimal("-12.5", 2)
    -1250

    Raises:
        ValueError: not a plain decimal, or finer than `scale` while rounding is refused.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a plain decimal figure such as 12.50")
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    minor = int(whole + fraction[:scale].ljust(scale, "0"))
    minor += _rounded_up(minor, fraction[scale:], rounding, text)
    return -minor if sign == "-" else minor


def _rounded_up(minor: int, rest: str, rounding: Rounding, text: str) -> int:
    """1 if the digits beyond the minor unit round up, else 0."""
    if not rest.strip("0") or rounding is Rounding.DOWN:
        return 0
    if rounding is Rounding.REFUSE:
        raise ValueError(f"{text!r} is finer than the asset's minor unit")
    half = "5".ljust(len(rest), "0")
    return int(rest > half or (rest == half and minor % 2 == 1))


def to_decimal(minor: int, scale: int) -> str:
    """The plain decimal figure of an amount, with exactly `scale` decimals.

    >>> to_decimal(-1250, 2)
    '-12.50'
    """
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


def allocate(amount: int, shares: Sequence[int]) -> list[int]:
    """Split an amount by shares; every unit is given out (largest remainder, first one first).

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]

    Raises:
        ValueError: the amount is negative, or no share is positive, or one is negative.
    """
    total = sum(shares)
    if amount < 0 or total <= 0 or min(shares) < 0:
        raise ValueError("allocate needs an amount of 0 or more and shares that add up to more")
    parts = [amount * share // total for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda n: -(amount * shares[n] % total))
    for n in by_remainder[: amount - sum(parts)]:
        parts[n] += 1
    return parts
