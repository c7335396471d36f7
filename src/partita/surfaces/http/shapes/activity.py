"""Account activity on the wire: an account's first and last sign of life, and who is dormant."""

from typing import Literal

import msgspec

from partita.kernel.account import Side
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.accounts import PathPrefix
from partita.surfaces.http.shapes.fields import Amount, AssetCode, Timestamp, moment
from partita.surfaces.http.shapes.trailing import (
    Sequence,
    TrailingListQuery,
    TrailingListShape,
    TrailingQuery,
)
from partita.views.reading import activity as reading


class ActivityQuery(TrailingQuery, frozen=True, kw_only=True):
    """How fresh."""


class SignOfLife(msgspec.Struct, frozen=True):
    """An entry: in which record, and when that was."""

    sequence: str
    recorded_at: Timestamp
    effective_at: Timestamp


class _Done(msgspec.Struct, frozen=True, kw_only=True):
    """What ever went through an account. Entries that set money aside or free it count too."""

    account: str
    asset: str
    scale: int
    entries: int
    debits: Amount
    credits: Amount
    last: SignOfLife | None


class AccountActivity(_Done, frozen=True, kw_only=True):
    """An account's whole life in short."""

    object: Literal["account_activity"] = "account_activity"
    first: SignOfLife | None
    as_of_sequence: Sequence


class DormantQuery(TrailingListQuery, frozen=True, kw_only=True):
    """Since when nothing was recorded, in which asset, at or below which path."""

    since: Timestamp | None = None
    asset: AssetCode | None = None
    path_prefix: PathPrefix | None = None

    @property
    def which(self) -> reading.DormantFilter:
        """What is asked for.

        Raises:
            Refusal: the moment is missing, or none.
        """
        if self.since is None:
            raise Refusal("invalid_request", "The parameter `since` is missing: from when on.")
        return reading.DormantFilter(moment(self.since), self.asset, self.path_prefix)


class DormantAccount(_Done, frozen=True, kw_only=True):
    """An account that rests since its last entry was recorded, or since it was opened."""

    object: Literal["dormant_account"] = "dormant_account"
    account_id: str
    status: str
    normal_side: Side
    balance: str
    resting_since: Timestamp


class DormantList(TrailingListShape, frozen=True, kw_only=True):
    """Accounts that rest, the longest first."""

    data: list[DormantAccount]


def account_activity(found: reading.Activity, sequence: int, scale: int) -> AccountActivity:
    """The reply that says what an account did."""
    return AccountActivity(
        account=found.account,
        asset=found.asset,
        scale=scale,
        entries=found.entries,
        debits=str(found.debits),
        credits=str(found.credits),
        first=_sign(found.first),
        last=_sign(found.last),
        as_of_sequence=str(sequence),
    )


def dormant_account(found: reading.Dormant, scale: int) -> DormantAccount:
    """The row as it goes out; its balance is on the account's normal side."""
    done, account = found.activity, found.standing.account
    net = done.credits - done.debits
    return DormantAccount(
        account=done.account,
        account_id=account.id,
        asset=done.asset,
        scale=scale,
        status=found.standing.status.value,
        normal_side=account.normal_side,
        balance=str(net if account.normal_side is Side.CREDIT else -net),
        entries=done.entries,
        debits=str(done.debits),
        credits=str(done.credits),
        last=_sign(done.last),
        resting_since=found.since.text(),
    )


def _sign(found: reading.Sign | None) -> SignOfLife | None:
    if found is None:
        return None
    times = found.recorded_at.text(), found.effective_at.text()
    return SignOfLife(str(found.sequence), *times)
