"""Customers: tokens that wallets belong to. No name, no address, nothing personal is kept here."""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.account import FreezeFlow
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment

CUSTOMER, CUSTOMER_PREFIX = "customer", "cus_"
MOST_WALLETS = 200
"""A freeze of a customer stops all wallets in one commit, so there is an end to them."""


class CustomerKind(Enum):
    """A human being, or a firm."""

    PERSON = "person"
    BUSINESS = "business"


class CustomerState(Enum):
    """Whether a customer's wallets may be used."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


CUSTOMER_ACTIONS: dict[CustomerState, dict[str, CustomerState]] = {
    CustomerState.ACTIVE: {
        "add_wallet": CustomerState.ACTIVE,
        "freeze": CustomerState.FROZEN,
        "close": CustomerState.CLOSED,
    },
    CustomerState.FROZEN: {
        "freeze": CustomerState.FROZEN,
        "unfreeze": CustomerState.ACTIVE,
        "close": CustomerState.CLOSED,
    },
    CustomerState.CLOSED: {},
}
"""The transition table of a customer: state, what may be done, the state afterwards."""


class Customer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A customer as it is now.

    `stopped` is what its freeze stops in all its wallets; `wallets` are the ids of those that are
    not closed. `tier` is the caller's own word, such as a level of checks passed.
    """

    id: str
    kind: CustomerKind
    closed_at: Moment | None = None
    stopped: FreezeFlow | None = None
    tier: str | None = None
    reason: str | None = None
    wallets: tuple[str, ...] = ()
    created_at: Moment = Moment(0)
    metadata: dict[str, str] = {}

    @property
    def state(self) -> CustomerState:
        """Where it is in its life."""
        if self.closed_at is not None:
            return CustomerState.CLOSED
        return CustomerState.ACTIVE if self.stopped is None else CustomerState.FROZEN

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now."""
        return tuple(CUSTOMER_ACTIONS[self.state])


_decode = value_decoder(Customer)


def read_customer(matter: Matter | None) -> Customer | None:
    """The customer that a matter keeps; None if there is none."""
    if matter is None:
        return None
    assert matter.kind == CUSTOMER, f"{matter.id} is no customer"
    return _decode(matter.body)


def customer_body(customer: Customer) -> str:
    """The text that the ledger keeps of a customer."""
    return encode_value(customer)
