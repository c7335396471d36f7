"""Two processes decide at the same moment: what one writes between another's look and its lock.

Played on one thread's order of events instead of luck: the hook runs just before a lock is taken.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.errors import StoreUnavailable
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.ports import LedgerInfo, UnitOfWork
from partita.kernel import commands
from partita.kernel.account import AccountType, Side
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.wiring import FullStore
from tests.plugins.steering import ask_one


class Interrupted:
    """A store as one process sees it: `before_lock` runs once, before its next unit of work."""

    def __init__(self, store: FullStore) -> None:
        self._store = store
        self.before_lock: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _interrupt(self) -> None:
        hook, self.before_lock = self.before_lock, lambda: None
        hook()

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        self._interrupt()
        return self._store.append(ledger, packed)

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[UnitOfWork]:
        self._interrupt()
        with self._store.begin(ledger) as unit:
            yield unit


class Two:
    """Two processes on one ledger; the first can be interrupted."""

    def __init__(self, store: FullStore) -> None:
        info = store.create_ledger("main", SystemClock().now())
        self.interrupted = Interrupted(store)
        self.first = Ledger(info, self.interrupted, SystemClock(), SystemEntropy())
        self.second = Ledger(info, store, SystemClock(), SystemEntropy())
        ask_one(self.first, commands.OpenLedger("main"))
        for path in ("cash", "alice"):
            ask_one(self.first, commands.OpenAccount(path, "USD", AccountType.LIABILITY))

    def meanwhile(self, command: commands.Command, key: str) -> list[Outcome]:
        """What the second is answered, between the first's deciding and its lock."""
        answers: list[Outcome] = []

        def hook() -> None:
            answers.append(ask_one(self.second, command, key))

        self.interrupted.before_lock = hook
        return answers


@pytest.fixture
def two(store: FullStore) -> Iterator[Two]:
    pair = Two(store)
    yield pair
    pair.first.close()
    pair.second.close()


def transfer(amount: int, *, to: str = "alice") -> commands.PostTransaction:
    return commands.PostTransaction(
        (Posting("cash", Side.DEBIT, amount, "USD"), Posting(to, Side.CREDIT, amount, "USD"))
    )


def refused(ledger: Ledger, key: str) -> Outcome:
    return ask_one(ledger, transfer(1, to="nobody"), key)


def test_a_key_refused_by_both_is_refused_once(two: Two):
    refused(two.first, "earlier")
    others = two.meanwhile(transfer(1, to="nobody"), "same")
    mine = refused(two.first, "same")
    assert isinstance(mine, Refused)
    assert isinstance(others[0], Refused)
    assert mine.rejection == others[0].rejection
    assert mine.replayed
    assert isinstance(ask_one(two.first, transfer(5), "after"), Accepted)


def test_a_key_accepted_by_both_moves_money_once(two: Two):
    ask_one(two.first, transfer(1), "earlier")
    others = two.meanwhile(transfer(7), "same")
    mine = ask_one(two.first, transfer(7), "same")
    assert isinstance(mine, Accepted)
    assert isinstance(others[0], Accepted)
    assert (mine.record.body, mine.replayed) == (others[0].record.body, True)


def test_a_key_refused_meanwhile_with_another_body_is_not_used_twice(two: Two):
    refused(two.first, "earlier")
    two.meanwhile(transfer(1, to="nobody"), "same")
    mine = ask_one(two.first, transfer(7), "same")
    assert isinstance(mine, Refused)
    assert mine.rejection.code is Code.IDEMPOTENCY_KEY_REUSED


@pytest.mark.parametrize("others_refuse", [False, True])
def test_a_refusal_that_was_never_stored_is_not_answered_from_memory(two: Two, others_refuse: bool):
    """It fails, whoever else writes as many refusals meanwhile; the next try decides for itself."""
    refused(two.first, "earlier")
    refused(two.first, "earlier still")

    def broken() -> None:
        if others_refuse:
            refused(two.second, "another")
        raise StoreUnavailable("the connection broke")

    writer = two.first._writer
    assert writer is not None
    writer._patience_seconds = 0
    two.interrupted.before_lock = broken
    with pytest.raises(StoreUnavailable):
        refused(two.first, "lost")
    assert isinstance(refused(two.first, "lost"), Refused)
    again = refused(two.second, "lost")
    assert isinstance(again, Refused)
    assert again.replayed, "the answer that was given must be stored"
