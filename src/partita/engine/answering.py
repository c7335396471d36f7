"""Answers that keys have already: what was stored is told again, or the key is refused.

The same wish under the same key gets the first answer for ever; another wish under it gets none.
"""

from collections.abc import Mapping

import msgspec

from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused, StoredOutcome
from partita.journal.record import Cause, Record
from partita.kernel.rejections import Code, Rejection


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a key was answered, and the fingerprint of the wish that it was answered to."""

    fingerprint: str | None
    outcome: Outcome


def replay(answer: Answer, cause: Cause) -> Outcome:
    """The first answer again, or the refusal of a key that was used for another wish."""
    outcome = answer.outcome
    if answer.fingerprint == cause.fingerprint:
        if isinstance(outcome, Accepted):
            return Accepted(outcome.record, replayed=True)
        if isinstance(outcome, Refused):
            return Refused(outcome.rejection, replayed=True, index=outcome.index)
        return BulkDone(outcome.results, replayed=True)
    facts = {"fingerprint": answer.fingerprint or ""}
    if isinstance(outcome, Accepted):
        facts["existing_resource_id"] = outcome.record.event.id
    detail = f"The key {cause.key!r} belongs to an earlier request with another body."
    return Refused(Rejection(Code.IDEMPOTENCY_KEY_REUSED, detail, None, facts))


def restored(stored: StoredOutcome, records: Mapping[int, Record]) -> Outcome:
    """The answer that a stored one was, its records looked up by their sequences."""
    if stored.refusal is not None:
        return Refused(stored.refusal, index=stored.index)
    return BulkDone(
        tuple(
            Accepted(records[place]) if isinstance(place, int) else Refused(place)
            for place in stored.results
        )
    )
