"""Both stores keep trailing views alike: rows, cursors, generations, and what is read of them."""

import random

import pytest

from partita.engine.errors import ReplicaBehind
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.changes import Add, Change, Put, Remove
from partita.engine.trailing.ports import Comparison, Phase, RowCount, Standing, ViewKeeper
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Row, Table
from partita.engine.trailing.view import Pace, View
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.plugins.steering import NOON

HUGE = 10**38 - 1
PEOPLE = Table(
    "people",
    (
        Column("id", Kind.TEXT),
        Column("name", Kind.TEXT),
        Column("money", Kind.INTEGER),
        Column("since", Kind.MOMENT),
        Column("tags", Kind.TEXTS),
        Column("note", Kind.TEXT, optional=True),
    ),
    ("id",),
    Keeping.REPLACED,
    (Order("by_name", ("name",)), Order("richest", ("money",)), Order("age", ("name", "since"))),
)
SUMS = Table(
    "sums",
    (
        Column("day", Kind.TEXT),
        Column("asset", Kind.TEXT),
        Column("count", Kind.COUNT),
        Column("volume", Kind.INTEGER),
    ),
    ("day", "asset"),
    Keeping.SUMMED,
    (Order("busiest", ("asset", "volume")),),
)
LOG = Table(
    "log",
    (Column("sequence", Kind.COUNT), Column("what", Kind.TEXT)),
    ("sequence",),
    Keeping.APPENDED,
    (Order("by_what", ("what",)),),
)
VIEW = View("specimen", Pace.TRAILING, (PEOPLE, SUMS, LOG), lambda _records: iter(()))
NEWER = View("specimen", Pace.TRAILING, (PEOPLE, LOG), lambda _records: iter(()), version=2)


@pytest.fixture
def info(store: FullStore) -> LedgerInfo:
    """A ledger, with another beside it whose rows must never be seen."""
    other = store.create_ledger("other", NOON)
    held = store.begin_generation(other, VIEW, NOON)
    rows = [person("p1", "Nobody"), Put("log", (1, "elsewhere"))]
    assert store.apply(other, VIEW, rows, held=held, upto=9, now=NOON)
    return store.create_ledger("main", NOON)


def person(
    identifier: str, name: str, money: int = 0, since: int = 0, tags: tuple[str, ...] = (),
    note: str | None = None,
) -> Put:  # fmt: skip
    return Put("people", (identifier, name, money, Moment(NOON + since), tags, note))


def standing(store: ViewKeeper, info: LedgerInfo, phase: Phase = Phase.LIVE) -> Standing:
    (found,) = (each for each in store.view_standings(info) if each.phase is phase)
    return found


def write(store: ViewKeeper, info: LedgerInfo, *changes: Change, upto: int) -> None:
    if not store.view_standings(info):
        store.begin_generation(info, VIEW, NOON)
    held = standing(store, info)
    assert store.apply(info, VIEW, changes, held=held, upto=upto, now=NOON)


def rows(store: ViewKeeper, info: LedgerInfo, table: str) -> list[Row]:
    return store.scan(info, VIEW, Scan(table, limit=1_000)).rows


def test_nothing_is_read_of_what_was_never_projected(store: FullStore, info: LedgerInfo) -> None:
    found = store.scan(info, VIEW, Scan("people"))
    assert (found.rows, found.sequence, store.view_standings(info)) == ([], 0, [])


def test_rows_come_back_as_they_were_put(store: FullStore, info: LedgerInfo) -> None:
    put = [
        person("p1", "Zoë", HUGE, 1, ("a", "b c", "ü,{}\"'\\"), "with\ttab\nand line"),
        person("p2", "", -HUGE, -1, (), None),
    ]
    write(store, info, *put, upto=7)
    found = store.scan(info, VIEW, Scan("people"))
    assert found.rows == [each.row for each in put]
    assert found.sequence == 7
    assert standing(store, info) == Standing("specimen", 1, 1, Phase.LIVE, 7, NOON)


def test_each_keeping_does_what_it_says(store: FullStore, info: LedgerInfo) -> None:
    write(
        store, info, person("p1", "A"), person("p1", "B"), person("p2", "C"),
        Add("sums", ("d1", "EUR"), (1, 5)), Add("sums", ("d1", "EUR"), (1, -9)), upto=1,
    )  # fmt: skip
    write(
        store, info, Remove("people", ("p2",)), person("p1", "D"), Remove("people", ("p9",)),
        Add("sums", ("d1", "EUR"), (1, HUGE)), Add("sums", ("d2", "EUR"), (1, 1)),
        person("p3", "E"), Remove("people", ("p3",)), person("p3", "F"), upto=2,
    )  # fmt: skip
    assert [row[:2] for row in rows(store, info, "people")] == [("p1", "D"), ("p3", "F")]
    assert rows(store, info, "sums") == [("d1", "EUR", 3, HUGE - 4), ("d2", "EUR", 1, 1)]


def test_a_batch_counts_once(store: FullStore, info: LedgerInfo) -> None:
    """Whoever projects from a place where the cursor no longer stands writes nothing."""
    held = store.begin_generation(info, VIEW, NOON)
    add = [Add("sums", ("d1", "EUR"), (1, 5))]
    assert store.apply(info, VIEW, add, held=held, upto=3, now=NOON)
    assert not store.apply(info, VIEW, add, held=held, upto=3, now=NOON)
    assert rows(store, info, "sums") == [("d1", "EUR", 1, 5)]


def test_an_empty_batch_moves_the_cursor(store: FullStore, info: LedgerInfo) -> None:
    write(store, info, upto=4)
    assert standing(store, info).sequence == 4


def test_rows_are_read_along_their_orders(store: FullStore, info: LedgerInfo) -> None:
    write(
        store, info, person("p1", "b", 5), person("p2", "a", 7), person("p3", "B", 5),
        person("p4", "ä", -3), upto=1,
    )  # fmt: skip

    def ids(**how: object) -> list[object]:
        return [row[0] for row in store.scan(info, VIEW, Scan("people", **how)).rows]

    assert ids() == ["p1", "p2", "p3", "p4"]
    assert ids(descending=True) == ["p4", "p3", "p2", "p1"]
    assert ids(order="by_name") == ["p3", "p2", "p1", "p4"], "by code point, as Python has it"
    assert ids(order="richest", descending=True) == ["p2", "p3", "p1", "p4"]
    assert ids(order="richest", start=5) == ["p1", "p3", "p2"]
    assert ids(order="richest", start=-3, stop=7, descending=True) == ["p3", "p1", "p4"]
    assert ids(order="richest", after=(5, "p1")) == ["p3", "p2"]
    assert ids(order="richest", after=(5, "p3"), descending=True, limit=1) == ["p1"]
    assert ids(equal={"name": "b"}, order="by_name") == ["p1"]


def test_conditions_are_looked_at_row_by_row(store: FullStore, info: LedgerInfo) -> None:
    write(
        store, info, person("p1", "a", 5, 0, ("x", "y"), "n"), person("p2", "a", 7, 9, ("y",)),
        person("p3", "b", 9, 5), upto=1,
    )  # fmt: skip

    def ids(*where: Condition) -> list[object]:
        return [row[0] for row in store.scan(info, VIEW, Scan("people", where=where)).rows]

    assert ids(Condition("tags", Test.CONTAINS, "y")) == ["p1", "p2"]
    assert ids(Condition("name", Test.EQUAL, "a"), Condition("money", Test.AT_LEAST, 6)) == ["p2"]
    assert ids(Condition("since", Test.BELOW, Moment(NOON + 6))) == ["p1", "p3"]
    assert ids(Condition("name", Test.ONE_OF, ("b", "c"))) == ["p3"]
    assert ids(Condition("note", Test.EQUAL, "n")) == ["p1"], "no value equals nothing"


def test_pages_make_the_whole(store: FullStore, info: LedgerInfo) -> None:
    dice = random.Random(5)
    people = [
        person(f"p{n:03}", dice.choice("abc"), dice.randrange(5), dice.randrange(4))
        for n in range(200)
    ]
    write(store, info, *people, upto=1)
    for order in ("key", "by_name", "richest", "age"):
        for descending in (False, True):
            columns = PEOPLE.places(PEOPLE.order_columns(order))
            seen: list[Row] = []
            after = None
            while page := store.scan(
                info, VIEW, Scan("people", order=order, descending=descending, after=after, limit=7)
            ).rows:
                seen += page
                after = tuple(page[-1][place] for place in columns)
            expected = sorted(
                (each.row for each in people),
                key=lambda row: tuple(row[place] for place in columns),
                reverse=descending,
            )
            assert seen == expected, (order, descending)


def test_a_generation_is_built_beside_and_swapped(store: FullStore, info: LedgerInfo) -> None:
    write(store, info, person("p1", "old"), upto=5)
    building = store.begin_generation(info, VIEW, NOON)
    assert (building.phase, building.generation, building.sequence) == (Phase.BUILDING, 2, 0)
    put = [person("p1", "new")]
    assert store.apply(info, VIEW, put, held=building, upto=4, now=NOON)
    assert [row[1] for row in rows(store, info, "people")] == ["old"]
    building = standing(store, info, Phase.BUILDING)
    assert not store.swap_generation(info, VIEW, building), "it has not come as far"
    write(store, info, upto=6)  # the live one goes on meanwhile
    assert store.apply(info, VIEW, [], held=building, upto=6, now=NOON)
    assert store.swap_generation(info, VIEW, standing(store, info, Phase.BUILDING))
    assert [row[1] for row in rows(store, info, "people")] == ["new"]
    assert [each.phase for each in store.view_standings(info)] == [Phase.LIVE]
    assert not store.apply(info, VIEW, put, held=building, upto=9, now=NOON)
    write(store, info, person("p2", "on it goes"), upto=7)
    assert standing(store, info).generation == 2


def test_what_was_building_goes_when_building_begins_anew(
    store: FullStore, info: LedgerInfo
) -> None:
    write(store, info, upto=5)
    first = store.begin_generation(info, VIEW, NOON)
    assert store.apply(info, VIEW, [person("p1", "gone")], held=first, upto=3, now=NOON)
    second = store.begin_generation(info, VIEW, NOON)
    assert [each.phase for each in store.view_standings(info)] == [Phase.LIVE, Phase.BUILDING]
    assert not store.apply(info, VIEW, [], held=first, upto=4, now=NOON)
    store.drop_generation(info, VIEW, second.generation)
    store.drop_generation(info, VIEW, second.generation)
    assert [each.phase for each in store.view_standings(info)] == [Phase.LIVE]


def test_rows_of_another_version_are_not_read(store: FullStore, info: LedgerInfo) -> None:
    """A declaration that has changed waits until its own rows have been built."""
    write(store, info, person("p1", "old"), upto=5)
    building = store.begin_generation(info, NEWER, NOON)
    assert (building.version, building.phase) == (2, Phase.BUILDING)
    with pytest.raises(ReplicaBehind):
        store.scan(info, NEWER, Scan("people"))
    assert rows(store, info, "people")
    assert store.apply(info, NEWER, [person("p1", "new")], held=building, upto=5, now=NOON)
    assert store.swap_generation(info, NEWER, standing(store, info, Phase.BUILDING))
    assert [row[1] for row in store.scan(info, NEWER, Scan("people")).rows] == ["new"]
    with pytest.raises(ReplicaBehind):
        store.scan(info, VIEW, Scan("people"))


def test_ledgers_share_no_rows(store: FullStore, info: LedgerInfo) -> None:
    write(store, info, person("p1", "mine"), upto=1)
    assert [row[1] for row in rows(store, info, "people")] == ["mine"]
    assert standing(store, info).sequence == 1


def test_generations_are_compared_where_they_stand_alike(
    store: FullStore, info: LedgerInfo
) -> None:
    write(
        store, info, person("p1", "a", 5, 1, ("x",)), person("p2", "b", note="n"),
        Add("sums", ("d1", "EUR"), (1, 5)), Put("log", (1, "x")), upto=5,
    )  # fmt: skip
    newer = store.begin_generation(info, VIEW, NOON, Phase.COMPARED)
    assert newer.phase is Phase.COMPARED
    assert store.compare_generations(info, VIEW, newer) is None, "it is far behind"
    put = [person("p1", "a", 5, 1, ("x",)), Add("sums", ("d1", "EUR"), (1, 5))]
    assert store.apply(info, VIEW, put, held=newer, upto=4, now=NOON)
    newer = standing(store, info, Phase.COMPARED)
    rest = [person("p2", "b", note="m"), person("p3", "c"), Put("log", (1, "x"))]
    assert store.apply(info, VIEW, rest, held=newer, upto=5, now=NOON)
    assert store.compare_generations(info, VIEW, newer) == Comparison(5, 3)
    put = [person("p2", "b", note="n"), Remove("people", ("p3",))]
    for generation in store.view_standings(info):
        changes = put if generation.phase is Phase.COMPARED else []
        assert store.apply(info, VIEW, changes, held=generation, upto=6, now=NOON)
    assert store.compare_generations(info, VIEW, newer) == Comparison(4, 0)
    assert store.swap_generation(info, VIEW, standing(store, info, Phase.COMPARED))
    assert store.count_rows(info, VIEW) == RowCount(4, True)
    store.drop_generation(info, VIEW, newer.generation)
    assert store.compare_generations(info, VIEW, newer) is None
    assert store.count_rows(info, VIEW) == RowCount(0, True)


def test_a_view_without_rows_is_like_another(store: FullStore, info: LedgerInfo) -> None:
    write(store, info, upto=5)
    newer = store.begin_generation(info, VIEW, NOON, Phase.COMPARED)
    assert store.apply(info, VIEW, [], held=newer, upto=5, now=NOON)
    assert store.compare_generations(info, VIEW, newer) == Comparison(0, 0)
    assert store.apply(
        info, VIEW, [person("p1", "a")], held=standing(store, info), upto=6, now=NOON
    )
    newer = standing(store, info, Phase.COMPARED)
    assert store.apply(info, VIEW, [], held=newer, upto=6, now=NOON)
    assert store.compare_generations(info, VIEW, newer) == Comparison(0, 1)
    assert store.scan(info, VIEW, Scan("people")).sequence == 6


def test_tables_of_the_same_columns_keep_their_rows_apart(
    store: FullStore, info: LedgerInfo
) -> None:
    """Also within one batch, and whatever goes from either of them."""
    columns = (Column("a", Kind.TEXT), Column("n", Kind.COUNT))
    tables = tuple(Table(name, columns, ("a",), Keeping.REPLACED) for name in ("one", "other"))
    view = View("twins", Pace.TRAILING, tables, lambda _records: iter(()))
    held = store.begin_generation(info, view, NOON)
    put = [
        Put("one", ("x", 1)),
        Put("one", ("y", 1)),
        Put("other", ("z", 2)),
        Put("other", ("x", 2)),
    ]
    assert store.apply(info, view, put, held=held, upto=1, now=NOON)
    (held,) = store.view_standings(info)
    gone = [Remove("one", ("x",)), Remove("other", ("z",)), Put("other", ("w", 3))]
    assert store.apply(info, view, gone, held=held, upto=2, now=NOON)
    assert store.scan(info, view, Scan("one")).rows == [("y", 1)]
    assert store.scan(info, view, Scan("other")).rows == [("w", 3), ("x", 2)]
