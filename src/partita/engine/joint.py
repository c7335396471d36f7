"""Joint commits: commands for several ledgers of one store, durable together or not at all.

    parts ─► lock all heads, by number ─► decide each ledger's ─► pack ─► write all · one COMMIT

**Not by way of the writers.** Each ledger's writer works ahead on a head that it believes to be
the newest. A joint commit takes the locks of all its ledgers first and decides second, with a
fresh decider for each. The writers need not be told: each finds its head moved, and decides its
batch again, as it does when another process has written.

**No deadlock.** Heads are the only locks there are, a writer holds one, and every joint commit
takes its several in the order of the ledgers' numbers.

**All or nothing.** One refusal refuses everything: no journal gets a record, and every key keeps
that refusal. One moment is every record's, so that the journals agree about it at any past.

**Exactly once.** Each part's key is looked up under the locks, in its own ledger. All were
written in one commit, so all are known or none is; anything else is a contradiction. When the
connection breaks around COMMIT, the locks are taken again (which waits until the old connection's
work is over), and the last leaves are looked for: as the writer does.

**What it costs.** Four or five round trips and one fsync under all the locks; it is for what
concerns two ledgers, not for thousands a second.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

from partita.engine.errors import CorruptJournal, StoreUnavailable
from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Refused, StoredOutcome, Wish
from partita.engine.ports import Clock, Draft, Entropy, JointUnitOfWork, Store
from partita.engine.sealing import Sealer
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.5


class Part(NamedTuple):
    """What one ledger is asked for in a joint commit."""

    ledger: Ledger
    wish: Wish


class Jointly:
    """Commits commands for several ledgers as one. Any thread may ask; it waits for the answer."""

    def __init__(
        self, store: Store, clock: Clock, entropy: Entropy, *, patience_seconds: float = 15.0
    ) -> None:
        """`patience_seconds` is how long a commit is tried again while the store is away."""
        self._store, self._clock, self._entropy = store, clock, entropy
        self._patience_seconds = patience_seconds

    def submit(self, parts: Sequence[Part]) -> list[Outcome]:
        """Decide and commit all parts, each for another ledger; their outcomes, in that order.

        Either all are accepted, or all are refused with the same rejection, whose `index` says
        which part it is about.

        Raises:
            ValueError: a ledger is named twice, or none is.
            ReadOnly: one of the logs is not what a witness cosigned.
            StoreUnavailable: the store stayed away; the same keys will tell.
            CorruptJournal: something stored contradicts itself; the ledgers are stopped.
        """
        _check_parts(parts)
        for part in parts:
            part.ledger.demand_writable()
        try:
            work = self._settle(parts)
        except (AssertionError, CorruptJournal) as error:
            corrupt = _as_corrupt(error)
            for part in parts:
                part.ledger.stop_for_good(corrupt)
            raise corrupt from error
        for part, draft in zip(parts, work.drafts, strict=False):
            if not draft.is_empty:
                part.ledger.tell(draft.head.sequence)
        return work.outcomes

    def _settle(self, parts: Sequence[Part]) -> "_Work":
        """Try until it is durably in, or known not to be and patience is at its end."""
        deadline = time.monotonic() + self._patience_seconds
        pause, in_doubt = _FIRST_PAUSE_SECONDS, None
        while True:
            try:
                with self._store.begin_together([part.ledger.info for part in parts]) as unit:
                    if in_doubt is not None and _holds(parts, unit, in_doubt):
                        return in_doubt
                    work = self._decided(parts, unit)
                    if not work.is_empty:
                        packed = self._packed(parts, work)
                        in_doubt = work
                        unit.write(packed)
                    return work
            except StoreUnavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _packed(self, parts: Sequence[Part], work: "_Work") -> list[object]:
        return [
            self._store.pack(part.ledger.info, draft)
            for part, draft in zip(parts, work.drafts, strict=True)
        ]

    def _decided(self, parts: Sequence[Part], unit: JointUnitOfWork) -> "_Work":
        """What becomes of the parts on the heads that are locked."""
        heads = [unit.head(part.ledger.info) for part in parts]
        moment = Moment(max(self._clock.now(), *(head.recorded_at for head in heads)))
        drafts, outcomes = [], []
        for part in parts:
            draft, outcome = _one(part, unit, _Standing(moment))
            drafts.append(draft)
            outcomes.append(outcome)
        if (known := _known(outcomes)) is not None:
            return _Work([], known)
        if any(isinstance(outcome, Refused) for outcome in outcomes):
            return self._refused(parts, unit, moment, outcomes)
        return _Work([] if any(part.wish.is_dry for part in parts) else drafts, outcomes)

    def _refused(
        self,
        parts: Sequence[Part],
        unit: JointUnitOfWork,
        moment: Moment,
        outcomes: Sequence[Outcome],
    ) -> "_Work":
        """The first refusal as everybody's answer, kept under every key; nothing else is."""
        index, rejection = next(
            (n, each.rejection) for n, each in enumerate(outcomes) if isinstance(each, Refused)
        )
        drafts = []
        for part in parts:
            info = part.ledger.info
            sealer = Sealer(info.name, unit.head(info), moment, self._entropy, 0)
            fingerprint = part.wish.cause.fingerprint or ""
            sealer.keep(part.wish, StoredOutcome(fingerprint, rejection, index))
            drafts.append(sealer.draft())
        return _Work(drafts, [Refused(rejection, index=index) for _ in parts])


class _Work(NamedTuple):
    """Drafts to be written together (none of a replay or a dry run), and the parts' outcomes."""

    drafts: list[Draft]
    outcomes: list[Outcome]

    @property
    def is_empty(self) -> bool:
        return all(draft.is_empty for draft in self.drafts)


class _Standing(NamedTuple):
    """A clock that stands, so that all ledgers record the same moment."""

    moment: Moment

    def now(self) -> Moment:
        return self.moment


def _one(part: Part, unit: JointUnitOfWork, clock: Clock) -> tuple[Draft, Outcome]:
    """What one ledger makes of its part, on its locked head."""
    info = part.ledger.info
    decider = part.ledger.decider(clock)
    decider.restart(unit.head(info))
    draft, (outcome,) = decider.prepare((part.wish,), lambda wants: unit.load(info, wants))
    return draft, outcome


def _known(outcomes: Sequence[Outcome]) -> list[Outcome] | None:
    """The answers that the keys have already; None if they are new.

    All of them were answered together, or the keys belong to something else than these parts.
    """
    for each in outcomes:
        if isinstance(each, Refused) and each.rejection.code is Code.IDEMPOTENCY_KEY_REUSED:
            return [each for _ in outcomes]
    if not any(each.replayed for each in outcomes):
        return None
    if all(each.replayed for each in outcomes):
        return list(outcomes)
    detail = "A key of this joint commit belongs to an earlier one, of other ledgers."
    return [Refused(Rejection(Code.IDEMPOTENCY_KEY_REUSED, detail)) for _ in outcomes]


def _holds(parts: Sequence[Part], unit: JointUnitOfWork, work: _Work) -> bool:
    """Whether work whose commit is in doubt is in the journals, under the locks of their heads."""
    found = {
        unit.leaf(part.ledger.info, draft.records[-1].sequence) == draft.records[-1].leaf
        for part, draft in zip(parts, work.drafts, strict=True)
        if draft.records
    }
    assert len(found) < 2, "one commit wrote one journal and not the other"
    return found == {True}


def _check_parts(parts: Sequence[Part]) -> None:
    if not parts or len({part.ledger.info.number for part in parts}) < len(parts):
        raise ValueError("a joint commit needs one part for each of its ledgers")
    if len({part.wish.key is None for part in parts}) > 1:
        raise ValueError("in a joint commit all parts have a key, or none has")


def _as_corrupt(error: AssertionError | CorruptJournal) -> CorruptJournal:
    if isinstance(error, CorruptJournal):
        return error
    return CorruptJournal(f"an invariant broke, nothing was written: {error}")
