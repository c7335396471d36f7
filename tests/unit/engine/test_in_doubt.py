"""A connection that breaks around a commit: every wish has exactly one effect and one answer."""

from collections.abc import Iterator
from itertools import product
from queue import SimpleQueue

import msgspec
import pytest

from partita.engine import writer as writing
from partita.engine.errors import PartitaError, StoreUnavailable
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused, Wish
from partita.engine.ports import Wants
from partita.engine.writer import Writer
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.commands import Command
from partita.kernel.rejections import Code
from partita.wiring import FullStore
from tests.plugins.steering import ask_one
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
from tests.unit.engine.stores import (
    LONG_SECONDS,
    Answers,
    Doubtful,
    gated,
    impatient,
    submitted,
)

WORDS = ("away", "before", "after")
PLANS = [
    *[plan for length in (1, 2) for plan in product(WORDS, repeat=length)],
    *[("before", "before", "after"), ("after", "away", "before"), ("before", "away", "before")],
]
WISHES: dict[str, Command | commands.Bulk] = {
    "pay": pay("cash", "alice", 5, external_id="x"),
    "broke": pay("bob", "alice", 5),
    "open": commands.OpenAccount("carol", "USD", AccountType.LIABILITY),
    "freeze": commands.FreezeAccount("carol"),
    "atomic": atomic(pay("cash", "alice", 1), pay("alice", "bob", 1)),
    "atomic, refused": atomic(pay("cash", "alice", 1), pay("bob", "nobody", 1)),
    "independent": independent(pay("cash", "alice", 1), pay("bob", "nobody", 1)),
}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: waiting is not what is tested here."""
    monkeypatch.setattr(writing, "_FIRST_PAUSE_SECONDS", 0.0)


@pytest.fixture
def bank(ledger: Ledger) -> Ledger:
    """`cash` may go below nothing, `alice` and `bob` may not."""
    open_accounts(ledger, ["cash"])
    open_accounts(ledger, ["alice", "bob"], FLOOR)
    return ledger


@pytest.fixture
def doubtful(store: FullStore) -> Doubtful:
    """The store, which begins to break when it is told to."""
    return Doubtful(store)


@pytest.fixture
def writer(bank: Ledger, doubtful: Doubtful) -> Iterator[Writer]:
    """A writer that has found itself alone, so that it decides ahead and commits the short way."""
    made = impatient(doubtful, bank)
    for n in range(3):
        submitted(made, wish(pay("cash", "alice", 10), key=f"warm-{n}"))
    yield made
    made.close()


def plain(outcome: Outcome) -> Outcome:
    """An answer, whether it is the first or a later one."""
    return msgspec.structs.replace(outcome, replayed=False)


@pytest.mark.parametrize("plan", PLANS, ids="-".join)
def test_a_broken_commit_has_one_effect(
    writer: Writer, doubtful: Doubtful, store: FullStore, bank: Ledger, plan: tuple[str, ...]
) -> None:
    before = store.head(bank.info).sequence
    doubtful.plan = list(plan)
    wishes = [wish(command, key=f"key of {name}") for name, command in WISHES.items()]
    first = submitted(writer, *wishes, wish(pay("cash", "bob", 7)))
    doubtful.plan = []
    assert [isinstance(each, Refused) for each in first] == [
        name in ("broke", "atomic, refused") for name in (*WISHES, "without a key")
    ]
    again = submitted(writer, *wishes)
    assert [plain(each) for each in again] == [plain(each) for each in first[:-1]]
    assert all(each.replayed for each in again)
    assert store.head(bank.info).sequence == before + 1 + 1 + 1 + 2 + 1 + 1
    assert_sound(store, bank.info)


@pytest.mark.parametrize("plan", PLANS, ids="-".join)
def test_a_refusal_in_doubt_is_kept(
    writer: Writer, doubtful: Doubtful, store: FullStore, plan: tuple[str, ...]
) -> None:
    """Answers alone leave no record by which a commit could be found again."""
    doubtful.plan = list(plan)
    broke = wish(WISHES["broke"], key="k")
    first = submitted(writer, broke)[0]
    assert refused(first) is Code.INSUFFICIENT_FUNDS
    submitted(writer, wish(pay("cash", "bob", 100)))
    assert plain(submitted(writer, broke)[0]) == plain(first)
    assert broke.key is not None
    info = store.ledgers()[0]
    assert list(store.load(info, Wants(keys=[broke.key])).outcomes) == [broke.key]


@pytest.mark.parametrize("lost", WORDS)
@pytest.mark.parametrize("name", WISHES)
def test_beyond_patience_the_caller_is_told_and_the_key_settles_it(
    bank: Ledger, store: FullStore, doubtful: Doubtful, name: str, lost: str
) -> None:
    ask_one(bank, WISHES["open"])
    made = impatient(doubtful, bank, seconds=0.05)
    submitted(made, wish(pay("cash", "alice", 10)))
    head = store.head(bank.info)
    doubtful.plan, doubtful.always = [lost], "away"
    asked = wish(WISHES[name], key="k")
    with pytest.raises(StoreUnavailable) as raised:
        submitted(made, asked)
    assert raised.value.retryable
    assert (store.head(bank.info) != head) is (lost == "after")
    doubtful.always = ""
    first = submitted(made, asked)[0]
    assert first.replayed is (lost == "after")
    again = submitted(made, asked)[0]
    assert again.replayed
    assert plain(again) == plain(first)
    accepted(submitted(made, wish(pay("cash", "alice", 1)))[0])
    made.close()
    records = assert_sound(store, bank.info)
    places = [(record.cause.bulk, record.event) for record in records if record.cause.key == "k"]
    assert len({bulk for bulk, _ in places}) == len(places), "nothing was written twice"


ODD: dict[str, Wish] = {
    "a lone surrogate": Wish(msgspec.structs.replace(pay("cash", "bob", 1), type="\ud800")),
    "a NUL": wish(pay("cash", "bob", 1, external_id="a\0b"), key="odd"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_wish_that_cannot_be_written_fails_alone(
    bank: Ledger, store: FullStore, odd: Wish
) -> None:
    """The memory store can keep a NUL; whoever fails, fails without harm to anybody else."""
    writer, gate = gated(store, bank)
    inboxes: list[Answers] = [SimpleQueue() for _ in range(7)]
    for n, inbox in enumerate(inboxes):
        asked = odd if n in (1, 4) else wish(pay("cash", "alice", 1), key=f"k{n}")
        writer.submit([asked], inbox.put)
    gate.opened.set()
    answers = [inbox.get(timeout=LONG_SECONDS) for inbox in inboxes]
    for n in (0, 2, 3, 5, 6):
        answer = answers[n]
        assert isinstance(answer, list), answer
        assert isinstance(answer[0], Accepted)
    odd_ones = [answers[n] for n in (1, 4)]
    assert all(isinstance(a, PartitaError | UnicodeError | list) for a in odd_ones), odd_ones
    after = submitted(writer, wish(pay("cash", "alice", 1), key="after"))
    accepted(after[0])
    writer.close()
    assert_sound(store, bank.info)
