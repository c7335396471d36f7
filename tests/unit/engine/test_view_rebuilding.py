"""A trailing view is rebuilt beside its live rows: compared at one sequence, swapped, or left alone."""

from collections.abc import Iterator

import msgspec
import pytest

from partita.engine.errors import Overtaken
from partita.engine.trailing import follower, rebuilding
from partita.engine.trailing.changes import Add, Change
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.overview import Overview, Readiness
from partita.engine.trailing.ports import AnyView, Phase, RowCount, Standing
from partita.engine.trailing.rebuilding import ViewRebuilder
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Row
from partita.kernel.moment import Moment
from partita.views import INLINE
from partita.wiring import FullStore
from tests.contracts.pen import Pen, filled, transfer
from tests.plugins.steering import NOON, StandingClock
from tests.unit.engine.trailing_specimen import SPECIMEN

NEWER = msgspec.structs.replace(SPECIMEN, version=2)
SECOND = 1_000_000


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "BATCH_RECORDS", 7)
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", 5)


@pytest.fixture
def pen(store: FullStore) -> Pen:
    return filled(store)


def follow(pen: Pen, view: AnyView = SPECIMEN, now: Moment = NOON) -> None:
    process = ViewFollower(pen.store, pen.store, [view], pen.store.ledgers)
    while process.run_once(now):
        pass


def rebuilder(pen: Pen) -> ViewRebuilder:
    return ViewRebuilder(pen.store, pen.store, StandingClock(), pen.info)


def rows(pen: Pen, view: AnyView = SPECIMEN) -> list[Row]:
    return pen.store.scan(pen.info, view, Scan("moved", limit=1_000)).rows


def generations(pen: Pen) -> list[tuple[int, Phase]]:
    return [(each.generation, each.phase) for each in pen.store.view_standings(pen.info)]


def silent(_done: int, _total: int) -> None:
    pass


def test_a_rebuilt_view_is_what_it_was(pen: Pen) -> None:
    follow(pen)
    before, told = rows(pen), list[tuple[int, int]]()
    report = rebuilder(pen).rebuild(SPECIMEN, lambda *each: told.append(each))
    assert (report.is_equal, report.differences, report.rows) == (True, 0, len(before))
    assert told[-1] == (pen.head.sequence, pen.head.sequence)
    assert (rows(pen), generations(pen)) == (before, [(2, Phase.LIVE)])


def test_rows_that_were_wrong_are_told_and_put_right(pen: Pen) -> None:
    follow(pen)
    right = rows(pen)
    (live,) = pen.store.view_standings(pen.info)
    wrong = [Add("moved", (str(right[0][0]),), (0, 1)), Add("moved", ("nobody",), (1, 1))]
    assert pen.store.apply(pen.info, SPECIMEN, wrong, held=live, upto=live.sequence, now=NOON)
    report = rebuilder(pen).rebuild(SPECIMEN, silent)
    assert (report.is_equal, report.differences) == (False, 3), "two that were, one that is"
    assert rows(pen) == right


def test_the_live_rows_go_on_meanwhile(pen: Pen) -> None:
    """New records come, and are projected, whenever the newer rows have made a step."""
    follow(pen)
    steps = iter(range(6))

    def somebody_posts(_done: int, _total: int) -> None:
        if next(steps, None) is not None:
            pen.write(transfer("users:a", "users:b"))
            follow(pen)

    report = rebuilder(pen).rebuild(SPECIMEN, somebody_posts)
    assert (report.differences, report.records) == (0, pen.head.sequence)
    assert generations(pen) == [(2, Phase.LIVE)]


def test_what_was_behind_is_brought_up_first(pen: Pen) -> None:
    assert rebuilder(pen).rebuild(SPECIMEN, silent).differences is None, "there was nothing"
    pen.write(transfer("users:a", "users:b"))
    report = rebuilder(pen).rebuild(SPECIMEN, silent)
    assert (report.differences, report.records) == (0, pen.head.sequence)


def test_rows_of_another_version_are_not_compared(pen: Pen) -> None:
    follow(pen, NEWER)
    report = rebuilder(pen).rebuild(SPECIMEN, silent)
    assert report.differences is None
    (live,) = pen.store.view_standings(pen.info)
    assert (live.version, live.sequence) == (1, pen.head.sequence)


class Crash(Exception):
    """The program is gone."""


def test_a_rebuilding_that_was_cut_off_leaves_the_live_rows(pen: Pen) -> None:
    follow(pen)
    before = rows(pen)

    def dies(done: int, _total: int) -> None:
        if done > 10:
            raise Crash

    with pytest.raises(Crash):
        rebuilder(pen).rebuild(SPECIMEN, dies)
    follow(pen)
    assert (rows(pen), generations(pen)) == (before, [(1, Phase.LIVE), (2, Phase.COMPARED)])
    assert rebuilder(pen).rebuild(SPECIMEN, silent).is_equal
    assert generations(pen) == [(3, Phase.LIVE)]


def test_what_a_rebuilding_left_behind_goes_after_an_hour(pen: Pen) -> None:
    follow(pen)
    begun = pen.store.begin_generation(pen.info, SPECIMEN, NOON, Phase.COMPARED)
    follow(pen, now=Moment(NOON + 3_600 * SECOND))
    assert generations(pen) == [(1, Phase.LIVE), (2, Phase.COMPARED)]
    follow(pen, now=Moment(NOON + 3_601 * SECOND))
    assert (begun.generation, generations(pen)) == (2, [(1, Phase.LIVE)])


def test_only_the_last_of_two_rebuildings_goes_on(pen: Pen) -> None:
    follow(pen)

    def another(_done: int, _total: int) -> None:
        if generations(pen)[-1] == (2, Phase.COMPARED):
            assert rebuilder(pen).rebuild(SPECIMEN, silent).is_equal

    with pytest.raises(Overtaken, match="'specimen'"):
        rebuilder(pen).rebuild(SPECIMEN, another)
    assert generations(pen) == [(3, Phase.LIVE)]


def test_an_older_program_leaves_a_newer_ones_rows_alone(pen: Pen) -> None:
    follow(pen, NEWER)
    follow(pen, SPECIMEN, Moment(NOON + 3600 * SECOND))
    assert generations(pen) == [(1, Phase.LIVE)]
    pen.write(transfer("users:a", "users:b"))
    follow(pen, SPECIMEN, Moment(pen.at + 59 * SECOND))
    assert generations(pen) == [(1, Phase.LIVE)]
    assert pen.store.view_standings(pen.info)[0].version == 2


def test_whoever_goes_back_to_an_older_program_gets_its_rows(pen: Pen) -> None:
    follow(pen, NEWER)
    pen.write(transfer("users:a", "users:b"))
    for _ in range(2):
        follow(pen, SPECIMEN, Moment(pen.at + 61 * SECOND))
    (live,) = pen.store.view_standings(pen.info)
    assert (live.version, live.sequence) == (1, pen.head.sequence)


@pytest.fixture
def overview(pen: Pen) -> Overview:
    return Overview(pen.store, pen.store, (*INLINE, SPECIMEN))


def test_an_overview_says_how_far_each_view_has_come(pen: Pen, overview: Overview) -> None:
    follow(pen)
    sequence, count = pen.head.sequence, len(rows(pen))
    pen.later(5 * SECOND).write(transfer("users:a", "users:b"), transfer("users:a", "users:b"))
    *inline, ours = overview.states(pen.info, Moment(pen.at + 2 * SECOND))
    assert {(each.lag_records, each.sequence) for each in inline} == {(0, pen.head.sequence)}
    assert (ours.sequence, ours.lag_records, ours.lag_seconds) == (sequence, 2, 2.0)
    assert (ours.readiness, ours.generation) == (Readiness.LIVE, 1)
    assert ours.rows == RowCount(count, is_exact=True)


def test_an_overview_tells_of_what_is_built(pen: Pen, overview: Overview) -> None:
    def ours() -> tuple[Readiness, int, int | None]:
        state = overview.states(pen.info, NOON)[-1]
        return state.readiness, state.sequence, state.building_sequence

    assert ours() == (Readiness.BUILDING, 0, None)
    follow(pen)
    beside = pen.store.begin_generation(pen.info, SPECIMEN, NOON)
    assert pen.store.apply(pen.info, SPECIMEN, changes(), held=beside, upto=3, now=NOON)
    assert ours() == (Readiness.REBUILDING, pen.head.sequence, 3)
    newer = Overview(pen.store, pen.store, [NEWER]).states(pen.info, NOON)[0]
    assert newer.readiness is Readiness.BUILDING


def changes() -> Iterator[Change] | list[Change]:
    return [Add("moved", ("a",), (1, 1))]


def test_standings_of_what_is_compared_are_its_own(pen: Pen) -> None:
    follow(pen)
    held: Standing = pen.store.begin_generation(pen.info, SPECIMEN, NOON, Phase.COMPARED)
    pen.write(transfer("users:a", "users:b"))
    follow(pen)
    _live, compared = pen.store.view_standings(pen.info)
    assert compared == held, "whoever keeps views up does not touch it"
