"""Signed notes (C2SP signed-note): a text, and under it the names and signatures of who vouches for it.

Two kinds of signature, both Ed25519 (RFC 8032): a log signs the text as it is; a witness signs it
behind the moment at which it saw it (C2SP tlog-cosignature, cosignature/v1). A key goes by a name
and an id of four bytes; a verifier is told beforehand which keys to believe, and believes no other.
"""

import base64
from collections.abc import Iterable
from enum import IntEnum
from hashlib import sha256
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
KEY_ID_BYTES = 4
TIMESTAMP_BYTES = 8
MOST_SIGNATURES = 64
"""A note with more is refused; the specification asks for at least 16."""
_MARK = "— "
Item = TypeVar("Item")


class BadNote(ValueError):
    """A text is not a signed note, or its signatures do not hold; the message says why."""


class SignatureKind(IntEnum):
    """The type byte of a key: what its signature is made over."""

    LOG = 0x01
    WITNESS = 0x04


class VerifierKey(msgspec.Struct, frozen=True):
    """A public key under a name: all that is needed to check its signatures."""

    name: str
    kind: SignatureKind
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell this key from others of its name."""
        return sha256(self.name.encode() + b"\n" + self._material).digest()[:KEY_ID_BYTES]

    @property
    def _material(self) -> bytes:
        return bytes((self.kind,)) + self.public

    def text(self) -> str:
        """The key in one line: name, id in hexadecimal, kind and key in base64."""
        return f"{self.name}+{self.id.hex()}+{to_base64(self._material)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key that a line is.

        Raises:
            BadNote: it is none, or none of a kind that is known here.
        """
        name, _, rest = text.partition("+")
        identifier, _, encoded = rest.partition("+")
        material = from_base64(encoded)
        if len(material) != 1 + PUBLIC_KEY_BYTES or material[0] not in set(SignatureKind):
            raise BadNote(f"{text!r} is not the verifier key of an Ed25519 log or witness")
        key = cls(check_name(name), SignatureKind(material[0]), material[1:])
        if key.id.hex() != identifier:
            raise BadNote(f"{text!r} says an id that is not its key's, {key.id.hex()}")
        return key

    def holds(self, text: str, value: bytes) -> bool:
        """Whether the value of a signature is this key's, over this text."""
        message = text.encode()
        if self.kind is SignatureKind.WITNESS:
            if len(value) != TIMESTAMP_BYTES + SIGNATURE_BYTES:
                return False
            message = cosigned(text, int.from_bytes(value[:TIMESTAMP_BYTES]))
            value = value[TIMESTAMP_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except InvalidSignature:
            return False
        return True


def cosigned(text: str, seconds: int) -> bytes:
    """What a witness signs: that it saw this text at this time (POSIX seconds)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


class Signature(msgspec.Struct, frozen=True):
    """A signature as a note carries it: the key's name and id, and the signature's value.

    The value of a witness begins with eight bytes of time.
    """

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The signature as a line, its line feed included."""
        return f"{_MARK}{self.name} {to_base64(self.key_id + self.value)}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """The signature that a line without its line feed is; BadNote if it is none."""
        if not line.startswith(_MARK):
            raise BadNote(f"{line[:80]!r} is not a signature's line")
        name, _, encoded = line.removeprefix(_MARK).partition(" ")
        data = from_base64(encoded)
        if len(data) <= KEY_ID_BYTES:
            raise BadNote(f"the signature of {name!r} is too short")
        return cls(check_name(name), data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])

    @property
    def seconds(self) -> int:
        """When a witness signed, in POSIX seconds; of no meaning for a log's signature."""
        return int.from_bytes(self.value[:TIMESTAMP_BYTES])


class Note(msgspec.Struct, frozen=True):
    """A text that ends in a line feed, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def full(self) -> str:
        """The whole note: text, an empty line, signatures."""
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}"

    @classmethod
    def parse(cls, full: str) -> "Note":
        """The note that a text is.

        Raises:
            BadNote: it has no text, no signatures or too many, or bytes that no note may hold.
        """
        if any(character < " " and character != "\n" for character in full):
            raise BadNote("a note holds no control characters but line feeds")
        text, mark, lines = full.rpartition("\n\n")
        if not mark or not lines.endswith("\n"):
            raise BadNote("a note is a text, an empty line, and lines of signatures")
        signatures = lines.removesuffix("\n").split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise BadNote(f"a note has at most {MOST_SIGNATURES} signatures")
        return cls(text + "\n", tuple(Signature.parse(line) for line in signatures))

    def signers(self, known: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Those of the known keys that signed this note; signatures of others say nothing.

        Raises:
            BadNote: a signature claims to be of a known key and is not.
        """
        keys = {(key.name, key.id): key for key in known}
        found = []
        for signature in self.signatures:
            key = keys.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not key.holds(self.text, signature.value):
                raise BadNote(f"the signature of {key.name} does not hold")
            if key not in found:
                found.append(key)
        return found


def check_name(name: str) -> str:
    """The name of a key, as it is.

    Raises:
        BadNote: it is empty, or holds a space, a control character or a plus.
    """
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise BadNote(f"{name!r} cannot name a key: no spaces, no +, and not empty")
    return name


def to_base64(data: bytes) -> str:
    """Base64 of RFC 4648 §4, with padding."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """What a text in base64 stands for; BadNote if it is not the one spelling of anything."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadNote(f"{text[:80]!r} is not base64: {error}") from error
    if to_base64(data) != text:
        raise BadNote(f"{text[:80]!r} is not how base64 is spelled")
    return data
