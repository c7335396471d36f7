"""The process that keeps trailing views up: each record counts once, and versions take turns."""

import threading
from collections.abc import Iterable, Iterator

import msgspec
import pytest

from partita.engine.errors import ReplicaBehind
from partita.engine.trailing import follower
from partita.engine.trailing.changes import Change
from partita.engine.trailing.follower import Share, ViewFollower
from partita.engine.trailing.ports import AnyView, Phase
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Row, Table
from partita.engine.trailing.waiting import live_sequence, wait_for
from partita.journal.record import Record
from partita.kernel.events import entries_in
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.contracts.pen import Pen, filled, transfer
from tests.plugins.steering import NOON
from tests.unit.engine.trailing_specimen import SPECIMEN, project


@pytest.fixture
def pen(store: FullStore) -> Pen:
    return filled(store)


def follows(pen: Pen, *views: AnyView) -> ViewFollower:
    return ViewFollower(pen.store, pen.store, views, pen.store.ledgers)


def rows(pen: Pen, view: AnyView = SPECIMEN) -> dict[str, Row]:
    found = pen.store.scan(pen.info, view, Scan("moved", limit=1_000)).rows
    return {str(row[0]): row[1:] for row in found}


def by_the_journal(pen: Pen) -> dict[str, Row]:
    found: dict[str, tuple[int, int]] = {}
    for record in pen.store.records(pen.info, 0, 10_000):
        for entry in entries_in(record.event):
            count, volume = found.get(entry.account, (0, 0))
            found[entry.account] = (count + 1, volume + entry.amount)
    return dict(found)


@pytest.mark.parametrize("batch", [1, 2, 7, 4_000])
def test_whatever_the_batches_the_rows_are_the_same(
    pen: Pen, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "BATCH_RECORDS", batch)
    process = follows(pen, SPECIMEN)
    while process.run_once(NOON):
        pass
    assert rows(pen) == by_the_journal(pen)
    assert live_sequence(pen.store, pen.info, SPECIMEN) == pen.head.sequence


def test_many_followers_count_each_record_once(pen: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "BATCH_RECORDS", 3)
    for _ in range(300):
        pen.write(transfer("users:a", "users:b"), transfer("users:b", "users:a"))

    def follow() -> None:
        process = follows(pen, SPECIMEN)
        while live_sequence(pen.store, pen.info, SPECIMEN) < pen.head.sequence:
            process.run_once(NOON)

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(pen) == by_the_journal(pen)


def test_a_new_version_is_built_beside_the_old(pen: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "BATCH_RECORDS", 20)
    while follows(pen, SPECIMEN).run_once(NOON):
        pass
    newer = msgspec.structs.replace(SPECIMEN, version=2)
    process = follows(pen, newer)
    process.run_once(NOON)
    assert rows(pen), "the old rows are there meanwhile, for whoever declares them so"
    with pytest.raises(ReplicaBehind):
        rows(pen, newer)
    while process.run_once(NOON):
        pass
    process.run_once(NOON)
    assert rows(pen, newer) == by_the_journal(pen)
    (standing,) = pen.store.view_standings(pen.info)
    assert (standing.version, standing.phase) == (2, Phase.LIVE)


def test_a_rebuilding_goes_on_beside_the_living(pen: Pen) -> None:
    process = follows(pen, SPECIMEN)
    while process.run_once(NOON):
        pass
    before = rows(pen)
    process.rebuild(pen.info, SPECIMEN, NOON)
    assert rows(pen) == before
    pen.write(transfer("users:a", "users:b"))
    for _ in range(3):
        process.run_once(NOON)
    (standing,) = pen.store.view_standings(pen.info)
    assert (standing.generation, standing.sequence) == (2, pen.head.sequence)
    assert rows(pen) == by_the_journal(pen)


def test_ledgers_are_shared_out(pen: Pen) -> None:
    other = filled(pen.store, "other")
    half = ViewFollower(pen.store, pen.store, [SPECIMEN], pen.store.ledgers, Share(0, 2))
    while half.run_once(NOON):
        pass
    came = {
        each.number: live_sequence(pen.store, each, SPECIMEN) > 0 for each in (pen.info, other.info)
    }
    assert came == {1: False, 2: True}


def test_a_view_that_fails_keeps_no_other_from_going_on(
    pen: Pen, caplog: pytest.LogCaptureFixture
) -> None:
    tries, is_mended = 0, False

    def fails(records: Iterable[Record]) -> Iterator[Change]:
        nonlocal tries
        tries += 1
        if not is_mended:
            raise ValueError("not like this")
        return project(records)

    broken = msgspec.structs.replace(SPECIMEN, name="broken", project=fails)
    process = follows(pen, broken, SPECIMEN)
    for seconds in range(20):
        process.run_once(Moment(NOON + seconds * 1_000_000))
    assert rows(pen) == by_the_journal(pen)
    assert tries == 5, "at once, and after 1, 2, 4 and 8 seconds more"
    assert "the view broken of the ledger main cannot go on, trying again in 8 s" in caplog.text
    is_mended = True
    process.run_once(Moment(NOON + 40 * 1_000_000))
    assert rows(pen, broken) == by_the_journal(pen)


def test_a_reader_waits_for_its_own_write(pen: Pen) -> None:
    process, looks = follows(pen, SPECIMEN), 0

    def while_it_sleeps(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            process.run_once(NOON)

    wanted = pen.head.sequence
    assert wait_for(pen.store, pen.info, SPECIMEN, wanted, sleep=while_it_sleeps) >= wanted
    assert looks == 3
    with pytest.raises(ReplicaBehind, match="without min_sequence"):
        wait_for(pen.store, pen.info, SPECIMEN, wanted + 1, seconds=0.1, sleep=lambda _s: None)


@pytest.mark.parametrize(
    "table",
    [
        Table("t", (Column("a", Kind.TEXT), Column("a", Kind.TEXT)), ("a",), Keeping.APPENDED),
        Table("t", (Column("a", Kind.TEXT), Column("b", Kind.TEXT)), ("b",), Keeping.APPENDED),
        Table("t", (Column("a", Kind.TEXT, optional=True),), ("a",), Keeping.APPENDED),
        Table("t", (Column("a", Kind.TEXT), Column("b", Kind.TEXT)), ("a",), Keeping.SUMMED),
        Table(
            "t", (Column("a", Kind.TEXT),), ("a",), Keeping.APPENDED, (Order("o", ("nothing",)),)
        ),
        Table("t", (Column("a", Kind.TEXT),), (), Keeping.APPENDED),
    ],
    ids=["twice", "key not first", "optional key", "sum of texts", "order of nothing", "no key"],
)
def test_a_wrong_declaration_reaches_no_store(pen: Pen, table: Table) -> None:
    with pytest.raises(AssertionError):
        follows(pen, msgspec.structs.replace(SPECIMEN, tables=(table,)))


def test_the_specimen_is_pure(pen: Pen) -> None:
    records = pen.store.records(pen.info, 0, 10_000)
    assert list(project(records)) == list(project(records))
