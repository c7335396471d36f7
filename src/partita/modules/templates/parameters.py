"""Parameters: what an argument of each type looks like, and the value that it becomes.

Every argument may be a text; integers may also be JSON integers, booleans JSON booleans. A float
is never taken. Values are ints, texts, bools, and for rates a pair of ints (see `arithmetic.py`).
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from partita.kernel.account import check_path
from partita.kernel.amount import parse, to_decimal
from partita.kernel.asset import check_code
from partita.modules.templates.arithmetic import Pair
from partita.modules.templates.document import LONGEST_TEXT, Parameter, ParameterType

Reading = Callable[[Any], Any]
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_RATE = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,18}))?(%|bp)?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ACCOUNT_ID = re.compile(r"acc_[0-9A-Z]{26}", re.ASCII)
_RATE_SCALES = {None: 0, "%": 2, "bp": 4}
_BOOLEANS = {"true": True, "false": False}
_BOUNDED = {ParameterType.AMOUNT, ParameterType.INTEGER, ParameterType.RATE, ParameterType.DATE}
_LISTED = {ParameterType.TEXT, ParameterType.ACCOUNT, ParameterType.ASSET}


def read_rate(text: str) -> Pair:
    """An exact rate: a decimal, a percentage, or basis points, over a power of ten.

    >>> read_rate("8.1%"), read_rate("290bp"), read_rate("0.5")
    ((81, 1000), (290, 10000), (5, 10))

    Raises:
        ValueError: it is none of them.
    """
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError("not a rate; write 0.081, 8.1% or 810bp, with at most 18 decimals")
    sign, digits, decimals, unit = match.groups("")
    scale = len(decimals) + _RATE_SCALES[unit or None]
    return int(f"{sign}{digits}{decimals}"), 10**scale


def rate_text(rate: Pair) -> str:
    """The plain decimal of a rate.

    >>> rate_text((81, 1000))
    '0.081'
    """
    numerator, denominator = rate
    return to_decimal(numerator, len(str(denominator)) - 1)


def _amount(value: Any) -> int:
    return parse(_text(value))


def _integer(value: Any) -> int:
    text = str(value) if type(value) is int else _text(value)
    if _INTEGER.fullmatch(text) is None:
        raise ValueError("not an integer of at most 18 digits")
    return int(text)


def _rate(value: Any) -> Pair:
    return read_rate(_text(value))


def _words(value: Any) -> str:
    text = _text(value)
    if not 0 < len(text) <= LONGEST_TEXT or not text.isprintable():
        raise ValueError(f"a text is 1 to {LONGEST_TEXT} printable characters")
    return text


def _account(value: Any) -> str:
    text = _text(value)
    is_id = text.startswith("acc_") and _ACCOUNT_ID.fullmatch(text) is not None
    return text if is_id else check_path(text)


def _asset(value: Any) -> str:
    return check_code(_text(value))


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if _text(value) not in _BOOLEANS:
        raise ValueError("not a boolean; write true or false")
    return _BOOLEANS[value]


def _date(value: Any) -> str:
    text = _text(value)
    if _DATE.fullmatch(text) is None:
        raise ValueError("not a date; write it like 2026-11-20")
    date.fromisoformat(text)
    return text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"write it as a text, not as a {type(value).__name__}")
    return value


_READINGS: dict[ParameterType, Reading] = {
    ParameterType.AMOUNT: _amount,
    ParameterType.ACCOUNT: _account,
    ParameterType.ASSET: _asset,
    ParameterType.INTEGER: _integer,
    ParameterType.RATE: _rate,
    ParameterType.TEXT: _words,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.DATE: _date,
}


def reading_of(parameter: Parameter) -> Reading:
    """The function that reads an argument of this parameter, within its bounds.

    Raises:
        ValueError: the declaration contradicts itself.
    """
    read = _READINGS[parameter.type]
    _check_fields(parameter)
    if parameter.one_of is not None:
        read = _listed(read, parameter.one_of)
    if parameter.min is not None or parameter.max is not None:
        read = _bounded(parameter, read)
    if parameter.default is not None:
        read(parameter.default)
    return read


def _check_fields(parameter: Parameter) -> None:
    kind = parameter.type
    if (parameter.asset is not None) != (kind is ParameterType.AMOUNT):
        verb = "needs" if kind is ParameterType.AMOUNT else "has no"
        raise ValueError(f"a parameter of the type {kind.value} {verb} `asset`")
    if kind not in _BOUNDED and not parameter.min is parameter.max is None:
        raise ValueError(f"a parameter of the type {kind.value} has no `min` and `max`")
    if kind not in _LISTED and parameter.one_of is not None:
        raise ValueError(f"a parameter of the type {kind.value} has no `one_of`")


def _listed(read: Reading, one_of: list[str]) -> Reading:
    allowed = {read(each) for each in one_of}

    def checked(value: Any) -> Any:
        result = read(value)
        if result not in allowed:
            raise ValueError(f"it is one of {', '.join(one_of)}")
        return result

    return checked


def _bounded(parameter: Parameter, read: Reading) -> Reading:
    lowest = None if parameter.min is None else read(parameter.min)
    highest = None if parameter.max is None else read(parameter.max)
    if lowest is not None and highest is not None and _is_less(highest, lowest):
        raise ValueError("`max` is less than `min`")

    def checked(value: Any) -> Any:
        result = read(value)
        if lowest is not None and _is_less(result, lowest):
            raise ValueError(f"it is at least {parameter.min}")
        if highest is not None and _is_less(highest, result):
            raise ValueError(f"it is at most {parameter.max}")
        return result

    return checked


def _is_less(left: Any, right: Any) -> bool:
    if isinstance(left, tuple):
        return bool(left[0] * right[1] < right[0] * left[1])
    return bool(left < right)


def as_text(value: Any) -> str:
    """A value as patterns write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return rate_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown_arguments(
    arguments: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> list[str]:
    """The names of arguments that no parameter has, in order."""
    return sorted(str(name) for name in arguments if name not in parameters)
