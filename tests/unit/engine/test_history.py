"""Histories: their intervals are those of a zone's wall clock, and their figures add up."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.engine import history
from partita.engine.history import Interval
from partita.kernel.moment import EARLIEST, LATEST, Moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Prague", "America/St_Johns", "Australia/Lord_Howe", "America/Havana",
         "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Casablanca")  # fmt: skip
HOUR, DAY = 3_600_000_000, 86_400_000_000


def moment(text: str) -> Moment:
    return Moment.parse(text)


def local(at: int, where: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=at)).astimezone(where)


def cut(interval: Interval, zone: str, start: str, end: str) -> list[str]:
    """The boundaries as local times."""
    where = history.zone(zone)
    found = history.boundaries(interval, where, moment(start), moment(end))
    return [local(at, where).isoformat(timespec="minutes") for at in found]


def test_days_have_23_to_25_hours() -> None:
    spring = cut(Interval.DAY, "Europe/Prague", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z")
    assert spring == ["2026-03-28T00:00+01:00", "2026-03-29T00:00+01:00",
                      "2026-03-30T00:00+02:00", "2026-03-31T00:00+02:00"]  # fmt: skip
    where = history.zone("Europe/Prague")
    span = moment("2026-10-23T22:00:00Z"), moment("2026-10-26T23:00:00Z")
    lengths = [b - a for a, b in pairwise(history.boundaries(Interval.DAY, where, *span))]
    assert lengths == [24 * HOUR, 25 * HOUR, 24 * HOUR]


def test_hours_are_all_there_when_the_clock_is_changed() -> None:
    assert cut(Interval.HOUR, "Europe/Prague", "2026-10-24T23:30:00Z", "2026-10-25T02:00:00Z") == [
        "2026-10-25T01:30+02:00", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00",
        "2026-10-25T03:00+01:00",
    ]  # fmt: skip
    assert cut(Interval.HOUR, "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z") == [
        "2026-01-01T05:45+05:45", "2026-01-01T06:00+05:45", "2026-01-01T07:00+05:45",
        "2026-01-01T07:15+05:45",
    ]  # fmt: skip


def test_a_day_whose_midnight_was_skipped_begins_with_the_change() -> None:
    assert cut(Interval.DAY, "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-05T02:00:00Z") == [
        "2018-11-03T00:00-03:00", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00",
    ]  # fmt: skip


def test_a_day_that_a_zone_left_out_is_no_interval() -> None:
    found = cut(Interval.DAY, "Pacific/Apia", "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z")
    assert [text[:10] for text in found] == ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]


def test_months_are_those_of_the_calendar() -> None:
    found = cut(Interval.MONTH, "Europe/Prague", "2024-01-15T00:00:00Z", "2024-04-10T00:00:00Z")
    assert found == ["2024-01-15T01:00+01:00", "2024-02-01T00:00+01:00", "2024-03-01T00:00+01:00",
                     "2024-04-01T00:00+02:00", "2024-04-10T02:00+02:00"]  # fmt: skip


@pytest.mark.parametrize("interval", list(Interval))
@pytest.mark.parametrize("zone", ZONES)
def test_the_ends_of_the_calendar_are_reached(interval: Interval, zone: str) -> None:
    where = history.zone(zone)
    for start, end in ((EARLIEST, EARLIEST + 3 * HOUR), (LATEST - 3 * HOUR, LATEST)):
        found = list(history.boundaries(interval, where, Moment(start), Moment(end)))
        assert (found[0], found[-1]) == (start, end)


def test_an_empty_span_has_no_interval() -> None:
    where = history.zone("UTC")
    at = moment("2026-01-01T00:00:00Z")
    assert list(history.boundaries(Interval.DAY, where, at, at)) == [at]
    assert list(history.boundaries(Interval.DAY, where, at, Moment(at - 1))) == []


@given(
    st.sampled_from(Interval),
    st.sampled_from(ZONES),
    st.integers(-2_000_000_000, 4_000_000_000),
    st.integers(1, 4_000_000),
)
def test_intervals_cover_a_span_without_gap_or_overlap(
    interval: Interval, zone: str, start_seconds: int, length_seconds: int
) -> None:
    where = history.zone(zone)
    start = Moment(start_seconds * 1_000_000 + 7)
    end = Moment(start + length_seconds * 1_000_000)
    found = list(history.boundaries(interval, where, start, end))
    assert (found[0], found[-1]) == (start, end)
    assert all(a < b for a, b in pairwise(found))
    longest = {Interval.HOUR: HOUR, Interval.DAY: 49 * HOUR, Interval.MONTH: 33 * DAY}[interval]
    assert all(b - a <= longest for a, b in pairwise(found))
    if interval is not Interval.HOUR:
        for at in found[1:-1]:
            was, now = local(at - 1, where).date(), local(at, where).date()
            assert was != now, "a date ends there"
            assert interval is Interval.DAY or was.month != now.month


def test_an_unknown_zone_is_refused() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "Europe"):
        with pytest.raises(ValueError, match="no time zone"):
            history.zone(name)


def test_a_page_ends_where_the_next_one_begins() -> None:
    where = history.zone("Europe/Prague")
    start, end = moment("2026-01-01T00:00:00Z"), moment("2026-02-15T00:00:00Z")
    whole = list(history.boundaries(Interval.DAY, where, start, end))
    met = [start]
    while met[-1] < end:
        span = history.Span(met[-1], end)
        met += history.page_of(Interval.DAY, where, span, 7)[1:]
    assert met == whole
