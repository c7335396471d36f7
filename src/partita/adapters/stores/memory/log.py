"""What the log has signed, in memory; the same ports and the same refusals as in PostgreSQL."""

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.log_ports import Cosignature, LogKey, StoredCheckpoint
from partita.engine.ports import LedgerInfo
from partita.journal.record import Head
from partita.journal.tiles import Span, TileRoot


class Kept(Protocol):
    """What the log's side needs of a ledger's journal."""

    head: Head
    leaves: list[bytes]


class Log:
    """All that is kept of one log."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lock = threading.Lock()
        self.keys: dict[int, LogKey] = {}
        self.checkpoints: dict[int, StoredCheckpoint] = {}
        self.cosignatures: dict[tuple[int, str, bytes], Cosignature] = {}
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
        """The checkpoints, by size."""
        yield [checkpoint for _size, checkpoint in sorted(self._log.checkpoints.items())]

    def cosignatures(self) -> Iterator[Sequence[Cosignature]]:
        """What witnesses signed, by size."""
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
        """Checkpoints, newest first."""
        found = self._logs[ledger.number][0].checkpoints
        sizes = sorted((size for size in found if before is None or size < before), reverse=True)
        return [found[size] for size in sizes[:limit]]

    def covering(self, ledger: LedgerInfo, sequence: int) -> StoredCheckpoint | None:
        """The checkpoint that proves a record best."""
        log = self._logs[ledger.number][0]
        cosigned = [size for size, _, _ in log.cosignatures if size >= sequence]
        sizes = cosigned or [size for size in log.checkpoints if size >= sequence]
        return log.checkpoints[min(sizes)] if sizes else None

    def checkpoint(self, ledger: LedgerInfo, size: int) -> StoredCheckpoint | None:
        """The checkpoint of a size."""
        return self._logs[ledger.number][0].checkpoints.get(size)

    def cosignatures(self, ledger: LedgerInfo, size: int) -> list[Cosignature]:
        """What witnesses signed of a checkpoint."""
        kept = self._logs[ledger.number][0].cosignatures
        return [kept[key] for key in sorted(kept) if key[0] == size]

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
        size, root, head = checkpoint.size, checkpoint.root, journal.head
        with log.lock:
            if size > head.sequence or (size == head.sequence and root != head.root):
                raise CorruptJournal(f"a checkpoint of size {size} is not of this journal")
            if size in log.checkpoints and log.checkpoints[size].root != root:
                raise CorruptJournal(f"the log keeps another root already: checkpoint {size}")
            for level, number, tile in tiles:
                if log.tiles.get((level, number), tile) != tile:
                    raise CorruptJournal(f"the log keeps another root already: {level}/{number}")
            log.checkpoints.setdefault(size, checkpoint)
            log.tiles.update({(level, number): tile for level, number, tile in tiles})

    def add_cosignature(self, ledger: LedgerInfo, cosignature: Cosignature) -> None:
        """Keep a witness's signature under its checkpoint."""
        log, signature = self._logs[ledger.number][0], cosignature.signature
        if cosignature.size not in log.checkpoints:
            raise NotFound(f"there is no checkpoint of size {cosignature.size}")
        place = cosignature.size, signature.name, signature.key_id
        log.cosignatures.setdefault(place, cosignature)
