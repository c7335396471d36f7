"""What a consumer got, held against the journal: nothing missing, in order, one id for each sequence."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple


class Got(NamedTuple):
    """One event as it came: its place in the journal, and its id."""

    sequence: int
    id: str


class Verdict(NamedTuple):
    """What is to be said of all that a consumer got."""

    received: int
    distinct: int
    missing: int
    disordered: int
    """How many came for the first time behind a later one."""
    renamed: int
    """How many came again under another id."""

    @property
    def repeated(self) -> int:
        """How often an event came again."""
        return self.received - self.distinct

    def is_sound(self, *, ordered: bool) -> bool:
        """Whether nothing is wrong; order counts where it was promised."""
        return not (self.missing or self.renamed or (ordered and self.disordered))


def judged(got: Iterable[Got], head: int) -> Verdict:
    """Judge what came, when the journal reached up to `head`.

    >>> judged([Got(1, "a"), Got(3, "c"), Got(2, "b"), Got(3, "c")], head=4)
    Verdict(received=4, distinct=3, missing=1, disordered=1, renamed=0)
    """
    ids: dict[int, str] = {}
    received = disordered = renamed = latest = 0
    for event in got:
        received += 1
        if event.sequence in ids:
            renamed += ids[event.sequence] != event.id
            continue
        ids[event.sequence] = event.id
        disordered += event.sequence < latest
        latest = max(latest, event.sequence)
    missing = sum(sequence not in ids for sequence in range(1, head + 1))
    return Verdict(received, len(ids), missing, disordered, renamed)


def noted(file: Path) -> Sequence[Got]:
    """What a receiver noted, in its order; nothing yet if there is no file."""
    if not file.exists():
        return []
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return [Got(int(sequence), id_) for sequence, id_ in lines]
