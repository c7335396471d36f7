"""What the log has signed, in memory; the same ports and the same refusals as in PostgreSQL."""

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.log_ports import Cosignature, LogKey, StoredCheckpoint
from partita.engine.ports import LedgerInfo, SealedOutcome
from partita.journal.record import Head
from partita.journal.tiles import Span, TileRoot


class Kept(Protocol):
    """What the log's side needs of a ledger's journal."""

    head: Head
    leaves: list[bytes]
    outcomes: dict[bytes, SealedOutcome]


class Log:
    """All that is kept of one log."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lock = threading.Lock()
        self.keys: dict[int, LogKey] = {}
        self.checkpoints: dict[tuple[int, int], StoredCheckpoint] = {}
        self.cosignatures: dict[tuple[int, int, str, bytes], Cosignature] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}


class LogAuditOfMemory:
    """What is kept of one log, as the verifier wants to see it: one block of each."""

    def __init__(self, log: Log) -> None:
        """Look at this log."""
        self._log = log

    def log_keys(self) -> Iterator[Sequence[str]]:
        """The log's verifier keys."""
        keys = self._log.keys
        yield [keys[place].verifier_key for place in sorted(keys)]

    def checkpoints(self) -> Iterator[Sequence[StoredCheckpoint]]:
        """The checkpoints, by size and count of answers."""
        yield [checkpoint for _place, checkpoint in sorted(self._log.checkpoints.items())]

    def cosignatures(self) -> Iterator[Sequence[Cosignature]]:
        """What witnesses signed, in the same order."""
        yield [cosignature for _place, cosignature in sorted(self._log.cosignatures.items())]

    def tiles(self) -> Iterator[Sequence[TileRoot]]:
        """The roots of full tiles, as they become full."""
        kept = [TileRoot(level, n, root) for (level, n), root in self._log.tiles.items()]
        yield sorted(kept, key=lambda tile: ((tile.number + 1) << 8 * (tile.level + 1), tile.level))


class MemoryLog:
    """The log's side of the memory store, over the journals that it is given."""

    def __init__(self) -> None:
        """Begin without ledgers."""
        super().__init__()
        self._logs: dict[int, tuple[Log, Kept]] = {}

    def begin_log(self, number: int, journal: Kept) -> None:
        """Make room for the log of a journal."""
        self._logs[number] = Log(), journal

    def log_of(self, ledger: LedgerInfo) -> Log:
        """All that is kept of a ledger's log."""
        return self._logs[ledger.number][0]

    def checkpoints(
        self, ledger: LedgerInfo, before: int | None, limit: int
    ) -> list[StoredCheckpoint]:
        """Checkpoints, newest first; of each size the newest."""
        kept = sorted(self._logs[ledger.number][0].checkpoints.items())
        found = {size: each for (size, _), each in kept if before is None or size < before}
        return list(reversed(found.values()))[:limit]

    def covering(self, ledger: LedgerInfo, sequence: int) -> StoredCheckpoint | None:
        """The checkpoint that proves a record best."""
        log = self._logs[ledger.number][0]
        cosigned = [each.place for each in log.cosignatures.values() if each.size >= sequence]
        places = cosigned or [place for place in log.checkpoints if place[0] >= sequence]
        return log.checkpoints[min(places)] if places else None

    def checkpoint(self, ledger: LedgerInfo, size: int) -> StoredCheckpoint | None:
        """The newest checkpoint of a size."""
        kept = self._logs[ledger.number][0].checkpoints
        places = [place for place in kept if place[0] == size]
        return kept[max(places)] if places else None

    def cosignatures(self, ledger: LedgerInfo, size: int, answers: int = 0) -> list[Cosignature]:
        """What witnesses signed of a checkpoint."""
        kept = self._logs[ledger.number][0].cosignatures
        return [kept[key] for key in sorted(kept) if key[:2] == (size, answers)]

    def answer_leaves(self, ledger: LedgerInfo, after: int, limit: int) -> list[bytes]:
        """The leaves of stored answers behind a place."""
        kept = list(self._logs[ledger.number][1].outcomes.values())
        return [sealed.leaf for sealed in kept[after : after + limit]]

    def log_keys(self, ledger: LedgerInfo) -> list[LogKey]:
        """The keys of this log."""
        keys = self._logs[ledger.number][0].keys
        return [keys[place] for place in sorted(keys)]

    def hashes(self, ledger: LedgerInfo, spans: Sequence[Span]) -> list[bytes]:
        """The hashes of some spans."""
        log, journal = self._logs[ledger.number]
        found = []
        for level, first, count in spans:
            if level == 0:
                found.append(b"".join(journal.leaves[first : first + count]))
            else:
                places = ((level - 1, number) for number in range(first, first + count))
                found.append(b"".join(log.tiles.get(place, b"") for place in places))
        return found

    def add_log_key(self, ledger: LedgerInfo, key: LogKey) -> None:
        """Keep a key at its place, if it is free."""
        self._logs[ledger.number][0].keys.setdefault(key.place, key)

    def add_checkpoint(
        self, ledger: LedgerInfo, checkpoint: StoredCheckpoint, tiles: Sequence[TileRoot]
    ) -> None:
        """Keep a checkpoint and tiles, or nothing."""
        log, journal = self._logs[ledger.number]
        size, head = checkpoint.size, journal.head
        with log.lock:
            if _is_false(checkpoint, head):
                raise CorruptJournal(f"a checkpoint of size {size} is not of this journal")
            if any(_contradict(checkpoint, kept) for kept in log.checkpoints.values()):
                raise CorruptJournal(f"the log keeps another root already: checkpoint {size}")
            for level, number, tile in tiles:
                if log.tiles.get((level, number), tile) != tile:
                    raise CorruptJournal(f"the log keeps another root already: {level}/{number}")
            log.checkpoints.setdefault(checkpoint.place, checkpoint)
            log.tiles.update({(level, number): tile for level, number, tile in tiles})

    def add_cosignature(self, ledger: LedgerInfo, cosignature: Cosignature) -> None:
        """Keep a witness's signature under its checkpoint."""
        log, signature = self._logs[ledger.number][0], cosignature.signature
        if cosignature.place not in log.checkpoints:
            raise NotFound(f"there is no checkpoint of size {cosignature.size}")
        place = *cosignature.place, signature.name, signature.key_id
        log.cosignatures.setdefault(place, cosignature)


def _is_false(checkpoint: StoredCheckpoint, head: Head) -> bool:
    """Whether it says what the head does not: the same that PostgreSQL's trigger refuses."""
    at_end = checkpoint.size == head.sequence and checkpoint.root != head.root
    answered = checkpoint.answers == head.outcomes and checkpoint.frontier != head.answers
    beyond = checkpoint.size > head.sequence or checkpoint.answers > head.outcomes
    return at_end or answered or beyond


def _contradict(one: StoredCheckpoint, other: StoredCheckpoint) -> bool:
    return one.size == other.size and (
        one.root != other.root or (one.answers == other.answers and one.frontier != other.frontier)
    )
