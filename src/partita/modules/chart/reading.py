"""Reading a chart's document into patterns: what a branch says goes down to its accounts.

Everything that is wrong is found at once, each with its place: a segment that no path has, a
variable twice, an account without a type, two patterns that one path would match, a role twice.
"""

from collections.abc import Iterator

import msgspec

from partita.engine.plain_documents import Finding, step
from partita.kernel.account import LONGEST_PATH, NORMAL_SIDE, Constraints
from partita.modules.chart.document import ChartBranch, ChartDocument, ChartLimits
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.pattern import Pattern, Segment, is_asset_code, read_path
from partita.modules.chart.roles import ASSET, ROLES

MOST_PATTERNS, MOST_SEGMENTS = 500, 12
_HANDED_DOWN = ("type", "account_class", "normal_side", "asset", "opens", "constraints")

Placed = tuple[str, Pattern]
"""A pattern, and the place of the document where it stands."""


def read_patterns(document: ChartDocument) -> tuple[Pattern, ...]:
    """The patterns of a document, in the order in which they are written.

    Raises:
        ChartInvalid: no chart can be made of it; every guilty place is named.
    """
    findings: list[Finding] = []
    placed: list[Placed] = []
    for pointer, segments, branch in _accounts(document, findings):
        faults = list(_faults(segments, branch))
        findings += [Finding(pointer + where, detail) for where, detail in faults]
        if not faults:
            placed.append((pointer, _pattern(segments, branch)))
    if len(placed) > MOST_PATTERNS:
        raise ChartInvalid(Finding("/accounts", f"A chart has at most {MOST_PATTERNS} patterns."))
    findings += [*_ambiguities(placed), *_roles_twice(placed)]
    if findings:
        raise ChartInvalid(*findings)
    return tuple(pattern for _, pattern in placed)


def role_key(pattern: Pattern) -> tuple[frozenset[str], str | None]:
    """What tells two patterns of one role apart: their variables, and an asset that is fixed."""
    return frozenset(pattern.variables) - {ASSET}, pattern.fixed_asset


_Found = tuple[str, tuple[Segment, ...], ChartBranch]


def _accounts(document: ChartDocument, findings: list[Finding]) -> Iterator[_Found]:
    """Every leaf of the tree with its path, and with what the branches above it say."""
    waiting: list[_Found] = [("", (), ChartBranch(accounts=document.accounts))]
    while waiting:
        pointer, segments, branch = waiting.pop()
        below: list[_Found] = []
        for key, child in branch.accounts.items():
            at = pointer + step("accounts", key)
            try:
                path = (*segments, *read_path(key))
            except ValueError as error:
                findings.append(Finding(at, f"{error}."))
                continue
            below.append((at, path, _inherit(branch, child)))
        waiting += reversed(below)
        if not branch.accounts:
            yield pointer, segments, branch
        elif branch.roles:
            detail = "A branch has no role; give it to an account, one without `accounts`."
            findings.append(Finding(f"{pointer}/role", detail))


def _inherit(above: ChartBranch, below: ChartBranch) -> ChartBranch:
    own = {name: value for name in _HANDED_DOWN if (value := getattr(above, name)) is not None}
    said = {name: value for name in _HANDED_DOWN if (value := getattr(below, name)) is not None}
    if below.type is not None:
        # The usual side of the new type, and not the unusual one of the old.
        own.pop("normal_side", None)
    return msgspec.structs.replace(below, **(own | said))


def _faults(segments: tuple[Segment, ...], branch: ChartBranch) -> Iterator[tuple[str, str]]:
    """What is wrong with one account, each with where below its own place."""
    names = [segment.text for segment in segments if segment.is_variable]
    if len(segments) > MOST_SEGMENTS or sum(len(s.text) + 1 for s in segments) > LONGEST_PATH:
        yield "", f"A path has at most {MOST_SEGMENTS} segments and {LONGEST_PATH} characters."
    if segments[0].is_variable or segments[0].text.startswith("acc_"):
        yield (
            "",
            "A path begins with a text of its own, and not with 'acc_', as ids of accounts do.",
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "", f"The variable {{{name}}} stands twice in one path."
    if branch.type is None:
        yield "", "The account has no type, and no branch above it says one."
    if branch.account_class is None:
        yield "", "The account has no class, and no branch above it says one."
    yield from _asset_faults(names, branch)
    yield from _role_faults(names, branch)
    yield from _limit_faults(branch.constraints)


def _asset_faults(names: list[str], branch: ChartBranch) -> Iterator[tuple[str, str]]:
    if branch.asset is not None and ASSET in names:
        yield "/asset", "The path says the asset by {asset}; leave one of the two out."
    elif branch.asset is not None and not is_asset_code(branch.asset):
        yield "/asset", f"{branch.asset!r:.40} is no code of an asset, such as EUR."
    elif branch.opens and branch.asset is None and ASSET not in names:
        yield "", "It cannot open by itself: neither {asset} in its path nor `asset` says what of."


def _role_faults(names: list[str], branch: ChartBranch) -> Iterator[tuple[str, str]]:
    for role in branch.roles:
        known = ROLES.get(role)
        if known is None:
            yield "/role", f"There is no role {role!r:.70}; there are {', '.join(ROLES)}."
        elif unknown := [name for name in names if name not in known]:
            what = ", ".join(f"{{{name}}}" for name in unknown)
            takes = ", ".join(f"{{{name}}}" for name in known)
            yield "/role", f"Nobody who looks for {role} knows {what}; it has {takes}."
        elif ASSET not in names and branch.asset is None:
            yield "/role", f"The place of {role} needs an asset: {{asset}} in its path, or `asset`."


def _limit_faults(limits: ChartLimits | None) -> Iterator[tuple[str, str]]:
    if limits is not None and int(limits.overdraft or 0) < 0:
        yield "/constraints/overdraft", "An overdraft is not below 0."


def _pattern(segments: tuple[Segment, ...], branch: ChartBranch) -> Pattern:
    assert branch.type is not None, "an account without a type was refused"
    assert branch.account_class is not None, "an account without a class was refused"
    return Pattern(
        segments=segments, type=branch.type, account_class=branch.account_class,
        normal_side=branch.normal_side or NORMAL_SIDE[branch.type],
        fixed_asset=branch.asset, opens=bool(branch.opens),
        constraints=_constraints(branch.constraints), roles=branch.roles,
        description=branch.description,
    )  # fmt: skip


def _constraints(limits: ChartLimits | None) -> Constraints:
    said = {} if limits is None else msgspec.structs.asdict(limits)
    return Constraints(**{name: int(units) for name, units in said.items() if units is not None})


def _ambiguities(placed: list[Placed]) -> Iterator[Finding]:
    # A path begins with a text, so only patterns that begin with the same one can meet.
    alike: dict[tuple[str, int], list[Pattern]] = {}
    for pointer, pattern in placed:
        before = alike.setdefault((pattern.segments[0].text, len(pattern.segments)), [])
        other = next((each for each in before if pattern.meets(each)), None)
        before.append(pattern)
        if other is not None:
            detail = f"{pattern.path} and {other.path} would match the same paths."
            yield Finding(pointer, detail)


def _roles_twice(placed: list[Placed]) -> Iterator[Finding]:
    first: dict[object, str] = {}
    for pointer, pattern in placed:
        for role in pattern.roles:
            other = first.setdefault((role, *role_key(pattern)), pattern.path)
            if other != pattern.path:
                yield Finding(f"{pointer}/role", f"{other} has the role {role} already.")
            elif pattern.roles.count(role) > 1:
                yield Finding(f"{pointer}/role", f"The role {role} stands twice.")
                break
