"""What a status tells, as a message: for rails that say nothing by themselves."""

import msgspec

from partita.modules.payments.rail import MessageType, Progress, RailMessage
from partita.modules.rails.line import Contact
from partita.modules.rails.order import Order

TELLS: dict[Progress, MessageType] = {
    Progress.ACCEPTED: MessageType.ACCEPTED,
    Progress.SETTLED: MessageType.SETTLED,
    Progress.REJECTED: MessageType.REJECTED,
    Progress.RETURNED: MessageType.RETURNED,
    Progress.CANCELED: MessageType.CANCELED,
}
"""What a rail would have told of an order that is so far."""
FINAL = frozenset(TELLS) - {Progress.ACCEPTED}
"""How far an order is when nothing more is to come but a return."""


def message_of(order: Order, contact: Contact) -> RailMessage | None:
    """The message that a status stands for; one and the same, however often it is asked for.

    When it happened nobody told: its moment is that of the order, the one that is known.
    """
    type_ = None if contact.progress is None else TELLS.get(contact.progress)
    if type_ is None:
        return None
    submission = order.submission
    known = [order.id, type_.value, contact.reference, contact.code]
    raw = msgspec.json.encode(known).decode()
    return RailMessage(
        id=f"status-{order.id}-{type_.value}",
        type=type_,
        submission=order.id,
        amount=submission.amount,
        asset=submission.asset,
        occurred_at=order.ordered_at,
        raw=raw,
        reference=contact.reference,
        end_to_end_id=submission.end_to_end_id,
        code=contact.code,
        detail="told when asked for its status",
    )
