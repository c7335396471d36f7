"""Behaviours: what may become of a submission, as a table of what the network then tells, and when.

The endings of amounts are those of `docs/rails.md`; a test holds the two side by side. The reasons
are codes of ISO 20022 (ExternalStatusReason1Code, ExternalReturnReason1Code).
"""

from enum import Enum
from typing import NamedTuple

import msgspec

from partita.modules.payments.rail import MessageType


class Behaviour(Enum):
    """What becomes of a submission; the value is its name in beneficiaries, rates and documents."""

    SETTLE = "settle"
    REJECT = "reject"
    RETURN = "return"
    DUPLICATE = "duplicate"
    LATE = "late"
    SILENT = "silent"
    DISORDER = "disorder"
    RETURN_FIRST = "return_first"
    LOST_ANSWER = "lost_answer"
    LOST_ORDER = "lost_order"
    UNREACHABLE = "unreachable"
    REFUSE = "refuse"
    CONTRADICT = "contradict"
    STRAY = "stray"
    UNHEARD = "unheard"


class Wait(Enum):
    """How long after the submission; the value is the field of `Timing` that says it."""

    ACCEPT = "accept_seconds"
    SETTLE = "settle_seconds"
    RETURN = "return_seconds"
    LATE = "late_seconds"


class Timing(msgspec.Struct, frozen=True):
    """How quick the network is."""

    accept_seconds: int = 0
    settle_seconds: int = 0
    return_seconds: int = 2 * 86_400
    late_seconds: int = 86_400

    def microseconds(self, wait: Wait) -> int:
        """A wait as the ledger counts time."""
        return int(getattr(self, wait.value)) * 1_000_000


class Tell(NamedTuple):
    """One message of a plan: what, when, why; how often, about whom, and whether anybody hears it."""

    type: MessageType
    wait: Wait
    code: str | None = None
    copies: int = 1
    is_stray: bool = False
    is_heard: bool = True


class Plan(NamedTuple):
    """A behaviour's course. `ending` is the last two digits of the amounts that ask for it.

    The first `unreached` tries do not get through; the first `doubted` get no answer, and of
    those only the ones for which `is_taken_in_doubt` leave anything behind.
    """

    ending: int | None
    tells: tuple[Tell, ...]
    refusal: str | None = None
    unreached: int = 0
    doubted: int = 0
    is_taken_in_doubt: bool = False


_ACCEPTED = Tell(MessageType.ACCEPTED, Wait.ACCEPT)
_SETTLED = Tell(MessageType.SETTLED, Wait.SETTLE)
_RETURNED = Tell(MessageType.RETURNED, Wait.RETURN, "MD06")
_REJECTED = Tell(MessageType.REJECTED, Wait.SETTLE, "AC04")
_USUAL = (_ACCEPTED, _SETTLED)

PLANS: dict[Behaviour, Plan] = {
    Behaviour.SETTLE: Plan(None, _USUAL),
    Behaviour.REJECT: Plan(1, (_REJECTED,)),
    Behaviour.RETURN: Plan(2, (*_USUAL, _RETURNED)),
    Behaviour.DUPLICATE: Plan(3, (_ACCEPTED._replace(copies=2), _SETTLED._replace(copies=2))),
    Behaviour.LATE: Plan(4, (_ACCEPTED, _SETTLED._replace(wait=Wait.LATE))),
    Behaviour.SILENT: Plan(5, ()),
    Behaviour.DISORDER: Plan(6, (_SETTLED, _ACCEPTED._replace(wait=Wait.SETTLE))),
    Behaviour.RETURN_FIRST: Plan(7, (_ACCEPTED, _RETURNED._replace(wait=Wait.SETTLE), _SETTLED)),
    Behaviour.LOST_ANSWER: Plan(8, _USUAL, doubted=1, is_taken_in_doubt=True),
    Behaviour.LOST_ORDER: Plan(9, _USUAL, doubted=1),
    Behaviour.UNREACHABLE: Plan(10, _USUAL, unreached=2),
    Behaviour.REFUSE: Plan(11, (), refusal="AM02"),
    Behaviour.CONTRADICT: Plan(12, (*_USUAL, _REJECTED)),
    Behaviour.STRAY: Plan(13, (_SETTLED._replace(is_stray=True), *_USUAL)),
    Behaviour.UNHEARD: Plan(14, (_SETTLED._replace(is_heard=False),)),
}
"""Every behaviour and its course."""
