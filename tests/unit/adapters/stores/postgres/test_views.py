"""What PostgreSQL keeps of trailing views: tables that come and go, indexes that are used."""

import random
import threading
from collections.abc import Iterator

import psycopg
import pytest

from partita.adapters.stores.postgres import views
from partita.adapters.stores.postgres.connecting import SCANNING
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.stores.postgres.view_scanning import Question
from partita.adapters.stores.postgres.view_tables import Place
from partita.engine.errors import StoreUnavailable, Unstorable
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.changes import Add, Change, Put, Remove
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.ports import Phase, Standing
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Column, Keeping, Kind, Table
from partita.engine.trailing.view import Pace, View
from partita.views import TRAILING
from tests.contracts.pen import filled, transfer
from tests.contracts.test_view_keeper import PEOPLE, VIEW, person
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON
from tests.unit.engine.trailing_specimen import SPECIMEN

PATIENCE_SECONDS = 10.0


class Hall:
    """Where the tables are, as the owner of the server sees it."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._dsn = database.administrator

    def run(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def tables(self) -> list[object]:
        return [name for (name,) in self.run(
            "select relname from pg_class where relkind = 'r'"
            " and relnamespace = 'partita_views'::regnamespace order by 1"
        )]  # fmt: skip

    def indexes(self, table: str) -> int:
        where = f"tablename = '{table}' and schemaname = 'partita_views'"
        return len(self.run(f"select 1 from pg_indexes where {where}"))


@pytest.fixture
def hall(postgres_database: PostgresDatabase) -> Hall:
    return Hall(postgres_database)


@pytest.fixture
def info(postgres_store: PostgresStore) -> LedgerInfo:
    return postgres_store.create_ledger("main", NOON)


def applied(
    store: PostgresStore, info: LedgerInfo, *changes: Change, upto: int, phase: Phase = Phase.LIVE
) -> Standing:
    """Write some changes to a generation; where it stands then."""
    held = standing(store, info, phase)
    assert store.apply(info, VIEW, changes, held=held, upto=upto, now=NOON)
    return standing(store, info, phase)


def standing(store: PostgresStore, info: LedgerInfo, phase: Phase = Phase.LIVE) -> Standing:
    if not store.view_standings(info):
        store.begin_generation(info, VIEW, NOON)
    (found,) = (each for each in store.view_standings(info) if each.phase is phase)
    return found


def test_a_view_that_has_no_rows_has_no_tables(
    postgres_store: PostgresStore, info: LedgerInfo, hall: Hall
) -> None:
    applied(postgres_store, info, upto=5)
    assert hall.tables() == []
    assert postgres_store.scan(info, VIEW, Scan("people")).sequence == 5
    applied(postgres_store, info, person("p1", "A"), upto=6)
    assert hall.tables() == [f"specimen__{name}_1_1" for name in ("log", "people", "sums")]
    assert postgres_store.scan(info, VIEW, Scan("log")).sequence == 6


def test_indexes_come_when_the_end_of_the_journal_is_near(
    postgres_store: PostgresStore, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen = filled(postgres_store)
    monkeypatch.setattr(views, "NEAR_RECORDS", 2)
    end = pen.head.sequence
    people = [person(f"p{n}", "ab"[n % 2], n) for n in range(9)]
    applied(postgres_store, pen.info, *people, upto=end - 3)
    assert hall.indexes("specimen__people_1_1") == 1, "its key, which later rows are found by"
    assert hall.indexes("specimen__log_1_1") == 0
    bare = postgres_store.scan(pen.info, VIEW, Scan("people", order="by_name")).rows
    applied(postgres_store, pen.info, upto=end - 2)
    assert hall.indexes("specimen__people_1_1") == 1 + len(PEOPLE.orders)
    assert hall.indexes("specimen__log_1_1") == 2
    assert postgres_store.scan(pen.info, VIEW, Scan("people", order="by_name")).rows == bare


def test_indexes_come_before_the_swap_at_the_latest(
    postgres_store: PostgresStore, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen = filled(postgres_store)
    applied(postgres_store, pen.info, upto=2)
    monkeypatch.setattr(views, "NEAR_RECORDS", -1)
    postgres_store.begin_generation(pen.info, VIEW, NOON)
    newer = applied(postgres_store, pen.info, person("p1", "A"), upto=2, phase=Phase.BUILDING)
    assert hall.indexes("specimen__people_1_2") == 1
    assert postgres_store.swap_generation(pen.info, VIEW, newer)
    assert hall.indexes("specimen__people_1_2") == 1 + len(PEOPLE.orders)


def test_nothing_is_left_of_what_is_not_read_any_more(
    postgres_store: PostgresStore, info: LedgerInfo, hall: Hall
) -> None:
    applied(postgres_store, info, person("p1", "A"), upto=1)
    for generation in (2, 3, 4):
        postgres_store.begin_generation(info, VIEW, NOON)
        if generation == 3:
            applied(postgres_store, info, person("p1", "B"), upto=1, phase=Phase.BUILDING)
            continue  # and the next one begins without it
        newer = applied(postgres_store, info, person("p1", "C"), upto=1, phase=Phase.BUILDING)
        assert postgres_store.swap_generation(info, VIEW, newer)
        assert hall.tables() == [
            f"specimen__{name}_1_{generation}" for name in ("log", "people", "sums")
        ]
    found = hall.run("select generation, phase from partita.view_standing order by 1")
    assert found == [(2, "dropped"), (3, "dropped"), (4, "live")]


def test_whoever_reads_old_rows_holds_nobody_up(
    postgres_store: PostgresStore, info: LedgerInfo, hall: Hall, postgres_database: PostgresDatabase
) -> None:
    """Such as a dump, which reads for hours: the tables go when it is over."""
    applied(postgres_store, info, person("p1", "old"), upto=1)
    with psycopg.connect(postgres_database.reader) as dump:
        dump.execute("select * from partita_views.specimen__people_1_1")
        postgres_store.begin_generation(info, VIEW, NOON)
        newer = applied(postgres_store, info, person("p1", "new"), upto=1, phase=Phase.BUILDING)
        assert postgres_store.swap_generation(info, VIEW, newer)
        found = postgres_store.scan(info, VIEW, Scan("people"))
        assert [row[1] for row in found.rows] == ["new"]
        assert "specimen__people_1_1" in hall.tables()
    applied(postgres_store, info, upto=2)
    assert "specimen__people_1_1" not in hall.tables()


def test_a_reader_that_knew_another_generation_looks_again(
    postgres_store: PostgresStore, info: LedgerInfo, postgres_database: PostgresDatabase
) -> None:
    applied(postgres_store, info, person("p1", "old"), upto=1)
    reader = PostgresStore(postgres_database.poster, postgres_database.reader, connections=1)
    assert len(reader.scan(info, VIEW, Scan("people")).rows) == 1
    postgres_store.begin_generation(info, VIEW, NOON)
    newer = applied(postgres_store, info, person("p1", "new"), upto=3, phase=Phase.BUILDING)
    assert postgres_store.swap_generation(info, VIEW, newer)
    found = reader.scan(info, VIEW, Scan("people"))
    assert ([row[1] for row in found.rows], found.sequence) == (["new"], 3)
    with pytest.raises(StoreUnavailable, match="without the role"):
        reader.apply(info, VIEW, [], held=newer, upto=4, now=NOON)
    reader.close()


def test_whoever_finds_a_cursor_taken_does_not_wait(
    postgres_store: PostgresStore, info: LedgerInfo, postgres_database: PostgresDatabase
) -> None:
    held = applied(postgres_store, info, person("p1", "A"), upto=1)
    done: list[bool] = []

    def other() -> None:
        done.append(postgres_store.apply(info, VIEW, [], held=held, upto=2, now=NOON))

    with psycopg.connect(postgres_database.projector) as connection:
        connection.execute("select from partita.view_standing for update")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(PATIENCE_SECONDS)
    assert done == [False]


def test_rows_that_somebody_dropped_come_back(postgres_store: PostgresStore, hall: Hall) -> None:
    pen = filled(postgres_store)
    process = ViewFollower(postgres_store, postgres_store, [SPECIMEN], postgres_store.ledgers)
    while process.run_once(NOON):
        pass
    before = postgres_store.scan(pen.info, SPECIMEN, Scan("moved")).rows
    hall.run("drop table partita_views.specimen__moved_1_1")
    pen.write(transfer("users:a", "users:b"), transfer("users:b", "users:a"))
    for _ in range(3):
        process.run_once(NOON)
    found = postgres_store.scan(pen.info, SPECIMEN, Scan("moved"))
    assert (found.sequence, len(found.rows)) == (pen.head.sequence, len(before))
    assert hall.tables() == ["specimen__moved_1_2"]


def questions() -> Iterator[Scan]:
    for descending in (False, True):
        yield Scan("people", descending=descending, after=("p00100",))
        yield Scan("people", order="by_name", equal={"name": "n7"}, descending=descending)
        yield Scan(
            "people", order="by_name", equal={"name": "n7"}, descending=descending,
            after=("n7", "p00107"),
        )  # fmt: skip
        yield Scan("people", order="richest", start=50, stop=5_000, descending=descending)
        yield Scan("people", order="richest", descending=descending, after=(70, "p00070"))
        yield Scan("sums", order="busiest", equal={"asset": "EUR"}, descending=descending)
        yield Scan(
            "sums", order="busiest", equal={"asset": "EUR"}, start=9, descending=descending,
            after=("EUR", 900, "d00900"),
        )  # fmt: skip


def test_every_question_is_one_range_of_an_index(
    postgres_store: PostgresStore, info: LedgerInfo, postgres_database: PostgresDatabase
) -> None:
    count = 20_000
    dice = random.Random(3)
    people = [person(f"p{n:05}", f"n{n % 50}", n) for n in dice.sample(range(count), count)]
    days = [Add("sums", (f"d{n:05}", "EUR"), (1, n)) for n in range(count)]
    held = applied(postgres_store, info, *people, *days, upto=1)
    place = f"-c search_path=partita {SCANNING}"
    with psycopg.connect(postgres_database.projector, autocommit=True) as connection:
        for table in ("people", "sums"):
            connection.execute(f"analyze partita_views.specimen__{table}_1_1".encode())
    with psycopg.connect(postgres_database.reader, options=place) as connection:
        for what in questions():
            plan = planned(connection, info, held, what)
            inner = plan.partition("->  Limit")[2]
            assert "Index Scan" in inner, f"{what}\n{plan}"
            assert "Sort" not in inner, f"{what}\n{plan}"
            assert "Filter" not in inner, f"{what}\n{plan}"


def planned(connection: psycopg.Connection, info: LedgerInfo, held: Standing, what: Scan) -> str:
    table = VIEW.table(what.table)
    name = Place(info.number, held.generation).table_name(VIEW, table)
    question = Question(name, table, what)
    values = {
        **question.values, "ledger_id": info.number, "view": VIEW.name, "generation": 1,
    }  # fmt: skip
    statement = b"explain " + question.statement.as_bytes(connection)
    return "\n".join(row[0] for row in connection.execute(statement, values))


def test_what_no_index_can_hold_is_told_as_that(
    postgres_store: PostgresStore, info: LedgerInfo
) -> None:
    """And not as a store that cannot be reached, for which every view would wait."""
    held = applied(postgres_store, info, person("p1", "A"), upto=1)
    long = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=3_000)))
    with pytest.raises(Unstorable):
        postgres_store.apply(info, VIEW, [person(long, "A")], held=held, upto=2, now=NOON)
    assert applied(postgres_store, info, person("p2", "B"), upto=2).sequence == 2


def test_names_fit_into_postgresql() -> None:
    """The longest there can be: ledgers and generations of ten digits."""
    place = Place(2_147_483_647, 2_147_483_647)
    for view in TRAILING:
        for table in view.tables:
            assert place.table_name(view, table)
    table = Table("t" * 40, (Column("a", Kind.TEXT),), ("a",), Keeping.APPENDED)
    with pytest.raises(AssertionError, match="too long"):
        place.table_name(View("v", Pace.TRAILING, (table,), lambda _records: iter(())), table)


def test_a_table_of_nothing_but_its_key_takes_rows(
    postgres_store: PostgresStore, info: LedgerInfo
) -> None:
    table = Table("marks", (Column("a", Kind.TEXT), Column("b", Kind.COUNT)), ("a", "b"),
                  Keeping.REPLACED)  # fmt: skip
    view = View("marked", Pace.TRAILING, (table,), lambda _records: iter(()))
    held = postgres_store.begin_generation(info, view, NOON)
    for upto in (1, 2):
        (held,) = postgres_store.view_standings(info)
        rows = [Put("marks", ("x", 1)), Put("marks", ("x", upto))]
        assert postgres_store.apply(info, view, rows, held=held, upto=upto, now=NOON)
    (held,) = postgres_store.view_standings(info)
    gone = [Remove("marks", ("x", 1))]
    assert postgres_store.apply(info, view, gone, held=held, upto=3, now=NOON)
    assert postgres_store.scan(info, view, Scan("marks")).rows == [("x", 2)]
