"""A transfer between two ledgers, as both of them keep it.

    ledger A: debit the payer,        credit interledger:B
    ledger B: debit interledger:A,    credit the payee

What A's account `interledger:B` says is what B owes to A; B's `interledger:A` says the same with the
other sign, always, since both change by the same commit (`engine/joint.py`).
"""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment

KIND, PREFIX = "ledger_transfer", "ltr_"
COMPLETED = "completed"


class Side(Enum):
    """Which end of the transfer a ledger is."""

    SENT = "sent"
    RECEIVED = "received"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: so much from somebody here to somebody there, by wallet or account.

    `amount` is in minor units, of an asset that has the same scale in both ledgers. `external_id`
    is the caller's own reference, unique in the ledger that sends.
    """

    source_ledger: str
    destination_ledger: str
    source: str
    destination: str
    amount: int
    asset: str
    external_id: str | None = None
    metadata: dict[str, str] = {}


class Terms(msgspec.Struct, frozen=True):
    """What both sides agree on: the order, and the scale of its asset where it was asked for."""

    order: Order
    scale: int


class LedgerTransfer(msgspec.Struct, frozen=True):
    """A transfer as one of its two ledgers keeps it; `transaction` is that ledger's own."""

    id: str
    side: Side
    terms: Terms
    transaction: str
    sequence: int
    created_at: Moment


class Body(msgspec.Struct, frozen=True):
    """What the matter of a transfer holds: what was agreed, and this ledger's own transaction."""

    side: Side
    terms: Terms
    transaction: str
    created_at: Moment


_decode = value_decoder(Body)


def body_of(side: Side, terms: Terms, transaction: str, created_at: Moment) -> str:
    """What a matter keeps of a transfer."""
    return encode_value(Body(side, terms, transaction, created_at))


def read(matter: Matter) -> LedgerTransfer:
    """The transfer that a matter keeps."""
    body = _decode(matter.body)
    return LedgerTransfer(
        matter.id, body.side, body.terms, body.transaction, matter.number, body.created_at
    )
