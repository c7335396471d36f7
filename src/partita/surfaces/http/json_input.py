"""JSON input: a request's bytes become the struct that the operation declares, or a refusal.

Strict, since what is guessed wrong here moves money: UTF-8 only, no key twice, no NaN, no NUL,
no lone surrogates, no field that is not known, no number where a string must be.
"""

import json
import math
import re
from difflib import get_close_matches
from typing import Any, NoReturn

import msgspec
from msgspec import inspect

from partita.surfaces.http.refusal import Refusal

# No field takes a fraction, and reading one with a large exponent costs 13 µs: a megabyte of them
# would hold up everybody for seconds. Each becomes a float that is never looked at.
_read = msgspec.json.Decoder(float_hook=lambda _text: math.nan).decode
_write = msgspec.json.Encoder().encode

FIELD_CODES: dict[str, str] = {
    "amount": "invalid_amount",
    "min_posted": "invalid_amount",
    "max_posted": "invalid_amount",
    "min_available": "invalid_amount",
    "max_available": "invalid_amount",
    "overdraft": "invalid_amount",
    "if_balance": "invalid_amount",
    "max_amount": "invalid_amount",
    "effective_at": "invalid_timestamp",
    "begins_at": "invalid_timestamp",
    "ends_at": "invalid_timestamp",
    "expires_at": "invalid_timestamp",
    "metadata": "invalid_metadata",
}
"""The code of a wrong value, by the name of the field that it stands in; others are invalid_request."""

# How msgspec says where: "… - at `$.postings[0].amount`", or "… - at `key` in `$.metadata`".
_WHERE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>\$.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class BodyReader:
    """Reads bodies into one kind of struct."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        """Read into this struct; an empty body is one whose fields all have defaults."""
        self.kind = kind
        self.may_be_empty = all(not field.required for field in msgspec.structs.fields(kind))

    def read(self, body: bytes) -> Any:
        """The body as a struct.

        Raises:
            Refusal: it is not one; the refusal points at the guilty place.
        """
        if not body and self.may_be_empty:
            return self.kind()
        value = parse(body)
        try:
            return msgspec.convert(value, self.kind)
        except msgspec.ValidationError as error:
            explain(str(error), self.kind)


def parse(body: bytes) -> Any:
    """Strict JSON as plain values.

    Raises:
        Refusal: the bytes are not JSON, or are JSON that could be read in two ways.
    """
    try:
        value = _read(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("invalid_request", f"The body is not JSON: {error}.") from None
    # Written again, a text without escapes and without a key said twice gives the same bytes. That
    # takes a third of the time of looking at each object, which is left for bodies that differ.
    if b"\\" in body or _write(value) != msgspec.json.format(body, indent=-1):
        _look_closely(body)
    return value


def _look_closely(body: bytes) -> None:
    """Refuse keys that are said twice, and NUL, which no database takes in a text."""
    try:
        json.loads(body, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal("invalid_request", f"The body is not JSON: {error}.") from None
    if b"\\u0000" in body and "\0" in _all_text(_read(body)):
        raise Refusal("invalid_request", "A text in the body holds the character NUL (\\u0000).")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refusal("invalid_request", f"The body says {twice!r} twice in one object.")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _all_text(value: Any) -> str:
    if isinstance(value, dict):
        return "".join([*value, *map(_all_text, value.values())])
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    return value if isinstance(value, str) else ""


def explain(message: str, kind: type) -> NoReturn:
    """Raise the refusal that says what a failed conversion to `kind` means for the caller."""
    match = _WHERE.fullmatch(message)
    assert match is not None, "the pattern takes any text"
    steps = [name or int(place) for name, place in _STEP.findall(match["path"] or "")]
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    unknown = _UNKNOWN.fullmatch(match["what"])
    if unknown is not None:
        name = unknown["name"]
        hint = nearest(name, _fields_at(kind, steps))
        raise Refusal(
            "unknown_field", f"There is no field {name!r} here{hint}.", pointer=f"{pointer}/{name}"
        )
    code = next((FIELD_CODES[s] for s in reversed(steps) if s in FIELD_CODES), "invalid_request")
    raise Refusal(code, f"{match['what']}.", pointer=pointer)


def nearest(name: str, known: list[str]) -> str:
    """The hint that goes behind an unknown name: the nearest known one, or all of them."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}"
    return f"; known are {', '.join(known)}" if known else ""


def _fields_at(kind: type, steps: list[str | int]) -> list[str]:
    """The names of the fields of the struct that these steps lead to."""
    here: Any = inspect.type_info(kind)
    for step in steps:
        here = _inside(here)
        if isinstance(here, inspect.StructType):
            here = next((f.type for f in here.fields if f.encode_name == step), None)
        else:
            here = getattr(here, "item_type", None)
    here = _inside(here)
    return [f.encode_name for f in here.fields] if isinstance(here, inspect.StructType) else []


def _inside(here: Any) -> Any:
    """The struct or list of an optional one."""
    if isinstance(here, inspect.UnionType):
        return next((t for t in here.types if not isinstance(t, inspect.NoneType)), here)
    return here
