"""Checkpoints (C2SP tlog-checkpoint): the text by which a log says how large it is, and its root.

    partita-6e340b9cffb37a98/main      the origin: which log this is
    1042                               how many records
    CsUYapGGPo4dkMgIAUqom/Xajj7h2f…=   the root over them

Signed by the log it is a note; witnesses add their lines to the same note.
"""

import msgspec

from partita.journal.merkle import HASH_BYTES
from partita.journal.notes import BadNote, from_base64, to_base64


class Checkpoint(msgspec.Struct, frozen=True):
    """What a checkpoint says. `extensions` are further lines, which we never write."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

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
        found = from_base64(root)
        if len(found) != HASH_BYTES:
            raise BadNote("the root of a checkpoint is 32 bytes in base64")
        return cls(origin, whole_number(size), found, tuple(extensions))


def whole_number(text: str) -> int:
    """A decimal number as these formats write it: digits alone, no leading zero."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or str(int(text)) != text:
        raise BadNote(f"{text[:40]!r} is not a whole number without leading zeros")
    return int(text)
