"""A payment: one struct for all types, kept as the body of a matter whose kind is the type.

What does not concern a type stays at its default and is not written. Everything is as it is now;
what it was at each step stands in the journal.
"""

from enum import Enum
from typing import Any

import msgspec

from partita.journal.encoding import value_decoder
from partita.kernel.moment import Moment
from partita.modules.payments.lifecycle import PaymentType, Role, State, Status, Verb
from partita.modules.payments.lifecycles import LIFECYCLES


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who pays or is paid: the path of an account, and the wallet that it belongs to, if one."""

    account: str
    wallet: str | None = None


class Split(msgspec.Struct, frozen=True):
    """A part of a payment for somebody else than its destination."""

    party: Party
    amount: int


class ChargeKind(Enum):
    """What a rule took or gave."""

    FEE = "fee"
    TAX = "tax"
    REWARD = "reward"
    OTHER = "other"


class Charge(msgspec.Struct, frozen=True):
    """What a rule, in the version named, moved with a step of a payment."""

    kind: ChargeKind
    rule: str
    version: int
    amount: int
    asset: str
    debit: str
    credit: str
    event: str


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One handing over to a rail: under which id, to which rail, when, and its name for it."""

    submission: str
    rail: str
    at: Moment
    reference: str | None = None
    code: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment as it is now; all sums in minor units of `asset`.

    `captured`, `refunded`, `disputed` and `charged_back` are what was paid and what became of it;
    `credited` is a dispute's provisional credit. `hold` sets money of the source aside, `proceeds`
    are holds on what the destination was given, until `available_at`. `kind` says which of the
    chart's fees or taxes it is for. `stand_ins` are the roles
    whose own account could not take part, and who took their place. `parent` is the payment that
    a refund or dispute is about. `wakes` is the moment at which the clock takes the next step.
    """

    id: str
    type: PaymentType
    state: State
    amount: int
    asset: str
    source: Party | None = None
    destination: Party | None = None
    splits: tuple[Split, ...] = ()
    charges: tuple[Charge, ...] = ()
    captured: int = 0
    refunded: int = 0
    disputed: int = 0
    charged_back: int = 0
    credited: int = 0
    hold: str | None = None
    proceeds: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()
    stand_ins: dict[Role, Role] = {}
    parent: str | None = None
    reversed_by: str | None = None
    kind: str = "general"
    rail: str | None = None
    beneficiary: str | None = None
    in_transit: str | None = None
    attempts: tuple[Attempt, ...] = ()
    end_to_end_id: str | None = None
    uetr: str | None = None
    reason: str | None = None
    evidence: tuple[str, ...] = ()
    wakes: Moment | None = None
    scheduled_at: Moment | None = None
    expires_at: Moment | None = None
    available_at: Moment | None = None
    deadline: Moment | None = None
    created_at: Moment = Moment(0)
    metadata: dict[str, str] = {}
    external_id: str | None = None

    @property
    def refundable(self) -> int:
        """How much may still be refunded or disputed."""
        return self.captured - self.refunded - self.disputed - self.charged_back

    @property
    def uncaptured(self) -> int:
        """How much may still be captured."""
        return self.amount - self.captured

    @property
    def status(self) -> Status:
        """The common status: that of its state, or what refunds and disputes have made of it."""
        if self.disputed:
            return Status.DISPUTED
        if self.captured and self.refunded + self.charged_back == self.captured:
            return Status.REVERSED
        return LIFECYCLES[self.type].states[self.state]

    @property
    def shown_state(self) -> str:
        """What lists find it by: its state, or the status that covers it."""
        status = self.status
        covered = status is not LIFECYCLES[self.type].states[self.state]
        return status.value if covered else self.state.value

    @property
    def allowed(self) -> tuple[Verb, ...]:
        """What may be done to it now; a transfer that takes another back is not taken back."""
        verbs = LIFECYCLES[self.type].allowed(self.state)
        if self.type is PaymentType.TRANSFER and self.parent is not None:
            return tuple(verb for verb in verbs if verb is not Verb.REVERSE)
        return verbs

    @property
    def submission(self) -> str | None:
        """The id under which it was last handed to a rail."""
        return self.attempts[-1].submission if self.attempts else None


class _Sum(int):
    """A number on its way into a text, where it is a string: up to 38 digits fit no JSON number."""


def _as_text(value: Moment | _Sum) -> str:
    return value.text() if isinstance(value, Moment) else str(value)


_SUMS = ("captured", "refunded", "disputed", "charged_back", "credited")
_WITH_SUMS = (PaymentType.PAYMENT, PaymentType.DISPUTE)
_encode = msgspec.json.Encoder(enc_hook=_as_text).encode
_decode = value_decoder(Payment)


def body_of(payment: Payment) -> str:
    """The text that the ledger keeps: amounts and moments as strings, nothing that is not set."""
    changes: dict[str, Any] = {"amount": _Sum(payment.amount)}
    if payment.type in _WITH_SUMS:
        changes |= {name: _Sum(value) for name in _SUMS if (value := getattr(payment, name))}
    if payment.splits:
        changes["splits"] = tuple(Split(each.party, _Sum(each.amount)) for each in payment.splits)
    if payment.charges:
        changes["charges"] = tuple(
            msgspec.structs.replace(each, amount=_Sum(each.amount), version=_Sum(each.version))
            for each in payment.charges
        )
    return _encode(msgspec.structs.replace(payment, **changes)).decode()


def read_payment(body: str) -> Payment:
    """The payment that a text of this kind says."""
    return _decode(body)
