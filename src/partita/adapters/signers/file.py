"""The log's private key in a file that its owner alone may read: 32 random bytes, in hexadecimal.

Whoever can read the file can sign in the log's name, so it belongs to the user that the server runs
as, and its backup beside that of nothing else.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED_BYTES = 32
_FOR_OTHERS = 0o077


class BadKeyFile(ValueError):
    """The file holds no private key, or others may read it; the message says the mend."""


class FileSigner:
    """Signs with a key in this process's memory."""

    def __init__(self, seed: bytes) -> None:
        """Sign with the key that these 32 bytes are the private part of (RFC 8032 §5.1.5)."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature over a message."""
        return self._private.sign(message)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The signer whose key is in a file.

        Raises:
            BadKeyFile: it is none, or others may read it.
        """
        if file.stat().st_mode & _FOR_OTHERS:
            raise BadKeyFile(f"others may read {file}; say: chmod 600 {file}")
        try:
            return cls(bytes.fromhex(file.read_text("ascii").strip()))
        except ValueError as error:
            raise BadKeyFile(f"{file} is not 64 hexadecimal digits: {error}") from error


def secret_file(file: Path, fresh: bytes) -> bytes:
    """The secret in the file; made whole and durable before it has its name, by whoever is first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as new:
            new.write(fresh)
            new.flush()
            os.fsync(new.fileno())
        with suppress(FileExistsError):  # another process was first, and its secret counts
            os.link(draft, file)
        draft.unlink()
    return file.read_bytes()
