"""What a test asked a ledger for and what it was told: written down before asking, and on hearing.

An answer is told as plain texts, so that one from the library, over HTTP and from the store's own
rows can be held against each other: the id of each record, or `refused:` and the code.
"""

from collections import defaultdict
from typing import Any

import msgspec

from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.kernel.commands import Bulk, Command
from partita.kernel.moment import Moment

Wished = Command | Bulk
Answer = tuple[str, ...]

encode = msgspec.json.Encoder(enc_hook=int).encode


def _moment(_kind: type, value: Any) -> Moment:
    return Moment(value)


decode_command = msgspec.json.Decoder(Command | Bulk, dec_hook=_moment).decode


def refused(code: str, index: int | None = None) -> str:
    """How a refusal is told; `index` is the guilty command of an atomic bulk."""
    return f"refused:{code}" if index is None else f"refused:{code}@{index}"


def told(outcome: Outcome) -> Answer:
    """An outcome of the engine, as texts."""
    if isinstance(outcome, BulkDone):
        return tuple(text for result in outcome.results for text in told(result))
    if isinstance(outcome, Refused):
        return (refused(outcome.rejection.code.value, outcome.index),)
    assert isinstance(outcome, Accepted)
    return (outcome.record.event.id,)


class History:
    """Every wish under its key, with the answer once one was heard."""

    def __init__(self) -> None:
        self.wishes: dict[str, Wished] = {}
        self.answers: dict[str, Answer] = {}
        self.contradictions: list[str] = []
        self.made: dict[type, list[str]] = defaultdict(list)
        """The ids of what was made, by the kind of wish that made it."""

    def ask(self, key: str, wish: Wished) -> None:
        """Write down a wish; this comes before it is sent."""
        assert self.wishes.setdefault(key, wish) == wish, f"{key} is another wish's key"

    def hear(self, key: str, answer: Answer) -> None:
        """Write down an answer. One key has one answer, however often it is asked."""
        first = self.answers.setdefault(key, tuple(answer))
        if first != tuple(answer):
            self.contradictions.append(f"{key} was answered {first}, and later {tuple(answer)}")
        wish = self.wishes.get(key)
        if wish is not None and not isinstance(wish, Bulk) and not first[0].startswith("refused"):
            self.made[type(wish)].append(first[0])

    def unanswered(self) -> list[str]:
        """Keys of wishes of which nothing was heard, in the order of asking."""
        return [key for key in self.wishes if key not in self.answers]
