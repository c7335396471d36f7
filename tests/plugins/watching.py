"""A witness inside the test's process: the real one, asked without HTTP, which a test can take away."""

from pathlib import Path

from partita.engine.errors import WitnessUnavailable
from partita.engine.witness_ports import WitnessReply
from partita.journal.contact import Contact
from partita.journal.notes import VerifierKey
from partita.surfaces.witness.cosigning import Witness
from partita.surfaces.witness.memory import Memory


class NearWitness:
    """Answers as over HTTP, and counts how often it was asked."""

    def __init__(self, folder: Path, *logs: VerifierKey, name: str = "audit.example") -> None:
        self.memory = Memory(folder, name)
        self.memory.trust(list(logs))
        self.url, self.key = f"near:{name}", self.memory.key
        self.witness = Witness(self.memory)
        self.is_away, self.asked = False, 0

    def add_checkpoint(self, contact: Contact) -> WitnessReply:
        self.asked += 1
        if self.is_away:
            raise WitnessUnavailable(f"{self.url} is away")
        status, text, _media_type = self.witness.add_checkpoint(contact.text())
        return WitnessReply(status, text)
