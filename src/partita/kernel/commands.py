"""Commands: wishes, in the imperative. The kernel answers each with an event or a rejection."""

import msgspec

from partita.kernel.account import UNLIMITED, AccountType, Constraints, Side
from partita.kernel.asset import Asset
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting


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


class FreezeAccount(_Command, frozen=True, tag="account.freeze"):
    """Stop an account from taking postings, until unfrozen."""

    account: str
    reason: str | None = None


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
    own reference, unique in the ledger; `type` is a free word such as `transfer`.
    """

    postings: tuple[Posting, ...]
    type: str | None = None
    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = {}


ChangeAccount = FreezeAccount | UnfreezeAccount | CloseAccount
Command = OpenLedger | RegisterAsset | OpenAccount | ChangeAccount | PostTransaction


class Bulk(msgspec.Struct, frozen=True, tag_field="command", tag="bulk"):
    """Up to 1,000 commands under one idempotency key.

    `atomic`: all are accepted, or none is and the first rejection says why. Otherwise each
    stands alone and has a result of its own.
    """

    commands: tuple[Command, ...]
    atomic: bool
