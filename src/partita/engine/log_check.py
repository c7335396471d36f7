"""Checks of what the log has signed, made while the journal is folded (`verification.py`).

Every checkpoint that is kept must be signed by one of the log's keys and say the root that the
records up to its size really have; every kept root of a tile must be that of its leaves. A
checkpoint beyond the journal's end says that records were cut off.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Protocol

import msgspec

from partita.engine.log_ports import Cosignature, StoredCheckpoint
from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.findings import Finding, Wrong
from partita.journal.merkle import EMPTY_ROOT, HASH_BYTES, Frontier
from partita.journal.notes import BadNote, Note, VerifierKey
from partita.journal.tiles import HEIGHT, TileRoot, Tiling

_NEVER = -1


class LogAudit(Protocol):
    """What a store keeps of one ledger's log, as of one moment. Streams come in blocks."""

    def log_keys(self) -> Iterator[Sequence[str]]:
        """The log's verifier keys, in the order in which they came into use."""
        ...

    def checkpoints(self) -> Iterator[Sequence[StoredCheckpoint]]:
        """The checkpoints, by size and count of answers."""
        ...

    def cosignatures(self) -> Iterator[Sequence[Cosignature]]:
        """What witnesses signed, in the same order."""
        ...

    def tiles(self) -> Iterator[Sequence[TileRoot]]:
        """The roots of full tiles, in the order in which a growing journal fills them."""
        ...


class AnswersClaim(msgspec.Struct, frozen=True):
    """That the log of stored answers had a frontier when it had so many; which size said it."""

    count: int
    frontier: bytes
    size: int


class LogCheck:
    """One pass over what is kept of one log, beside the journal."""

    def __init__(self) -> None:
        """Begin before the first record."""
        self._tiling = Tiling()
        self._unkept: deque[TileRoot] = deque()
        self.checked = self._tiles_checked = 0
        self.answers: list[AnswersClaim] = []
        """What the checkpoints so far say of stored answers, each count once."""

    def look(self, audit: LogAudit, size: int) -> None:
        """Go on, `size` records later, with what is kept as of another moment.

        A checkpoint that came late, for a size that was passed already, waits for the next pass.
        """
        texts = chain.from_iterable(audit.log_keys())
        self._keys = [_key(text, place) for place, text in enumerate(texts, start=1)]
        kept, tiles = chain.from_iterable(audit.checkpoints()), chain.from_iterable(audit.tiles())
        self._checkpoints = (each for each in kept if each.size > size or not size)
        self._tiles = islice(tiles, self._tiles_checked, None)
        self._next = next(self._checkpoints, None)
        self._next_tile = next(self._tiles, None)
        self.due = _NEVER if self._next is None else self._next.size
        """The size of the log at which `check` wants to hear its root."""
        self._compare_tiles()

    def check(self, root: bytes) -> None:
        """Compare the checkpoint that is due; Wrong if it is not what it must be."""
        kept = self._next
        assert kept is not None, "a checkpoint is due"
        for what, expected, found in self._claims(kept, root):
            if expected != found:
                raise _wrong(kept.size, what, expected, found)
        self._claim_answers(kept)
        self.checked += 1
        self._next = next(self._checkpoints, None)
        self.due = _NEVER if self._next is None else self._next.size

    def _claims(self, kept: StoredCheckpoint, root: bytes) -> Iterator[tuple[str, str, str]]:
        yield "root", root.hex(), kept.root.hex()
        try:
            note = Note.parse(kept.note)
            signers = note.signers(self._keys)
            says = Checkpoint.parse(note.text)
        except BadNote as error:
            raise _wrong(kept.size, "note", "a note that the log signed", str(error)) from error
        names = [key.name for key in signers]
        yield "signature of the log", str(True), str(says.origin in names)
        length = HASH_BYTES * kept.answers.bit_count()
        yield "length of the answers' frontier", str(length), str(len(kept.frontier))
        yield "size in the note", str(kept.size), str(says.size)
        yield "root in the note", root.hex(), says.root.hex()
        head = Frontier.from_bytes(kept.answers, kept.frontier)
        answers = AnswersHead(kept.answers, head.root())
        # Those that were signed before stored answers were sealed say nothing of them.
        claimed = says.answers or (AnswersHead(0, EMPTY_ROOT) if not kept.answers else None)
        yield "answers in the note", str(answers), str(claimed)
        yield "note", Note(says.text(), note.signatures).full(), kept.note

    def _claim_answers(self, kept: StoredCheckpoint) -> None:
        last = self.answers[-1] if self.answers else AnswersClaim(0, b"", 0)
        if kept.answers < last.count:
            raise _wrong(kept.size, "count of answers", f"{last.count} or more", str(kept.answers))
        if kept.answers == last.count and kept.frontier != last.frontier:
            raise _wrong(kept.size, "answers", last.frontier.hex(), kept.frontier.hex())
        if kept.answers > last.count:
            self.answers.append(AnswersClaim(kept.answers, kept.frontier, kept.size))

    def take(self, leaves: Sequence[bytes]) -> None:
        """Compare the roots of the tiles that these leaves, the next ones, fill."""
        self._unkept.extend(sorted(self._tiling.append(leaves), key=_filled_at))
        self._compare_tiles()

    def _compare_tiles(self) -> None:
        """Where the notary is behind, roots are not kept yet; they are compared once they are."""
        while self._unkept and (kept := self._next_tile) is not None:
            tile = self._unkept.popleft()
            if kept != tile:
                what = f"root of tile {tile.level}/{tile.number}"
                found = kept.root.hex() if kept[:2] == tile[:2] else "none"
                raise Wrong(Finding("tile", what, tile.root.hex(), found, _filled_at(tile)[0]))
            self._tiles_checked += 1
            self._next_tile = next(self._tiles, None)

    def finish(self, size: int) -> None:
        """Refuse what lies beyond the end of the journal."""
        if self._next is not None:
            raise _wrong(self._next.size, "size", f"at most {size}", str(self._next.size))
        if self._next_tile is not None:
            level, number, root = self._next_tile
            what = f"root of tile {level}/{number}, which is not full"
            raise Wrong(Finding("tile", what, "none", root.hex(), size))


def _filled_at(tile: TileRoot) -> tuple[int, int]:
    """The size at which a tile becomes full; of several, the lowest level first."""
    return (tile.number + 1) << HEIGHT * (tile.level + 1), tile.level


def _key(text: str, place: int) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except BadNote as error:
        finding = Finding("log_key", "verifier_key", "a verifier key", str(error), place)
        raise Wrong(finding) from error


def _wrong(size: int, what: str, expected: str, found: str) -> Wrong:
    return Wrong(Finding("checkpoint", what, expected, found, size))
