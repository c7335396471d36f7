"""Checkpoints (C2SP tlog-checkpoint): the text by which a log says how large it is, and its root.

    partita-6e340b9cffb37a98/main      the origin: which log this is
    1042                               how many records
    CsUYapGGPo4dkMgIAUqom/Xajj7h2f…=   the root over them
    answers 17 47DEQpj8HBSa+/TImW…=    how many stored answers, and the root over those

The fourth line is an extension as C2SP allows them: whoever does not know it passes over it, but it
is signed with the rest. Signed by the log it is a note; witnesses add their lines to the same note.
"""

import msgspec

from partita.journal.merkle import HASH_BYTES
from partita.journal.notes import BadNote, from_base64, to_base64

_ANSWERS = "answers "


class AnswersHead(msgspec.Struct, frozen=True):
    """Where the log of stored answers stood (`answers.py`): how many, and the root over them."""

    count: int
    root: bytes

    def line(self) -> str:
        """The line of a checkpoint that says so."""
        return f"{_ANSWERS}{self.count} {to_base64(self.root)}"

    @classmethod
    def parse(cls, line: str) -> "AnswersHead":
        """What such a line says; BadNote if it is none."""
        count, _, root = line.removeprefix(_ANSWERS).partition(" ")
        return cls(whole_number(count), _root(root))


class Checkpoint(msgspec.Struct, frozen=True):
    """What a checkpoint says; `extensions` are the lines below the root, as they are written."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def answers(self) -> AnswersHead | None:
        """What it says of stored answers; BadNote if it says that twice, or not as it is spelled."""
        found = [line for line in self.extensions if line.startswith(_ANSWERS)]
        if len(found) > 1:
            raise BadNote("a checkpoint has one line of answers at most")
        return AnswersHead.parse(found[0]) if found else None

    def text(self) -> str:
        """The text that is signed; it ends in a line feed."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint that the text of a note is; BadNote if it is none."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not text.endswith("\n") or not all(lines):
            raise BadNote("a checkpoint is at least three lines: origin, size, root")
        origin, size, root, *extensions = lines
        return cls(origin, whole_number(size), _root(root), tuple(extensions))


def _root(text: str) -> bytes:
    found = from_base64(text)
    if len(found) != HASH_BYTES:
        raise BadNote("the root of a checkpoint is 32 bytes in base64")
    return found


def whole_number(text: str) -> int:
    """A decimal number as these formats write it: digits alone, no leading zero."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or str(int(text)) != text:
        raise BadNote(f"{text[:40]!r} is not a whole number without leading zeros")
    return int(text)
