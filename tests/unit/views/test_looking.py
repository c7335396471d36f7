"""Looking: all rows come, however small the pages; an answer is of one moment if it can be."""

import pytest

from partita.engine.trailing.scanning import Scan
from partita.kernel.moment import Moment
from partita.views.days import checked_day, day_after, day_of, hour_of
from partita.views.reading.looking import Look, Place, seen
from partita.views.volumes import ACCOUNT_DAY, BY_RECORDED, VOLUMES
from tests.unit.views.journals import days, followed


@pytest.mark.parametrize("page", [1, 7, 50])
@pytest.mark.parametrize("order", ["key", BY_RECORDED])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_of_any_size_make_the_whole(page: int, order: str, *, descending: bool) -> None:
    place = followed(days()).place
    scan = Scan(ACCOUNT_DAY, order=order, descending=descending)
    whole = list(Look(place, VOLUMES).rows(scan, 1_000_000))
    assert list(Look(place, VOLUMES).rows(scan, page)) == whole
    assert len(whole) % 50 != 0 < len(whole) - 100


def test_a_question_is_asked_again_while_the_view_moves() -> None:
    place: Place = followed(days()).place
    tries = []

    def question(look: Look) -> int:
        tries.append(1)
        look.some(Scan(ACCOUNT_DAY, limit=1))
        if len(tries) < 3:
            look.sequences.add(1)  # as if it had stood elsewhere at an earlier look
        return len(tries)

    assert seen(place, VOLUMES, question) == (3, place.views.sequence(VOLUMES))


def test_a_view_that_never_stands_still_is_told_by_its_lowest_sequence() -> None:
    place: Place = followed(days()).place

    def question(look: Look) -> str:
        look.some(Scan(ACCOUNT_DAY, limit=1))
        look.sequences.add(17)
        return "whatever"

    assert seen(place, VOLUMES, question) == ("whatever", 17)


def test_days_and_hours_are_those_of_utc() -> None:
    last = Moment.parse("2026-12-31T23:59:59.999999Z")
    assert (day_of(last), hour_of(last)) == ("2026-12-31", "2026-12-31T23")
    assert (day_of(Moment(last + 1)), hour_of(Moment(last + 1))) == ("2027-01-01", "2027-01-01T00")
    early = Moment.parse("0001-01-01T00:00:00Z")
    assert (day_of(early), hour_of(early)) == ("0001-01-01", "0001-01-01T00")
    assert day_of(Moment(-1)) == "1969-12-31"
    assert day_after("2028-02-28") == "2028-02-29"
    for text in ("2026-13-01", "2027-02-29", "20261120", "2026-1-1", "2026-11-20\n", ""):
        with pytest.raises(ValueError, match="no day"):
            checked_day(text)
