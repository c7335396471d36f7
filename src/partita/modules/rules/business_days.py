"""Business days: the moment from which funds are free, after so many days on which banks work.

Weekends and holidays are listed where the rule is written, so that it says the same for ever.
Local times that a change of clocks leaves out mean the moment that would have been (PEP 495).
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from partita.kernel.moment import Moment

_EPOCH_ZONE = ZoneInfo("UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=_EPOCH_ZONE)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
LONGEST_CLOSURE_DAYS = 366


class BusinessCalendar(NamedTuple):
    """Days that count: all but those of `weekend` (0 is Monday) and of `holidays`, in a zone."""

    zone: ZoneInfo
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        """Whether a day counts."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def after(self, start: date, days: int) -> date:
        """The `days`th business day after a day, which itself never counts; 0 is the day itself.

        Raises:
            ValueError: no business day comes within a year.
        """
        day = start
        for _ in range(days):
            day = self._next(day)
        return day

    def _next(self, day: date) -> date:
        for _ in range(LONGEST_CLOSURE_DAYS):
            day += _DAY
            if self.is_open(day):
                return day
        raise ValueError(f"no business day comes within a year of {day}")

    def available(self, since: Moment, days: int, at: time) -> Moment:
        """When funds of a moment are free: at a time of day on the `days`th business day after.

        Never before the moment itself.
        """
        local = (_EPOCH + since * _MICROSECOND).astimezone(self.zone)
        day = self.after(local.date(), days)
        free = datetime.combine(day, at, self.zone)
        return Moment(max((free - _EPOCH) // _MICROSECOND, since))


def month_of(moment: Moment, zone: ZoneInfo) -> str:
    """The calendar month of a moment in a zone, such as `2026-11`."""
    return (_EPOCH + moment * _MICROSECOND).astimezone(zone).strftime("%Y-%m")
