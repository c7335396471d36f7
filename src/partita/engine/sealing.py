"""Sealing: the events of one draft get their places, ids, salts, bytes and hashes; the log grows."""

from collections.abc import Iterator, Mapping
from itertools import chain

from partita.engine.outcome import StoredOutcome, Wish, outcome_body
from partita.engine.ports import Draft, Entropy, SealedOutcome
from partita.journal.answers import answer_leaf
from partita.journal.encoding import encode
from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.record import Cause, Head, Record
from partita.kernel.context import Context
from partita.kernel.events import Event
from partita.kernel.identifiers import RANDOM_BYTES, mint_many
from partita.kernel.moment import Moment

SALT_BYTES = 16
_MORE = 256


class Sealer:
    """Seals the events of one draft: sequence, id, salt, bytes, leaf, and the growing log."""

    def __init__(self, name: str, base: Head, now: Moment, entropy: Entropy, count: int) -> None:
        """Seal about so many events of one moment, on top of a head.

        Randomness for so many is drawn at once; a business command may need more.
        """
        self._name, self._base, self._now = name, base, now
        self._entropy, self._salts = entropy, entropy.bytes(SALT_BYTES * count).hex()
        ulids = chain(self._minted(count), self._more())
        self.context = Context(self._now, base.sequence + 1, lambda prefix: prefix + next(ulids))
        self._log: Frontier = base.log()
        self._records: list[Record] = []
        self._keys: list[bytes | None] = []
        self._outcomes: dict[bytes, StoredOutcome] = {}

    def _minted(self, count: int) -> list[str]:
        return mint_many("", self._now // 1000, self._entropy.bytes(RANDOM_BYTES * count))

    def _more(self) -> Iterator[str]:
        """New ids beyond those that were drawn at once."""
        while True:
            yield from self._minted(_MORE)

    def _salt(self) -> str:
        start = len(self._records) * 2 * SALT_BYTES
        if start == len(self._salts):
            self._salts += self._entropy.bytes(SALT_BYTES * _MORE).hex()
        return self._salts[start : start + 2 * SALT_BYTES]

    def context_at(self, offset: int) -> Context:
        """The context of an event that will be sealed after `offset` others."""
        context = self.context
        return Context(context.now, context.sequence + offset, context.identity)

    def seal(self, event: Event, cause: Cause, key: bytes | None) -> Record:
        """Give an event its place in the journal, its bytes and its hash."""
        context = self.context
        sequence = context.sequence
        body = encode(self._name, sequence, self._now, event, cause, self._salt())
        leaf = leaf_hash(body)
        self._log.append(leaf)
        record = Record(sequence, self._now, event, cause, body, leaf)
        self._records.append(record)
        self._keys.append(key)
        context.sequence = sequence + 1
        return record

    def keep(self, wish: Wish, outcome: StoredOutcome) -> None:
        """Store an outcome under the wish's key, if it has one."""
        if wish.key is not None:
            self._outcomes[wish.key] = outcome

    def draft(self) -> Draft:
        """Everything sealed so far, with the head that it leads to."""
        base, log = self._base, self._log
        moment = self._now if self._records else base.recorded_at
        answers, frontier = seal_outcomes(base, moment, self._outcomes)
        count = base.outcomes + len(answers)
        head = Head(log.size, moment, log.to_bytes(), log.root(), count, frontier)
        return Draft(base, head, self._records, self._keys, answers)


def seal_outcomes(
    base: Head, recorded_at: Moment, outcomes: Mapping[bytes, StoredOutcome]
) -> tuple[list[SealedOutcome], bytes]:
    """The answers with their places and hashes, and the frontier of their log with them in it."""
    log, sealed = base.answer_log(), []
    for key, outcome in outcomes.items():
        body = outcome_body(outcome)
        leaf = answer_leaf(key, recorded_at.text(), body)
        log.append(leaf)
        sealed.append(SealedOutcome(log.size, key, outcome, body, leaf, recorded_at))
    return sealed, log.to_bytes()
