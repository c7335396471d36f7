"""What a log sends to a witness (C2SP tlog-witness, `add-checkpoint`): a checkpoint, and its growth.

old 1042                      the size that the witness cosigned last, as far as the log knows
PlRNCrwHpqhGrupue0L7gxbj…=    the path from that size to the checkpoint's, a hash a line
(an empty line)
books.example.com/main        the checkpoint, a signed note
…
"""

import msgspec

from partita.journal.checkpoint import whole_number
from partita.journal.merkle import HASH_BYTES
from partita.journal.notes import BadNote, Note, from_base64, to_base64

LONGEST_PATH = 63
SIZE_MEDIA_TYPE = "text/x.tlog.size"
"""The type of the answer that says which size the witness knows."""


class Contact(msgspec.Struct, frozen=True):
    """One request: the size that the witness should know, the path from it, and the checkpoint."""

    old: int
    path: tuple[bytes, ...]
    note: Note

    def text(self) -> str:
        """The request's body."""
        path = "".join(f"{to_base64(node)}\n" for node in self.path)
        return f"old {self.old}\n{path}\n{self.note.full()}"

    @classmethod
    def parse(cls, text: str) -> "Contact":
        """The request that a body is; BadNote if it is none."""
        head, mark, note = text.partition("\n\n")
        old, *path = head.split("\n")
        if not mark or not old.startswith("old ") or len(path) > LONGEST_PATH:
            raise BadNote("a request is a line `old SIZE`, at most 63 hashes, and a checkpoint")
        nodes = tuple(from_base64(line) for line in path)
        if any(len(node) != HASH_BYTES for node in nodes):
            raise BadNote("a hash of a path is 32 bytes in base64")
        return cls(whole_number(old.removeprefix("old ")), nodes, Note.parse(note))
