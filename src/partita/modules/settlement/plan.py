"""Settlement plans: for which wallet, when a batch is cut off, what is kept back, where it is paid.

Cut-offs are hours on the wall of a time zone: across a change of clocks the hour stays, and a day
has one cut-off though it be 23 or 25 hours long. An hour that is left out means the moment it would
have been; one that comes twice means the first (PEP 495).
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.moment import Moment
from partita.modules.rules.business_days import BusinessCalendar

KIND, PREFIX = "settlement_plan", "spl_"
LONGEST_RESERVE_DAYS, LONGEST_DELAY_DAYS = 400, 30
BASIS_POINTS = 10_000
_DAY = timedelta(days=1)
_DAYS_LOOKED_AHEAD = 9

Weekdays = Annotated[tuple[int, ...], Meta(min_length=1, max_length=7)]


class PlanStatus(Enum):
    """Whether batches are made."""

    ACTIVE = "active"
    PAUSED = "paused"


PLAN_ACTIONS: dict[PlanStatus, tuple[str, ...]] = {
    PlanStatus.ACTIVE: ("set", "pause"),
    PlanStatus.PAUSED: ("set", "resume"),
}
"""The transition table of a plan."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is agreed with a merchant. Amounts are minor units; weekdays count from Monday, 0.

    `reserve_basis_points` of the sales of each batch are kept for `reserve_days`. Less than
    `least_payout` is carried on to the next batch. A batch is paid `payout_delay_days` business
    days after its cut-off, by `rail`, to `beneficiary` in the rail's own words.
    """

    cut_off: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")] = "00:00"
    timezone: Annotated[str, Meta(max_length=64)] = "UTC"
    weekdays: Weekdays = (0, 1, 2, 3, 4, 5, 6)
    reserve_basis_points: Annotated[int, Meta(ge=0, le=BASIS_POINTS)] = 0
    reserve_days: Annotated[int, Meta(ge=0, le=LONGEST_RESERVE_DAYS)] = 0
    least_payout: Annotated[int, Meta(ge=1)] = 1
    payout_delay_days: Annotated[int, Meta(ge=0, le=LONGEST_DELAY_DAYS)] = 0
    holidays: Annotated[tuple[str, ...], Meta(max_length=500)] = ()
    rail: Annotated[str, Meta(min_length=1, max_length=64)] = "book"
    beneficiary: Annotated[str, Meta(max_length=500)] | None = None

    def checked(self) -> "Terms":
        """Return itself if it can be kept to.

        Raises:
            ValueError: there is no such zone, weekday or day; the message says which.
        """
        _zone(self.timezone)
        if not set(self.weekdays) <= set(range(7)):
            raise ValueError("weekdays are 0 (Monday) to 6 (Sunday)")
        for day in self.holidays:
            date.fromisoformat(day)
        if bool(self.reserve_basis_points) != bool(self.reserve_days):
            raise ValueError("a reserve has a percentage and a number of days, or neither")
        return self

    def cut_off_after(self, moment: Moment) -> Moment:
        """The first cut-off after a moment."""
        zone, hour = _zone(self.timezone), time.fromisoformat(self.cut_off)
        today = datetime.fromtimestamp(moment // 1_000_000, UTC).astimezone(zone).date()
        for ahead in range(-1, _DAYS_LOOKED_AHEAD):
            day = today + ahead * _DAY
            found = _moment(day, hour, zone)
            if found > moment and day.weekday() in self.weekdays:
                return found
        raise AssertionError("every week has a day of these")

    def pays_at(self, cut_off: Moment) -> Moment:
        """When a batch is paid: its cut-off, or so many business days after it."""
        if not self.payout_delay_days:
            return cut_off
        holidays = frozenset(map(date.fromisoformat, self.holidays))
        calendar = BusinessCalendar(_zone(self.timezone), holidays=holidays)
        return calendar.available(cut_off, self.payout_delay_days, time())

    def releases_at(self, cut_off: Moment) -> Moment:
        """When the reserve of a batch is free: so many days later, at the same hour on the wall."""
        zone = _zone(self.timezone)
        local = datetime.fromtimestamp(cut_off // 1_000_000, UTC).astimezone(zone)
        return _moment(local.date() + self.reserve_days * _DAY, local.time(), zone)

    def reserved(self, sales: int) -> int:
        """The reserve on so much sold: rounded down, in favour of the merchant.

        >>> Terms(reserve_basis_points=1000, reserve_days=90).reserved(12_345)
        1234
        """
        return max(sales, 0) * self.reserve_basis_points // BASIS_POINTS


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is now: how far the wallet's register is settled, and what was left in it.

    `settled_through` is the version of the last entry that is in a batch, `balance` what the
    account had then. `moved` are versions and amounts of what batches took out after that.
    """

    wallet: str
    customer: str
    account: str
    asset: str
    terms: Terms
    next_cut_off: Moment
    settled_through: int = 0
    balance: int = 0
    batches: int = 0
    moved: tuple[tuple[int, int], ...] = ()

    def moved_after(self, version: int) -> tuple[tuple[int, int], ...]:
        """What batches took out later than a version: it is in that balance, and is spoken for."""
        return tuple(each for each in self.moved if each[0] > version)


def plan_title(wallet: str, asset: str) -> str:
    """What a plan is found by: a wallet has one for each asset."""
    return f"{wallet}/{asset}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        detail = f"there is no time zone {name[:64]!r}; write it like Europe/Zurich"
        raise ValueError(detail) from None


def _moment(day: date, hour: time, zone: ZoneInfo) -> Moment:
    local = datetime.combine(day, hour.replace(microsecond=0, tzinfo=None), zone)
    return Moment(int(local.timestamp()) * 1_000_000)


plan_body = encode_value
"""The text that the ledger keeps of a plan."""
read_plan = value_decoder(Plan)
"""The plan that such a text says."""
