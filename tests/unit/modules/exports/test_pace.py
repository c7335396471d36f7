"""How far a job is: rows, a total that is known or guessed, and the time to go."""

from partita.kernel.moment import Moment
from partita.modules.exports.folder import Progress
from partita.modules.exports.lists import ListPage
from partita.modules.exports.pace import noted, pace


def page(rows: int, place: int | None, cursor: str | None = "c") -> ListPage:
    return ListPage([("x",)] * rows, cursor, place)


def test_places_that_fall_tell_how_many_rows_there_may_be() -> None:
    """Of 1,000 places, half of them rows: after a page the next ones tell how dense they are."""
    progress = noted(Progress(), page(100, 800))
    assert pace(progress).total is None
    progress = noted(progress, page(100, 600))
    assert (pace(progress).total, pace(progress).is_estimate) == (500, True)
    progress = noted(progress, page(250, None, None))
    assert (pace(progress).total, pace(progress).is_estimate) == (450, False)


def test_places_that_rise_or_are_no_numbers_tell_nothing() -> None:
    for first, second in ((100, 200), (None, None), (100, None), (100, 100)):
        progress = noted(noted(Progress(), page(5, first)), page(5, second))
        assert pace(progress).total is None
        assert pace(progress).eta_seconds is None


def test_rate_and_time_to_go_follow_from_the_clock() -> None:
    progress = Progress(
        rows=1_000, first_rows=500, first_place=1_500, place=1_000, begun_at=Moment(0),
        noted_at=Moment(10_000_000),
    )  # fmt: skip
    told = pace(progress)
    assert (told.rows_per_second, told.total, told.eta_seconds) == (100, 2_000, 10)
    assert pace(Progress()).rows_per_second is None
