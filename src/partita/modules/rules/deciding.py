"""How rules change: one decision for each command, each by the table of a version's states."""

import msgspec

from partita.engine.business import Deciders, Desk, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.in_force import chart_of
from partita.modules.rules.commands import (
    ActivateRule,
    NoteBacktest,
    RetireRule,
    RollBackRule,
    RuleAct,
    SaveRule,
    ShadowRule,
)
from partita.modules.rules.document import RuleDocument, canonical, from_canonical
from partita.modules.rules.errors import RuleFailed
from partita.modules.rules.kept import (
    KIND,
    PREFIX,
    KeptRule,
    KeptVersion,
    body_of,
    first_version,
    read_kept,
)
from partita.modules.rules.roles import PARTIES, place_of, role
from partita.modules.rules.rule import RuleStatus

_Found = tuple[Matter, KeptRule]


def save(desk: Desk, command: SaveRule) -> Steps:
    """The next version, a draft. The same words twice are no new version."""
    document = from_canonical(command.document)
    before = desk.titled(KIND, command.name)
    if before is None:
        kept = first_version(document, desk.now)
    else:
        kept = read_kept(before.body)
        if canonical(kept.newest.document) == command.document:
            detail = f"{command.name!r} says this already, in version {kept.newest.version}."
            return Rejection(Code.DOCUMENT_UNCHANGED, detail)
        kept = kept.saved(document, desk.now)
    yield _change("rule.saved", before, kept, kept.newest.version, title=command.name)
    return None


def note_backtest(desk: Desk, command: NoteBacktest) -> Steps:
    """What the dry run said, beside the version that it was about."""
    found = _version(desk, command, command.version, "backtest")
    if isinstance(found, Rejection):
        return found
    matter, kept, version = found
    noted = msgspec.structs.replace(version, backtest=command.backtest)
    yield _change("rule.backtested", matter, kept.changed(noted, desk.now), version.version)
    return None


def shadow(desk: Desk, command: ShadowRule) -> Steps:
    """The version into shadow; the one that was there is retired."""
    found = _version(desk, command, command.version, "shadow")
    if isinstance(found, Rejection):
        return found
    matter, kept, version = found
    moved = _moved(version, RuleStatus.SHADOW, shadow_at=desk.now)
    yield _change("rule.shadowed", matter, kept.changed(moved, desk.now), version.version)
    return None


def activate(desk: Desk, command: ActivateRule) -> Steps:
    """The version into force; the one that was in force is retired."""
    found = _version(desk, command, command.version, "promote")
    if isinstance(found, Rejection):
        return found
    matter, kept, version = found
    if version.backtest is None and not command.without_backtest:
        detail = (
            f"Version {version.version} of {matter.title!r} was not tried on history:"
            " backtest it first, or say `without_backtest`."
        )
        return Rejection(Code.RULE_NOT_BACKTESTED, detail)
    missing = _without_place(desk, version.document)
    if missing is not None:
        return missing
    moved = _moved(
        version, RuleStatus.ACTIVE, activated_at=desk.now, without_backtest=version.backtest is None
    )
    yield _change("rule.activated", matter, kept.changed(moved, desk.now), version.version)
    return None


def retire(desk: Desk, command: RetireRule) -> Steps:
    """A version, or all of them, out of force."""
    found = _find(desk, command)
    if isinstance(found, Rejection):
        return found
    matter, kept = found
    wanted = [
        each
        for each in kept.versions
        if each.status is not RuleStatus.RETIRED and command.version in (None, each.version)
    ]
    if not wanted:
        return _refused(matter, kept, command.version, "retire")
    for each in wanted:
        kept = kept.changed(_moved(each, RuleStatus.RETIRED, retired_at=desk.now), desk.now)
    newest = wanted[-1].version
    yield _change("rule.retired", matter, kept, newest, reason=command.reason)
    return None


def roll_back(desk: Desk, command: RollBackRule) -> Steps:
    """The version before into force again."""
    found = _find(desk, command)
    if isinstance(found, Rejection):
        return found
    matter, kept = found
    before = kept.before_active
    if before is None:
        return _refused(matter, kept, None, "rollback")
    moved = _moved(before, RuleStatus.ACTIVE, activated_at=desk.now, retired_at=None)
    kept = kept.changed(moved, desk.now)
    yield _change("rule.rolled_back", matter, kept, before.version, reason=command.reason)
    return None


def _without_place(desk: Desk, document: RuleDocument) -> Rejection | None:
    """Why the chart in force has no place for what a rule moves, as far as that is known yet."""
    effect = document.fee or document.tax or document.reward
    asset = document.reward.asset if document.reward is not None else document.asset
    if effect is None or asset is None:
        return None
    chart = chart_of(desk)
    for named in (effect.from_, effect.to):
        if named is not None and (spelled := role(named)) not in PARTIES:
            try:
                place_of(chart, spelled, asset)
            except RuleFailed as error:
                return Rejection(
                    Code.RULE_FAILED, f"{document.name!r} cannot be put in force: {error}"
                )
    return None


def _find(desk: Desk, command: RuleAct) -> _Found | Rejection:
    is_id = command.rule.startswith(PREFIX)
    matter = desk.matter(KIND, command.rule) if is_id else desk.titled(KIND, command.rule)
    if matter is None:
        detail = f"There is no rule {command.rule!r} in this ledger."
        return Rejection(Code.RULE_NOT_FOUND, detail)
    return matter, read_kept(matter.body)


def _version(
    desk: Desk, command: RuleAct, wanted: int | None, action: str
) -> tuple[Matter, KeptRule, KeptVersion] | Rejection:
    """The version that a command is about, the newest if it names none, if it may be done."""
    found = _find(desk, command)
    if isinstance(found, Rejection):
        return found
    matter, kept = found
    version = kept.newest if wanted is None else kept.get(wanted)
    if version is None:
        detail = f"{matter.title!r} has no version {wanted} that is still kept."
        return Rejection(Code.RULE_NOT_FOUND, detail)
    if action not in version.allowed_actions:
        return _refused(matter, kept, version.version, action)
    return matter, kept, version


def _refused(matter: Matter, kept: KeptRule, wanted: int | None, action: str) -> Rejection:
    version = kept.newest if wanted is None else kept.get(wanted)
    if version is None:
        detail = f"{matter.title!r} has no version {wanted} that is still kept."
        return Rejection(Code.RULE_NOT_FOUND, detail)
    status = version.status.value
    detail = (
        f"Version {version.version} of {matter.title!r} is {status}: it cannot be told to {action}."
    )
    facts = {"status": status, "allowed_actions": ",".join(version.allowed_actions)}
    return Rejection(Code.INVALID_STATE, detail, None, facts)


def _moved(
    version: KeptVersion, status: RuleStatus, **changes: Moment | bool | None
) -> KeptVersion:
    return msgspec.structs.replace(version, status=status, **changes)


def _change(
    type: str,
    before: Matter | None,
    kept: KeptRule,
    version: int,
    *,
    title: str | None = None,
    reason: str | None = None,
) -> ChangeMatter:
    return ChangeMatter(
        type=type,
        kind=KIND,
        id=None if before is None else before.id,
        prefix=PREFIX,
        status=kept.status.value,
        title=title if before is None else before.title,
        body=body_of(kept),
        reason=reason,
        facts={"version": str(version)},
    )


DECIDERS: Deciders = {
    SaveRule: save,
    NoteBacktest: note_backtest,
    ShadowRule: shadow,
    ActivateRule: activate,
    RetireRule: retire,
    RollBackRule: roll_back,
}
"""How each command about rules is decided."""
