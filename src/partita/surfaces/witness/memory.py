"""What a witness remembers: its key, the logs it trusts, and the last checkpoint of each.

    FOLDER/key           its private key: 32 bytes in hexadecimal, nobody else's to read
    FOLDER/verifier-key  its name and public key in one line, for those who check its signatures
    FOLDER/logs          the verifier keys of the logs it trusts, one in a line
    FOLDER/last/…        the last checkpoint of each log, by SHA-256 of its origin

All are plain texts. A checkpoint is on disk before it is cosigned, so no crash makes it forget what
it has vouched for. One process at a time has the folder.
"""

import fcntl
import os
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from partita.journal.durable import write_durably
from partita.journal.notes import BadNote, Note, SignatureKind, VerifierKey

_SEED_BYTES, _FOR_OTHERS = 32, 0o077


class WitnessFolderError(Exception):
    """The folder cannot be used: what is the matter, and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        """Keep both halves."""
        super().__init__(f"{problem} Mend: {mend}")
        self.problem, self.mend = problem, mend


class Memory:
    """The folder of one witness, held by this process."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Take the folder, and make a key in it at the first start.

        Raises:
            WitnessFolderError: another process has it, or its key is not as it must be.
        """
        self._last = folder / "last"
        self._last.mkdir(parents=True, exist_ok=True)
        self._logs = folder / "logs"
        self._lock = _lock(folder / "lock")
        try:
            self.private = _private(folder / "key")
            self.key = _verifier_key(folder / "verifier-key", self.private, name)
        except BaseException:
            self.close()
            raise

    def trust(self, keys: list[VerifierKey]) -> None:
        """Take logs on, for good."""
        known = {key.text(): None for key in (*self.trusted(), *keys)}
        write_durably(self._logs, "".join(f"{text}\n" for text in known))

    def trusted(self) -> list[VerifierKey]:
        """The verifier keys of the logs that it trusts."""
        lines = self._logs.read_text("utf-8").split() if self._logs.exists() else []
        return [VerifierKey.parse(line) for line in lines]

    def last(self, origin: str) -> Note | None:
        """The last checkpoint that it vouched for; None of a log that is new to it."""
        file = self._file(origin)
        return Note.parse(file.read_text("utf-8")) if file.exists() else None

    def remember(self, origin: str, note: Note) -> None:
        """Have this as the last checkpoint; durable when this returns."""
        write_durably(self._file(origin), note.full())

    def _file(self, origin: str) -> Path:
        return self._last / f"{sha256(origin.encode()).hexdigest()}.checkpoint"

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)


def _lock(file: Path) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        problem = f"Another witness runs in {file.parent}."
        raise WitnessFolderError(
            problem, "stop it, or give this one a folder of its own."
        ) from error
    return descriptor


def _private(file: Path) -> Ed25519PrivateKey:
    if not file.exists():
        draft = file.with_name("key.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(f"{token_bytes(_SEED_BYTES).hex()}\n")
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    if file.stat().st_mode & _FOR_OTHERS:
        raise WitnessFolderError(f"Others may read {file}.", f"chmod 600 {file}")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text("ascii").strip()))
    except ValueError as error:
        mend = "put it back from a backup; without it no earlier signature is this witness's."
        raise WitnessFolderError(f"{file} holds no key.", mend) from error


def _verifier_key(file: Path, private: Ed25519PrivateKey, name: str | None) -> VerifierKey:
    """The public side: as it was written at first start, which nobody may rename later."""
    public = private.public_key().public_bytes_raw()
    if not file.exists():
        key = VerifierKey(name or f"witness-{public[:8].hex()}", SignatureKind.WITNESS, public)
        write_durably(file, f"{VerifierKey.parse(key.text()).text()}\n")
    try:
        key = VerifierKey.parse(file.read_text("utf-8").strip())
    except BadNote as error:
        raise WitnessFolderError(f"{file}: {error}.", "put it back from a backup.") from error
    if key.public != public or name not in (None, key.name):
        problem = f"This witness is {key.text()}, not {name or public.hex()}."
        raise WitnessFolderError(problem, "a witness of another name needs a folder of its own.")
    return key
