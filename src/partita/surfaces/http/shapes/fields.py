"""Fields: the types of values that many shapes share, with their limits and their JSON Schema.

What a type can say, it checks while the body is read. Amounts and moments say their pattern to
the reader of the schema only, and are checked once, where they are turned into numbers.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.amount import parse
from partita.kernel.moment import Moment
from partita.surfaces.http.refusal import Refusal

# (?!\n): Python's $ would also stand before a line feed at the end; JSON Schema's would not.
_TYPE = r"^[a-z0-9_.-]{1,64}$(?!\n)"
_SIGNED_AMOUNT = r"^-?(0|[1-9][0-9]{0,37})$(?!\n)"
_MOMENT = {"format": "date-time", "examples": ["2026-11-20T10:00:00Z"]}

Amount = Annotated[
    str,
    Meta(
        min_length=1,
        description="Whole minor units of the asset, as a string of 1 to 38 digits.",
        examples=["500"],
        extra_json_schema={"pattern": "^(0|[1-9][0-9]{0,37})$", "maxLength": 38},
    ),
]
SignedAmount = Annotated[
    str,
    Meta(
        pattern=_SIGNED_AMOUNT,
        description="Whole minor units of the asset, with a sign if negative.",
        examples=["-500"],
    ),
]
AssetCode = Annotated[
    str,
    Meta(min_length=1, max_length=24, description="An asset's code.", examples=["USD"]),
]
AccountReference = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="An account's path, or its id (`acc_…`).",
        examples=["customers:alice"],
    ),
]
TransactionType = Annotated[
    str, Meta(pattern=_TYPE, description="A word of your own for the kind.", examples=["transfer"])
]
ExternalId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="Your own reference: printable characters, unique in the ledger.",
        examples=["order-8812"],
    ),
]
IdempotencyKey = Annotated[
    str,
    Meta(
        pattern=r"^[ -~]{1,255}$(?!\n)", description="The key that it was posted under, unquoted."
    ),
]
Timestamp = Annotated[
    str,
    Meta(description="RFC 3339 with a zone, at most six decimals.", extra_json_schema=_MOMENT),
]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^(?!partita\.)[^\[\]]*$")],
        Annotated[str, Meta(max_length=500)],
    ],
    Meta(
        max_length=50,
        description="Your own notes: up to 50 keys. No personal data."
        " Keys that begin with `partita.` are the ledger's own.",
    ),
]
Reason = Annotated[str, Meta(min_length=1, max_length=500, description="Why, for the journal.")]


class RequestShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all bodies of requests share: a field that is not known is refused."""


class QueryShape(msgspec.Struct, frozen=True, kw_only=True):
    """What all query strings share: every parameter is text, and may be left out."""


def amount(text: str, pointer: str) -> int:
    """The number that an amount of the wire is.

    Raises:
        Refusal: it is not an amount; the refusal points at it.
    """
    try:
        return parse(text)
    except ValueError as error:
        raise Refusal("invalid_amount", f"{text[:60]!r} is {error}.", pointer=pointer) from None


def amount_or_none(text: str | None, pointer: str) -> int | None:
    """The number that an amount of the wire is, if it was given."""
    return None if text is None else amount(text, pointer)


def moment(text: str, pointer: str | None = None) -> Moment:
    """The moment that a timestamp of the wire is; `pointer` is None for one out of the query.

    Raises:
        Refusal: it is not a moment; the refusal points at it.
    """
    try:
        return Moment.parse(text)
    except ValueError as error:
        raise Refusal("invalid_timestamp", f"{text[:60]!r}: {error}.", pointer=pointer) from None


def moment_or_none(text: str | None) -> Moment | None:
    """The moment that a parameter of the query is, if it was given."""
    return None if text is None else moment(text)


def moment_at(text: str | None, pointer: str) -> Moment | None:
    """The moment that a field of the body is, if it was given."""
    return None if text is None else moment(text, pointer)


def printable_or_none(text: str | None, pointer: str) -> str | None:
    """The text of a field, if it was given and a person could print it."""
    return None if text is None else printable(text, pointer)


def printable(text: str, pointer: str) -> str:
    """The text, if a person could print it.

    Raises:
        Refusal: it has control characters or the like.
    """
    if not text.isprintable():
        raise Refusal(
            "invalid_request", "Only printable characters can stand here.", pointer=pointer
        )
    return text


class ListShape(msgspec.Struct, frozen=True, kw_only=True):
    """What all lists share. `next_cursor` brings the next page; None says that there is none."""

    object: Literal["list"] = "list"
    has_more: bool
    next_cursor: str | None
    prev_cursor: None = None
    url: str
