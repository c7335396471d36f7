"""Template documents: the form in which a template is written, sent, kept and shown.

Strict where it is read: what is not known is refused, with a JSON Pointer to it. Amounts are
expressions in texts (`"half_up(price * vat)"`), accounts are paths with `{parameter}` in them.
"""

import re
from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from partita.engine.plain_documents import Finding, NotOfTheForm, check_depth, convert
from partita.modules.templates.errors import TemplateInvalid

LARGEST_DOCUMENT_BYTES = 64 << 10
MOST_PARAMETERS, MOST_DEFINITIONS, MOST_ITEMS, MOST_PARTS = 50, 50, 100, 100
LONGEST_EXPRESSION, LONGEST_CONDITION, LONGEST_TEXT = 500, 500, 500
_DEEPEST = 12
NAME_PATTERN = r"^[a-z][a-z0-9_.-]{0,62}$(?!\n)"
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,62}", re.ASCII)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

RESERVED = frozenset(
    # What the language of amounts, the language of conditions (CEL) and its types call their own.
    [
        "floor",
        "ceiling",
        "half_even",
        "half_up",
        "min",
        "max",
        "rest",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
        "true",
        "false",
        "null",
        "bool",
        "bytes",
        "double",
        "duration",
        "dyn",
        "int",
        "list",
        "map",
        "null_type",
        "string",
        "timestamp",
        "type",
        "uint",
        "size",
        "has",
        "all",
        "exists",
        "exists_one",
        "filter",
        "matches",
        "contains",
        "google",
    ]
)
RESERVED_METADATA = ("template", "template_version")

Name = Annotated[
    str,
    Meta(pattern=NAME_PATTERN, description="The template's name.", examples=["card_purchase"]),
]
Expression = Annotated[
    str,
    Meta(
        min_length=1, max_length=LONGEST_EXPRESSION,
        description="An amount worked out from parameters and definitions, exactly; what is not"
        " whole must be rounded by name: floor, ceiling, half_even, half_up.",
        examples=["half_up(price * 8.1%)"],
    ),
]  # fmt: skip
Pattern = Annotated[
    str,
    Meta(
        min_length=1, max_length=LONGEST_TEXT,
        description="A text with {parameter} in it.", examples=["customers:{customer}"],
    ),
]  # fmt: skip
Condition = Annotated[
    str,
    Meta(
        min_length=1, max_length=LONGEST_CONDITION,
        description="A condition in CEL over parameters and whole definitions.",
        examples=["country == 'CH' && price > 100000"],
    ),
]  # fmt: skip
Description = Annotated[str, Meta(max_length=LONGEST_TEXT, description="For people.")]


class ParameterType(Enum):
    """What an argument can be."""

    AMOUNT = "amount"
    ACCOUNT = "account"
    ASSET = "asset"
    INTEGER = "integer"
    RATE = "rate"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"


class _Strict(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What all parts of a document share: unknown fields are refused, defaults are left out."""


class Parameter(_Strict, frozen=True, kw_only=True):
    """One parameter. `min` and `max` are inclusive, for amounts, integers, rates and dates.

    `asset` is for amounts alone and needed there: a code, or `{parameter}` of the type asset.
    """

    type: ParameterType
    asset: Annotated[str, Meta(max_length=64)] | None = None
    min: Annotated[str, Meta(max_length=60)] | None = None
    max: Annotated[str, Meta(max_length=60)] | None = None
    one_of: Annotated[list[str], Meta(min_length=1, max_length=100)] | None = None
    default: Annotated[str, Meta(max_length=LONGEST_TEXT)] | None = None
    description: Description = ""


class Definition(_Strict, frozen=True, kw_only=True):
    """A named amount. `asset` turns the figure into that asset's, whatever it was before."""

    amount: Expression
    asset: Annotated[str, Meta(max_length=64)] | None = None
    description: Description = ""


class Part(_Strict, frozen=True, kw_only=True):
    """One part of a side that is split: `amount` first, then `share` of what is left, then `rest`.

    Without a `rest` the shares are given out by largest remainder, to the last unit.
    """

    account: Pattern
    amount: Expression | None = None
    share: Expression | None = None
    rest: bool = False
    skip_if_zero: bool = False


Side = Pattern | Annotated[list[Part], Meta(min_length=1, max_length=MOST_PARTS)]


class Item(_Strict, frozen=True, kw_only=True):
    """An amount debited on one side and credited on the other; or on one side alone, if proved."""

    amount: Expression
    debit: Side | None = None
    credit: Side | None = None
    asset: Annotated[str, Meta(max_length=64)] | None = None
    when: Condition | None = None
    skip_if_zero: bool = False
    description: Description = ""


class TemplateDocument(_Strict, frozen=True, kw_only=True):
    """A posting scheme as it is written. The order of parameters and definitions says nothing."""

    name: Name
    postings: Annotated[list[Item], Meta(min_length=1, max_length=MOST_ITEMS)]
    description: Description = ""
    parameters: Annotated[dict[str, Parameter], Meta(max_length=MOST_PARAMETERS)] = {}
    let: Annotated[dict[str, Expression | Definition], Meta(max_length=MOST_DEFINITIONS)] = {}
    type: Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{1,64}$(?!\n)")] | None = None
    external_id: Pattern | None = None
    metadata: Annotated[dict[str, Pattern], Meta(max_length=48)] = {}


def check_name(name: str) -> str:
    """Return the name if a template may have it, else raise ValueError with the rule."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(
            "not a template's name; use 1 to 63 of a-z, 0-9, '_', '.', '-', beginning with a letter"
        )
    return name


def check_identifier(name: str) -> str:
    """Return the name if a parameter or definition may have it, else raise ValueError."""
    if _IDENTIFIER.fullmatch(name) is None:
        raise ValueError("a name here is 1 to 40 of a-z, 0-9, '_', beginning with a letter")
    if name in RESERVED:
        raise ValueError(f"{name!r} is a word of the language of amounts or conditions")
    return name


def read_document(value: Any, *, are_texts: bool = False) -> TemplateDocument:
    """A document out of plain values, as JSON has them.

    `are_texts`: all scalars are texts, as those of a YAML file are, where nothing else is certain.

    Raises:
        TemplateInvalid: it is not of the form; the finding points at the first guilty place.
    """
    try:
        check_depth(value, _DEEPEST)
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            _check_name(value["name"])
        return convert(value, TemplateDocument, are_texts=are_texts)
    except NotOfTheForm as error:
        raise TemplateInvalid(error.finding) from None


def _check_name(name: str) -> None:
    try:
        check_name(name)
    except ValueError as error:
        raise TemplateInvalid(Finding("/name", f"{name[:80]!r} is {error}.")) from None


def canonical(document: TemplateDocument) -> str:
    """The document as JSON text, the same for equal documents: keys sorted, defaults left out."""
    return msgspec.json.encode(document, order="sorted").decode()


def from_canonical(body: str) -> TemplateDocument:
    """The document that `canonical` wrote down; it was checked before it was kept."""
    return msgspec.json.decode(body.encode(), type=TemplateDocument)
