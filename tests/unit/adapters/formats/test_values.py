"""Figures and dates: what is written in a declared style is read exactly, all else is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from partita.adapters.formats.csv_profile.schema import DateColumn, DecimalColumn
from partita.adapters.formats.csv_profile.values import date_reader, figure_reader
from partita.kernel.amount import from_decimal
from partita.kernel.moment import Moment

STYLES = [(".", ""), (".", ","), (",", "."), (",", " "), (",", "\u00a0"), (".", "'")]
CENTURY = date(1950, 1, 1), date(2049, 12, 31)


@given(
    minor=st.integers(-(10**38) + 1, 10**38 - 1),
    scale=st.integers(0, 30),
    style=st.sampled_from(STYLES),
    grouped=st.booleans(),
)
def test_a_figure_written_in_a_style_is_read_exactly(
    minor: int, scale: int, style: tuple[str, str], grouped: bool
) -> None:
    mark, thousands = style
    whole, fraction = divmod(abs(minor), 10**scale)
    text = f"{whole:,}".replace(",", thousands) if grouped else str(whole)
    if scale:
        text += mark + str(fraction).rjust(scale, "0")
    written = ("-" if minor < 0 else "") + text
    read = figure_reader(DecimalColumn(decimal_mark=mark, thousands_mark=thousands))
    assert from_decimal(read(written), scale) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1.2.3",
        "1,23",
        "12,34,567",
        ",5",
        "1e3",
        "0x10",
        "NaN",
        "١٢",
        "1 000",
        "--1",
        "1_0",
    ],
)
def test_what_is_no_figure_in_the_style_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="written like"):
        figure_reader(DecimalColumn(thousands_mark=","))(text)


@given(st.dates(*CENTURY))
def test_two_digit_years_lie_in_the_declared_hundred(day: date) -> None:
    read = date_reader(DateColumn(format="%y%m%d", two_digit_years_from=1950))
    moment, iso = read(day.strftime("%y%m%d"))
    assert iso == day.isoformat()
    assert moment.text() == f"{day.isoformat()}T00:00:00.000000Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_with_its_offset_is_read_to_the_microsecond(aware: datetime) -> None:
    assume(aware.year >= 1000)  # the platform's strftime leaves out zeros before that
    read = date_reader(DateColumn(format="%Y-%m-%dT%H:%M:%S.%f%z"))
    moment, _day = read(aware.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"))
    assert moment == Moment((aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


@pytest.mark.parametrize(
    "text", ["", "19930101", "931301", "930230", "93011", "9311", "93-1-1", "93010a"]
)
def test_what_is_no_date_in_the_format_is_refused(text: str) -> None:
    read = date_reader(DateColumn(format="%y%m%d", two_digit_years_from=1900))
    with pytest.raises(ValueError, match="not a date written as"):
        read(text)


def test_a_leap_day_that_its_century_does_not_have_is_refused() -> None:
    column = DateColumn(format="%y%m%d", two_digit_years_from=1900)
    assert date_reader(column)("960229")[1] == "1996-02-29"
    with pytest.raises(ValueError, match="not a date"):
        date_reader(column)("000229")


def test_a_day_begins_at_midnight_of_its_zone() -> None:
    read = date_reader(DateColumn(format="%d.%m.%Y", zone="Europe/Prague"))
    assert read("1.7.1993")[0].text() == "1993-06-30T22:00:00.000000Z"
    assert read("01.01.1993") == (Moment.parse("1992-12-31T23:00:00Z"), "1993-01-01")
