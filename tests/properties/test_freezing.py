"""A freeze among many hands: every payment of the wallet stands before it, or was refused."""

import threading
from queue import SimpleQueue
from typing import Any

import pytest

from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.verification import verify_ledger
from partita.kernel.account import FreezeFlow
from partita.kernel.events import MatterChanged, TransactionPosted
from partita.kernel.rejections import Code
from partita.modules.wallets import acts
from partita.modules.wallets.wallet import Purpose, Wallet
from partita.wiring import FullStore
from tests.unit.modules.wallets.counter import Counter, pay

HANDS, AT_ONCE, BEFORE, AFTER = 4, 16, 1_000, 1_000


class Hands:
    """Threads that pay out of wallets and into them, turn by turn, until they are told to stop."""

    def __init__(self, ledger: Ledger, wallets: list[Wallet], other: Wallet) -> None:
        self._ledger, self._wallets, self._other = ledger, wallets, other
        self.answers: SimpleQueue[Any] = SimpleQueue()
        self._room, self._over = threading.Semaphore(AT_ONCE), threading.Event()
        self._asked = [0] * HANDS
        self._threads = [threading.Thread(target=self._pay, args=(n,)) for n in range(HANDS)]
        for thread in self._threads:
            thread.start()

    def _pay(self, hand: int) -> None:
        while not self._over.is_set():
            n = self._asked[hand]
            path = self._wallets[n // 2 % len(self._wallets)].account("USD")
            ends = (path, self._other.account("USD"))
            command = pay(*(ends if n % 2 else ends[::-1]), 1)
            self._room.acquire()  # no more than so many wait for their answer
            self._asked[hand] += 1
            self._ledger.submit((wish(command),), self._answered)

    def _answered(self, answer: Any) -> None:
        self._room.release()
        self.answers.put(answer)

    def some(self, count: int) -> list[Any]:
        """So many answers."""
        return [self.answers.get(timeout=60) for _ in range(count)]

    def stop(self, seen: int) -> list[Any]:
        """No more; the answers that are still to come, beyond those seen."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self.some(sum(self._asked) - seen)


@pytest.mark.parametrize(
    ("who", "flow"), [("wallet", FreezeFlow.BOTH), ("wallet", FreezeFlow.OUT),
                      ("customer", FreezeFlow.OUT), ("customer", FreezeFlow.IN)],
)  # fmt: skip
def test_each_payment_is_before_the_freeze_or_refused(
    ledger: Ledger, store: FullStore, who: str, flow: FreezeFlow
) -> None:
    counter = Counter(ledger, store)
    customer = counter.customer()
    wallet = counter.wallet(customer)
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT))
    other = counter.wallet(counter.customer())
    for each in (wallet, pot, other):
        counter.fund(each, 1_000_000)
    frozen: SimpleQueue[Any] = SimpleQueue()
    act: acts.Act = acts.FreezeWallet(wallet=wallet.id, flow=flow, reason="an alert")
    if who == "customer":
        act = acts.FreezeCustomer(customer=customer.id, flow=flow, reason="an alert")
    hands = Hands(ledger, [wallet, pot], other)
    early = hands.some(BEFORE)
    ledger.submit((wish(act),), frozen.put)
    (done,) = frozen.get(timeout=60)
    assert isinstance(done, Accepted), done
    assert isinstance(done.record.event, MatterChanged)
    late = hands.some(AFTER)
    outcomes = early + late + hands.stop(BEFORE + AFTER)
    _judge(outcomes, done.record.sequence, flow, {wallet.account("USD"), pot.account("USD")})
    assert verify_ledger(store, ledger.info).ok


def _judge(outcomes: list[Any], sequence: int, flow: FreezeFlow, stopped: set[str]) -> None:
    """No payment that the freeze stops stands after it; none was refused for any other reason."""
    before = refused = after = 0
    for (outcome,) in outcomes:
        if isinstance(outcome, Refused):
            assert outcome.rejection.code is Code.ACCOUNT_FROZEN
            refused += 1
            continue
        event = outcome.record.event
        assert isinstance(event, TransactionPosted)
        debit, _credit = event.entries
        is_out = debit.account in stopped
        is_stopped = flow is FreezeFlow.BOTH or (flow is FreezeFlow.OUT) is is_out
        before += outcome.record.sequence < sequence
        after += outcome.record.sequence > sequence
        assert outcome.record.sequence < sequence or not is_stopped, event
    assert before >= BEFORE, "some were before it"
    assert refused > 0, "and some came too late"
    if flow is not FreezeFlow.BOTH:
        assert after > 0, "what it does not stop goes on"
