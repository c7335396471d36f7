"""The business commands of payments: one to begin each type, and one to take any a step further.

Parties are named by a wallet's id (`wal_…`) or by the path of an account. Amounts are minor units.
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from partita.engine.wanting import Act, Named
from partita.kernel.asset import BUILT_IN, is_code
from partita.kernel.moment import Moment
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.lifecycles import LIFECYCLES, TYPE_OF_PREFIX

WALLET_PREFIX = "wal_"
BOOK_RAIL = "book"
"""The rail of what nobody outside has a part in."""


def name_party(reference: str | None, named: Named) -> None:
    """Note a party, so that its wallet or account is at hand when it is decided."""
    if reference is None:
        return
    place = named.resources if reference.startswith(WALLET_PREFIX) else named.accounts
    place[reference] = None


class Part(msgspec.Struct, frozen=True):
    """A part of a payment for somebody else than its destination."""

    destination: str
    amount: int


class Begin(Act, frozen=True, kw_only=True):
    """What all beginnings share. `begin` is the verb, one of the births of the type's table."""

    type: ClassVar[PaymentType]

    begin: Verb
    external_id: str | None = None
    reason: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """Note parties, and the payment that it is about."""
        for field in ("source", "destination"):
            name_party(getattr(self, field, None), named)
        for part in getattr(self, "splits", ()):
            name_party(part.destination, named)
        parent: str | None = getattr(self, "payment", None)
        if parent is not None:
            named.resources[parent] = None
        asset: str | None = getattr(self, "asset", None)
        # What is built in is always known, and most payments are of it.
        if asset is not None and asset not in BUILT_IN and is_code(asset):
            named.assets[asset] = None


class CreateTransfer(Begin, frozen=True, kw_only=True, tag="transfer.create"):
    """Move money from one wallet to another: now, or (to `schedule`) at `scheduled_at`.

    Of the amount, `splits` go to others; the destination gets the rest.
    """

    operation: ClassVar[str] = "transfers"
    type: ClassVar[PaymentType] = PaymentType.TRANSFER

    source: str
    destination: str
    amount: int
    asset: str
    begin: Verb = Verb.POST
    splits: tuple[Part, ...] = ()
    scheduled_at: Moment | None = None


class CreateDeposit(Begin, frozen=True, kw_only=True, tag="deposit.create"):
    """Take in money that came, or is announced, by a rail.

    It is there already (`credit`), there and nobody knows whose (`suspend`), or only announced
    (`receive`). Until `available_at` it is the customer's, but held.
    """

    operation: ClassVar[str] = "deposits"
    type: ClassVar[PaymentType] = PaymentType.DEPOSIT

    amount: int
    asset: str
    destination: str | None = None
    begin: Verb = Verb.CREDIT
    rail: str = BOOK_RAIL
    beneficiary: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    submission: str | None = None
    available_at: Moment | None = None


class CreateWithdrawal(Begin, frozen=True, kw_only=True, tag="withdrawal.create"):
    """Reserve money that is to leave by a rail, for a `beneficiary` in the rail's own words."""

    operation: ClassVar[str] = "withdrawals"
    type: ClassVar[PaymentType] = PaymentType.WITHDRAWAL

    source: str
    amount: int
    asset: str
    begin: Verb = Verb.RESERVE
    rail: str = BOOK_RAIL
    beneficiary: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    deadline: Moment | None = None


class CreatePayment(Begin, frozen=True, kw_only=True, tag="payment.create"):
    """Have somebody pay somebody: only noted (`create`), held (`authorize`), or at once (`pay`)."""

    operation: ClassVar[str] = "payments"
    type: ClassVar[PaymentType] = PaymentType.PAYMENT

    source: str
    destination: str
    amount: int
    asset: str
    begin: Verb = Verb.CREATE
    splits: tuple[Part, ...] = ()
    rail: str | None = None
    expires_at: Moment | None = None
    available_at: Moment | None = None


class CreateRefund(Begin, frozen=True, kw_only=True, tag="refund.create"):
    """Give back what was captured of a payment: so much, or all that is left.

    It is done at once (`create`), or only set aside until it has succeeded (`reserve`).
    """

    operation: ClassVar[str] = "refunds"
    type: ClassVar[PaymentType] = PaymentType.REFUND

    payment: str
    amount: int | None = None
    begin: Verb = Verb.CREATE


class OpenDispute(Begin, frozen=True, kw_only=True, tag="dispute.create"):
    """The payer contests a payment: an inquiry (`inquire`), or money at once (`charge_back`).

    `is_credited` gives the payer the money provisionally, until it is decided.
    """

    operation: ClassVar[str] = "disputes"
    type: ClassVar[PaymentType] = PaymentType.DISPUTE

    payment: str
    amount: int | None = None
    begin: Verb = Verb.CHARGE_BACK
    is_credited: bool = False
    deadline: Moment | None = None


class _FromWallet(Begin, frozen=True, kw_only=True):
    """What is taken from somebody at once; `kind` says which account of the chart gets it."""

    source: str
    amount: int
    asset: str
    begin: Verb = Verb.POST
    kind: str = "general"


class ChargeFee(_FromWallet, frozen=True, kw_only=True, tag="fee.create"):
    """Take a fee from a wallet, into the fees of that kind."""

    operation: ClassVar[str] = "fees"
    type: ClassVar[PaymentType] = PaymentType.FEE


class ChargeTax(_FromWallet, frozen=True, kw_only=True, tag="tax.create"):
    """Take a tax from a wallet, into what is owed to the state of that kind."""

    operation: ClassVar[str] = "taxes"
    type: ClassVar[PaymentType] = PaymentType.TAX


class GiveReward(Begin, frozen=True, kw_only=True, tag="reward.create"):
    """Give a wallet a reward, at the cost of the house."""

    operation: ClassVar[str] = "rewards"
    type: ClassVar[PaymentType] = PaymentType.REWARD

    destination: str
    amount: int
    asset: str
    begin: Verb = Verb.POST


class Adjust(Begin, frozen=True, kw_only=True, tag="adjustment.create"):
    """Correct the books between two accounts or wallets; needs a reason."""

    operation: ClassVar[str] = "adjustments"
    type: ClassVar[PaymentType] = PaymentType.ADJUSTMENT

    source: str
    destination: str
    amount: int
    asset: str
    begin: Verb = Verb.POST


class Advance(Act, frozen=True, kw_only=True, tag="payment.advance"):
    """Take a payment of any type a step further along its table.

    `amount` is of a capture: so much, else all that is left; after a `final` one the rest is let
    go. `destination` is whose a deposit in suspense turned out to be. `rail`, `submission`,
    `reference` and `code` are what was told to a rail, or by it; `wakes_at` is when the rail's
    process looks at it again. `is_credited` and `deadline` are of disputes.
    """

    payment: str
    verb: Verb
    amount: int | None = None
    final: bool = False
    destination: str | None = None
    available_at: Moment | None = None
    expires_at: Moment | None = None
    rail: str | None = None
    submission: str | None = None
    reference: str | None = None
    code: str | None = None
    evidence: str | None = None
    is_credited: bool = False
    deadline: Moment | None = None
    wakes_at: Moment | None = None
    reason: str | None = None

    @property
    def operation(self) -> str:  # type: ignore[override]  # what a key counts within says the verb
        """Such as `payments/capture`."""
        type_ = type_of(self.payment)
        return f"{'payments' if type_ is None else plural(type_)}/{self.verb.value}"

    def names(self, named: Named) -> None:
        """Note the payment; its hold, wallets and parent follow."""
        named.resources[self.payment] = None
        name_party(self.destination, named)


BEGINNINGS: Mapping[PaymentType, type[Begin]] = {
    each.type: each
    for each in (
        CreateTransfer, CreateDeposit, CreateWithdrawal, CreatePayment, CreateRefund,
        OpenDispute, ChargeFee, ChargeTax, GiveReward, Adjust,
    )
}  # fmt: skip
"""By which command each type begins; complete by test."""


OPTIONS: Mapping[Verb, tuple[str, ...]] = {
    Verb.AUTHORIZE: ("expires_at",),
    Verb.CAPTURE: ("amount", "final", "available_at"),
    Verb.RELEASE: ("destination",),
    Verb.SETTLE: ("reference", "available_at"),
    Verb.SUBMIT: ("rail", "submission", "reference", "wakes_at"),
    Verb.RESUBMIT: ("rail", "submission", "reference", "wakes_at"),
    Verb.ACCEPT: ("reference", "wakes_at"),
    Verb.FAIL: ("reference", "code"),
    Verb.RETURN: ("reference", "code"),
    Verb.CHARGE_BACK: ("is_credited", "deadline"),
    Verb.CONTEST: ("deadline", "evidence"),
    Verb.ESCALATE: ("deadline", "evidence"),
    Verb.EVIDENCE: ("evidence",),
}
"""What each verb can be told, besides why; what is not here takes nothing else."""


def type_of(identifier: str) -> PaymentType | None:
    """The type of a payment by its id; None if it cannot be one.

    >>> type_of("dep_01K0000000000000000000000A")
    <PaymentType.DEPOSIT: 'deposit'>
    """
    return TYPE_OF_PREFIX.get(identifier[:4])


def plural(type_: PaymentType) -> str:
    """What a collection of a type is called in addresses and on the command line."""
    return BEGINNINGS[type_].operation


def step_key(payment: str, verb: Verb, step: int = 0) -> str:
    """The key under which a process takes one step: after a crash it finds what it did before."""
    return f"{payment}:{verb.value}:{step}"


assert set(BEGINNINGS) == set(LIFECYCLES), "each type begins somehow"
