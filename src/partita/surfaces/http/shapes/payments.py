"""Payments on the wire: one reply for all types, and the steps of a payment's life."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from partita.journal.record import Record
from partita.kernel.events import MatterChanged, entries_in
from partita.kernel.posting import Entry
from partita.modules.payments.finding import Step
from partita.modules.payments.lifecycle import PaymentType
from partita.modules.payments.payment import Charge as ChargeOfModule
from partita.modules.payments.payment import Party as PartyOfModule
from partita.modules.payments.payment import Payment as PaymentOfModule
from partita.modules.payments.payment import read_payment
from partita.surfaces.http.shapes.fields import (
    Amount,
    ExternalId,
    ListShape,
    QueryShape,
    Timestamp,
)

_Word = Annotated[str, Meta(min_length=1, max_length=255)]


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays or is paid: an account, and the wallet that it belongs to."""

    account: str
    wallet_id: str | None = None


class PartShape(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a payment for somebody else than its destination."""

    destination: Party
    amount: Amount


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule moved with a step of a payment, and by which version of it."""

    kind: str
    rule: str
    rule_version: int
    amount: Amount
    asset: str
    debit: str
    credit: str
    event: str


class AttemptShape(msgspec.Struct, frozen=True, kw_only=True):
    """One handing over to a rail."""

    submission_id: str
    rail: str
    at: Timestamp
    reference: str | None = None
    code: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment of any type as it is now. What does not concern its type is left out.

    `status` is the word that all types share, `state` the finer one of its type.
    """

    id: str
    object: str
    status: str
    state: str
    amount: Amount
    asset: str
    scale: int
    allowed_actions: tuple[str, ...]
    transaction_ids: tuple[str, ...]
    version: int
    created_at: Timestamp
    source: Party | None = None
    destination: Party | None = None
    splits: list[PartShape] = []
    fees: list[Charge] = []
    captured: Amount | None = None
    refunded: Amount | None = None
    disputed: Amount | None = None
    charged_back: Amount | None = None
    refundable: Amount | None = None
    credited: Amount | None = None
    hold_id: str | None = None
    payment_id: str | None = None
    reversed_by_id: str | None = None
    rail: str | None = None
    beneficiary: str | None = None
    attempts: list[AttemptShape] = []
    end_to_end_id: str | None = None
    uetr: str | None = None
    evidence: tuple[str, ...] = ()
    reason: str | None = None
    scheduled_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    available_at: Timestamp | None = None
    deadline: Timestamp | None = None
    external_id: str | None = None
    metadata: dict[str, str] = {}


class PaymentList(ListShape, frozen=True, kw_only=True):
    """A page of payments of one type, newest first."""

    data: list[Payment]


class PostingShape(msgspec.Struct, frozen=True, kw_only=True):
    """One leg of what a step moved."""

    transaction_id: str
    account: str
    direction: str
    amount: Amount
    asset: str
    scale: int


class PaymentStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a payment's life: when, what, by whom, why, by which rules, and what it moved.

    `actor` is the API key, and `idempotency_key` the key that it came with; a process of the
    ledger's own takes its steps under keys that begin with the payment's id. `part_ids` are all
    facts that were written with it.
    """

    object: Literal["event"] = "event"
    type: str
    sequence: str
    recorded_at: Timestamp
    actor: str | None
    request_id: str | None
    idempotency_key: str | None
    reason: str | None
    rules: str | None
    facts: dict[str, str]
    part_ids: tuple[str, ...]
    postings: list[PostingShape]
    payment: Payment


class PaymentTimeline(ListShape, frozen=True, kw_only=True):
    """A page of what happened to a payment, oldest first."""

    data: list[PaymentStep]


class PaymentQuery(QueryShape, frozen=True, kw_only=True):
    """Filters. `status` is a state, or a status; `wallet` is whose payment it is.

    That is the wallet that pays; of a deposit or a reward, the one that is paid. `payment` is what
    a refund or dispute is about.
    """

    status: _Word | None = None
    wallet: _Word | None = None
    payment: _Word | None = None
    external_id: ExternalId | None = None
    created_from: str | None = msgspec.field(default=None, name="created[gte]")
    created_to: str | None = msgspec.field(default=None, name="created[lt]")
    limit: str | None = None
    cursor: str | None = None


def shown(kept: PaymentOfModule, version: int, scale: int) -> Payment:
    """The reply that a payment is, as its row has this version."""
    return Payment(
        id=kept.id,
        object=kept.type.value,
        status=kept.status.value,
        state=kept.state.value,
        amount=str(kept.amount),
        asset=kept.asset,
        scale=scale,
        allowed_actions=tuple([verb.value for verb in kept.allowed]),
        transaction_ids=kept.transactions,
        version=version,
        created_at=kept.created_at.text(),
        source=_party(kept.source),
        destination=_party(kept.destination),
        external_id=kept.external_id,
        reason=kept.reason,
        metadata=kept.metadata,
        **_rare(kept),
    )


def _party(party: PartyOfModule | None) -> Party | None:
    return None if party is None else Party(account=party.account, wallet_id=party.wallet)


_PLAIN = (
    "rail", "beneficiary", "end_to_end_id", "uetr", "evidence",
)  # fmt: skip
_RENAMED = {"hold": "hold_id", "parent": "payment_id", "reversed_by": "reversed_by_id"}
_MOMENTS = ("scheduled_at", "expires_at", "available_at", "deadline")
_SUMS = ("captured", "refunded", "disputed", "charged_back", "refundable")


def _rare(kept: PaymentOfModule) -> dict[str, Any]:
    """What only some payments have."""
    if kept.type is PaymentType.TRANSFER and not kept.splits and kept.parent is None:
        found: dict[str, Any] = {}
        if kept.reversed_by is not None:
            found["reversed_by_id"] = kept.reversed_by
    else:
        found = {name: getattr(kept, name) for name in _PLAIN}
        found |= {name: getattr(kept, field) for field, name in _RENAMED.items()}
        found["splits"] = [
            PartShape(destination=Party(account=s.party.account, wallet_id=s.party.wallet), amount=str(s.amount))
            for s in kept.splits
        ]  # fmt: skip
        found["attempts"] = [_attempt(each) for each in kept.attempts]
    if kept.type is PaymentType.PAYMENT:
        found |= {name: str(getattr(kept, name)) for name in _SUMS}
    if kept.type is PaymentType.DISPUTE:
        found["credited"] = str(kept.credited)
    found |= {name: value.text() for name in _MOMENTS if (value := getattr(kept, name)) is not None}
    if kept.charges:
        found["fees"] = [_charge(each) for each in kept.charges]
    return found


def _attempt(kept: Any) -> AttemptShape:
    return AttemptShape(
        submission_id=kept.submission, rail=kept.rail, at=kept.at.text(),
        reference=kept.reference, code=kept.code,
    )  # fmt: skip


def _charge(kept: ChargeOfModule) -> Charge:
    return Charge(
        kind=kept.kind.value, rule=kept.rule, rule_version=kept.version, amount=str(kept.amount),
        asset=kept.asset, debit=kept.debit, credit=kept.credit, event=kept.event,
    )  # fmt: skip


def timeline_step(step: Step, scales: Mapping[str, int]) -> PaymentStep:
    """The reply that a step of a payment's life is."""
    event, record, cause = step.record.event, step.record, step.record.cause
    assert isinstance(event, MatterChanged), "a step is a change of the payment's matter"
    kept = read_payment(event.matter.body)
    facts = {name: value for name, value in event.facts.items() if name != "rules"}
    return PaymentStep(
        type=event.type,
        sequence=str(record.sequence),
        recorded_at=record.recorded_at.text(),
        actor=cause.actor,
        request_id=cause.request_id,
        idempotency_key=cause.key,
        reason=event.reason,
        rules=event.facts.get("rules"),
        facts=facts,
        part_ids=event.parts,
        postings=[_posting(each, entry, scales) for each in step.transactions for entry in entries_in(each.event)],
        payment=shown(kept, event.matter.version, scales[kept.asset]),
    )  # fmt: skip


def _posting(record: Record, entry: Entry, scales: Mapping[str, int]) -> PostingShape:
    return PostingShape(
        transaction_id=record.event.id, account=entry.account, direction=entry.direction.value,
        amount=str(entry.amount), asset=entry.asset, scale=scales[entry.asset],
    )  # fmt: skip
