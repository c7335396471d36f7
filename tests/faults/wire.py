"""As much of PostgreSQL's wire protocol as cutting it needs: where messages begin, which is COMMIT.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import struct
from collections.abc import Iterator
from enum import Enum

import msgspec

_WANTS_ENCRYPTION = {80877103, 80877104}


class Speaker(Enum):
    """Who sends a message."""

    CLIENT = "client"
    SERVER = "server"


class Message(msgspec.Struct, frozen=True):
    """One message, whole. `kind` is its letter, empty for those that begin a connection."""

    speaker: Speaker
    kind: str
    data: bytes
    is_commit: bool = False

    @property
    def wants_encryption(self) -> bool:
        """Whether it asks for TLS or GSSAPI, before a connection begins."""
        return not self.kind and struct.unpack(">i", self.data[4:8])[0] in _WANTS_ENCRYPTION


class Messages:
    """Cuts what one side says into messages.

    COMMIT is, of the client, the message that executes it; of the server, the word that it is done.
    """

    def __init__(self, speaker: Speaker) -> None:
        self._speaker, self._rest = speaker, b""
        self._has_begun = speaker is Speaker.SERVER
        self._statements: dict[bytes, bytes] = {}
        self._bound = b""

    def of(self, data: bytes) -> Iterator[Message]:
        """The messages that are complete with this data."""
        self._rest += data
        while (length := self._length()) is not None:
            whole, self._rest = self._rest[:length], self._rest[length:]
            yield self._message(whole)

    def _length(self) -> int | None:
        start = 1 if self._has_begun else 0
        if len(self._rest) < start + 4:
            return None
        length: int = start + struct.unpack_from(">i", self._rest, start)[0]
        return length if len(self._rest) >= length else None

    def _message(self, whole: bytes) -> Message:
        if not self._has_begun:
            message = Message(self._speaker, "", whole)
            self._has_begun = not message.wants_encryption
            return message
        kind = chr(whole[0])
        return Message(self._speaker, kind, whole, self._is_commit(kind, whole[5:]))

    def _is_commit(self, kind: str, body: bytes) -> bool:
        if self._speaker is Speaker.SERVER:
            return kind == "C" and body == b"COMMIT\0"
        if kind == "Q":
            return body.lower().startswith(b"commit")
        if kind == "P":
            name, text = body.split(b"\0", 2)[:2]
            self._statements[name] = text.lower()
        elif kind == "B":
            _portal, name = body.split(b"\0", 2)[:2]
            self._bound = self._statements.get(name, b"")
        return kind == "E" and self._bound.startswith(b"commit")
