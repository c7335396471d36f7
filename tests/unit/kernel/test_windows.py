"""Windows of velocity limits: nothing passes that is too much, and little is held back too long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.kernel.velocity_limits import Usage, Window, WindowKind
from tests.unit.kernel.bookkeeping import NOW
from tests.unit.kernel.desk import SECOND
from tests.unit.kernel.limited import desk, limit, spend, used


def test_a_rolling_window_lets_go_what_is_a_whole_window_ago() -> None:
    at_desk = desk(limit())
    assert at_desk.code(spend(100)) is None
    at_desk.later(3_600 * SECOND - 1)
    assert at_desk.code(spend(1)) is Code.VELOCITY_EXCEEDED
    at_desk.later(1)
    assert at_desk.code(spend(100)) is None


@pytest.mark.parametrize(
    ("kind", "offset", "last", "first"),
    [
        ("day", 0, "2026-11-20T23:59:59.999999Z", "2026-11-21T00:00:00Z"),
        ("day", 330, "2026-11-20T18:29:59.999999Z", "2026-11-20T18:30:00Z"),
        ("day", -840, "2026-11-20T13:59:59.999999Z", "2026-11-20T14:00:00Z"),
        ("week", 0, "2026-11-22T23:59:59.999999Z", "2026-11-23T00:00:00Z"),
        ("week", 60, "2026-11-22T22:59:59.999999Z", "2026-11-22T23:00:00Z"),
        ("month", 0, "2026-11-30T23:59:59.999999Z", "2026-12-01T00:00:00Z"),
        ("month", 840, "2026-11-30T09:59:59.999999Z", "2026-11-30T10:00:00Z"),
    ],
)
def test_a_calendar_window_begins_anew_at_its_moment(
    kind: str, offset: int, last: str, first: str
) -> None:
    window = Window(WindowKind(kind), utc_offset_minutes=offset)
    at_desk = desk(limit(window=window))
    assert at_desk.code(spend(100)) is None
    assert window.leaves_at(NOW) == Moment.parse(first)
    at_desk.now = Moment.parse(last)
    assert at_desk.code(spend(1)) is Code.VELOCITY_EXCEEDED
    at_desk.now = Moment.parse(first)
    assert at_desk.code(spend(100)) is None
    assert at_desk.code(spend(1)) is Code.VELOCITY_EXCEEDED


@given(st.integers(0, 4_000_000_000 * SECOND), st.sampled_from(list(WindowKind)[1:]),
       st.integers(-840, 840))  # fmt: skip
def test_calendar_windows_follow_one_another_without_a_gap(
    moment: int, kind: WindowKind, offset: int
) -> None:
    window, now = Window(kind, utc_offset_minutes=offset), Moment(moment)
    start, end = window.start(now), window.leaves_at(now)
    assert start <= now < end
    assert window.start(Moment(end - 1)) == start
    assert window.start(end) == end
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start, minutes=offset)
    assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    assert kind is not WindowKind.WEEK or local.weekday() == 0
    assert kind is not WindowKind.MONTH or local.day == 1


walks = st.lists(st.tuples(st.integers(0, 90 * SECOND), st.integers(1, 70)), max_size=60)


@given(walks, st.integers(1, 100))
def test_no_window_ever_lets_more_through_and_little_is_held_too_long(
    walk: list[tuple[int, int]], seconds: int
) -> None:
    """Against a plain list of who spent when: exact but for a sixtieth of the window."""
    window = Window(WindowKind.ROLLING, seconds)
    length, slack = seconds * SECOND, window.bucket_microseconds
    at_desk = desk(limit(window=window))
    at_desk.book.standings["alice"].has_floor = False
    let: list[tuple[Moment, int]] = []
    for pause, amount in walk:
        at_desk.later(pause)
        now = at_desk.now
        refused = at_desk.code(spend(amount)) is not None
        within = sum(spent for then, spent in let if then > now - length)
        nearly = sum(spent for then, spent in let if then > now - length - slack)
        if refused:
            assert nearly + amount > 100
        else:
            let.append((now, amount))
            assert within + amount <= 100
    for then, _ in let:
        assert sum(spent for other, spent in let if then <= other < then + length) <= 100


@given(walks, st.lists(st.sampled_from((1, 7, 60, 3_600, 0)), min_size=60, max_size=60))
def test_a_changed_window_forgets_nothing_that_the_one_before_still_knew(
    walk: list[tuple[int, int]], windows: list[int]
) -> None:
    """Whatever was within both windows all along is within the new one still."""
    at_desk = desk(limit(window=Window(WindowKind.ROLLING, 60)))
    at_desk.book.standings["alice"].has_floor = False
    kept: list[tuple[Moment, int]] = []
    for (pause, amount), seconds in zip(walk, windows, strict=False):
        kind = WindowKind.ROLLING if seconds else WindowKind.DAY
        window = Window(kind, seconds)
        at_desk.later(pause)
        now = at_desk.now
        at_desk.done(limit(window=window, max_amount=10**30))
        at_desk.done(spend(amount))
        kept = [each for each in kept if each[0] >= window.start(now)] + [(now, amount)]
        spent, times = used(at_desk)
        assert spent >= sum(each[1] for each in kept)
        assert times >= len(kept)


@given(walks)
def test_a_usage_stays_small(walk: list[tuple[int, int]]) -> None:
    at_desk = desk(limit(max_amount=10**30))
    (in_force,) = at_desk.book.velocity.limits.values()
    usage, now = Usage("lim_1", "alice"), NOW
    for pause, amount in walk * 5:
        now = Moment(now + pause)
        usage = usage.plus(in_force, now, amount)
    assert len(usage.buckets) <= 61
