"""Objects of the payment processor Stripe: charges, refunds, disputes, fees, payouts, transfers.

Only the fields that money depends on are read; the others of these large objects are passed over.
Amounts are whole minor units in the processor's JSON already, and anything else is refused. What
reached the processor's balance stands in balance transactions alone: amount, fee and net, where
net must be amount less fee, and the fee must be the sum of its details.
(https://docs.stripe.com/api, version-less sample objects in `stripe/openapi`, fixtures3.json.)
"""

from collections.abc import Iterator, Mapping
from enum import Enum

import msgspec

Amount = int
"""Minor units of `currency`."""


class StripeRefused(ValueError):
    """The object is not as the processor documents it, or does not add up."""


class Stage(Enum):
    """How far a dispute is, in our words."""

    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    WON = "won"
    LOST = "lost"


DISPUTE_STAGES: Mapping[str, Stage] = {
    "warning_needs_response": Stage.INQUIRY,
    "warning_under_review": Stage.INQUIRY,
    "warning_closed": Stage.WON,
    "needs_response": Stage.CHARGEBACK,
    "under_review": Stage.CHARGEBACK,
    "won": Stage.WON,
    "lost": Stage.LOST,
}
"""The processor's statuses of a dispute; an inquiry moves no money."""


class _Object(msgspec.Struct, frozen=True, tag_field="object", kw_only=True):
    id: str
    amount: Amount
    currency: str
    created: int
    """Seconds since 1970."""

    @property
    def asset(self) -> str:
        """The currency as the ledger writes it."""
        return self.currency.upper()


class FeeDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a fee: the processor's own, an application's, or tax."""

    amount: Amount
    currency: str
    type: str


class BalanceTransaction(_Object, frozen=True, tag="balance_transaction", kw_only=True):
    """What an object did to the processor's balance; `amount` is below zero for money that left."""

    fee: Amount
    net: Amount
    type: str
    source: str | None
    status: str
    fee_details: tuple[FeeDetail, ...] = ()

    def __post_init__(self) -> None:
        if self.net != self.amount - self.fee:
            raise ValueError(f"{self.id}: net {self.net} is not {self.amount} less fee {self.fee}")
        if self.fee != sum(detail.amount for detail in self.fee_details):
            raise ValueError(f"{self.id}: fee {self.fee} is not the sum of its details")


class Charge(_Object, frozen=True, tag="charge", kw_only=True):
    """A card charge; what was captured reached the balance by its balance transaction."""

    amount_captured: Amount
    amount_refunded: Amount
    captured: bool
    status: str
    balance_transaction: str | None


class Refund(_Object, frozen=True, tag="refund", kw_only=True):
    """Money given back to whoever paid a charge."""

    charge: str | None
    status: str
    reason: str | None


class EvidenceDetails(msgspec.Struct, frozen=True):
    """By when evidence must be in, as seconds since 1970."""

    due_by: int | None


class Dispute(_Object, frozen=True, tag="dispute", kw_only=True):
    """A charge that the cardholder questions."""

    charge: str
    status: str
    reason: str
    evidence_details: EvidenceDetails
    balance_transactions: tuple[msgspec.Raw, ...]

    @property
    def stage(self) -> Stage:
        """How far it is; a status that is not known is refused."""
        if self.status not in DISPUTE_STAGES:
            raise StripeRefused(f"{self.id} has the status {self.status!r}, which is not known")
        return DISPUTE_STAGES[self.status]


class Payout(_Object, frozen=True, tag="payout", kw_only=True):
    """Money sent from the processor's balance to a bank."""

    status: str
    arrival_date: int
    method: str


class ApplicationFee(_Object, frozen=True, tag="application_fee", kw_only=True):
    """What a platform keeps of a charge."""

    charge: str
    amount_refunded: Amount


class FeeRefund(_Object, frozen=True, tag="fee_refund", kw_only=True):
    """An application's fee, given back."""

    fee: str


class Transfer(_Object, frozen=True, tag="transfer", kw_only=True):
    """Money moved from the platform to a connected account."""

    destination: str | None
    amount_reversed: Amount


class TransferReversal(_Object, frozen=True, tag="transfer_reversal", kw_only=True):
    """A transfer, taken back."""

    transfer: str


class TopUp(_Object, frozen=True, tag="topup", kw_only=True):
    """Money brought to the processor's balance from a bank."""

    status: str


StripeObject = (
    BalanceTransaction | Charge | Refund | Dispute | Payout | ApplicationFee | FeeRefund
    | Transfer | TransferReversal | TopUp
)  # fmt: skip
_KINDS = {
    "balance_transaction", "charge", "refund", "dispute", "payout", "application_fee",
    "fee_refund", "transfer", "transfer_reversal", "topup",
}  # fmt: skip


class _Tagged(msgspec.Struct):
    object: str | None = None


class _Fixtures(msgspec.Struct):
    resources: dict[str, msgspec.Raw]


class _EventData(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct, tag_field="object", tag="event"):
    data: _EventData


def read_object(document: bytes | msgspec.Raw) -> StripeObject | None:
    """One object; None if it is of a kind that moves no money here.

    Raises:
        StripeRefused: it lacks a field, has one of a wrong type, or does not add up.
    """
    try:
        if msgspec.json.decode(document, type=_Tagged).object not in _KINDS:
            return None
        found: StripeObject = msgspec.json.decode(document, type=StripeObject)
    except msgspec.DecodeError as error:
        raise StripeRefused(f"this is no such object of the processor: {error}") from None
    return found


def read_event(document: bytes) -> StripeObject | None:
    """What a webhook of the processor is about, as `read_object` gives it."""
    try:
        return read_object(msgspec.json.decode(document, type=_Event).data.object)
    except msgspec.DecodeError as error:
        raise StripeRefused(f"this is no event of the processor: {error}") from None


def read_fixtures(document: bytes) -> Iterator[StripeObject]:
    """Those of the published sample objects that money depends on, in the order of the file."""
    try:
        resources = msgspec.json.decode(document, type=_Fixtures).resources
    except msgspec.DecodeError as error:
        raise StripeRefused(f"this is no file of sample objects: {error}") from None
    for raw in resources.values():
        found = read_object(raw)
        if found is not None:
            yield found
