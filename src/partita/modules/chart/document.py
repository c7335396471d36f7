"""Chart documents: the form in which a chart of accounts is written, sent, kept and shown.

A tree: each key is one segment of a path or several, `{name}` stands for any segment. What a
branch says of type, class and the rest holds for all accounts below it that do not say otherwise.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from partita.engine.plain_documents import Finding, NotOfTheForm, check_depth, convert, step
from partita.kernel.account import AccountType, Side
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.roles import AccountClass

LARGEST_DOCUMENT_BYTES = 40 << 10
"""So that its record, in which it stands as a text, stays below what bundles of records hold."""
NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,62}$(?!\n)"
_DEEPEST = 30

Units = Annotated[
    str,
    Meta(
        pattern=r"^-?(0|[1-9][0-9]{0,37})$(?!\n)",
        description="An amount in minor units, as a text.",
        examples=["0"],
    ),
]
Description = Annotated[str, Meta(max_length=500, description="For people.")]
RoleName = Annotated[str, Meta(max_length=64, description="A role; docs/chart.md lists them.")]


class _Strict(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What all parts of a document share: unknown fields are refused, defaults are left out."""


class ChartLimits(_Strict, frozen=True, kw_only=True):
    """Floors and ceilings of an account, in minor units on its normal side."""

    min_posted: Units | None = None
    max_posted: Units | None = None
    min_available: Units | None = None
    max_available: Units | None = None
    overdraft: Units | None = None


class ChartBranch(_Strict, frozen=True, kw_only=True, rename={"account_class": "class"}):
    """An account, or a branch of the tree with `accounts` of its own.

    `opens`: its accounts open by themselves on first use. `asset`: what they count, where the path
    has no `{asset}`. `role`: what business looks for here.
    """

    type: AccountType | None = None
    account_class: AccountClass | None = None
    normal_side: Side | None = None
    asset: Annotated[str, Meta(max_length=24)] | None = None
    opens: bool | None = None
    constraints: ChartLimits | None = None
    role: RoleName | Annotated[list[RoleName], Meta(max_length=10)] | None = None
    description: Description = ""
    accounts: "dict[str, ChartBranch]" = {}

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles, however they are written."""
        if self.role is None:
            return ()
        return (self.role,) if isinstance(self.role, str) else tuple(self.role)


class ChartDocument(_Strict, frozen=True, kw_only=True):
    """A chart as it is written. `strict`: no account may be opened that it does not foresee."""

    name: Annotated[str, Meta(pattern=NAME_PATTERN, description="The chart's name.")]
    accounts: dict[str, ChartBranch] = {}
    description: Description = ""
    strict: bool = False


def read_document(value: Any, *, are_texts: bool = False) -> ChartDocument:
    """A document out of plain values, as JSON has them.

    `are_texts`: all scalars are texts, as those of a YAML file are, where nothing else is certain.

    Raises:
        ChartInvalid: it is not of the form; the findings point at each guilty place.
    """
    try:
        check_depth(value, _DEEPEST)
    except NotOfTheForm as error:
        raise ChartInvalid(error.finding) from None
    if not isinstance(value, dict):
        raise ChartInvalid(Finding("", "A chart is an object with a name and accounts."))
    findings: list[Finding] = []
    document: ChartDocument | None = _read(value, ChartDocument, "", (findings, are_texts))
    if document is not None and not document.accounts:
        findings.append(Finding("/accounts", "A chart has at least one account."))
    if document is None or findings:
        raise ChartInvalid(*findings)
    if len(canonical(document).encode()) > LARGEST_DOCUMENT_BYTES:
        raise ChartInvalid(Finding("", f"A chart has at most {LARGEST_DOCUMENT_BYTES} bytes."))
    return document


_Node = TypeVar("_Node", ChartDocument, ChartBranch)


def _read(value: Any, form: type[_Node], at: str, sink: tuple[list[Finding], bool]) -> Any:
    """One level by itself and those below one by one, so that every place is known exactly."""
    findings, are_texts = sink
    if not isinstance(value, dict):
        findings.append(Finding(at, "An account, or a branch with `accounts`, is an object."))
        return None
    own = {key: part for key, part in value.items() if key != "accounts"}
    try:
        node = convert(own, form, are_texts=are_texts)
    except NotOfTheForm as error:
        findings.append(Finding(at + error.finding.pointer, error.finding.detail))
        node = None
    if node is not None and not _is_storable(node.description):
        findings.append(Finding(f"{at}/description", "A text holds no NUL and no half character."))
    below = value.get("accounts", {})
    if not isinstance(below, dict):
        findings.append(Finding(f"{at}/accounts", "`accounts` is an object of paths."))
        return None
    children = {
        str(key): _read(part, ChartBranch, f"{at}{step('accounts', key)}", sink)
        for key, part in below.items()
    }
    return None if node is None else msgspec.structs.replace(node, accounts=children)


def _is_storable(text: str) -> bool:
    """Whether a database takes the text; YAML can write what JSON over HTTP cannot."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def canonical(document: ChartDocument) -> str:
    """The document as JSON text, the same for equal documents: keys sorted, defaults left out."""
    return msgspec.json.encode(document, order="sorted").decode()


def from_canonical(body: str) -> ChartDocument:
    """The document that `canonical` wrote down; it was checked before it was kept."""
    return msgspec.json.decode(body.encode(), type=ChartDocument)
