"""The clerk of a process: writes commands into a ledger and waits, and forgets who was first.

A process says things under keys that follow from the work. When another one, or itself before a
crash, has said the same already, the answer says so, and nothing is done twice.
"""

from collections.abc import Sequence

from partita.engine.asking import ask_all
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.engine.wanting import Act


class Clerk:
    """Writes into one ledger."""

    def __init__(self, ledger: Ledger, actor: str) -> None:
        """Write into this ledger; `actor` is who the journal says it was."""
        self.ledger, self._actor = ledger, actor

    def write(self, acts: Sequence[tuple[Act, str]]) -> list[Accepted | Refused]:
        """Have acts decided under their keys, in their order and in one batch as far as that goes.

        Raises:
            PartitaError: nobody knows what became of them; their keys will tell.
        """
        if not acts:
            return []
        wishes = [wish(act, key=key, actor=self._actor) for act, key in acts]
        return [_single(each) for each in ask_all(self.ledger, wishes)]

    def write_one(self, act: Act, key: str) -> Accepted | Refused:
        """Have one act decided under its key."""
        return self.write([(act, key)])[0]


def _single(outcome: Outcome) -> Accepted | Refused:
    assert not isinstance(outcome, BulkDone), "no bulk was asked for"
    return outcome


def is_new(outcome: Accepted | Refused) -> bool:
    """Whether it was said now, and for the first time."""
    return isinstance(outcome, Accepted) and not outcome.replayed
