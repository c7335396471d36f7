"""Planning: a course of behaviour becomes messages with numbers and moments."""

from collections.abc import Sequence

from partita.adapters.rails.simulator.behaviour import Tell, Timing
from partita.adapters.rails.simulator.messages import Notice, raw_of
from partita.adapters.rails.simulator.world import Planned, World
from partita.kernel.moment import Moment
from partita.modules.payments.rail import Submission


def planned(
    world: World, submission: Submission, tells: Sequence[Tell], timing: Timing, now: Moment
) -> tuple[Planned, ...]:
    """What will be told of a submission; copies of a message share its id, not their number."""
    found: list[Planned] = []
    number = world.next_number
    for tell in tells:
        due_at = Moment(now + timing.microseconds(tell.wait))
        raw = raw_of(_notice(f"{world.rail}-{number}", submission, tell, due_at))
        for _ in range(tell.copies):
            found.append(Planned(number, due_at, raw, submission.id, tell.is_heard))
            number += 1
    return tuple(found)


def _notice(message: str, submission: Submission, tell: Tell, at: Moment) -> Notice:
    stray = "nobody-" if tell.is_stray else ""
    return Notice(
        message=message,
        event=tell.type,
        amount=str(submission.amount),
        asset=submission.asset,
        at=at.text(),
        order=stray + submission.id,
        reference=f"{message}-{submission.id}",
        end_to_end=submission.end_to_end_id,
        beneficiary=submission.beneficiary,
        reason=tell.code,
    )
