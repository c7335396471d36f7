"""Cut-offs: when a rail takes orders, by the clock on the wall where it is run.

Networks tell their hours in local time and weekdays, so a window is kept like that and turned into
moments when somebody asks: across a change of clocks the hour on the wall stays.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from partita.kernel.moment import Moment

EVERY_DAY, WORKING_DAYS = (0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4)
_DAYS_LOOKED_AHEAD = 8


class CutOff(msgspec.Struct, frozen=True):
    """One window of a day: from `opens` until, not including, `closes`; "24:00" is midnight.

    `weekdays` count from Monday, 0; `assets` are those that it is about, none meaning all.

    >>> noon_on_friday = Moment.parse("2026-11-20T12:00:00Z")
    >>> CutOff("16:00").is_open(noon_on_friday)
    True
    >>> CutOff("11:00").opening_after(noon_on_friday).text()
    '2026-11-23T00:00:00.000000Z'
    """

    closes: str
    opens: str = "00:00"
    time_zone: str = "UTC"
    weekdays: tuple[int, ...] = WORKING_DAYS
    assets: tuple[str, ...] = ()

    def is_about(self, asset: str) -> bool:
        """Whether orders in this asset keep to this window."""
        return not self.assets or asset in self.assets

    def is_open(self, moment: Moment) -> bool:
        """Whether orders are taken then."""
        day = _local(moment, self.time_zone).date()
        return day.weekday() in self.weekdays and self._opening(day) <= moment < self._closing(day)

    def opening_after(self, moment: Moment) -> Moment:
        """When it next opens: the moment itself, if it is open."""
        if self.is_open(moment):
            return moment
        today = _local(moment, self.time_zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(_DAYS_LOOKED_AHEAD))
        openings = (self._opening(day) for day in days if day.weekday() in self.weekdays)
        return next(opening for opening in openings if opening > moment)

    def _opening(self, day: date) -> Moment:
        return _moment(day, self.opens, self.time_zone)

    def _closing(self, day: date) -> Moment:
        return _moment(day, self.closes, self.time_zone)


def is_open(windows: Sequence[CutOff], asset: str, moment: Moment) -> bool:
    """Whether one of the windows of an asset is open; without any, a rail never closes."""
    about = [window for window in windows if window.is_about(asset)]
    return not about or any(window.is_open(moment) for window in about)


def next_opening(windows: Sequence[CutOff], asset: str, moment: Moment) -> Moment:
    """When orders in an asset are next taken: the moment itself, if they are then."""
    if is_open(windows, asset, moment):
        return moment
    return min(window.opening_after(moment) for window in windows if window.is_about(asset))


def _local(moment: Moment, time_zone: str) -> datetime:
    return datetime.fromtimestamp(moment // 1_000_000, UTC).astimezone(ZoneInfo(time_zone))


def _moment(day: date, hour: str, time_zone: str) -> Moment:
    if hour == "24:00":
        day, hour = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, time.fromisoformat(hour), ZoneInfo(time_zone))
    return Moment(int(local.timestamp()) * 1_000_000)
