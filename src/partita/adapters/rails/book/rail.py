"""The book rail: carries what stays within this installation, and settles it the moment it is taken.

There is no network behind it. It exists so that a payment to a neighbour goes the way of every other
payment: submitted once, settled by a message, found in the same lists. The one thing it must not
forget is what it took, so it keeps that in a logbook as the simulator does.
"""

import msgspec

from partita.adapters.rails.logbook import Diary, Logbook
from partita.adapters.rails.premises import Premises
from partita.engine.ports import Clock
from partita.kernel.moment import Moment
from partita.modules.payments.rail import (
    Answer,
    Capabilities,
    MessageType,
    Page,
    Progress,
    RailMessage,
    StatusReport,
    Submission,
    SubmissionReused,
    Verdict,
    page_of,
)

CAPABILITIES = Capabilities(is_instant=True, can_return=False, unknown_is_final=True)


class _Taken(msgspec.Struct, frozen=True):
    """The one fact of this rail: a submission was taken, and so it is settled."""

    submission: Submission
    taken_at: Moment


class _Taking:
    """What was taken so far: by id, and as the feed of its settlements."""

    def __init__(self) -> None:
        self.submissions: dict[str, Submission] = {}
        self.feed: list[RailMessage] = []


class BookRail:
    """A rail without a network."""

    name = "book"
    capabilities = CAPABILITIES

    def __init__(self, logbook: Logbook, clock: Clock) -> None:
        """Keep what is taken in this logbook."""
        self._clock = clock
        self._diary = Diary(logbook, _Taking(), fold=_fold, write=_write, read=_read)

    def submit(self, submission: Submission) -> Answer:
        """Take an order, and settle it.

        Raises:
            SubmissionReused: the id was taken with other contents.
        """
        now = self._clock.now()

        def decision(taking: _Taking) -> tuple[list[_Taken], Answer]:
            known = taking.submissions.get(submission.id)
            if known is not None:
                return [], _taken_before(known, submission)
            objection = self.capabilities.objection(submission, now)
            if objection is not None:
                code, detail = objection.code, objection.detail
                return [], Answer(submission.id, Verdict.REFUSED, code=code, detail=detail)
            return [_Taken(submission, now)], _taken(submission)

        return self._diary.decide(decision)

    def answers(self, after: str | None, limit: int) -> Page:
        """The settlements behind a cursor."""
        return self._diary.decide(lambda taking: ([], page_of(taking.feed, after, limit)))

    def status(self, submission_id: str) -> StatusReport:
        """Settled, or never seen."""

        def decision(taking: _Taking) -> tuple[list[_Taken], StatusReport]:
            if submission_id not in taking.submissions:
                return [], StatusReport(submission_id, Progress.UNKNOWN)
            return [], StatusReport(submission_id, Progress.SETTLED, _reference(submission_id))

        return self._diary.decide(decision)


def make(premises: Premises) -> BookRail:
    """The book rail of one ledger."""
    return BookRail(premises.logbook("book"), premises.clock)


def _taken(submission: Submission) -> Answer:
    return Answer(submission.id, Verdict.TAKEN, _reference(submission.id))


def _taken_before(known: Submission, submission: Submission) -> Answer:
    if known != submission:
        raise SubmissionReused(f"{submission.id} was taken with other contents")
    return _taken(known)


def _reference(submission_id: str) -> str:
    return f"book-{submission_id}"


def _settlement(fact: _Taken) -> RailMessage:
    """What the rail tells of what it took; there is no raw form but this one."""
    submission = fact.submission
    return RailMessage(
        id=f"{_reference(submission.id)}-settled",
        type=MessageType.SETTLED,
        submission=submission.id,
        amount=submission.amount,
        asset=submission.asset,
        occurred_at=fact.taken_at,
        raw=_write(fact).decode(),
        reference=_reference(submission.id),
        end_to_end_id=submission.end_to_end_id,
        beneficiary=submission.beneficiary,
    )


def _fold(taking: _Taking, fact: _Taken) -> None:
    taking.submissions[fact.submission.id] = fact.submission
    taking.feed.append(_settlement(fact))


# The hooks are for moments, which are whole numbers of their own type.
_write = msgspec.json.Encoder(enc_hook=int).encode
_read = msgspec.json.Decoder(_Taken, dec_hook=lambda _type, value: Moment(value)).decode
