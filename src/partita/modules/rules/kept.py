"""A rule as a ledger keeps it: its versions, each in its state, in the body of one matter.

    draft ──► shadow ──► active ──► retired
      └─────────────────────┴──────────┘

One version at most is active and one in shadow. Activating one retires the one before; rolling
back makes that one active again, and retires what came after. Old versions that nobody can return
to are left out of the body; what they were stands in the journal.
"""

import msgspec

from partita.kernel.moment import Moment
from partita.modules.rules.document import RuleDocument
from partita.modules.rules.rule import RuleStatus

KIND, PREFIX = "rule", "rul_"
MOST_VERSIONS = 20

RULE_ACTIONS: dict[RuleStatus, tuple[str, ...]] = {
    RuleStatus.DRAFT: ("backtest", "shadow", "promote", "retire"),
    RuleStatus.SHADOW: ("backtest", "promote", "retire"),
    RuleStatus.ACTIVE: ("backtest", "retire"),
    RuleStatus.RETIRED: (),
}
"""The transition table of a version of a rule. Saving makes the next version, a draft."""


class Backtest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a dry run on history said in short: when, over which span, and how it came out.

    `payments` is how many were looked at; `touched` how many it would have changed; `totals` what
    it would have moved, by asset; `denied` and `failed` how many it would have refused, or had no
    answer for.
    """

    at: Moment
    begins_at: Moment
    ends_at: Moment
    payments: int
    touched: int = 0
    denied: int = 0
    failed: int = 0
    totals: dict[str, str] = {}


class KeptVersion(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version: its document, its state, and since when it was in each."""

    version: int
    status: RuleStatus
    document: RuleDocument
    saved_at: Moment
    shadow_at: Moment | None = None
    activated_at: Moment | None = None
    retired_at: Moment | None = None
    backtest: Backtest | None = None
    without_backtest: bool = False

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now."""
        return RULE_ACTIONS[self.status]


class KeptRule(msgspec.Struct, frozen=True):
    """All versions of a rule that can still matter, the oldest first."""

    versions: tuple[KeptVersion, ...]

    @property
    def newest(self) -> KeptVersion:
        """The version that was saved last."""
        return self.versions[-1]

    @property
    def status(self) -> RuleStatus:
        """How far the rule has come: active if a version is, else in shadow, else as the newest."""
        states = {each.status for each in self.versions}
        for status in (RuleStatus.ACTIVE, RuleStatus.SHADOW, RuleStatus.DRAFT):
            if status in states:
                return status
        return RuleStatus.RETIRED

    def get(self, version: int) -> KeptVersion | None:
        """A version, if it is still kept."""
        return next((each for each in self.versions if each.version == version), None)

    def of(self, status: RuleStatus) -> KeptVersion | None:
        """The newest version in a state."""
        found = [each for each in self.versions if each.status is status]
        return found[-1] if found else None

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to its newest version, and to the rule as a whole."""
        whole = ("rollback",) if self.before_active is not None else ()
        retires = ("retire",) if self.status is not RuleStatus.RETIRED else ()
        return tuple(dict.fromkeys((*self.newest.allowed_actions, *retires, *whole)))

    @property
    def before_active(self) -> KeptVersion | None:
        """The version to which a roll-back returns: the last that was active before this one."""
        active = self.of(RuleStatus.ACTIVE)
        found = [
            each
            for each in self.versions
            if each is not active and each.activated_at is not None
            and (active is None or each.version < active.version)
        ]  # fmt: skip
        return max(found, key=lambda each: each.activated_at or 0, default=None)

    def saved(self, document: RuleDocument, now: Moment) -> "KeptRule":
        """The rule with a document as its next version, a draft; earlier drafts are retired."""
        versions = [
            _retired(each, now) if each.status is RuleStatus.DRAFT else each
            for each in self.versions
        ]
        draft = KeptVersion(self.newest.version + 1, RuleStatus.DRAFT, document, now)
        return KeptRule(_trimmed((*versions, draft)))

    def changed(self, version: KeptVersion, now: Moment) -> "KeptRule":
        """The rule with a version as it is now; who was in its new state before is retired."""
        is_alone = version.status in (RuleStatus.ACTIVE, RuleStatus.SHADOW)
        return KeptRule(
            tuple(
                version
                if each.version == version.version
                else _retired(each, now)
                if is_alone and each.status is version.status
                else each
                for each in self.versions
            )
        )


def first_version(document: RuleDocument, now: Moment) -> KeptRule:
    """A rule that is new."""
    return KeptRule((KeptVersion(1, RuleStatus.DRAFT, document, now),))


def _retired(version: KeptVersion, now: Moment) -> KeptVersion:
    return msgspec.structs.replace(version, status=RuleStatus.RETIRED, retired_at=now)


def _trimmed(versions: tuple[KeptVersion, ...]) -> tuple[KeptVersion, ...]:
    """The newest versions, and those in force."""
    old, new = versions[:-MOST_VERSIONS], versions[-MOST_VERSIONS:]
    in_force = (each for each in old if each.status is not RuleStatus.RETIRED)
    return (*in_force, *new)


def _moment(_type: type, text: str) -> Moment:
    return Moment.parse(text)


_decode = msgspec.json.Decoder(KeptRule, dec_hook=_moment).decode
_encode = msgspec.json.Encoder(enc_hook=Moment.text).encode


def body_of(kept: KeptRule) -> str:
    """The text that the ledger keeps."""
    return _encode(kept).decode()


def read_kept(body: str) -> KeptRule:
    """The rule that a text of this kind says."""
    return _decode(body)
