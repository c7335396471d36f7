"""Rule documents: the form in which a rule is written, sent, kept and shown.

Strict where it is read: what is not known is refused, with a JSON Pointer to it. Amounts are texts
of whole minor units, percentages texts (`1.5%`, `150bp`), roles such as `fees/card` (`fees:card`
says the same).
"""

from enum import Enum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from partita.engine.plain_documents import NotOfTheForm, check_depth, convert
from partita.modules.rules.errors import RuleInvalid
from partita.modules.templates.document import (
    MOST_DEFINITIONS,
    MOST_ITEMS,
    MOST_PARAMETERS,
    Definition,
    Item,
    Name,
    Parameter,
)

LARGEST_DOCUMENT_BYTES = 32 << 10
LONGEST_CONDITION, LONGEST_TEXT, MOST_HOLIDAYS, MOST_BUSINESS_DAYS = 500, 500, 500, 250
LAST_PRIORITY = 9_999

EVENT_PATTERN = r"^[a-z][a-z_]{0,29}\.[a-z][a-z_]{0,29}$(?!\n)"
Amount = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,37})$(?!\n)", examples=["30"])]
Percentage = Annotated[
    str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,18})?(%|bp)?$(?!\n)", examples=["1.5%"])
]
Role = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,39}([:/][a-z0-9_.-]{1,40}){0,4}$(?!\n)",
              examples=["fees/card"]),
]  # fmt: skip
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", examples=["2026-12-25"])]


class Rounding(Enum):
    """How a percentage becomes whole units; the names are those of templates."""

    FLOOR = "floor"
    CEILING = "ceiling"
    HALF_EVEN = "half_even"
    HALF_UP = "half_up"


class OnFailure(Enum):
    """What a payment does when a rule has no answer: fail by its name, or go on without it."""

    FAIL = "fail"
    SKIP = "skip"


class Base(Enum):
    """What a percentage is of: the payment's amount, or the fees that earlier rules charged."""

    AMOUNT = "amount"
    FEES = "fees"


class TaxMode(Enum):
    """Whether a tax is in the amount already, or comes on top of it."""

    INCLUDED = "included"
    ADDED = "added"


class Weekday(Enum):
    """Days of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class _Strict(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What all parts of a document share: unknown fields are refused, defaults are left out."""


class Charging(_Strict, frozen=True, kw_only=True):
    """A percentage and a fixed part; `min` and `cap` bound what comes out."""

    percentage: Percentage | None = None
    fixed: Amount | None = None
    min: Amount | None = None
    cap: Amount | None = None
    rounding: Rounding = Rounding.HALF_EVEN


class FeeEffect(Charging, frozen=True, kw_only=True):
    """A fee: from the destination, as a rule, to a role such as `fees/card`."""

    to: Role
    from_: Role = msgspec.field(name="from", default="destination")
    of: Base = Base.AMOUNT


class TaxEffect(Charging, frozen=True, kw_only=True):
    """A tax: included in the amount (then from the destination), or added to it (then from the source)."""

    mode: TaxMode
    to: Role = "taxes"
    from_: Role | None = msgspec.field(name="from", default=None)
    of: Base = Base.AMOUNT


class RewardEffect(Charging, frozen=True, kw_only=True):
    """A reward in another asset: its units for each unit of the payment's asset, both smallest.

    `cap` is for one payment; `cap_per_month` for one customer and calendar month.
    """

    asset: Annotated[str, Meta(max_length=64)]
    cap_per_month: Amount | None = None
    to: Role = "source"
    from_: Role = msgspec.field(name="from", default="rewards")


class HoldEffect(_Strict, frozen=True, kw_only=True):
    """Funds that the destination has after so many business days, from `at` (local time) on."""

    business_days: Annotated[int, Meta(ge=0, le=MOST_BUSINESS_DAYS)]
    weekend: Annotated[tuple[Weekday, ...], Meta(max_length=6)] = (
        Weekday.SATURDAY,
        Weekday.SUNDAY,
    )
    holidays: Annotated[tuple[Day, ...], Meta(max_length=MOST_HOLIDAYS)] = ()
    at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")] = "00:00"


class DenyEffect(_Strict, frozen=True, kw_only=True):
    """A refusal, for a reason that the source is told."""

    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]


class PostingsEffect(_Strict, frozen=True, kw_only=True):
    """Postings by a template, whose accounts are roles; it must be proved to balance.

    Parameters are given what an occasion has of that name; any other name is read from the
    payment's metadata.
    """

    postings: Annotated[list[Item], Meta(min_length=1, max_length=MOST_ITEMS)]
    parameters: Annotated[dict[str, Parameter], Meta(max_length=MOST_PARAMETERS)] = {}
    let: Annotated[dict[str, str | Definition], Meta(max_length=MOST_DEFINITIONS)] = {}


class RuleDocument(_Strict, frozen=True, kw_only=True):
    """A rule as it is written: when it is asked, whether it applies, and its one effect.

    `on: payment.captured` is whenever money of a payment is captured, all of it, a part, or at once.
    `asset`: only payments in it; needed wherever amounts are named. Rules of one event run by
    `priority`, the smallest first, then by name. `timezone` is where its days and months are.
    """

    name: Name
    on: Annotated[str, Meta(pattern=EVENT_PATTERN, examples=["payment.captured"])]
    asset: Annotated[str, Meta(max_length=64)] | None = None
    when: Annotated[str, Meta(min_length=1, max_length=LONGEST_CONDITION)] | None = None
    priority: Annotated[int, Meta(ge=0, le=LAST_PRIORITY)] = 100
    on_failure: OnFailure = OnFailure.FAIL
    timezone: Annotated[str, Meta(max_length=64)] = "UTC"
    description: Text = ""
    fee: FeeEffect | None = None
    tax: TaxEffect | None = None
    reward: RewardEffect | None = None
    hold_funds: HoldEffect | None = None
    deny: DenyEffect | None = None
    template: PostingsEffect | None = None


EFFECTS = ("fee", "tax", "reward", "hold_funds", "deny", "template")
"""The closed set of effects, by the name that a document gives them."""


def effect_name(document: RuleDocument) -> str:
    """Which effect a document has.

    Raises:
        ValueError: it has none, or more than one.
    """
    found = [name for name in EFFECTS if getattr(document, name) is not None]
    if len(found) != 1:
        raise ValueError(f"a rule has one effect of {', '.join(EFFECTS)}; here are {len(found)}")
    return found[0]


def zone_of(document: RuleDocument) -> ZoneInfo:
    """The zone in which a rule's days and months are.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(document.timezone)
    except (KeyError, OSError, ValueError):
        detail = f"there is no time zone {document.timezone[:64]!r}; write it like Europe/Zurich"
        raise ValueError(detail) from None


def read_rule(value: Any, *, are_texts: bool = False) -> RuleDocument:
    """A document out of plain values, as JSON has them.

    `are_texts`: all scalars are texts, as those of a YAML file are, where nothing else is certain.

    Raises:
        RuleInvalid: it is not of the form; the finding points at the first guilty place.
    """
    try:
        check_depth(value)
        return convert(value, RuleDocument, are_texts=are_texts)
    except NotOfTheForm as error:
        raise RuleInvalid(error.finding) from None


def canonical(document: RuleDocument) -> str:
    """The document as JSON text, the same for equal documents: keys sorted, defaults left out."""
    return msgspec.json.encode(document, order="sorted").decode()


def from_canonical(body: str) -> RuleDocument:
    """The document that `canonical` wrote down; it was checked before it was kept."""
    return msgspec.json.decode(body.encode(), type=RuleDocument)
