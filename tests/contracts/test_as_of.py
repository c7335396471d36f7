"""Questions about the past, on both axes, answered by every store as anybody can add them up.

PostgreSQL is asked with blocks so small that short registers have several levels of them, and at
every stage of their being built: none, some, all.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.geometry import Geometry
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.as_of import NOW, AsOf, Basis, PastTotals
from partita.engine.listing import EntryRow
from partita.kernel import commands
from partita.kernel.account import Totals
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.wiring import FullStore
from tests.contracts.pasts import beside, brute_force, registers
from tests.contracts.pen import DAY, Pen, filled, open_account, transfer
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON

TINY = Geometry(block_entries=4, mark_entries=2, page_entries=2, top_level=2)
ALL = 100_000
STAGES = ("nothing built", "half built", "all built")


@pytest.fixture
def tiny_store(postgres_database: PostgresDatabase) -> Iterator[PostgresStore]:
    """PostgreSQL with blocks of four entries."""
    store = PostgresStore(
        postgres_database.poster, postgres_database.reader, connections=2, geometry=TINY
    )
    yield store
    store.close()


@pytest.fixture(params=["memory", *STAGES])
def pen(request: pytest.FixtureRequest) -> Pen:
    """A ledger with a bit of everything beside another, in each store and at each stage."""
    if request.param == "memory":
        return two_ledgers(request.getfixturevalue("memory_store"))
    pen = two_ledgers(request.getfixturevalue("tiny_store"))
    build(pen.store, pen, request.param)
    return pen


def two_ledgers(store: FullStore) -> Pen:
    """One to ask, and another that must never be seen in its answers."""
    filled(store, "other").write(transfer("cash", "users:a", external_id="others"))
    pen = filled(store)
    chance = random.Random(5)
    for _ in range(40):
        days = chance.choice([-9, -3, -1, 0, 0, 0, 0, 2])
        moment = None if days == 0 else Moment(pen.at + days * DAY)
        pen.later(chance.choice([0, 1, DAY // 2]))
        pen.write(transfer("cash", "users:a", chance.randint(1, 9), effective_at=moment))
        if chance.random() < 0.3:
            pen.write(commands.PlaceHold("users:a", chance.randint(1, 3), "USD"))
    return pen


def build(store: FullStore, pen: Pen, stage: str) -> None:
    """Build as many blocks as the stage says, of all ledgers, in small helpings."""
    for info in store.ledgers():
        for _ in range({"nothing built": 0, "half built": 3, "all built": ALL}[stage]):
            if store.build_blocks(info, 2) == 0:
                break


def moments(rows: Sequence[EntryRow]) -> list[Moment]:
    """Every moment of a register with its neighbours, and the ends of the calendar."""
    return beside(at for row in rows for at in (row.effective_at, row.recorded_at))


def test_totals_as_of_any_moment_and_any_sequence(pen: Pen) -> None:
    chance = random.Random(3)
    for number, rows in registers(pen.store, pen.info).items():
        for _ in range(60):
            effective = chance.choice([None, *moments(rows)])
            sequence = chance.choice([None, *range(pen.head.sequence + 2)])
            (found,) = pen.store.totals_as_of(pen.info, (number,), AsOf(effective, sequence))
            assert found == brute_force(rows, AsOf(effective, sequence)), (effective, sequence)


def test_what_is_held_is_a_fact_of_recorded_time(pen: Pen) -> None:
    number = pen.book.standings["users:a"].account.number
    rows = registers(pen.store, pen.info)[number]
    held = [row for row in rows if row.entry.pending]
    assert held, "there are holds in this story"
    (before,), (then,) = (
        pen.store.totals_as_of(pen.info, (number,), AsOf(moment))
        for moment in (Moment(held[0].recorded_at - 1), Moment(held[-1].recorded_at))
    )
    assert before.totals.pending_debits == 0
    assert then.totals.pending_debits == held[-1].entry.after.pending_debits > 0


def test_many_accounts_are_answered_in_their_order(pen: Pen) -> None:
    known = registers(pen.store, pen.info)
    numbers = [*sorted(known, reverse=True), 999, next(iter(known))]
    for as_of in (NOW, AsOf(NOON), AsOf(None, 12), AsOf(Moment(NOON + DAY), 20)):
        found = pen.store.totals_as_of(pen.info, numbers, as_of)
        assert found == [brute_force(known.get(number, []), as_of) for number in numbers]


def test_an_account_without_entries_had_nothing(pen: Pen) -> None:
    assert pen.store.totals_as_of(pen.info, (999,), AsOf(NOON, 3)) == [PastTotals()]
    assert pen.store.totals_as_of(pen.info, (), NOW) == []
    for basis in Basis:
        assert pen.store.posted_before(pen.info, 999, (NOON, NOON), basis) == [Totals()] * 2


@pytest.mark.parametrize("basis", list(Basis))
def test_totals_before_each_of_many_moments(pen: Pen, basis: Basis) -> None:
    chance = random.Random(4)
    for number, rows in registers(pen.store, pen.info).items():
        every = [*moments(rows), Moment(LATEST + 1)]
        for _ in range(6):
            asked = sorted(chance.choices(every, k=chance.choice([1, 3, 40])))
            known = chance.choice([None, *range(pen.head.sequence + 2)])
            sequence = known if basis is Basis.EFFECTIVE else None
            found = pen.store.posted_before(pen.info, number, asked, basis, sequence)
            assert found == [before(rows, moment, basis, sequence) for moment in asked]
        assert pen.store.posted_before(pen.info, number, (), basis) == []


def before(rows: Sequence[EntryRow], moment: int, basis: Basis, sequence: int | None) -> Totals:
    """What was posted before a moment, added up."""
    if basis is Basis.RECORDED:
        rows = [row for row in rows if row.recorded_at < moment]
        moment = LATEST + 1
    totals = brute_force(rows, AsOf(Moment(moment - 1), sequence)).totals
    return Totals(totals.posted_debits, totals.posted_credits)


def test_the_trial_balance_of_any_past_is_every_account_that_was_there(pen: Pen) -> None:
    known = registers(pen.store, pen.info)
    accounts = {s.account.path: s for p, s in pen.book.standings.items() if p == s.account.path}
    ends = (EARLIEST, NOON, NOON + DAY, LATEST)
    for effective in (None, *map(Moment, ends)):
        for sequence in (None, 0, 6, 15, 30):
            as_of = AsOf(effective, sequence)
            last = pen.head.sequence if sequence is None else sequence
            found = list(pen.store.trial_balance(pen.info, as_of))
            there = sorted(p for p, s in accounts.items() if s.account.number <= last)
            assert [standing.account.path for standing, _ in found] == there
            for standing, totals in found:
                mine = known.get(standing.account.number, [])
                assert totals == brute_force(mine, as_of).totals
                assert standing.status is accounts[standing.account.path].status
            for asset in ("USD", "PTS"):
                sums = [t for s, t in found if s.account.asset == asset]
                assert sum(t.posted_debits - t.posted_credits for t in sums) == 0


def test_what_is_posted_later_does_not_change_what_was_known(pen: Pen) -> None:
    known = registers(pen.store, pen.info)
    as_of = AsOf(Moment(NOON + DAY), pen.head.sequence)
    numbers = list(known)
    before_it = pen.store.totals_as_of(pen.info, numbers, as_of)
    pen.later().write(transfer("cash", "users:a", 77, effective_at=NOON))
    assert pen.store.totals_as_of(pen.info, numbers, as_of) == before_it
    number = pen.book.standings["cash"].account.number
    (now,) = pen.store.totals_as_of(pen.info, (number,), AsOf(as_of.effective_at))
    was = before_it[numbers.index(number)].totals
    assert now.totals.posted_debits == was.posted_debits + 77


def test_blocks_are_what_the_entries_call_for(tiny_store: PostgresStore) -> None:
    pen = two_ledgers(tiny_store)
    assert tiny_store.wrong_block(pen.info) is None
    tiny_store.build_blocks(pen.info, 3)
    assert tiny_store.wrong_block(pen.info) is None
    assert tiny_store.build_blocks(pen.info, ALL) > 10
    assert tiny_store.build_blocks(pen.info, ALL) == 0
    assert tiny_store.wrong_block(pen.info) is None


def test_dropped_blocks_come_back_and_are_equal(
    tiny_store: PostgresStore, postgres_database: PostgresDatabase
) -> None:
    pen = two_ledgers(tiny_store)
    tiny_store.build_blocks(pen.info, ALL)

    def kept() -> list[object]:
        with psycopg.connect(postgres_database.administrator) as connection:
            blocks = connection.execute("select b::text from register_block b order by 1")
            pages = connection.execute("select p::text from register_page p order by 1")
            return [*blocks.fetchall(), *pages.fetchall()]

    whole = kept()
    tiny_store.drop_blocks(pen.info)
    assert kept() == []
    while tiny_store.build_blocks(pen.info, 1):
        pass
    assert kept() == whole


@pytest.mark.parametrize(
    "damage",
    [
        "update register_block set debits = debits + 1 where level = 1 and block = 1",
        "update register_block set in_order = not in_order where level = 0 and block = 2",
        "update register_page set credits[2] = credits[2] + 1 where level = 0 and block = 1",
        "delete from register_block where level = 1 and block = 1",
        "delete from register_page where level = 0 and page = 1",
        (
            "insert into register_block select ledger_id, account_number, level, block + 99, debits, credits,"
            " first_effective_at, last_effective_at, highest_effective_at, in_order, effective_marks,"
            " recorded_marks from register_block where level = 1"
        ),
    ],
)
def test_a_block_that_was_tampered_with_is_named(
    tiny_store: PostgresStore, postgres_database: PostgresDatabase, damage: str
) -> None:
    pen = two_ledgers(tiny_store)
    tiny_store.build_blocks(pen.info, ALL)
    with psycopg.connect(postgres_database.administrator) as connection:
        assert connection.execute(damage).rowcount > 0
    wrong = tiny_store.wrong_block(pen.info)
    assert wrong is not None
    assert wrong.startswith("block ")


def test_the_memory_store_has_nothing_to_build(memory_store: MemoryStore) -> None:
    pen = filled(memory_store)
    assert memory_store.build_blocks(pen.info, 5) == 0
    memory_store.drop_blocks(pen.info)
    assert memory_store.wrong_block(pen.info) is None


def test_builders_beside_each_other_build_everything_once(tiny_store: PostgresStore) -> None:
    pen = two_ledgers(tiny_store)
    with ThreadPoolExecutor(4) as threads:
        built = list(threads.map(lambda _: tiny_store.build_blocks(pen.info, 2), range(40)))
    while more := tiny_store.build_blocks(pen.info, 2):
        built.append(more)
    versions = [len(rows) for rows in registers(tiny_store, pen.info).values()]
    assert sum(built) == sum(count // TINY.block_entries for count in versions)
    assert tiny_store.wrong_block(pen.info) is None


def test_a_register_in_effective_order_needs_no_pages(
    tiny_store: PostgresStore, postgres_database: PostgresDatabase
) -> None:
    pen = Pen(tiny_store, tiny_store.create_ledger("main", NOON))
    pen.write(open_account("a"), open_account("b"))
    for _ in range(30):
        pen.later().write(transfer("a", "b"), transfer("a", "b"))
    tiny_store.build_blocks(pen.info, ALL)
    with psycopg.connect(postgres_database.administrator) as connection:
        row = connection.execute("select count(*) from register_page").fetchone()
    assert row == (0,)
    for number, rows in registers(tiny_store, pen.info).items():
        for moment in moments(rows):
            (found,) = tiny_store.totals_as_of(pen.info, (number,), AsOf(moment))
            assert found == brute_force(rows, AsOf(moment))
