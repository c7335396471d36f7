"""Keys that follow from the installation's secret."""

import hmac
from hashlib import sha256

from partita.adapters.signers.file import FileSigner
from partita.engine.notary import Seal


def seal_of(pepper: bytes, log_name: str | None = None) -> Seal:
    """The key that follows from a secret, so that all who share that sign alike."""
    return Seal(FileSigner(hmac.digest(pepper, b"partita log key", sha256)), log_name)
