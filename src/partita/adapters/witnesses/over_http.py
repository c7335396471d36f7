"""A witness over HTTP (C2SP tlog-witness), with the standard library's client.

It asks rarely and never follows another address: what it reads is bounded in size, and in time.
"""

import http.client
from urllib.parse import urlsplit

from partita.engine.errors import WitnessUnavailable
from partita.engine.witness_ports import WitnessReply
from partita.journal.contact import Contact
from partita.journal.notes import VerifierKey

SECONDS = 2.0
"""How long a connection, and each read on it, may take."""
_MOST_BYTES = 65_536


class HttpWitness:
    """One witness, behind the prefix of its address."""

    def __init__(self, url: str, key: VerifierKey) -> None:
        """Ask at this address; believe this key alone."""
        self.url, self.key = url, key
        parts = urlsplit(url)
        assert parts.hostname is not None, "the settings have checked it"
        self._host, self._port = parts.hostname, parts.port
        self._path = f"{parts.path.rstrip('/')}/add-checkpoint"
        self._connect = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )

    def add_checkpoint(self, contact: Contact) -> WitnessReply:
        """Send a checkpoint and its growth; what the witness says.

        Raises:
            WitnessUnavailable: it does not answer, or not in HTTP.
        """
        connection = self._connect(self._host, self._port, timeout=SECONDS)
        try:
            connection.request("POST", self._path, contact.text().encode())
            answer = connection.getresponse()
            return WitnessReply(answer.status, answer.read(_MOST_BYTES).decode())
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
            raise WitnessUnavailable(f"{self.url} does not answer: {error!r}") from error
        finally:
            connection.close()
