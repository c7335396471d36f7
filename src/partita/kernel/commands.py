"""Commands: wishes, in the imperative. The kernel answers each with an event or a rejection."""

import msgspec

from partita.kernel.account import UNLIMITED, AccountType, Constraints, FreezeFlow, Side
from partita.kernel.asset import Asset
from partita.kernel.conditions import Condition
from partita.kernel.holds import LateCapture
from partita.kernel.moment import Moment
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.kernel.velocity_limits import Flow, LimitScope, Window


class _Command(msgspec.Struct, frozen=True, gc=False, tag_field="command"):
    """What all commands share: their name goes before their fields when fingerprinted."""


class OpenLedger(_Command, frozen=True, tag="ledger.open"):
    """Begin a journal; the first command of every ledger and of no other moment."""

    name: str
    metadata: dict[str, str] = {}


class RegisterAsset(_Command, frozen=True, tag="asset.register"):
    """Make an asset known to this ledger; its scale never changes afterwards."""

    asset: Asset


class OpenAccount(_Command, frozen=True, tag="account.open"):
    """Open an account at a path. `normal_side` defaults to the usual one of its type."""

    path: str
    asset: str
    type: AccountType
    normal_side: Side | None = None
    constraints: Constraints = UNLIMITED
    metadata: dict[str, str] = {}


class FreezeAccount(_Command, frozen=True, tag="account.freeze", omit_defaults=True):
    """Stop an account from taking postings in one direction or both, until unfrozen.

    A freeze over a freeze stops what either does. A `flow` of both is left out of the fingerprint,
    which so is the same as before there were directions; of a `reason` it was never left out.
    """

    account: str
    reason: str | None = msgspec.field(default_factory=lambda: None)
    flow: FreezeFlow = FreezeFlow.BOTH


class UnfreezeAccount(_Command, frozen=True, tag="account.unfreeze"):
    """Let a frozen account take postings again."""

    account: str
    reason: str | None = None


class CloseAccount(_Command, frozen=True, tag="account.close"):
    """Close an empty account for ever."""

    account: str
    reason: str | None = None


class PostTransaction(_Command, frozen=True, gc=False, tag="transaction.post"):
    """Record a set of 2 to 1,000 postings that balances for each asset.

    `effective_at` is when it counts (None: when it is recorded); `external_id` is the caller's
    own reference, unique in the ledger; `type` is a free word such as `transfer`. Each of the
    `conditions` must hold, or nothing is recorded. `late` is what becomes of it if its moment
    lies in a period that is not open.
    """

    postings: tuple[Posting, ...]
    type: str | None = None
    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = {}
    conditions: tuple[Condition, ...] = ()
    late: Late = Late.REFUSE


class ReverseTransaction(_Command, frozen=True, tag="transaction.reverse"):
    """Take back a transaction: all that is left of it, or the given amounts of some of its legs.

    `amounts` has a pair for each leg to take back: its place among the legs, from 0, and how much.
    """

    transaction: str
    amounts: tuple[tuple[int, int], ...] | None = None
    reason: str | None = None
    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = {}
    late: Late = Late.REFUSE


class PendTransaction(_Command, frozen=True, tag="transaction.pend"):
    """Set money aside on both sides of a transaction that is to be posted later."""

    postings: tuple[Posting, ...]
    type: str | None = None
    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = {}


class EditTransaction(_Command, frozen=True, tag="transaction.edit"):
    """Change a pending transaction; what is None stays as it is. Every version is kept."""

    transaction: str
    postings: tuple[Posting, ...] | None = None
    type: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] | None = None
    if_version: int | None = None


class SettleTransaction(_Command, frozen=True, tag="transaction.settle"):
    """Post a pending transaction as it stands."""

    transaction: str
    if_version: int | None = None


class ArchiveTransaction(_Command, frozen=True, tag="transaction.archive"):
    """Give up a pending transaction: what it had set aside is free again."""

    transaction: str
    reason: str | None = None


class PlaceHold(_Command, frozen=True, tag="hold.place"):
    """Set `amount` of an account aside, until captured, released or expired."""

    account: str
    amount: int
    asset: str
    expires_at: Moment | None = None
    overcapture_bps: int = 0
    late_capture: LateCapture = LateCapture.REFUSED
    external_id: str | None = None
    metadata: dict[str, str] = {}


class CaptureHold(_Command, frozen=True, tag="hold.capture"):
    """Spend held money: post it from the hold's account to other accounts.

    `postings` are the legs on the other side; their sum is captured. In their stead there may be
    a `destination`: `amount` goes there, or (None) all that is still held; of an expired hold,
    all that was when it expired. If it `is_final`, what then remains is released.
    """

    hold: str
    postings: tuple[Posting, ...] = ()
    destination: str | None = None
    amount: int | None = None
    is_final: bool = False
    type: str | None = None
    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = {}


class IncrementHold(_Command, frozen=True, tag="hold.increment"):
    """Hold so much more."""

    hold: str
    amount: int


class ReleaseHold(_Command, frozen=True, tag="hold.release"):
    """Let held money go: `amount` of it, or (None) all that remains."""

    hold: str
    amount: int | None = None
    reason: str | None = None


class ExtendHold(_Command, frozen=True, tag="hold.extend"):
    """Have a hold expire at another moment, or (None) never."""

    hold: str
    expires_at: Moment | None


class SaveDocument(_Command, frozen=True, tag="document.save"):
    """Keep a text as the next version of the document of this topic and title.

    If the newest version is active and has this very body, it stays the newest.
    """

    topic: str
    title: str
    body: str
    metadata: dict[str, str] = {}


class ArchiveDocument(_Command, frozen=True, tag="document.archive"):
    """Put the newest version of a document away."""

    topic: str
    title: str


class ChangeMatter(_Command, frozen=True, tag="matter.change"):
    """Keep a matter of business as it is now: a new one, or the next version of one that is there.

    `type` is the fact in words, `kind.happened` (`payment.captured`). A new one has no `id`, and gets
    one that begins with `prefix`; or it `is_new` and has been given one. `asked` is the operation
    that was asked for; `facts` are figures of this step, `parts` the ids of the facts made with it.
    """

    type: str
    kind: str
    status: str
    body: str
    id: str | None = None
    prefix: str = ""
    is_new: bool = False
    title: str | None = None
    about: str | None = None
    external_id: str | None = None
    account_paths: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    wakes_at: Moment | None = None
    reason: str | None = None
    facts: dict[str, str] = {}
    parts: tuple[str, ...] = ()
    asked: str = ""


class SetLimit(_Command, frozen=True, tag="limit.set"):
    """Put a velocity limit in force, or change the one of this title, which keeps its usage."""

    title: str
    scope: LimitScope
    subject: str
    asset: str
    window: Window
    flow: Flow = Flow.OUT
    max_amount: int | None = None
    max_count: int | None = None
    metadata: dict[str, str] = {}


class ArchiveLimit(_Command, frozen=True, tag="limit.archive"):
    """Take a limit out of force; it is named by its id or its title."""

    limit: str


class OpenPeriod(_Command, frozen=True, tag="period.open"):
    """Name a span of effective time, from `begins_at` inclusive to `ends_at` exclusive."""

    title: str
    begins_at: Moment
    ends_at: Moment
    metadata: dict[str, str] = {}


class SoftClosePeriod(_Command, frozen=True, tag="period.soft_close"):
    """Let nothing but adjustments into a period."""

    period: str
    reason: str | None = None


class ReopenPeriod(_Command, frozen=True, tag="period.reopen"):
    """Open a softly closed period again."""

    period: str
    reason: str | None = None


class ClosePeriod(_Command, frozen=True, tag="period.close"):
    """Let nothing into a period, for ever."""

    period: str
    reason: str | None = None


ChangePeriod = SoftClosePeriod | ReopenPeriod | ClosePeriod
ChangeAccount = FreezeAccount | UnfreezeAccount | CloseAccount
ChangeHold = CaptureHold | IncrementHold | ReleaseHold | ExtendHold
ChangeTransaction = ReverseTransaction | EditTransaction | SettleTransaction | ArchiveTransaction
Command = (
    OpenLedger
    | RegisterAsset
    | OpenAccount
    | ChangeAccount
    | PostTransaction
    | PendTransaction
    | ChangeTransaction
    | PlaceHold
    | ChangeHold
    | SaveDocument
    | ArchiveDocument
    | ChangeMatter
    | SetLimit
    | ArchiveLimit
    | OpenPeriod
    | ChangePeriod
)


class Bulk(msgspec.Struct, frozen=True, tag_field="command", tag="bulk"):
    """Up to 1,000 commands under one idempotency key.

    `atomic`: all are accepted, or none is and the first rejection says why. Otherwise each
    stands alone and has a result of its own.
    """

    commands: tuple[Command, ...]
    atomic: bool
