"""The vocabulary of lifecycles: states, verbs, transitions, and the moves declared beside them.

A payment of any type is in one state of its lifecycle; a verb takes it along a transition to the
next, and the transition says, by roles, which money moves then. `lifecycles.py` has the tables;
whatever acts, documents or tests reads them from there, so that none can differ from another.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

import msgspec


class PaymentType(Enum):
    """The kinds of payments; also the kind of the matter that keeps one."""

    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    FEE = "fee"
    TAX = "tax"
    REWARD = "reward"
    ADJUSTMENT = "adjustment"


class Status(Enum):
    """Where a payment is, in words that all types share."""

    INITIATED = "initiated"
    PROCESSING = "processing"
    SETTLED = "settled"
    FAILED = "failed"
    DISPUTED = "disputed"
    REVERSED = "reversed"
    CANCELED = "canceled"


class State(Enum):
    """Where a payment is, in the finer words of its type."""

    SCHEDULED = "scheduled"
    POSTED = "posted"
    RECEIVED = "received"
    HELD = "held"
    AVAILABLE = "available"
    SUSPENSE = "suspense"
    RETURNED = "returned"
    RESERVED = "reserved"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    INITIATED = "initiated"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    SETTLED = "settled"
    EXPIRED = "expired"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    REPRESENTMENT = "representment"
    PRE_ARBITRATION = "pre_arbitration"
    ARBITRATION = "arbitration"
    WON = "won"
    LOST = "lost"
    FAILED = "failed"
    CANCELED = "canceled"
    REVERSED = "reversed"


class Verb(Enum):
    """What can be done to payments, or by which one begins."""

    POST = "post"
    SCHEDULE = "schedule"
    EXECUTE = "execute"
    REVERSE = "reverse"
    RECEIVE = "receive"
    CREDIT = "credit"
    SUSPEND = "suspend"
    RELEASE = "release"
    RETURN = "return"
    RESERVE = "reserve"
    SUBMIT = "submit"
    RESUBMIT = "resubmit"
    ACCEPT = "accept"
    SETTLE = "settle"
    CREATE = "create"
    AUTHORIZE = "authorize"
    PAY = "pay"
    CAPTURE = "capture"
    CANCEL = "cancel"
    EXPIRE = "expire"
    FAIL = "fail"
    SUCCEED = "succeed"
    INQUIRE = "inquire"
    CHARGE_BACK = "charge_back"
    CONTEST = "contest"
    ESCALATE = "escalate"
    EVIDENCE = "evidence"
    WITHDRAW = "withdraw"
    WIN = "win"
    LOSE = "lose"
    LAPSE = "lapse"


class Role(Enum):
    """Whose account a move names. The first two are the payment's own, the rest the chart's."""

    SOURCE = "source"
    DESTINATION = "destination"
    CUSTODY = "custody"
    IN_TRANSIT = "in_transit"
    AWAITING = "awaiting"
    CLEARING = "clearing"
    SUSPENSE = "suspense"
    CHARGEBACKS = "chargebacks"
    PROVISIONAL = "provisional"
    FEES = "fees"
    TAXES = "taxes"
    REWARDS = "rewards"
    TREASURY = "treasury"


class Quantity(Enum):
    """How much a move moves: of the payment, or of this step."""

    AMOUNT = "amount"
    STEP = "step"
    CREDITED = "credited"
    UNCREDITED = "uncredited"


class Move(msgspec.Struct, frozen=True):
    """Money from the account of one role to that of another; a move of nothing is left out.

    `amount` is all of the payment, what this step is about (a part, or all that remains), or of a
    dispute what was, or was not, credited provisionally. Where the world has moved the money
    already, `instead` stands in for the payment's own party whose account cannot take part.
    """

    debit: Role
    credit: Role
    amount: Quantity = Quantity.AMOUNT
    instead: Role | None = None

    def text(self) -> str:
        """The move in one line.

        >>> Move(Role.SOURCE, Role.IN_TRANSIT).text()
        'debit source, credit in_transit: amount'
        """
        tail = f" (or {self.instead.value})" if self.instead else ""
        return f"debit {self.debit.value}, credit {self.credit.value}: {self.amount.value}{tail}"


class HoldStep(Enum):
    """What a transition does to a hold."""

    PLACE = "place"
    CAPTURE = "capture"
    RELEASE = "release"


class Case(Enum):
    """Which of several transitions of one verb it is."""

    ALWAYS = ""
    PART = "a part"
    HELD = "to be held"
    PART_HELD = "a part, to be held"


class Tally(NamedTuple):
    """What a step of a refund or dispute adds to (1) or takes from (-1) a sum of its payment."""

    field: str
    sign: int


class Transition(msgspec.Struct, frozen=True):
    """One row of a lifecycle: a verb, where from, where to, and what it moves.

    `from_states` is empty for the verbs by which a payment begins. `event` is its name in the
    journal, past tense, after the type. `hold` is what becomes of the hold on the source,
    `proceeds` of the hold on what the destination was given. `undoes` means that all
    transactions of the payment are reversed, fees included, which is what `moves` says in short.
    """

    verb: Verb
    from_states: tuple[State, ...]
    to_state: State
    event: str
    moves: tuple[Move, ...] = ()
    hold: HoldStep | None = None
    proceeds: HoldStep | None = None
    case: Case = Case.ALWAYS
    tallies: tuple[Tally, ...] = ()
    undoes: bool = False

    @property
    def is_birth(self) -> bool:
        """Whether a payment begins so."""
        return not self.from_states


class Lifecycle(msgspec.Struct, frozen=True, dict=True):
    """The transition table of one type: its states in the common words, and its transitions.

    `waits_for_clock` are the verbs that the clock says by itself when a moment has come.
    """

    type: PaymentType
    prefix: str
    states: Mapping[State, Status]
    transitions: tuple[Transition, ...]
    waits_for_clock: Mapping[State, Verb] = {}

    def __post_init__(self) -> None:
        """Index the rows, and refuse a table with two rows for one case."""
        index: dict[tuple[State | None, Verb, Case], Transition] = {}
        for row in self.transitions:
            for state in row.from_states or (None,):
                place = state, row.verb, row.case
                assert place not in index, f"{self.type.value}: two rows for {place}"
                index[place] = row
        self.__dict__["_index"] = index
        self.__dict__["_allowed"] = {
            state: tuple(dict.fromkeys(verb for at, verb, _case in index if at is state))
            for state in (None, *self.states)
        }

    def allowed(self, state: State | None) -> tuple[Verb, ...]:
        """What may be done in a state; of None, how one begins."""
        found: tuple[Verb, ...] = self.__dict__["_allowed"][state]
        return found

    def transition(
        self, state: State | None, verb: Verb, case: Case = Case.ALWAYS
    ) -> Transition | None:
        """The row for a verb in a state (None: nothing is there yet), if the table has one."""
        found: Transition | None = self.__dict__["_index"].get((state, verb, case))
        return found

    @property
    def terminal(self) -> tuple[State, ...]:
        """The states that are an end, though something may yet be taken back."""
        return tuple(s for s, status in self.states.items() if status in _ENDS)

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """Everything that can be done to one that is there."""
        return tuple(dict.fromkeys(row.verb for row in self.transitions if not row.is_birth))

    @property
    def births(self) -> tuple[Verb, ...]:
        """How one begins."""
        return self.allowed(None)


_ENDS = (Status.SETTLED, Status.FAILED, Status.REVERSED, Status.CANCELED)
