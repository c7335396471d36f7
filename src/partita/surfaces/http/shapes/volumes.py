"""Daily volumes, movers, and an account's days, on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.as_of import Basis
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.accounts import PathPrefix
from partita.surfaces.http.shapes.fields import Amount, AssetCode, SignedAmount, TransactionType
from partita.surfaces.http.shapes.trailing import Day, TrailingListQuery, TrailingListShape
from partita.views.reading.movers import Mover as FoundMover
from partita.views.reading.movers import MoverFilter
from partita.views.reading.volumes import AccountDay as FoundDay
from partita.views.reading.volumes import Days, DayVolume, Grouping, VolumeFilter


class _DaysQuery(TrailingListQuery, frozen=True, kw_only=True):
    """From which day to which, both included; by which of the two times."""

    first_day: Day | None = None
    last_day: Day | None = None
    basis: Literal["recorded", "effective"] = "effective"

    @property
    def days(self) -> Days:
        """The days that are meant.

        Raises:
            Refusal: one is none.
        """
        try:
            return Days(self.first_day, self.last_day, Basis(self.basis)).checked()
        except ValueError as error:
            raise Refusal("invalid_request", f"{error}.") from None


class VolumeQuery(_DaysQuery, frozen=True, kw_only=True):
    """Of which days, of one asset or type, and told apart by what."""

    asset: AssetCode | None = None
    type: TransactionType | None = None
    by: (
        Annotated[
            Literal["type", "asset"],
            Meta(description="`asset` sums the types of transactions; left out: `type`."),
        ]
        | None
    ) = None

    @property
    def which(self) -> VolumeFilter:
        """What is asked for."""
        grouping = Grouping(self.by or Grouping.TYPE.value)
        return VolumeFilter(self.days, self.asset, self.type, grouping)


class DailyVolume(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved on a day in one asset, by transactions of one type, or of all.

    `volume` is the sum of debits; `fees` is what went to the accounts that the chart in force keeps
    for fees, less what was given back. `type` is null for transactions without one, and for all.
    """

    object: Literal["daily_volume"] = "daily_volume"
    day: Day
    asset: str
    scale: int
    type: str | None
    transactions: int
    volume: Amount
    fees: SignedAmount


class DailyVolumeList(TrailingListShape, frozen=True, kw_only=True):
    """Days, the newest first."""

    data: list[DailyVolume]


def daily_volume(found: DayVolume, scale: int) -> DailyVolume:
    """The row as it goes out."""
    return DailyVolume(
        day=found.day,
        asset=found.asset,
        scale=scale,
        type=found.type,
        transactions=found.transactions,
        volume=str(found.volume),
        fees=str(found.fees),
    )


class MoverQuery(TrailingListQuery, frozen=True, kw_only=True):
    """Of which asset and days (by effective time; `last_day` left out: of one day), below which path."""

    asset: AssetCode | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    path_prefix: PathPrefix | None = None

    @property
    def which(self) -> MoverFilter:
        """What is asked for.

        Raises:
            Refusal: the asset or the first day is missing, or the days make no sense.
        """
        asset, first = self.asset, self.first_day
        if asset is None or first is None:
            raise Refusal("invalid_request", "The parameters `asset` and `first_day` are needed.")
        try:
            which = MoverFilter(asset, first, self.last_day or first, self.path_prefix)
            return which.checked()
        except ValueError as error:
            raise Refusal("invalid_request", f"{error}.") from None


class Mover(msgspec.Struct, frozen=True, kw_only=True):
    """What went through an account in those days; `moved` is both sides together."""

    object: Literal["mover"] = "mover"
    account: str
    asset: str
    scale: int
    entries: int
    debits: Amount
    credits: Amount
    moved: Amount


class MoverList(TrailingListShape, frozen=True, kw_only=True):
    """Accounts, those that moved most first."""

    data: list[Mover]


def mover(found: FoundMover, asset: str, scale: int) -> Mover:
    """The row as it goes out."""
    return Mover(
        account=found.account,
        asset=asset,
        scale=scale,
        entries=found.entries,
        debits=str(found.debits),
        credits=str(found.credits),
        moved=str(found.moved),
    )


class AccountDayQuery(_DaysQuery, frozen=True, kw_only=True):
    """Of which days."""


class AccountDay(msgspec.Struct, frozen=True, kw_only=True):
    """What went through an account on a day."""

    object: Literal["account_day"] = "account_day"
    day: Day
    asset: str
    scale: int
    entries: int
    debits: Amount
    credits: Amount


class AccountDayList(TrailingListShape, frozen=True, kw_only=True):
    """The days on which an account moved, the newest first."""

    data: list[AccountDay]


def account_day(found: FoundDay, asset: str, scale: int) -> AccountDay:
    """The row as it goes out."""
    return AccountDay(
        day=found.day,
        asset=asset,
        scale=scale,
        entries=found.entries,
        debits=str(found.debits),
        credits=str(found.credits),
    )
