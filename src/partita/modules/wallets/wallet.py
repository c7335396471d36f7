"""Wallets: what belongs to one holder, in several assets, each with a kernel account of its own.

A wallet may have sub-wallets (pots), which are wallets that name it as `parent`, and says in which
order they are spent. What stops a wallet is laid one over another: its own freeze, a lock, and what
is inherited from its customer or parent. Together they are the freeze of its kernel accounts.
"""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.account import FreezeFlow, both_flows
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment

WALLET, WALLET_PREFIX = "wallet", "wal_"
HOUSE = "house"
"""Whose wallet it is, in paths, where no customer is named."""
MOST_POTS, MOST_ASSETS = 50, 20


class WalletKind(Enum):
    """What a wallet is for; `wallet.{kind}` is the role that the chart has a place for."""

    PERSONAL = "personal"
    MERCHANT = "merchant"
    COMPANY = "company"
    LOYALTY = "loyalty"
    ESCROW = "escrow"
    SETTLEMENT = "settlement"

    @property
    def role(self) -> str:
        """The role in the chart of accounts."""
        return f"wallet.{self.value}"


class Purpose(Enum):
    """What a sub-wallet is for."""

    POT = "pot"
    GOAL = "goal"
    RESERVE = "reserve"
    BUDGET = "budget"
    POINTS = "points"
    VOUCHERS = "vouchers"


class WalletState(Enum):
    """Whether money moves: freely, not in some direction, not at all until unlocked, never again."""

    ACTIVE = "active"
    FROZEN = "frozen"
    LOCKED = "locked"
    CLOSED = "closed"


WALLET_ACTIONS: dict[WalletState, dict[str, WalletState]] = {
    WalletState.ACTIVE: {
        "add_asset": WalletState.ACTIVE,
        "add_subwallet": WalletState.ACTIVE,
        "order": WalletState.ACTIVE,
        "freeze": WalletState.FROZEN,
        "lock": WalletState.LOCKED,
        "close": WalletState.CLOSED,
    },
    WalletState.FROZEN: {
        "add_asset": WalletState.FROZEN,
        "order": WalletState.FROZEN,
        "freeze": WalletState.FROZEN,
        "unfreeze": WalletState.ACTIVE,
        "lock": WalletState.LOCKED,
        "close": WalletState.CLOSED,
    },
    WalletState.LOCKED: {"unlock": WalletState.ACTIVE, "close": WalletState.CLOSED},
    WalletState.CLOSED: {},
}
"""The transition table of a wallet: state, what may be done, the state afterwards.

An unlocked wallet is frozen again if a freeze lay under the lock; an unfrozen one stays frozen as far
as its customer or its parent is.
"""


class Wallet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wallet as it is now.

    `base` is the path of its accounts but for the last segment, the asset. `stopped` is its own
    freeze, `inherited` that of its customer or parent. `pots` are the ids of its sub-wallets;
    `spend_order` the ids that a payment draws on, in turn, its own among them.
    """

    id: str
    kind: WalletKind
    base: str
    customer: str | None = None
    name: str | None = None
    assets: tuple[str, ...] = ()
    stopped: FreezeFlow | None = None
    inherited: FreezeFlow | None = None
    locked_at: Moment | None = None
    closed_at: Moment | None = None
    reason: str | None = None
    parent: str | None = None
    purpose: Purpose | None = None
    pots: tuple[str, ...] = ()
    spend_order: tuple[str, ...] = ()
    expires_at: Moment | None = None
    created_at: Moment = Moment(0)
    metadata: dict[str, str] = {}

    def account(self, asset: str) -> str:
        """The path of its account for an asset, whether it is open yet or not."""
        return f"{self.base}:{asset}"

    @property
    def accounts(self) -> tuple[str, ...]:
        """The paths of the accounts that are open."""
        return tuple(map(self.account, self.assets))

    @property
    def flow(self) -> FreezeFlow | None:
        """What is stopped, all in all; None if money moves freely."""
        if self.locked_at is not None:
            return FreezeFlow.BOTH
        if self.inherited is None:
            return self.stopped
        return both_flows(self.stopped, self.inherited)

    @property
    def state(self) -> WalletState:
        """Where it is in its life."""
        if self.closed_at is not None:
            return WalletState.CLOSED
        if self.locked_at is not None:
            return WalletState.LOCKED
        return WalletState.ACTIVE if self.flow is None else WalletState.FROZEN

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now, by its own hand: what is inherited is lifted elsewhere."""
        without = {
            "unfreeze": self.stopped is None,
            "freeze": self.stopped is FreezeFlow.BOTH,
            "add_subwallet": self.parent is not None,
        }
        return tuple(a for a in WALLET_ACTIONS[self.state] if not without.get(a, False))


_decode = value_decoder(Wallet)


def read_wallet(matter: Matter | None) -> Wallet | None:
    """The wallet that a matter keeps; None if there is none."""
    if matter is None:
        return None
    assert matter.kind == WALLET, f"{matter.id} is no wallet"
    return _decode(matter.body)


def wallet_body(wallet: Wallet) -> str:
    """The text that the ledger keeps of a wallet."""
    return encode_value(wallet)
