"""What one of several processes does when all rush for the same holds and transactions at once."""

from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.kernel import commands
from partita.kernel.account import Side
from partita.kernel.posting import Posting
from tests.plugins.steering import ask
from tests.unit.engine.bookkeeping import pay

LONG_SECONDS = 60.0


class Rush:
    """Where the processes of one run wait for one another."""

    barrier: Barrier


def prepare(barrier: Barrier) -> None:
    """Take the barrier with which this process was made."""
    Rush.barrier = barrier


class Errand(NamedTuple):
    """Where to go, who goes, and for which things; how much of each is wanted."""

    poster: str
    reader: str
    process: int
    names: tuple[str, ...]
    amount: int


def wanted(name: str, amount: int) -> commands.Command:
    """What is wanted of a hold, a transaction, or an account with a velocity limit: its money."""
    if name.startswith("payer:"):
        return pay(name, "shop", amount)
    if name.startswith("hld_"):
        return commands.CaptureHold(name, (Posting("shop", Side.CREDIT, amount, "USD"),))
    return commands.ReverseTransaction(name, ((0, amount), (1, amount)))


def rush(errand: Errand) -> list[str]:
    """Go for each at the same moment as the others; what was said: the id made, or the code."""
    store = PostgresStore(errand.poster, errand.reader, connections=2)
    ledger = Ledger(store.ledgers()[0], store, SystemClock(), SystemEntropy())
    said = []
    for name in errand.names:
        key = f"{errand.process}-{name}"
        Rush.barrier.wait(LONG_SECONDS)
        (outcome,) = ask(ledger, wish(wanted(name, errand.amount), key=key))
        if isinstance(outcome, Accepted):
            said.append(outcome.record.event.id)
        else:
            assert isinstance(outcome, Refused)
            said.append(outcome.rejection.code.value)
    ledger.close()
    store.close()
    return said
