"""What an answer means, and when a delivery is tried again: pure tables.

The waits are those of Standard Webhooks: ten tries over about three days. What a receiver refuses
for good (most of 4xx) is set aside after five, so that a poison event does not stand in the way.
"""

from enum import Enum
from http import HTTPStatus

import msgspec

from partita.engine.delivery_ports import Attempt, Delivery, DeliveryStatus
from partita.kernel.moment import Moment

WAITS_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""From each failed try to the next: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h."""
MOST_TRIES = len(WAITS_SECONDS) + 1
MOST_REFUSALS = 5
LONGEST_WISH_SECONDS = 86_400
"""How long a receiver may ask to be left alone (Retry-After) before the next try."""
CHANCE_BYTES = 8
_JITTER_PERCENT = 20
FAILING_SECONDS = 72 * 3_600
"""An endpoint at which nothing has succeeded for so long is disabled at the next failure."""


class Verdict(Enum):
    """What an answer says of a delivery, and of its endpoint."""

    TAKEN = "taken"
    FAILED = "failed"
    REFUSED = "refused"
    GONE = "gone"


_TEMPORARY = frozenset(
    (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
)
"""Answers of 4xx that say nothing about the event: another try may well succeed."""


def verdict_of(status: int | None) -> Verdict:
    """What an answer's status means; None: there was no answer. Redirects are not followed.

    >>> verdict_of(204), verdict_of(301), verdict_of(422), verdict_of(410)
    (<Verdict.TAKEN: 'taken'>, <Verdict.FAILED: 'failed'>, <Verdict.REFUSED: 'refused'>, <Verdict.GONE: 'gone'>)
    """
    if status is None:
        return Verdict.FAILED
    if status // 100 == 2:
        return Verdict.TAKEN
    if status == HTTPStatus.GONE:
        return Verdict.GONE
    if status // 100 == 4 and status not in _TEMPORARY:
        return Verdict.REFUSED
    return Verdict.FAILED


def after_attempt(
    delivery: Delivery, attempt: Attempt, chance: bytes, *, wish_seconds: int = 0
) -> Delivery:
    """The delivery as a try left it. `wish_seconds` is how long the receiver wants to be left alone.

    One that met a receiver that is gone stays as it was: it waits for the endpoint to be enabled.
    """
    now = Moment(attempt.at + attempt.milliseconds * 1_000)
    verdict = verdict_of(attempt.status)
    if verdict is Verdict.TAKEN:
        return msgspec.structs.replace(
            delivery, status=DeliveryStatus.DELIVERED, tries=delivery.tries + 1,
            finished_at=now, reason=None,
        )  # fmt: skip
    reason = attempt.error or f"the endpoint answered {attempt.status}"
    tries = delivery.tries + (verdict is not Verdict.GONE)
    is_spent = tries >= (MOST_REFUSALS if verdict is Verdict.REFUSED else MOST_TRIES)
    if is_spent:
        return msgspec.structs.replace(
            delivery, status=DeliveryStatus.PARKED, tries=tries, finished_at=now, reason=reason
        )
    wait = max(
        wait_microseconds(max(tries, 1), chance),
        min(wish_seconds, LONGEST_WISH_SECONDS) * 1_000_000,
    )
    return msgspec.structs.replace(
        delivery, tries=tries, next_attempt_at=Moment(now + wait), reason=reason
    )


def wait_microseconds(tries: int, chance: bytes) -> int:
    r"""The wait after so many failed tries: as the table says, a fifth shorter to a fifth longer.

    >>> wait_microseconds(1, bytes(8)), wait_microseconds(1, b"\x80" + bytes(7))
    (4000000, 5000000)
    """
    assert len(chance) == CHANCE_BYTES, "eight bytes of chance"
    whole = WAITS_SECONDS[tries - 1] * 1_000_000
    spread = 2 * whole * _JITTER_PERCENT // 100
    return whole - spread // 2 + spread * int.from_bytes(chance) // (1 << 8 * CHANCE_BYTES)
