"""Accounts: places in a ledger for one asset, each with a normal side and limits of its own."""

import re
from enum import Enum

import msgspec

from partita.kernel.moment import Moment

LONGEST_PATH = 255
_PATH = re.compile(r"[A-Za-z0-9_.-]{1,64}(:[A-Za-z0-9_.-]{1,64}){0,11}", re.ASCII)


class Side(Enum):
    """The two sides of an account."""

    DEBIT = "debit"
    CREDIT = "credit"


class AccountType(Enum):
    """The five classes of a chart of accounts."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


NORMAL_SIDE: dict[AccountType, Side] = {
    AccountType.ASSET: Side.DEBIT,
    AccountType.EXPENSE: Side.DEBIT,
    AccountType.LIABILITY: Side.CREDIT,
    AccountType.EQUITY: Side.CREDIT,
    AccountType.INCOME: Side.CREDIT,
}
"""The side on which an account of each type grows."""


class FreezeFlow(Enum):
    """What a freeze stops: what would raise the account's balance, what would lower it, or both.

    Seen from the account's normal side, so that `in` of a customer's wallet is money coming in.
    """

    IN = "in"
    OUT = "out"
    BOTH = "both"


class AccountStatus(Enum):
    """Whether an account takes postings, and on which side."""

    OPEN = "open"
    FROZEN = "frozen"
    FROZEN_IN = "frozen_in"
    FROZEN_OUT = "frozen_out"
    CLOSED = "closed"

    def stops(self, side: Side, normal_side: Side) -> bool:
        """Whether nothing may go to this side of an account of that normal side."""
        return self in (_NOT_RISING if side is normal_side else _NOT_FALLING)

    @property
    def frozen(self) -> FreezeFlow | None:
        """What is stopped by a freeze; None if it is not frozen."""
        return _FLOW_OF.get(self)


FROZEN: dict[FreezeFlow, AccountStatus] = {
    FreezeFlow.IN: AccountStatus.FROZEN_IN,
    FreezeFlow.OUT: AccountStatus.FROZEN_OUT,
    FreezeFlow.BOTH: AccountStatus.FROZEN,
}
"""The status of an account that is frozen in each direction."""

_FLOW_OF = {status: flow for flow, status in FROZEN.items()}
_NOT_RISING = {AccountStatus.FROZEN, AccountStatus.FROZEN_IN, AccountStatus.CLOSED}
_NOT_FALLING = {AccountStatus.FROZEN, AccountStatus.FROZEN_OUT, AccountStatus.CLOSED}


def both_flows(before: FreezeFlow | None, more: FreezeFlow) -> FreezeFlow:
    """What is stopped once a freeze is laid over another: a freeze never loosens one.

    >>> both_flows(FreezeFlow.IN, FreezeFlow.OUT)
    <FreezeFlow.BOTH: 'both'>
    """
    return more if before in (None, more) else FreezeFlow.BOTH


class Constraints(msgspec.Struct, frozen=True):
    """Floors and ceilings, in minor units on the account's normal side; None means no limit.

    `overdraft` is the authorised overdraft: it lowers both floors by so much. A floor is only
    in the way of what takes from the account, a ceiling of what adds to it.
    """

    min_posted: int | None = None
    max_posted: int | None = None
    min_available: int | None = None
    max_available: int | None = None
    overdraft: int = 0

    @property
    def is_set(self) -> bool:
        """Whether there is any limit at all; most accounts of a bank have none."""
        return self is not UNLIMITED and self != UNLIMITED


UNLIMITED = Constraints()


class Totals(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that ever went through an account: four sums that only grow or are released."""

    posted_debits: int = 0
    posted_credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0


class Account(msgspec.Struct, frozen=True):
    """An account as it was opened. `number` is the sequence of the record that opened it."""

    number: int
    id: str
    path: str
    type: AccountType
    normal_side: Side
    asset: str
    constraints: Constraints = UNLIMITED
    metadata: dict[str, str] = {}
    opened_at: Moment = Moment(0)


def check_path(path: str) -> str:
    """Return the path if it may name an account, else raise ValueError with the rule.

    >>> check_path("customers:alice")
    'customers:alice'
    """
    if len(path) > LONGEST_PATH or _PATH.fullmatch(path) is None or path.startswith("acc_"):
        raise ValueError(
            "not an account path; use 1 to 12 segments joined by ':', each 1 to 64 of"
            " A-Z, a-z, 0-9, '_', '.', '-', at most 255 characters, not beginning with 'acc_'"
        )
    return path
