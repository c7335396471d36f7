"""The chart of accounts on the wire: its document, its patterns, and what a new one changes."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from partita.kernel.account import AccountType, Side
from partita.modules.chart.comparing import Difference, Fit, described
from partita.modules.chart.document import ChartDocument
from partita.modules.chart.in_force import InForce
from partita.modules.chart.pattern import Pattern
from partita.modules.chart.ready import READY
from partita.modules.chart.roles import AccountClass
from partita.modules.chart.surveying import Survey
from partita.surfaces.http.shapes.fields import (
    ListShape,
    QueryShape,
    Reason,
    RequestShape,
    SignedAmount,
)

MOST_PATHS = 100
"""How many paths of accounts an answer names; all are counted."""

_Accounts = Annotated[
    dict[str, Any],
    Meta(
        description="The tree: accounts and branches by their paths.",
        examples=[{"fees:{kind}:{asset}": {"type": "income", "class": "fee", "opens": True}}],
    ),
]


class ChartQuery(QueryShape, frozen=True, kw_only=True):
    """Which version."""

    version: (
        Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,8})$(?!\n)", description="As it was then.")]
        | None
    ) = None


class ChartInput(RequestShape, frozen=True, kw_only=True):
    """A chart, in one of three ways: a document, the text of a YAML file, or the name of a ready one."""

    document: Annotated[dict[str, Any], Meta(description="The chart as JSON.")] | None = None
    yaml: Annotated[str, Meta(max_length=163_840, description="The chart as YAML.")] | None = None
    ready: Annotated[Literal[READY], Meta(description="A ready chart.")] | None = None  # type: ignore[valid-type]


class ChartImport(ChartInput, frozen=True, kw_only=True):
    """A chart to put in force. With `if_version` only if that is the version now; 0: there is none."""

    if_version: Annotated[int, Meta(ge=0, le=10**9)] | None = None
    reason: Reason | None = None


class ChartPatch(RequestShape, frozen=True, kw_only=True):
    """What to change of the chart in force, as JSON Merge Patch (RFC 7396): null takes a path out."""

    name: Annotated[str, Meta(min_length=1, max_length=63)] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    strict: bool | UnsetType = UNSET
    accounts: _Accounts | UnsetType = UNSET


class RetireChartRequest(RequestShape, frozen=True, kw_only=True):
    """Why, for the journal."""

    reason: Reason | None = None


class ChartPattern(msgspec.Struct, frozen=True, rename={"account_class": "class"}):
    """One kind of account: `opens` says that it opens by itself on first use."""

    path: str
    type: AccountType
    account_class: AccountClass
    normal_side: Side
    asset: str | None
    opens: bool
    roles: list[str]
    constraints: dict[str, SignedAmount]
    description: str


class ChartChange(msgspec.Struct, frozen=True):
    """One thing that a pattern says otherwise than before."""

    path: str
    field: str
    before: Any
    after: Any


class ChartDifference(msgspec.Struct, frozen=True):
    """Patterns that are new, are gone, or say something else."""

    added: list[str]
    removed: list[str]
    changed: list[ChartChange]


class ChartMisfit(msgspec.Struct, frozen=True):
    """An account that is not what the chart says of its path."""

    path: str
    field: str
    is_now: str
    by_chart: str


class AccountsOutside(msgspec.Struct, frozen=True):
    """Accounts, counted; the first 100 by their paths."""

    count: int
    paths: list[str]


class ChartFit(msgspec.Struct, frozen=True):
    """How the accounts that exist stand to the chart: `lost` were foreseen by the one before."""

    matched: int
    lost: AccountsOutside
    outside: AccountsOutside
    misfits: list[ChartMisfit]


class ChartOfAccounts(msgspec.Struct, frozen=True):
    """The chart of accounts. `status` is active; or built_in or retired, where the ready one serves.

    `difference` and `accounts` are there in answers to what changes it.
    """

    id: str | None
    name: str
    status: Literal["active", "retired", "built_in"]
    version: int
    strict: bool
    description: str
    document: ChartDocument
    patterns: list[ChartPattern]
    object: Literal["chart_of_accounts"] = "chart_of_accounts"
    difference: ChartDifference | UnsetType = UNSET
    accounts: ChartFit | UnsetType = UNSET


class ChartSurvey(msgspec.Struct, frozen=True):
    """What a chart would change, if it were applied."""

    name: str
    patterns: int
    difference: ChartDifference
    accounts: ChartFit
    object: Literal["chart_survey"] = "chart_survey"


class ReadyChart(msgspec.Struct, frozen=True):
    """A chart that comes ready made."""

    name: str
    description: str
    document: ChartDocument
    object: Literal["ready_chart"] = "ready_chart"


class ReadyChartList(ListShape, frozen=True, kw_only=True):
    """The ready charts; always one page."""

    data: list[ReadyChart]


def chart(
    kept: InForce, difference: Difference | None = None, fit: Fit | None = None
) -> ChartOfAccounts:
    """The chart as it is kept."""
    document = kept.chart.document
    return ChartOfAccounts(
        id=kept.id, name=document.name, status=kept.status, version=kept.version,  # type: ignore[arg-type]
        strict=document.strict, description=document.description, document=document,
        patterns=[pattern(each) for each in kept.chart.patterns],
        difference=UNSET if difference is None else _difference(difference),
        accounts=UNSET if fit is None else _fit(fit),
    )  # fmt: skip


def survey(name: str, patterns: int, found: Survey) -> ChartSurvey:
    """What a chart would change."""
    return ChartSurvey(name, patterns, _difference(found.difference), _fit(found.fit))


def pattern(each: Pattern) -> ChartPattern:
    """A pattern as it is shown."""
    return msgspec.convert(described(each), ChartPattern)


def _difference(found: Difference) -> ChartDifference:
    return ChartDifference(
        [each.path for each in found.added],
        [each.path for each in found.removed],
        [ChartChange(*each) for each in found.changed],
    )


def _fit(found: Fit) -> ChartFit:
    return ChartFit(
        found.matched,
        AccountsOutside(len(found.lost), list(found.lost[:MOST_PATHS])),
        AccountsOutside(len(found.outside), list(found.outside[:MOST_PATHS])),
        [ChartMisfit(*each) for each in found.misfits[:MOST_PATHS]],
    )
