"""What every store promises to a unit of work over several ledgers: all their locks, one commit."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from partita.engine.errors import CorruptJournal
from partita.engine.ports import LedgerInfo, Wants
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.asset import Asset
from partita.wiring import FullStore
from tests.contracts.pen import Pen, key, transfer
from tests.plugins.steering import NOON

LONG_SECONDS, SHORT_SECONDS = 20.0, 0.15
ROUNDS = 60


def pen_of(store: FullStore, name: str) -> Pen:
    """A pen over two open accounts of a ledger of this name."""
    pen = Pen(store, store.create_ledger(name, NOON))
    opened = (commands.OpenAccount(path, "USD", AccountType.LIABILITY) for path in "ab")
    pen.write(commands.OpenLedger(name), *opened)
    return pen


@pytest.fixture
def pens(store: FullStore) -> tuple[Pen, Pen]:
    """Two ledgers, named against the order of their numbers."""
    first, second = pen_of(store, "main"), pen_of(store, "other")
    return second, first


def infos(pens: tuple[Pen, Pen]) -> list[LedgerInfo]:
    return [pen.info for pen in pens]


def heads(store: FullStore, pens: tuple[Pen, Pen]) -> list[object]:
    return [store.head(pen.info) for pen in pens]


def test_both_are_written_by_one_commit(store: FullStore, pens: tuple[Pen, Pen]) -> None:
    drafts = [pen.draft(transfer("a", "b", 5), keys=[key(1)]) for pen in pens]
    packed = [store.pack(pen.info, draft) for pen, draft in zip(pens, drafts, strict=True)]
    with store.begin_together(infos(pens)) as unit:
        assert [unit.head(pen.info) for pen in pens] == [draft.base for draft in drafts]
        unit.write(packed)
    assert heads(store, pens) == [draft.head for draft in drafts]
    with store.begin_together(infos(pens)) as unit:
        for pen, draft in zip(pens, drafts, strict=True):
            (record,) = draft.records
            assert unit.leaf(pen.info, record.sequence) == record.leaf
            assert unit.leaf(pen.info, record.sequence + 1) is None
            assert unit.load(pen.info, Wants(keys=[key(1)])).records == {key(1): record}


@pytest.mark.parametrize("spoiled", [0, 1])
def test_what_contradicts_one_journal_is_written_to_neither(
    store: FullStore, pens: tuple[Pen, Pen], spoiled: int
) -> None:
    pens[spoiled].write(transfer("a", "b"), keys=[key(1)])
    before = heads(store, pens)
    packed = [store.pack(p.info, p.draft(transfer("a", "b"), keys=[key(1)])) for p in pens]
    with pytest.raises(CorruptJournal), store.begin_together(infos(pens)) as unit:
        unit.write(packed)
    assert heads(store, pens) == before
    for pen in pens:
        assert store.records(pen.info, before[pens.index(pen)].sequence, 9) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("moved", [0, 1])
def test_a_draft_on_another_head_is_written_to_neither(
    store: FullStore, pens: tuple[Pen, Pen], moved: int
) -> None:
    packed = [store.pack(pen.info, pen.draft(transfer("a", "b"))) for pen in pens]
    other = Pen(store, pens[moved].info, seed=3)
    other.book = pens[moved].book
    other.write(commands.RegisterAsset(Asset("NEW", 0)))
    before = heads(store, pens)
    with pytest.raises(CorruptJournal), store.begin_together(infos(pens)) as unit:
        unit.write(packed)
    assert heads(store, pens) == before


def test_a_joint_unit_that_writes_nothing_changes_nothing(
    store: FullStore, pens: tuple[Pen, Pen]
) -> None:
    before = heads(store, pens)
    with store.begin_together(infos(pens)):
        pass
    assert heads(store, pens) == before
    with store.begin(pens[0].info) as unit:
        assert unit.head == before[0], "and the locks are free"


def test_a_joint_unit_keeps_others_out_of_each_of_its_ledgers_and_of_no_other(
    store: FullStore, pens: tuple[Pen, Pen]
) -> None:
    third = store.create_ledger("third", NOON)

    def locked(info: LedgerInfo, has_lock: threading.Event) -> None:
        with store.begin(info):
            has_lock.set()

    with ThreadPoolExecutor(3) as pool:
        waiting = {info: threading.Event() for info in [*infos(pens), third]}
        with store.begin_together(infos(pens)):
            for info, has_lock in waiting.items():
                pool.submit(locked, info, has_lock)
            assert waiting[third].wait(LONG_SECONDS)
            assert not any(waiting[info].wait(SHORT_SECONDS) for info in infos(pens))
        assert all(has_lock.wait(LONG_SECONDS) for has_lock in waiting.values())


def test_a_joint_unit_waits_for_whoever_holds_one_of_its_ledgers(
    store: FullStore, pens: tuple[Pen, Pen]
) -> None:
    has_both = threading.Event()

    def take_both() -> None:
        with store.begin_together(infos(pens)):
            has_both.set()

    with ThreadPoolExecutor(1) as pool:
        with store.begin(pens[0].info):
            pool.submit(take_both)
            assert not has_both.wait(SHORT_SECONDS)
        assert has_both.wait(LONG_SECONDS)


def test_the_lower_number_is_locked_first_however_the_ledgers_are_named(
    store: FullStore, pens: tuple[Pen, Pen]
) -> None:
    high, low = infos(pens)
    assert low.number < high.number

    def take_both() -> None:
        with store.begin_together([high, low]):
            pass

    def take_one() -> None:
        with store.begin(high):
            pass

    with ThreadPoolExecutor(2) as pool, store.begin(low):
        waiting = pool.submit(take_both)
        time.sleep(SHORT_SECONDS)
        # Whoever waits for the first holds nothing yet that anybody else could wait for.
        pool.submit(take_one).result(LONG_SECONDS)
        assert not waiting.done()


def test_ledgers_named_in_either_order_never_wait_in_a_ring(
    store: FullStore, pens: tuple[Pen, Pen]
) -> None:
    barrier = threading.Barrier(2)

    def take(named: list[LedgerInfo]) -> int:
        taken = 0
        for _ in range(ROUNDS):
            barrier.wait(LONG_SECONDS)
            with store.begin_together(named):
                taken += 1
        return taken

    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(take, order) for order in (infos(pens), infos(pens)[::-1])]
        assert [each.result(LONG_SECONDS) for each in found] == [ROUNDS, ROUNDS]
