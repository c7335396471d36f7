"""The witness's one decision: cosign a checkpoint, or say why not (C2SP tlog-witness).

It cosigns what continues the last checkpoint that it cosigned of the same log: the size grows, or
stays with the very same root, and a consistency proof shows that nothing before was changed. The
stored answers that our logs count in their checkpoints may only become more, too.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.contact import SIZE_MEDIA_TYPE, Contact
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.notes import BadNote, Note, Signature, SignatureKind, cosigned
from partita.journal.proofs import Growth, consistency_holds
from partita.surfaces.witness.memory import Memory

_log = logging.getLogger(__name__)
_NOTHING = AnswersHead(0, EMPTY_ROOT)


class Answer(NamedTuple):
    """What is answered over HTTP: status, text, and the type of the text."""

    status: int
    text: str
    media_type: str = "text/plain; charset=utf-8"


class Witness:
    """Vouches for growth. Safe to call from several threads: they take turns."""

    def __init__(self, memory: Memory, seconds: Callable[[], float] = time.time) -> None:
        """Remember in this folder; `seconds` tells POSIX time."""
        self._memory, self._seconds = memory, seconds
        self._turn = threading.Lock()

    def last(self, origin: str) -> Note | None:
        """The last checkpoint of a log, as evidence for whoever holds another one."""
        return self._memory.last(origin)

    def add_checkpoint(self, body: str) -> Answer:
        """Answer a request whose body this is."""
        try:
            contact = Contact.parse(body)
            says = Checkpoint.parse(contact.note.text)
            answers = says.answers or _NOTHING
        except BadNote as error:
            return Answer(400, f"{error}\n")
        with self._turn:
            answer = self._decide(contact, says, answers)
        if answer.status != 200:
            _log.warning("%s, size %s: %s %s", says.origin, says.size, answer.status, answer.text)
        return answer

    def _decide(self, contact: Contact, says: Checkpoint, answers: AnswersHead) -> Answer:
        keys = [key for key in self._memory.trusted() if key.name == says.origin]
        keys = [key for key in keys if key.kind is SignatureKind.LOG]
        if not keys:
            return Answer(404, f"no log {says.origin!r} is known here\n")
        try:
            signers = contact.note.signers(keys)
        except BadNote as error:
            return Answer(403, f"{error}\n")
        if not signers:
            return Answer(403, "no key that is trusted for this log signed the checkpoint\n")
        if contact.old > says.size:
            return Answer(400, f"the old size {contact.old} is above the new one, {says.size}\n")
        own = {(key.name, key.id) for key in signers}
        lines = tuple(s for s in contact.note.signatures if (s.name, s.key_id) in own)
        return self._compare(contact, says, answers, Note(contact.note.text, lines))

    def _compare(
        self, contact: Contact, says: Checkpoint, answers: AnswersHead, note: Note
    ) -> Answer:
        kept = self._memory.last(says.origin)
        last = Checkpoint.parse(kept.text) if kept else Checkpoint(says.origin, 0, EMPTY_ROOT)
        conflict = Answer(409, f"{last.size}\n", SIZE_MEDIA_TYPE)
        answered = last.answers or _NOTHING
        same_answers = answers.count != answered.count or answers.root == answered.root
        if contact.old != last.size:
            return conflict
        if last.size == says.size and (
            last.root != says.root or answers.count < answered.count or not same_answers
        ):
            return conflict
        growth = Growth(last.size, last.root, says.size, says.root)
        if not consistency_holds(growth, contact.path):
            return Answer(422, f"the path does not lead from {last.size} to {says.size}\n")
        if answers.count < answered.count or not same_answers:
            return Answer(422, f"the {answered.count} stored answers have changed\n")
        if kept is None or kept.text != note.text:
            self._memory.remember(says.origin, note)
        return Answer(200, self._cosignature(note.text).line())

    def _cosignature(self, text: str) -> Signature:
        """This witness's line; only ever of what it remembers already."""
        seconds, key = int(self._seconds()), self._memory.key
        value = self._memory.private.sign(cosigned(text, seconds))
        return Signature(key.name, key.id, seconds.to_bytes(8) + value)
