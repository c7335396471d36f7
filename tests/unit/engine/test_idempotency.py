"""One key, one wish, one answer, for ever: within a batch, after it, and in another process."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.idempotency import OPERATIONS, fingerprint, wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.amount import LARGEST
from partita.kernel.asset import Asset
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.wiring import Application, FullStore
from tests.plugins.steering import ask, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import (
    FLOOR,
    accepted,
    atomic,
    independent,
    open_accounts,
    pay,
    refused,
)


@pytest.fixture
def bank(ledger: Ledger) -> Ledger:
    """`cash` may go below nothing, `alice` and `bob` may not."""
    open_accounts(ledger, ["cash"])
    open_accounts(ledger, ["alice", "bob"], FLOOR)
    return ledger


def elsewhere(store: FullStore) -> Ledger:
    """The same ledger, in what might be another process."""
    info = next(info for info in store.ledgers() if info.name == "main")
    return Ledger(info, store, SystemClock(), SystemEntropy())


def replayed(outcome: Outcome) -> Outcome:
    """The first answer as it is when it is given again."""
    return msgspec.structs.replace(outcome, replayed=True)


def test_the_same_key_has_the_same_answer_for_ever(bank: Ledger, store: FullStore) -> None:
    first = ask_one(bank, pay("cash", "alice", 5), "k")
    assert isinstance(first, Accepted)
    assert not first.replayed
    for n in range(3):
        assert ask_one(bank, pay("cash", "alice", 5), "k") == replayed(first)
        accepted(ask_one(bank, pay("cash", "bob", 1), f"other-{n}"))
    other = elsewhere(store)
    again = ask_one(other, pay("cash", "alice", 5), "k")
    assert again == replayed(first)
    assert isinstance(again, Accepted)
    assert again.record.body == first.record.body
    other.close()
    assert sum(r.cause.key == "k" for r in assert_sound(store, bank.info)) == 1


def test_the_same_key_twice_in_one_batch_is_one_wish(bank: Ledger, store: FullStore) -> None:
    same = wish(pay("cash", "alice", 5), key="k")
    first, *others = ask(bank, *[same] * 5)
    assert others == [replayed(first)] * 4
    broke = wish(pay("alice", "bob", 6), key="broke")
    first, *others = ask(bank, *[broke] * 3)
    assert refused(first) is Code.INSUFFICIENT_FUNDS
    assert others == [replayed(first)] * 2
    assert_sound(store, bank.info)


def test_another_body_under_a_used_key_is_refused_and_names_the_first(bank: Ledger) -> None:
    first = accepted(ask_one(bank, pay("cash", "alice", 5), "k"))
    for other in (pay("cash", "alice", 6), pay("cash", "bob", 5), pay("cash", "alice", 5, "ref")):
        outcome = ask_one(bank, other, "k")
        assert refused(outcome) is Code.IDEMPOTENCY_KEY_REUSED
        assert isinstance(outcome, Refused)
        assert outcome.rejection.facts["existing_resource_id"] == first.event.id
    again = ask_one(bank, pay("cash", "alice", 5), "k")
    assert accepted(again) == first, "the refused attempts changed nothing"


def test_another_body_within_one_batch_is_refused_too(bank: Ledger, store: FullStore) -> None:
    first, other, again = ask(
        bank,
        wish(pay("cash", "alice", 5), key="k"),
        wish(pay("cash", "alice", 6), key="k"),
        wish(pay("cash", "alice", 5), key="k"),
    )
    assert refused(other) is Code.IDEMPOTENCY_KEY_REUSED
    assert again == replayed(first)
    assert_sound(store, bank.info)


def test_a_refusal_stays_although_the_money_came_later(bank: Ledger, store: FullStore) -> None:
    first = ask_one(bank, pay("alice", "bob", 5), "k")
    assert refused(first) is Code.INSUFFICIENT_FUNDS
    accepted(ask_one(bank, pay("cash", "alice", 100)))
    assert ask_one(bank, pay("alice", "bob", 5), "k") == replayed(first)
    other = elsewhere(store)
    assert ask_one(other, pay("alice", "bob", 5), "k") == replayed(first)
    other.close()
    assert refused(ask_one(bank, pay("alice", "bob", 6), "k")) is Code.IDEMPOTENCY_KEY_REUSED
    accepted(ask_one(bank, pay("alice", "bob", 5), "new key"))


def test_without_a_key_each_wish_is_one_of_its_own(bank: Ledger) -> None:
    records = [accepted(ask_one(bank, pay("cash", "alice", 5))) for _ in range(2)]
    assert records[0].event.id != records[1].event.id


def test_a_key_counts_within_its_operation(bank: Ledger, store: FullStore) -> None:
    wishes: list[commands.Command | commands.Bulk] = [
        commands.RegisterAsset(Asset("PTS", 0)),
        commands.OpenAccount("carol", "USD", AccountType.LIABILITY),
        pay("cash", "carol", 5),
        independent(pay("carol", "cash", 5)),
        commands.FreezeAccount("carol"),
        commands.UnfreezeAccount("carol"),
        commands.CloseAccount("carol"),
    ]
    assert len({OPERATIONS[type(each)] for each in wishes}) == len(wishes)
    first = [ask_one(bank, each, "k") for each in wishes]
    assert all(not isinstance(outcome, Refused) for outcome in first)
    assert [ask_one(bank, each, "k") for each in wishes] == [replayed(each) for each in first]
    assert_sound(store, bank.info)


def test_a_key_counts_within_its_ledger(application: Application, bank: Ledger) -> None:
    other = application.open_ledger("other")
    open_accounts(other, ["cash", "alice"])
    one, two = (ask_one(ledger, pay("cash", "alice", 5), "k") for ledger in (bank, other))
    assert accepted(one).event.id != accepted(two).event.id
    assert isinstance(two, Accepted)
    assert not two.replayed


BULKS = {
    "atomic": atomic(pay("cash", "alice", 5), pay("alice", "bob", 2)),
    "atomic, refused": atomic(pay("cash", "alice", 5), pay("alice", "bob", 50)),
    "independent": independent(pay("cash", "alice", 5), pay("alice", "bob", 50), pay("no", "bob", 1)),
    "independent, all refused": independent(pay("alice", "bob", 50)),
    "atomic, empty": atomic(),
    "independent, empty": independent(),
}  # fmt: skip


@pytest.mark.parametrize("bulk", BULKS.values(), ids=BULKS)
def test_a_bulk_has_one_answer_for_ever(
    bank: Ledger, store: FullStore, bulk: commands.Bulk
) -> None:
    first = ask_one(bank, bulk, "k")
    assert ask_one(bank, bulk, "k") == replayed(first)
    accepted(ask_one(bank, pay("cash", "alice", 1000)))
    other = elsewhere(store)
    assert ask_one(other, bulk, "k") == replayed(first)
    reused = ask_one(other, atomic(pay("cash", "bob", 9)), "k")
    assert refused(reused) is Code.IDEMPOTENCY_KEY_REUSED
    other.close()
    assert_sound(store, bank.info)


def test_a_bulk_says_what_became_of_each_wish(bank: Ledger) -> None:
    done = ask_one(bank, BULKS["independent"], "k")
    assert isinstance(done, BulkDone)
    accepted(done.results[0])
    codes = [refused(each) for each in done.results[1:]]
    assert codes == [Code.INSUFFICIENT_FUNDS, Code.ACCOUNT_NOT_FOUND]


def test_a_refused_atomic_bulk_names_the_guilty_one_and_moves_nothing(
    bank: Ledger, store: FullStore
) -> None:
    head = store.head(bank.info)
    outcome = ask_one(bank, BULKS["atomic, refused"], "k")
    assert isinstance(outcome, Refused)
    assert (outcome.index, outcome.rejection.code) == (1, Code.INSUFFICIENT_FUNDS)
    assert store.head(bank.info).root == head.root


def test_fifty_at_once_with_one_key_are_one_record(bank: Ledger, store: FullStore) -> None:
    barrier = threading.Barrier(50)

    def knock(_: int) -> Outcome:
        barrier.wait(20)
        return ask_one(bank, pay("cash", "alice", 5), "k")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(knock, range(50)))
    assert len({accepted(answer).event.id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    records = assert_sound(store, bank.info)
    assert sum(record.cause.key == "k" for record in records) == 1


@pytest.fixture
def hurry() -> Iterator[None]:
    """Let threads interrupt one another at every step."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def scribes() -> list[threading.Thread]:
    """The writers' threads that run now."""
    return [each for each in threading.enumerate() if each.name == "partita-main-scribe"]


@pytest.mark.usefixtures("hurry")
def test_fifty_may_be_the_first_to_write(store: FullStore, bank: Ledger) -> None:
    """A ledger begins to work with its first wish, even if there are fifty first ones."""
    fresh, barrier, before = elsewhere(store), threading.Barrier(50), len(scribes())

    def knock(number: int) -> Outcome:
        barrier.wait(20)
        return ask_one(fresh, pay("cash", "alice", 1), f"k{number}")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(knock, range(50)))
    assert len(scribes()) == before + 1, "one writer, however many come first"
    fresh.close()
    assert len({accepted(answer).sequence for answer in answers}) == 50
    assert_sound(store, bank.info)


def test_a_fingerprint_is_of_what_is_asked_not_of_how() -> None:
    plain = pay("cash", "alice", LARGEST)
    one = msgspec.structs.replace(plain, metadata={"a": "1", "b": "2"})
    other = msgspec.structs.replace(plain, metadata={"b": "2", "a": "1"})
    assert fingerprint(one) == fingerprint(other)
    dated = msgspec.structs.replace(plain, effective_at=Moment(5))
    later = msgspec.structs.replace(plain, effective_at=Moment(6))
    distinct = [
        plain, one, dated, later, pay("cash", "alice", LARGEST - 1),
        msgspec.structs.replace(plain, type="x"), msgspec.structs.replace(plain, external_id="x"),
        atomic(plain), independent(plain), atomic(plain, plain),
        commands.FreezeAccount("a"), commands.UnfreezeAccount("a"), commands.CloseAccount("a"),
    ]  # fmt: skip
    assert len({fingerprint(each) for each in distinct}) == len(distinct)
