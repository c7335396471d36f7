"""Shares: which part of the work on a ledger's rails one process does.

A server gives each rail a process of its own, and one to the clock: a network that is slow, or does
not come back from a call, keeps nobody waiting but its own payments. In a test, or where somebody
does what is due once, one process does all of it.
"""

from collections.abc import Collection
from typing import NamedTuple

from partita.kernel.matters import Matter
from partita.modules.payments.lifecycle import Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.rails import order as orders
from partita.modules.rails.order import read_order


class Share(NamedTuple):
    """The work of one rail; of all (None); or what is of no rail that is wired ("")."""

    rail: str | None
    wired: Collection[str]

    def calls(self, rail: str) -> bool:
        """Whether this process calls that rail, and reads what it tells."""
        return self.rail in (None, rail)

    def has(self, matter: Matter) -> bool:
        """Whether a payment or an order that is due is for this process."""
        if self.rail is None:
            return True
        whose = _rail_of(matter)
        return whose == self.rail if whose in self.wired else self.rail == ""


def _rail_of(matter: Matter) -> str | None:
    """The rail that a matter waits for; None if it waits for the clock."""
    if matter.kind == orders.KIND:
        return read_order(matter).rail
    payment = read_payment(matter.body)
    return payment.rail if verb_of_clock(payment) is Verb.SUBMIT else None


def verb_of_clock(payment: Payment) -> Verb | None:
    """What the clock says to a payment in its state, when its moment has come."""
    return LIFECYCLES[payment.type].waits_for_clock.get(payment.state)
