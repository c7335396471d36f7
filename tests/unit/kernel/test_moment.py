"""Moments: RFC 3339 in, microseconds of UTC within, RFC 3339 out, whatever the year."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.moment import EARLIEST, LATEST, Moment

moments = st.integers(EARLIEST, LATEST).map(Moment)


@given(moments)
def test_a_moment_is_read_back_from_its_text(moment: Moment) -> None:
    assert Moment.parse(moment.text()) == moment


@given(moments, moments)
def test_texts_sort_as_moments_do(one: Moment, other: Moment) -> None:
    assert (one < other) == (one.text() < other.text())


@given(moments)
def test_the_text_is_what_the_calendar_says(moment: Moment) -> None:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    assert moment.text() == time.isoformat(timespec="microseconds").replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000000Z"),
        ("2026-11-20t10:00:00z", "2026-11-20T10:00:00.000000Z"),
        ("2026-11-20T10:00:00.5Z", "2026-11-20T10:00:00.500000Z"),
        ("2026-11-20T10:00:00.123456+05:30", "2026-11-20T04:30:00.123456Z"),
        ("2026-11-20T10:00:00-11:00", "2026-11-20T21:00:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
    ],
)
def test_a_moment_is_read_in_its_zone_and_written_in_utc(text: str, utc: str) -> None:
    assert Moment.parse(text).text() == utc


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-20", "2026-11-20T10:00:00", "2026-11-20 10:00:00Z", "2026-11-20T10:00Z",
     "2026-11-20T10:00:00.1234567Z", "2026-11-20T10:00:00,5Z", "2026-11-20T10:00:00.Z",
     "2026-11-20T10:00:00+0100", "20261120T100000Z", "2026-W47-5T10:00:00Z", "+2026-11-20T10:00:00Z",
     "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-20T25:00:00Z", "2026-11-20T10:60:00Z",
     "2026-11-20T10:00:60Z", "2026-11-20T10:00:00+99:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
     "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "\uff12026-11-20T10:00:00Z",
     "2026-11-20T10:00:00Z\n"],
)  # fmt: skip
def test_what_is_no_such_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|calendar"):
        Moment.parse(text)
