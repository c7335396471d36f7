"""The transition tables of all types of payments, with the postings declared beside each step.

Wallets are what we owe customers (credit grows them), custody is what banks owe us (debit grows
it). Outgoing money leaves the wallet when it is submitted to a rail and waits `in_transit` until
the rail has settled it. Incoming money that is announced and not yet there is `awaiting` on our
side and `clearing` on the customer's. When nothing is under way all of these are zero.
"""

from collections.abc import Mapping

from partita.modules.payments.lifecycle import (
    Case,
    HoldStep,
    Lifecycle,
    Move,
    PaymentType,
    Quantity,
    Role,
    State,
    Status,
    Tally,
    Transition,
    Verb,
)

_PAY = Move(Role.SOURCE, Role.DESTINATION, Quantity.STEP)
_GIVE_BACK = Move(Role.DESTINATION, Role.SOURCE)
_NOTHING = ()

_TRANSFER = Lifecycle(
    PaymentType.TRANSFER,
    "tra_",
    {
        State.SCHEDULED: Status.INITIATED,
        State.POSTED: Status.SETTLED,
        State.FAILED: Status.FAILED,
        State.CANCELED: Status.CANCELED,
        State.REVERSED: Status.REVERSED,
    },
    (
        Transition(Verb.POST, _NOTHING, State.POSTED, "posted", (_PAY,)),
        Transition(Verb.SCHEDULE, _NOTHING, State.SCHEDULED, "scheduled"),
        Transition(Verb.EXECUTE, (State.SCHEDULED,), State.POSTED, "posted", (_PAY,)),
        Transition(Verb.CANCEL, (State.SCHEDULED,), State.CANCELED, "canceled"),
        Transition(Verb.FAIL, (State.SCHEDULED,), State.FAILED, "failed"),
        Transition(
            Verb.REVERSE, (State.POSTED,), State.REVERSED, "reversed", (_GIVE_BACK,), undoes=True
        ),
    ),
    {State.SCHEDULED: Verb.EXECUTE},
)

_ARRIVES = Move(Role.CUSTODY, Role.AWAITING)
_NEVER_CAME = Move(Role.CLEARING, Role.AWAITING)
_CREDITED = Move(Role.CUSTODY, Role.DESTINATION)
_CLEARED = Move(Role.CLEARING, Role.DESTINATION)

_DEPOSIT = Lifecycle(
    PaymentType.DEPOSIT,
    "dep_",
    {
        State.RECEIVED: Status.INITIATED,
        State.HELD: Status.PROCESSING,
        State.SUSPENSE: Status.PROCESSING,
        State.AVAILABLE: Status.SETTLED,
        State.FAILED: Status.FAILED,
        State.RETURNED: Status.REVERSED,
    },
    (
        Transition(
            Verb.RECEIVE, _NOTHING, State.RECEIVED, "received", (Move(Role.AWAITING, Role.CLEARING),)
        ),
        Transition(Verb.CREDIT, _NOTHING, State.AVAILABLE, "settled", (_CREDITED,)),
        Transition(
            Verb.CREDIT, _NOTHING, State.HELD, "settled", (_CREDITED,),
            proceeds=HoldStep.PLACE, case=Case.HELD,
        ),
        Transition(
            Verb.SUSPEND, _NOTHING, State.SUSPENSE, "suspended", (Move(Role.CUSTODY, Role.SUSPENSE),)
        ),
        Transition(
            Verb.SETTLE, (State.RECEIVED,), State.AVAILABLE, "settled", (_ARRIVES, _CLEARED)
        ),
        Transition(
            Verb.SETTLE, (State.RECEIVED,), State.HELD, "settled", (_ARRIVES, _CLEARED),
            proceeds=HoldStep.PLACE, case=Case.HELD,
        ),
        Transition(
            Verb.SUSPEND, (State.RECEIVED,), State.SUSPENSE, "suspended",
            (_ARRIVES, Move(Role.CLEARING, Role.SUSPENSE)),
        ),
        Transition(Verb.FAIL, (State.RECEIVED,), State.FAILED, "failed", (_NEVER_CAME,)),
        Transition(
            Verb.RELEASE, (State.HELD,), State.AVAILABLE, "released", proceeds=HoldStep.RELEASE
        ),
        Transition(
            Verb.RELEASE, (State.SUSPENSE,), State.AVAILABLE, "released",
            (Move(Role.SUSPENSE, Role.DESTINATION),),
        ),
        Transition(Verb.RETURN, (State.RECEIVED,), State.RETURNED, "returned", (_NEVER_CAME,)),
        Transition(
            Verb.RETURN, (State.HELD,), State.RETURNED, "returned",
            (Move(Role.DESTINATION, Role.CUSTODY, instead=Role.TREASURY),),
            proceeds=HoldStep.RELEASE,
        ),
        Transition(
            Verb.RETURN, (State.SUSPENSE,), State.RETURNED, "returned",
            (Move(Role.SUSPENSE, Role.CUSTODY),),
        ),
        Transition(
            Verb.RETURN, (State.AVAILABLE,), State.RETURNED, "returned",
            (Move(Role.DESTINATION, Role.CUSTODY, instead=Role.TREASURY),),
        ),
    ),
    {State.HELD: Verb.RELEASE},
)  # fmt: skip

_COMES_BACK = Move(Role.IN_TRANSIT, Role.SOURCE, instead=Role.SUSPENSE)
_UNDER_WAY = (State.SUBMITTED, State.ACCEPTED)

_WITHDRAWAL = Lifecycle(
    PaymentType.WITHDRAWAL,
    "wdr_",
    {
        State.RESERVED: Status.INITIATED,
        State.SUBMITTED: Status.PROCESSING,
        State.ACCEPTED: Status.PROCESSING,
        State.SETTLED: Status.SETTLED,
        State.FAILED: Status.FAILED,
        State.CANCELED: Status.CANCELED,
        State.RETURNED: Status.REVERSED,
    },
    (
        Transition(
            Verb.RESERVE, _NOTHING, State.RESERVED, "reserved", hold=HoldStep.PLACE
        ),
        Transition(
            Verb.SUBMIT, (State.RESERVED,), State.SUBMITTED, "submitted",
            (Move(Role.SOURCE, Role.IN_TRANSIT),), hold=HoldStep.CAPTURE,
        ),
        Transition(Verb.RESUBMIT, (State.SUBMITTED,), State.SUBMITTED, "resubmitted"),
        Transition(Verb.ACCEPT, (State.SUBMITTED,), State.ACCEPTED, "accepted"),
        Transition(
            Verb.SETTLE, _UNDER_WAY, State.SETTLED, "settled", (Move(Role.IN_TRANSIT, Role.CUSTODY),)
        ),
        Transition(
            Verb.FAIL, (State.RESERVED,), State.FAILED, "failed", hold=HoldStep.RELEASE
        ),
        Transition(Verb.FAIL, _UNDER_WAY, State.FAILED, "failed", (_COMES_BACK,)),
        Transition(
            Verb.CANCEL, (State.RESERVED,), State.CANCELED, "canceled", hold=HoldStep.RELEASE
        ),
        Transition(Verb.RETURN, _UNDER_WAY, State.RETURNED, "returned", (_COMES_BACK,)),
        Transition(
            Verb.RETURN, (State.SETTLED,), State.RETURNED, "returned",
            (Move(Role.CUSTODY, Role.SOURCE, instead=Role.SUSPENSE),),
        ),
    ),
    {State.RESERVED: Verb.SUBMIT},
)  # fmt: skip

_OPEN_TO_CAPTURE = (State.AUTHORIZED, State.PARTIALLY_CAPTURED)

_PAYMENT = Lifecycle(
    PaymentType.PAYMENT,
    "pay_",
    {
        State.INITIATED: Status.INITIATED,
        State.AUTHORIZED: Status.PROCESSING,
        State.PARTIALLY_CAPTURED: Status.PROCESSING,
        State.CAPTURED: Status.PROCESSING,
        State.SETTLED: Status.SETTLED,
        State.CANCELED: Status.CANCELED,
        State.EXPIRED: Status.CANCELED,
        State.FAILED: Status.FAILED,
    },
    (
        Transition(Verb.CREATE, _NOTHING, State.INITIATED, "created"),
        Transition(
            Verb.AUTHORIZE, _NOTHING, State.AUTHORIZED, "authorized", hold=HoldStep.PLACE
        ),
        Transition(Verb.PAY, _NOTHING, State.SETTLED, "captured", (_PAY,)),
        Transition(
            Verb.PAY, _NOTHING, State.CAPTURED, "captured", (_PAY,),
            proceeds=HoldStep.PLACE, case=Case.HELD,
        ),
        Transition(
            Verb.AUTHORIZE, (State.INITIATED,), State.AUTHORIZED, "authorized",
            hold=HoldStep.PLACE,
        ),
        Transition(
            Verb.CAPTURE, _OPEN_TO_CAPTURE, State.PARTIALLY_CAPTURED, "captured",
            (_PAY,), hold=HoldStep.CAPTURE, case=Case.PART,
        ),
        Transition(
            Verb.CAPTURE, _OPEN_TO_CAPTURE, State.PARTIALLY_CAPTURED, "captured",
            (_PAY,), hold=HoldStep.CAPTURE, proceeds=HoldStep.PLACE, case=Case.PART_HELD,
        ),
        Transition(
            Verb.CAPTURE, _OPEN_TO_CAPTURE, State.SETTLED, "captured", (_PAY,),
            hold=HoldStep.CAPTURE,
        ),
        Transition(
            Verb.CAPTURE, _OPEN_TO_CAPTURE, State.CAPTURED, "captured", (_PAY,),
            hold=HoldStep.CAPTURE, proceeds=HoldStep.PLACE, case=Case.HELD,
        ),
        Transition(
            Verb.SETTLE, (State.CAPTURED,), State.SETTLED, "settled", proceeds=HoldStep.RELEASE
        ),
        Transition(Verb.CANCEL, (State.INITIATED,), State.CANCELED, "canceled"),
        Transition(
            Verb.CANCEL, (State.AUTHORIZED,), State.CANCELED, "canceled", hold=HoldStep.RELEASE
        ),
        Transition(
            Verb.CANCEL, (State.PARTIALLY_CAPTURED,), State.SETTLED, "rest_canceled",
            hold=HoldStep.RELEASE,
        ),
        Transition(
            Verb.CANCEL, (State.PARTIALLY_CAPTURED,), State.CAPTURED, "rest_canceled",
            hold=HoldStep.RELEASE, case=Case.HELD,
        ),
        Transition(Verb.EXPIRE, (State.INITIATED,), State.EXPIRED, "expired"),
        Transition(
            Verb.EXPIRE, (State.AUTHORIZED,), State.EXPIRED, "expired", hold=HoldStep.RELEASE
        ),
        Transition(
            Verb.EXPIRE, (State.PARTIALLY_CAPTURED,), State.SETTLED, "rest_expired",
            hold=HoldStep.RELEASE,
        ),
        Transition(
            Verb.EXPIRE, (State.PARTIALLY_CAPTURED,), State.CAPTURED, "rest_expired",
            hold=HoldStep.RELEASE, case=Case.HELD,
        ),
        Transition(Verb.FAIL, (State.INITIATED,), State.FAILED, "failed"),
        Transition(
            Verb.FAIL, (State.AUTHORIZED,), State.FAILED, "failed", hold=HoldStep.RELEASE
        ),
    ),
    {
        State.INITIATED: Verb.EXPIRE,
        State.AUTHORIZED: Verb.EXPIRE,
        State.PARTIALLY_CAPTURED: Verb.EXPIRE,
        State.CAPTURED: Verb.SETTLE,
    },
)  # fmt: skip

_REFUNDED, _NOT_REFUNDED = (Tally("refunded", 1),), (Tally("refunded", -1),)

_REFUND = Lifecycle(
    PaymentType.REFUND,
    "rfd_",
    {
        State.PENDING: Status.PROCESSING,
        State.SUCCEEDED: Status.SETTLED,
        State.FAILED: Status.FAILED,
        State.CANCELED: Status.CANCELED,
    },
    (
        Transition(
            Verb.CREATE, _NOTHING, State.SUCCEEDED, "succeeded", (_PAY,), tallies=_REFUNDED
        ),
        Transition(
            Verb.RESERVE, _NOTHING, State.PENDING, "reserved",
            hold=HoldStep.PLACE, tallies=_REFUNDED,
        ),
        Transition(
            Verb.SUCCEED, (State.PENDING,), State.SUCCEEDED, "succeeded", (_PAY,),
            hold=HoldStep.CAPTURE,
        ),
        Transition(
            Verb.FAIL, (State.PENDING,), State.FAILED, "failed",
            hold=HoldStep.RELEASE, tallies=_NOT_REFUNDED,
        ),
        Transition(
            Verb.CANCEL, (State.PENDING,), State.CANCELED, "canceled",
            hold=HoldStep.RELEASE, tallies=_NOT_REFUNDED,
        ),
    ),
)  # fmt: skip

_CHARGED_BACK = (
    Move(Role.SOURCE, Role.CHARGEBACKS, instead=Role.TREASURY),
    Move(Role.PROVISIONAL, Role.DESTINATION, Quantity.CREDITED, instead=Role.SUSPENSE),
)
_IS_LOST = (
    Move(Role.CHARGEBACKS, Role.PROVISIONAL, Quantity.CREDITED),
    Move(Role.CHARGEBACKS, Role.DESTINATION, Quantity.UNCREDITED, instead=Role.SUSPENSE),
)
_IS_WON = (
    Move(Role.CHARGEBACKS, Role.SOURCE, instead=Role.SUSPENSE),
    Move(Role.DESTINATION, Role.PROVISIONAL, Quantity.CREDITED, instead=Role.TREASURY),
)
_DISPUTED, _NOT_DISPUTED = (Tally("disputed", 1),), (Tally("disputed", -1),)
_TAKEN_BACK = (Tally("disputed", -1), Tally("charged_back", 1))
_FOUGHT = (State.CHARGEBACK, State.REPRESENTMENT, State.PRE_ARBITRATION, State.ARBITRATION)

_DISPUTE = Lifecycle(
    PaymentType.DISPUTE,
    "dsp_",
    {
        State.INQUIRY: Status.DISPUTED,
        State.CHARGEBACK: Status.DISPUTED,
        State.REPRESENTMENT: Status.DISPUTED,
        State.PRE_ARBITRATION: Status.DISPUTED,
        State.ARBITRATION: Status.DISPUTED,
        State.WON: Status.REVERSED,
        State.LOST: Status.SETTLED,
        State.ACCEPTED: Status.SETTLED,
    },
    (
        Transition(Verb.INQUIRE, _NOTHING, State.INQUIRY, "inquired", tallies=_DISPUTED),
        Transition(
            Verb.CHARGE_BACK, _NOTHING, State.CHARGEBACK, "charged_back", _CHARGED_BACK,
            tallies=_DISPUTED,
        ),
        Transition(
            Verb.CHARGE_BACK, (State.INQUIRY,), State.CHARGEBACK, "charged_back", _CHARGED_BACK
        ),
        Transition(Verb.LAPSE, (State.INQUIRY,), State.CHARGEBACK, "charged_back", _CHARGED_BACK),
        Transition(
            Verb.ACCEPT, (State.INQUIRY,), State.ACCEPTED, "accepted",
            (Move(Role.SOURCE, Role.DESTINATION, instead=Role.TREASURY),), tallies=_TAKEN_BACK,
        ),
        Transition(
            Verb.WITHDRAW, (State.INQUIRY,), State.WON, "withdrawn", tallies=_NOT_DISPUTED
        ),
        Transition(Verb.CONTEST, (State.CHARGEBACK,), State.REPRESENTMENT, "contested"),
        Transition(Verb.ESCALATE, (State.REPRESENTMENT,), State.PRE_ARBITRATION, "escalated"),
        Transition(Verb.ESCALATE, (State.PRE_ARBITRATION,), State.ARBITRATION, "escalated"),
        Transition(Verb.EVIDENCE, (State.INQUIRY,), State.INQUIRY, "evidenced"),
        *(Transition(Verb.EVIDENCE, (state,), state, "evidenced") for state in _FOUGHT),
        Transition(
            Verb.ACCEPT, _FOUGHT, State.ACCEPTED, "accepted", _IS_LOST, tallies=_TAKEN_BACK
        ),
        Transition(Verb.LOSE, _FOUGHT, State.LOST, "lost", _IS_LOST, tallies=_TAKEN_BACK),
        Transition(
            Verb.LAPSE, (State.CHARGEBACK, State.PRE_ARBITRATION), State.LOST, "lost", _IS_LOST,
            tallies=_TAKEN_BACK,
        ),
        Transition(Verb.WIN, _FOUGHT, State.WON, "won", _IS_WON, tallies=_NOT_DISPUTED),
        Transition(
            Verb.WITHDRAW, _FOUGHT, State.WON, "withdrawn", _IS_WON, tallies=_NOT_DISPUTED
        ),
    ),
    dict.fromkeys((State.INQUIRY, State.CHARGEBACK, State.PRE_ARBITRATION), Verb.LAPSE),
)  # fmt: skip


def _one_step(type_: PaymentType, prefix: str, move: Move) -> Lifecycle:
    """The lifecycle of what is done at once and can be taken back."""
    back = Move(move.credit, move.debit, move.amount)
    return Lifecycle(
        type_,
        prefix,
        {State.POSTED: Status.SETTLED, State.REVERSED: Status.REVERSED},
        (
            Transition(Verb.POST, _NOTHING, State.POSTED, "posted", (move,)),
            Transition(
                Verb.REVERSE, (State.POSTED,), State.REVERSED, "reversed", (back,), undoes=True
            ),
        ),
    )


_ALL = (
    _TRANSFER,
    _DEPOSIT,
    _WITHDRAWAL,
    _PAYMENT,
    _REFUND,
    _DISPUTE,
    _one_step(PaymentType.FEE, "fee_", Move(Role.SOURCE, Role.FEES)),
    _one_step(PaymentType.TAX, "tax_", Move(Role.SOURCE, Role.TAXES)),
    _one_step(PaymentType.REWARD, "rwd_", Move(Role.REWARDS, Role.DESTINATION)),
    _one_step(PaymentType.ADJUSTMENT, "adj_", Move(Role.SOURCE, Role.DESTINATION)),
)
LIFECYCLES: Mapping[PaymentType, Lifecycle] = {lifecycle.type: lifecycle for lifecycle in _ALL}
"""The table of each type; complete by test."""
TYPE_OF_PREFIX: Mapping[str, PaymentType] = {each.prefix: each.type for each in _ALL}
"""Which type a payment is of, by the beginning of its id."""
