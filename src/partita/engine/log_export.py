"""Exports what the log signed, and its tiles, to plain files as C2SP's tools read them.

`spec/proofs.md` §7 and §8 define them. Written beside the journal, of the same moment.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path

from partita.engine.log_check import LogAudit
from partita.engine.log_ports import Cosignature
from partita.journal.tiles import LONGEST_ENTRY_BYTES, WIDTH, Tile, bundle, fold


class LogFiles:
    """Writes tiles and bundles below a folder, as records come."""

    def __init__(self, folder: Path) -> None:
        """Begin before the first record, in a folder of its own."""
        self._folder = folder
        self._bodies: list[bytes] = []
        self._levels: list[list[bytes]] = [[]]
        self._full: list[int] = [0]

    def take(self, body: bytes, leaf: bytes) -> None:
        """Take in the next record."""
        self._bodies.append(body)
        self._add(0, leaf)
        if len(self._bodies) == WIDTH:
            self._write_bundle(self._full[0] - 1)

    def _add(self, level: int, node: bytes) -> None:
        if level == len(self._levels):
            self._levels.append([])
            self._full.append(0)
        hashes = self._levels[level]
        hashes.append(node)
        if len(hashes) == WIDTH:
            self._write(Tile(level, self._full[level]), b"".join(hashes))
            self._full[level] += 1
            self._levels[level] = []
            self._add(level + 1, fold(hashes))

    def finish(self) -> None:
        """Write what is partial."""
        if self._bodies:
            self._write_bundle(self._full[0])
        for level, hashes in enumerate(self._levels):
            if hashes:
                tile = Tile(level, self._full[level], len(hashes))
                self._write(tile, b"".join(hashes))

    def _write_bundle(self, number: int) -> None:
        bodies, self._bodies = self._bodies, []
        if max(map(len, bodies)) <= LONGEST_ENTRY_BYTES:
            self._write(Tile(None, number, len(bodies)), bundle(bodies))

    def _write(self, tile: Tile, content: bytes) -> None:
        file = self._folder / tile.path()
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.write(content)


def write_signed(audit: LogAudit, folder: Path) -> int:
    """Write the log's keys and its checkpoints; how many checkpoints there are."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "keys").open("x", encoding="utf-8") as keys:
        keys.writelines(f"{key}\n" for key in chain.from_iterable(audit.log_keys()))
    count, newest = 0, None
    with (folder / "checkpoints").open("x", encoding="utf-8") as file:
        for newest in _notes(audit):
            file.write(f"{newest}\n")
            count += 1
    if newest is not None:
        with (folder / "checkpoint").open("x", encoding="utf-8") as file:
            file.write(newest)
    return count


def _notes(audit: LogAudit) -> Iterator[str]:
    """Each checkpoint with its cosignatures, by size and count of answers."""
    lines = groupby(chain.from_iterable(audit.cosignatures()), key=lambda each: each.place)
    place, under = _next_group(lines)
    for checkpoint in chain.from_iterable(audit.checkpoints()):
        cosignatures: Sequence[Cosignature] = ()
        if place == checkpoint.place:
            cosignatures = under
            place, under = _next_group(lines)
        yield checkpoint.with_cosignatures(cosignatures).full()


def _next_group(
    groups: "groupby[tuple[int, int], Cosignature]",
) -> tuple[tuple[int, int] | None, Sequence[Cosignature]]:
    for place, group in groups:
        return place, list(group)
    return None, ()
