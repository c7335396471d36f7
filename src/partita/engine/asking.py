"""Asking and waiting: for threads of our own, which have no event loop to go back to."""

from collections.abc import Sequence
from queue import SimpleQueue

from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Wish


def ask(ledger: Ledger, wish: Wish) -> Outcome:
    """Have one wish decided and made durable; what became of it.

    Raises:
        PartitaError: it was not decided, or nobody knows; its key will tell.
    """
    return ask_all(ledger, (wish,))[0]


def ask_all(ledger: Ledger, wishes: Sequence[Wish]) -> list[Outcome]:
    """Have wishes decided in their order, in one batch as far as that goes; what became of each.

    Raises:
        PartitaError: they were not decided, or nobody knows; their keys will tell.
    """
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
    ledger.submit(wishes, answers.put)
    answer = answers.get()
    if isinstance(answer, BaseException):
        raise answer
    return answer
