"""What the simulated network tells: one JSON object a message, and how it is read.

>>> raw = '{"message":"m-1","event":"settled","order":"sub_1","amount":"500","asset":"EUR",'
>>> raw += '"at":"2026-11-20T12:00:00Z"}'
>>> parse(raw).type
<MessageType.SETTLED: 'settled'>
"""

import msgspec

from partita.kernel.moment import Moment
from partita.modules.payments.rail import MessageType, RailMessage


class Notice(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A message in the network's own words: amounts as text, an order where it answers one."""

    message: str
    event: MessageType
    amount: str
    asset: str
    at: str
    order: str | None = None
    reference: str | None = None
    end_to_end: str | None = None
    beneficiary: str | None = None
    reason: str | None = None


_decode = msgspec.json.Decoder(Notice).decode
_encode = msgspec.json.Encoder().encode


def raw_of(notice: Notice) -> str:
    """The bytes on the wire, as text."""
    return _encode(notice).decode()


def parse(raw: str) -> RailMessage:
    """Read one message.

    Raises:
        msgspec.ValidationError, ValueError: it is none of this network.
    """
    notice = _decode(raw)
    return RailMessage(
        id=notice.message,
        type=notice.event,
        submission=notice.order,
        amount=int(notice.amount),
        asset=notice.asset,
        occurred_at=Moment.parse(notice.at),
        raw=raw,
        reference=notice.reference,
        end_to_end_id=notice.end_to_end,
        beneficiary=notice.beneficiary,
        code=notice.reason,
    )
