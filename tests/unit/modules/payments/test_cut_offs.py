"""Cut-offs: windows are of the wall's clock, also across a change of clocks."""

import pytest

from partita.kernel.moment import Moment
from partita.modules.payments.cut_offs import EVERY_DAY, CutOff, is_open, next_opening

BERLIN = CutOff("17:00", opens="08:00", time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20T06:59:59Z", False),  # a Friday in winter: the wall says 07:59:59
        ("2026-11-20T07:00:00Z", True),
        ("2026-11-20T15:59:59Z", True),
        ("2026-11-20T16:00:00Z", False),
        ("2026-11-21T12:00:00Z", False),  # a Saturday
        ("2026-07-03T06:00:00Z", True),  # summer: the wall is two hours ahead
        ("2026-07-03T15:00:00Z", False),
    ],
)
def test_a_window_is_open_from_its_opening_until_its_closing(moment: str, expected: bool) -> None:
    assert BERLIN.is_open(Moment.parse(moment)) is expected


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000000Z"),
        ("2026-11-20T16:00:00Z", "2026-11-23T07:00:00.000000Z"),  # over a weekend
        ("2026-03-27T17:00:00Z", "2026-03-30T06:00:00.000000Z"),  # and into summer time
        ("2026-10-23T17:00:00Z", "2026-10-26T07:00:00.000000Z"),  # and out of it
    ],
)
def test_the_next_opening(moment: str, opening: str) -> None:
    assert BERLIN.opening_after(Moment.parse(moment)).text() == opening


def test_midnight_closes_a_day() -> None:
    window = CutOff("24:00", weekdays=EVERY_DAY)
    assert window.is_open(Moment.parse("2026-11-22T23:59:59Z"))


def test_an_asset_keeps_to_its_own_windows_and_without_any_nothing_closes() -> None:
    night = Moment.parse("2026-11-20T22:00:00Z")
    windows = (CutOff("16:00", assets=("EUR",)), CutOff("24:00", assets=("USD",)))
    assert is_open(windows, "USD", night)
    assert is_open(windows, "GBP", night)
    assert is_open((), "EUR", night)
    assert not is_open(windows, "EUR", night)
    assert next_opening(windows, "EUR", night).text() == "2026-11-23T00:00:00.000000Z"
    assert next_opening(windows, "GBP", night) == night
