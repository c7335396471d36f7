"""Asking and waiting: for threads of our own, which have no event loop to go back to."""

from queue import SimpleQueue

from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Wish


def ask(ledger: Ledger, wish: Wish) -> Outcome:
    """Have one wish decided and made durable; what became of it.

    Raises:
        PartitaError: it was not decided, or nobody knows; its key will tell.
    """
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
    ledger.submit((wish,), answers.put)
    answer = answers.get()
    if isinstance(answer, BaseException):
        raise answer
    return answer[0]
