"""Lots: when which points end. Laid over an account's balance, they follow its running totals.

A purse remembers how much had come in and gone out of its account when it was last looked at. What
came since without a grant is a lot without an end of its own; what went since was taken from those
that end first. So nothing that moves points has to know of lots, and their sum is the balance.
"""

from collections.abc import Iterable

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.account import Totals
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment

POINTS, POINTS_PREFIX = "points", "pts_"


class Lot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points that end together; without `expires_at` never."""

    amount: int
    expires_at: Moment | None = None


class Purse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The lots of one asset in one wallet; those that end first stand first.

    `came` and `went` are the account's running totals when the lots were last brought up to date.
    """

    id: str
    wallet: str
    asset: str
    account: str
    lots: tuple[Lot, ...] = ()
    came: int = 0
    went: int = 0

    @property
    def wakes_at(self) -> Moment | None:
        """When the next points end."""
        return next((lot.expires_at for lot in self.lots if lot.expires_at is not None), None)

    @property
    def total(self) -> int:
        """All points in all lots."""
        return sum(lot.amount for lot in self.lots)

    def ended(self, now: Moment) -> int:
        """The points whose end has come."""
        return sum(lot.amount for lot in self.lots if _has_ended(lot, now))

    def usable(self, now: Moment) -> int:
        """The points that have not ended."""
        return self.total - self.ended(now)

    def caught_up(self, totals: Totals) -> "Purse":
        """The purse after whatever moved points since it was last looked at."""
        came, went = totals.posted_credits - self.came, totals.posted_debits - self.went
        assert came >= 0 <= went, "running totals never fall"
        lots = added(self.lots, came, None) if came else self.lots
        lots = taken(lots, went) if went else lots
        return msgspec.structs.replace(
            self, lots=lots, came=totals.posted_credits, went=totals.posted_debits
        )

    def granted(self, amount: int, expires_at: Moment | None) -> "Purse":
        """With a lot more, which came into the account too."""
        lots = added(self.lots, amount, expires_at)
        return msgspec.structs.replace(self, lots=lots, came=self.came + amount)

    def spent(self, amount: int, now: Moment) -> "Purse":
        """Without so many points that have not ended, those first that end first."""
        ended = [lot for lot in self.lots if _has_ended(lot, now)]
        rest = [lot for lot in self.lots if not _has_ended(lot, now)]
        lots = (*ended, *taken(rest, amount))
        return msgspec.structs.replace(self, lots=lots, went=self.went + amount)

    def expired(self, amount: int) -> "Purse":
        """Without so many points that have ended."""
        lots = taken(self.lots, amount)
        return msgspec.structs.replace(self, lots=lots, went=self.went + amount)


def _has_ended(lot: Lot, now: Moment) -> bool:
    return lot.expires_at is not None and lot.expires_at <= now


def added(lots: Iterable[Lot], amount: int, expires_at: Moment | None) -> tuple[Lot, ...]:
    """Lots with one more, in order; points that end together are one lot."""
    ends = {lot.expires_at: lot.amount for lot in lots}
    ends[expires_at] = ends.get(expires_at, 0) + amount
    order = sorted(ends, key=lambda end: (end is None, end or 0))
    return tuple(Lot(amount=ends[end], expires_at=end) for end in order)


def taken(lots: Iterable[Lot], amount: int) -> tuple[Lot, ...]:
    """Lots without so many points, taken from the first on; never more than there are."""
    left: list[Lot] = []
    for lot in lots:
        part = min(lot.amount, amount)
        amount -= part
        if lot.amount > part:
            left.append(Lot(amount=lot.amount - part, expires_at=lot.expires_at))
    return tuple(left)


_decode = value_decoder(Purse)


def read_purse(matter: Matter | None) -> Purse | None:
    """The purse that a matter keeps; None if there is none."""
    return None if matter is None else _decode(matter.body)


def purse_body(purse: Purse) -> str:
    """The text that the ledger keeps of a purse."""
    return encode_value(purse)


def purse_title(wallet: str, asset: str) -> str:
    """What a purse is found by: its wallet and its asset."""
    return f"{wallet}/{asset}"
