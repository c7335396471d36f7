"""Dispatching: what may follow what, from the moment an order is to go out until a rail has it.

    sending ──► taken            the rail has it: its messages tell the rest
       │  └───► in_doubt ──► status ──► taken, or certainly not: sending again
       ▼
    waiting ──► sending again on the same rail, or `abandoned`: another rail is tried

The law of this table: **an order goes to another rail only from a state in which the first certainly
did not take it.** There is no row from `in_doubt` to another rail; it leads to asking, and only an
answer leads on. A process that finds an order `sending` was cut off while it called, or another one
is calling: it is in doubt.
"""

from enum import Enum

from partita.modules.rails.line import Certainty


class Stage(Enum):
    """Where an order is on its way to a rail; the status of the matter that keeps it."""

    SENDING = "sending"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    TAKEN = "taken"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    FAULTY = "faulty"
    CLOSED = "closed"
    """A message has ended it."""


class Todo(Enum):
    """What a process does with an order that it finds due."""

    SEND = "send"
    ASK = "ask"
    REPLACE = "replace"
    """Try the next rail; without one, the payment fails."""
    NOTHING = "nothing"


WHEN_DUE: dict[Stage, Todo] = {
    Stage.SENDING: Todo.ASK,
    Stage.IN_DOUBT: Todo.ASK,
    Stage.TAKEN: Todo.ASK,
    Stage.WAITING: Todo.SEND,
    Stage.REFUSED: Todo.REPLACE,
    Stage.ABANDONED: Todo.NOTHING,
    Stage.FAULTY: Todo.NOTHING,
    Stage.CLOSED: Todo.NOTHING,
}
"""What is due for an order in each stage."""

_KNOWN_BY_NOBODY = {
    Certainty.TAKEN: Stage.TAKEN,
    Certainty.REFUSED: Stage.REFUSED,
    Certainty.NOT_REACHED: Stage.WAITING,
    Certainty.NOT_TAKEN: Stage.WAITING,
    Certainty.NOT_SEEN: Stage.IN_DOUBT,
    Certainty.IN_DOUBT: Stage.IN_DOUBT,
    Certainty.FAULTY: Stage.FAULTY,
}
_PERHAPS_TAKEN = {**_KNOWN_BY_NOBODY, Certainty.NOT_REACHED: Stage.IN_DOUBT}
_KNOWN_TO_BE_TAKEN = {
    **dict.fromkeys(Certainty, Stage.TAKEN),
    # It had been taken, and the rail does not know of it any more: nothing is sent anew.
    Certainty.NOT_TAKEN: Stage.FAULTY,
    Certainty.REFUSED: Stage.FAULTY,
    Certainty.FAULTY: Stage.FAULTY,
}
AFTER: dict[tuple[Stage, Certainty], Stage] = {
    (stage, certainty): after
    for stage, outcomes in {
        Stage.SENDING: _KNOWN_BY_NOBODY,
        Stage.WAITING: _KNOWN_BY_NOBODY,
        Stage.IN_DOUBT: _PERHAPS_TAKEN,
        Stage.TAKEN: _KNOWN_TO_BE_TAKEN,
    }.items()
    for certainty, after in outcomes.items()
}
"""Where an order is after a rail was called, by where it was and how certain the answer is."""

CALLED_IN = frozenset(stage for stage, _certainty in AFTER)
"""The stages in which the rail is called."""
MAY_FAIL_OVER = frozenset({Stage.WAITING, Stage.REFUSED})
"""Where it is certain that the rail did not take it: the only stages that another rail follows."""
