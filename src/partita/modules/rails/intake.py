"""Intake: what rails tell is taken in, one command a message, and the place is remembered.

A page of messages is written as one batch, and the cursor behind it last. Whoever is cut off between
reads the page again, and the keys of its messages say what was taken in already.
"""

import logging
from collections.abc import Sequence

from partita.engine.clerk import Clerk
from partita.engine.errors import PartitaError
from partita.engine.outcome import Refused
from partita.kernel.rejections import Rejection
from partita.modules.payments.rail import MessageType, Page, Rail, RailMessage
from partita.modules.rails.acts import MoveCursor, TakeMessage

PAGE = 500
_log = logging.getLogger(__name__)


def message_key(rail: str, message: RailMessage) -> str:
    """The key of a message: its id, and its contents, lest a network give one id to two of them."""
    return f"{rail}:{message.id}:{message.sha256[:16]}"


def read_on(rail: Rail, cursor: str | None) -> Page | None:
    """The next page of a rail; None where it cannot be read now."""
    try:
        return rail.answers(cursor, PAGE)
    except PartitaError as error:
        _log.info("%s cannot be read now: %s", rail.name, error)
    except Exception:  # noqa: BLE001 - an adapter's fault keeps no other rail from being read
        _log.exception("%s failed while it was read", rail.name)
    return None


def take_in(clerk: Clerk, rail: str, messages: Sequence[RailMessage]) -> int:
    """Write down messages and what they mean; how many were new here."""
    acts = [TakeMessage(rail=rail, message=message) for message in messages]
    outcomes = clerk.write([(act, message_key(rail, act.message)) for act in acts])
    for act, outcome in zip(acts, outcomes, strict=True):
        if isinstance(outcome, Refused):
            _suspend_or_set_aside(clerk, act, outcome.rejection)
    return sum(not outcome.replayed for outcome in outcomes)


def move_cursor(clerk: Clerk, rail: str, cursor: str) -> None:
    """Remember up to where a rail was read."""
    clerk.write_one(MoveCursor(rail=rail, cursor=cursor), f"{rail}:cursor:{cursor}")


def _suspend_or_set_aside(clerk: Clerk, act: TakeMessage, rejection: Rejection) -> None:
    """What cannot be done as it is told: money that came is kept for whoever claims it."""
    rail, message = act.rail, act.message
    key = message_key(rail, message)
    if message.type is MessageType.RECEIVED:
        suspended = TakeMessage(rail=rail, message=message, is_suspended=True)
        outcome = clerk.write_one(suspended, f"{key}:suspended")
        if not isinstance(outcome, Refused):
            return
        rejection = outcome.rejection
    reason = f"{rejection.code.value}: {rejection.detail}"
    aside = TakeMessage(rail=rail, message=message, set_aside=reason)
    clerk.write_one(aside, f"{key}:aside")
    _log.warning("message %s of %s is set aside: %s", message.id, rail, reason)
