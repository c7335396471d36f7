"""An order: a submission on its way to one rail, as a matter of the ledger.

It is written down, in the commit that takes the payment's money out of the wallet, before any rail
hears of it. So whatever a crash cuts off, the journal says what may have been sent, and under which
id. Its stage is the matter's status; `dispatching` says where each leads.
"""

from hashlib import sha256

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.payment import Payment
from partita.modules.payments.rail import Direction, Submission
from partita.modules.rails.dispatching import Stage

KIND, PREFIX = "submission", "sub_"


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be handed to a rail, and what has come of it so far.

    `tried` are the rails that this payment was tried on before; `contacts` counts the calls whose
    outcome was noted, `failures` those in a row that left it where it was. `reference`, `code` and
    `detail` are what the rail said last.
    """

    submission: Submission
    rail: str
    ordered_at: Moment
    tried: tuple[str, ...] = ()
    contacts: int = 0
    failures: int = 0
    reference: str | None = None
    code: str | None = None
    detail: str = ""

    @property
    def id(self) -> str:
        """The id under which the rail knows it."""
        return self.submission.id

    @property
    def raw(self) -> str:
        """What was handed over, before the rail's adapter put it into the network's words."""
        return msgspec.json.encode(self.submission, enc_hook=int).decode()

    @property
    def sha256(self) -> str:
        """SHA-256 of that, in hexadecimal."""
        return sha256(self.raw.encode()).hexdigest()

    @property
    def rails(self) -> tuple[str, ...]:
        """Every rail that the payment was tried on, this one last."""
        return (*self.tried, self.rail)


CORRELATION = "correlation_id"
"""The key in a payment's metadata by which a caller names what it belongs to; else its own id."""


def submission_for(payment: Payment, identifier: str) -> Submission:
    """What a rail is asked to carry for a withdrawal, under this id.

    Raises:
        ValueError: no rail could carry it.
    """
    return Submission(
        id=identifier,
        payment=payment.id,
        direction=Direction.OUT,
        amount=payment.amount,
        asset=payment.asset,
        beneficiary=payment.beneficiary or payment.id,
        end_to_end_id=payment.end_to_end_id or payment.id,
        uetr=payment.uetr or "",
        correlation_id=payment.metadata.get(CORRELATION, payment.id),
        deadline=payment.deadline,
    )


_read = value_decoder(Order)


def read_order(matter: Matter) -> Order:
    """The order that a matter keeps."""
    return _read(matter.body)


def stage_of(matter: Matter) -> Stage:
    """Where that order is."""
    return Stage(matter.status)


def change_of(
    order: Order, stage: Stage, *, wakes_at: Moment | None, is_new: bool = False
) -> ChangeMatter:
    """The command that keeps an order as it is now."""
    return ChangeMatter(
        type=f"{KIND}.{'ordered' if is_new else stage.value}",
        kind=KIND,
        id=order.id,
        is_new=is_new,
        status=stage.value,
        about=order.submission.payment,
        body=encode_value(order),
        related=(order.submission.payment,),
        wakes_at=wakes_at,
        facts={"rail": order.rail},
    )
