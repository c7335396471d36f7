"""What every store promises to the writer: one journal, one lock, all of a commit or nothing."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from partita.engine.errors import CorruptJournal
from partita.engine.outcome import StoredOutcome
from partita.engine.ports import Draft, LedgerInfo, Wants
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.account import AccountStatus, AccountType, Totals
from partita.kernel.amount import LARGEST
from partita.kernel.asset import Asset
from partita.kernel.events import AccountOpened
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.wiring import FullStore
from tests.contracts.pen import Pen, commit, filled, key, open_account, transfer
from tests.plugins.steering import NOON

REFUSAL = StoredOutcome("f" * 64, Rejection(Code.PATH_TAKEN, "Grüße\0", "/path", {"a": "b"}), 3)
LONG_SECONDS, SHORT_SECONDS = 20.0, 0.15


@pytest.fixture
def main(store: FullStore) -> LedgerInfo:
    """The ledger `main`, with an empty journal."""
    return store.create_ledger("main", NOON)


@pytest.fixture
def pen(store: FullStore, main: LedgerInfo) -> Pen:
    """A pen over two open accounts without limits."""
    pen = Pen(store, main)
    opened = (commands.OpenAccount(path, "USD", AccountType.LIABILITY) for path in "ab")
    pen.write(commands.OpenLedger("main"), *opened)
    return pen


def everything(store: FullStore, info: LedgerInfo) -> tuple[object, ...]:
    """All that a ledger holds, as far as it can be asked for."""
    standings = list(store.trial_balance(info, None))
    entries = [store.entries(info, s.account.number, None, 10_000) for s, _ in standings]
    keys = Wants(keys=[key(n) for n in range(100)], external_ids=["e", "e1", "x"])
    return (
        store.head(info), store.records(info, 0, 10_000), store.assets(info), standings, entries,
        store.load(info, keys),
    )  # fmt: skip


def test_a_ledger_is_made_once(store: FullStore) -> None:
    first = store.create_ledger("main", NOON)
    again = store.create_ledger("main", Moment(NOON + 1))
    other = store.create_ledger("other", Moment(NOON + 2))
    assert first == again == LedgerInfo(first.number, "main", NOON)
    assert store.ledgers() == [first, other]
    assert other.number != first.number


def test_a_new_journal_is_empty(store: FullStore, main: LedgerInfo) -> None:
    head = store.head(main)
    assert (head.sequence, head.frontier, head.root) == (0, b"", EMPTY_ROOT)
    assert store.records(main, 0, 10) == []
    with store.begin(main) as unit:
        assert unit.head == head
        assert unit.leaf(0) is None
        assert unit.leaf(1) is None


def test_ledgers_made_at_the_same_time_are_each_made_once(store: FullStore) -> None:
    names = [f"ledger-{n % 5}" for n in range(20)]
    barrier = threading.Barrier(len(names))

    def make(name: str) -> LedgerInfo:
        barrier.wait(LONG_SECONDS)
        return store.create_ledger(name, NOON)

    with ThreadPoolExecutor(len(names)) as pool:
        made = list(pool.map(make, names))
    assert sorted(info.name for info in store.ledgers()) == sorted(set(names))
    assert len({info.number for info in store.ledgers()}) == 5
    assert all(info in store.ledgers() for info in made)
    assert all(store.head(info).sequence == 0 for info in made)


def begun(store: FullStore, info: LedgerInfo) -> tuple[threading.Thread, threading.Event]:
    """A thread that begins a unit of work, and an event that tells that it has the lock."""
    has_lock = threading.Event()

    def begin() -> None:
        with store.begin(info):
            has_lock.set()

    thread = threading.Thread(target=begin, daemon=True)
    thread.start()
    return thread, has_lock


def test_a_unit_of_work_keeps_others_of_its_ledger_out(store: FullStore, main: LedgerInfo) -> None:
    with store.begin(main):
        thread, has_lock = begun(store, main)
        assert not has_lock.wait(SHORT_SECONDS)
    assert has_lock.wait(LONG_SECONDS)
    thread.join(LONG_SECONDS)


def test_another_ledger_is_not_locked(store: FullStore, main: LedgerInfo) -> None:
    other = store.create_ledger("other", NOON)
    with store.begin(main):
        thread, has_lock = begun(store, other)
        assert has_lock.wait(LONG_SECONDS)
        thread.join(LONG_SECONDS)


def test_reading_waits_for_no_writer(store: FullStore, pen: Pen) -> None:
    with store.begin(pen.info), ThreadPoolExecutor(1) as pool:
        assert pool.submit(store.head, pen.info).result(LONG_SECONDS) == pen.head
        assert pool.submit(store.records, pen.info, 0, 9).result(LONG_SECONDS)
        assert pool.submit(store.account, pen.info, "a").result(LONG_SECONDS) is not None


def test_work_that_fails_leaves_nothing_and_lets_the_lock_go(store: FullStore, pen: Pen) -> None:
    before = everything(store, pen.info)
    with pytest.raises(AttributeError), store.begin(pen.info) as unit:
        unit.load("no wants")  # type: ignore[arg-type]
    assert everything(store, pen.info) == before
    with store.begin(pen.info) as unit:
        assert unit.head == pen.head


def test_a_unit_that_writes_nothing_changes_nothing(store: FullStore, pen: Pen) -> None:
    before = everything(store, pen.info)
    with store.begin(pen.info):
        pass
    assert everything(store, pen.info) == before


def test_what_is_written_is_there_for_the_next_unit(store: FullStore, pen: Pen) -> None:
    (record,) = pen.write(transfer("a", "b", 5), keys=[key(1)])
    with store.begin(pen.info) as unit:
        assert unit.head == pen.head
        assert unit.leaf(record.sequence) == record.leaf
        assert unit.leaf(record.sequence + 1) is None
        assert unit.load(Wants(keys=[key(1)])).records == {key(1): record}
    assert store.head(pen.info) == pen.head


def same_key(pen: Pen) -> Draft:
    pen.write(transfer("a", "b"), keys=[key(1)])
    return pen.draft(transfer("a", "b"), transfer("b", "a"), keys=[None, key(1)])


def same_key_twice(pen: Pen) -> Draft:
    return pen.draft(transfer("a", "b"), transfer("b", "a"), keys=[key(1), key(1)])


def same_outcome(pen: Pen) -> Draft:
    pen.write(outcomes={key(1): REFUSAL})
    return pen.draft(transfer("a", "b"), outcomes={key(1): REFUSAL})


def same_external_id(pen: Pen) -> Draft:
    pen.write(transfer("a", "b", external_id="e"))
    pen.book.external_ids.clear()
    return pen.draft(transfer("a", "b"), transfer("a", "b", external_id="e"))


def same_external_id_twice(pen: Pen) -> Draft:
    first = transfer("a", "b", external_id="e")
    draft = pen.draft(first)
    pen.book.external_ids.clear()
    second = pen.draft(first)
    return Draft(draft.base, second.head, draft.records + second.records, [None, None], {})


def same_draft(pen: Pen) -> Draft:
    draft = pen.draft(transfer("a", "b"), keys=[key(1)])
    commit(pen.store, pen.info, draft)
    return draft


def same_path(pen: Pen) -> Draft:
    (other,) = Pen(pen.store, pen.info, seed=2).draft(open_account("a")).records
    draft = pen.draft(transfer("a", "b"))
    moved = Record(other.sequence + 4, pen.at, other.event, other.cause, other.body, other.leaf)
    return Draft(draft.base, draft.head, [*draft.records, moved], [None, None], {})


@pytest.mark.parametrize(
    "spoil",
    [
        same_key,
        same_key_twice,
        same_outcome,
        same_external_id,
        same_external_id_twice,
        same_draft,
        same_path,
    ],
)
def test_a_draft_that_contradicts_the_journal_is_refused_whole(
    store: FullStore, pen: Pen, spoil: Callable[[Pen], Draft]
) -> None:
    draft = spoil(pen)
    before = everything(store, pen.info)
    with pytest.raises(CorruptJournal):
        commit(store, pen.info, draft)
    assert everything(store, pen.info) == before


@pytest.mark.parametrize(
    "spoil", [same_key, same_key_twice, same_outcome, same_external_id, same_external_id_twice]
)
def test_the_short_way_refuses_a_contradiction_whole_too(
    store: FullStore, pen: Pen, spoil: Callable[[Pen], Draft]
) -> None:
    packed = store.pack(pen.info, spoil(pen))
    before = everything(store, pen.info)
    with pytest.raises(CorruptJournal):
        store.append(pen.info, packed)
    assert everything(store, pen.info) == before


DRAFTS: dict[str, Callable[[Pen], Draft]] = {
    "nothing": lambda pen: pen.draft(),
    "an answer": lambda pen: pen.draft(outcomes={key(5): REFUSAL}),
    "a transfer": lambda pen: pen.draft(transfer("a", "b", external_id="x"), keys=[key(6)]),
    "an account": lambda pen: pen.draft(open_account("c"), transfer("a", "c")),
    "a freeze": lambda pen: pen.draft(commands.FreezeAccount("a")),
    "a thousand": lambda pen: pen.draft(*[transfer("a", "b")] * 1000, outcomes={key(7): REFUSAL}),
}


@pytest.mark.parametrize("make", DRAFTS.values(), ids=DRAFTS)
def test_the_short_way_writes_what_the_long_one_does(
    store: FullStore, pen: Pen, make: Callable[[Pen], Draft]
) -> None:
    other = Pen(store, store.create_ledger("other", NOON))
    opened = (commands.OpenAccount(path, "USD", AccountType.LIABILITY) for path in "ab")
    other.write(commands.OpenLedger("main"), *opened)
    draft = make(pen)
    assert store.append(pen.info, store.pack(pen.info, draft)) is True
    commit(store, other.info, make(other))
    short, long = (shape(store, info) for info in (pen.info, other.info))
    assert short == long
    assert store.head(pen.info) == draft.head


def shape(store: FullStore, info: LedgerInfo) -> list[object]:
    """All that two ledgers with the same history have in common, whatever their names."""
    entries = [store.entries(info, number, None, 10_000) for number in range(6)]
    standings = [(s.account.path, s.status, s.totals) for s, _ in store.trial_balance(info, None)]
    loaded = store.load(info, Wants(keys=[key(5), key(6), key(7)], external_ids=["x"]))
    return [
        entries, standings, loaded.outcomes, sorted(loaded.records), loaded.external_ids,
        store.head(info).sequence, store.head(info).outcomes,
    ]  # fmt: skip


@pytest.mark.parametrize("moved_by", ["a record", "an answer"])
@pytest.mark.parametrize("make", DRAFTS.values(), ids=DRAFTS)
def test_the_short_way_writes_nothing_on_a_head_that_has_moved(
    store: FullStore, pen: Pen, make: Callable[[Pen], Draft], moved_by: str
) -> None:
    packed = store.pack(pen.info, make(pen))
    other = Pen(store, pen.info, seed=3)
    other.book = pen.book
    if moved_by == "a record":
        other.write(commands.RegisterAsset(Asset("NEW", 0)))
    else:
        other.write(outcomes={key(99): REFUSAL})
    before = everything(store, pen.info)
    assert store.append(pen.info, packed) is False
    assert everything(store, pen.info) == before
    with store.begin(pen.info) as unit:
        assert unit.head == store.head(pen.info), "and the lock is free"


def test_the_short_way_waits_for_the_lock(store: FullStore, pen: Pen) -> None:
    draft = pen.draft(transfer("a", "b"))
    packed = store.pack(pen.info, draft)
    with ThreadPoolExecutor(1) as pool:
        with store.begin(pen.info) as unit:
            waiting = pool.submit(store.append, pen.info, packed)
            time.sleep(SHORT_SECONDS)
            assert not waiting.done()
            assert unit.head == draft.base
        assert waiting.result(LONG_SECONDS) is True
    assert store.head(pen.info) == draft.head


def test_wants_are_loaded_and_what_is_not_there_is_missing(store: FullStore) -> None:
    pen = filled(store)
    a, b = (store.account(pen.info, path) for path in ("users:a", "users:b"))
    assert a is not None
    assert b is not None
    wants = Wants(
        keys=[key(1), key(52), key(99)],
        accounts=["users:a", b.account.id, "nobody", "acc_NOBODY"],
        external_ids=["e1", "d-3", "no"],
        assets=["PTS", "NO", "USD"],
    )
    loaded = store.load(pen.info, wants)
    assert sorted(loaded.records) == [key(1), key(52)]
    assert {s.account.path: s for s in loaded.standings} == {"users:a": a, "users:b": b}
    assert sorted(loaded.external_ids) == ["d-3", "e1"]
    assert [asset.code for asset in loaded.assets] == ["PTS"]
    with store.begin(pen.info) as unit:
        assert unit.load(wants) == loaded
    assert store.load(pen.info, Wants()).standings == []


def test_an_account_wanted_by_path_and_by_id_is_found_by_both(store: FullStore, pen: Pen) -> None:
    (standing,) = store.load(pen.info, Wants(accounts=["a"])).standings
    both = store.load(pen.info, Wants(accounts=["a", standing.account.id])).standings
    assert both
    assert all(each == standing for each in both)


def test_standings_carry_status_version_and_totals(store: FullStore, pen: Pen) -> None:
    pen.write(transfer("a", "b", LARGEST - 3), transfer("a", "b", 2), transfer("b", "a", 1))
    pen.write(commands.FreezeAccount("b"))
    a, b = store.load(pen.info, Wants(accounts=["a", "b"])).standings
    found = {s.account.path: (s.status, s.version, s.totals) for s in (a, b)}
    assert found == {
        "a": (AccountStatus.OPEN, 3, Totals(LARGEST - 1, 1)),
        "b": (AccountStatus.FROZEN, 3, Totals(1, LARGEST - 1)),
    }
    assert all(s.account == pen.book.standings[s.account.path].account for s in (a, b))


def test_outcomes_are_kept_word_for_word(store: FullStore, pen: Pen) -> None:
    records = pen.write(transfer("a", "b"), transfer("b", "a"))
    places = records[0].sequence, REFUSAL.refusal, records[1].sequence
    assert REFUSAL.refusal is not None
    bulk = StoredOutcome("e" * 64, results=places)  # type: ignore[arg-type]
    empty = StoredOutcome("d" * 64)
    head = store.head(pen.info)
    pen.write(outcomes={key(1): REFUSAL, key(2): bulk, key(3): empty})
    loaded = store.load(pen.info, Wants(keys=[key(n) for n in range(5)]))
    assert loaded.outcomes == {key(1): REFUSAL, key(2): bulk, key(3): empty}
    assert loaded.bulk_records == {record.sequence: record for record in records}
    assert loaded.records == {}
    assert store.head(pen.info).root == head.root, "an answer is no record"
    assert store.head(pen.info).outcomes == head.outcomes + 3


def test_ledgers_do_not_see_each_other(store: FullStore) -> None:
    one, other = filled(store, "one"), filled(store, "other")
    before = everything(store, one.info)
    other.write(transfer("cash", "users:a", external_id="x"), keys=[key(9)])
    assert everything(store, one.info) == before
    assert store.load(one.info, Wants(keys=[key(9)], external_ids=["x"])).records == {}
    assert not store.load(one.info, Wants(external_ids=["x"])).external_ids


def test_an_account_changes_as_often_as_it_likes(store: FullStore, pen: Pen) -> None:
    """Each change is a record of its own, and all of them carry the account's id."""
    a = pen.book.standings["a"].account
    for wish in (commands.FreezeAccount("a"), commands.UnfreezeAccount("a")) * 2:
        pen.write(wish)
    pen.write(commands.CloseAccount("a"))
    standing = store.account(pen.info, "a")
    assert standing is not None
    assert standing.status is AccountStatus.CLOSED
    opening = store.record_by_id(pen.info, a.id)
    assert opening is not None
    assert opening.event == AccountOpened(a)
