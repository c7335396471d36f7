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
    """The work of one rail; of all (None); or what waits for the clock alone ("")."""

    rail: str | None
    wired: Collection[str]

    def calls(self, rail: str) -> bool:
        """Whether this process calls that rail, and reads what it tells."""
        return self.rail in (None, rail)

    def has(self, matter: Matter) -> bool:
        """Whether a payment or an order that is due is for this process.

        A rail that is not wired is carried by people: nothing is sent there, and nothing fails.
        """
        whose = _rail_of(matter)
        if whose is None:
            return self.rail in (None, "")
        return whose in self.wired and self.calls(whose)


def _rail_of(matter: Matter) -> str | None:
    """The rail that a matter waits for; None if it waits for the clock."""
    if matter.kind == orders.KIND:
        return read_order(matter).rail
    payment = read_payment(matter.body)
    return payment.rail if verb_of_clock(payment) is Verb.SUBMIT else None


def verb_of_clock(payment: Payment) -> Verb | None:
    """What the clock says to a payment in its state, when its moment has come."""
    return LIFECYCLES[payment.type].waits_for_clock.get(payment.state)
