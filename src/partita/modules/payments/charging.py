"""Charging: what is added to a step of a payment besides its own moves: fees, taxes, rewards."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from partita.engine.business import Desk
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection
from partita.modules.payments.legs import Leg
from partita.modules.payments.lifecycle import Transition
from partita.modules.payments.payment import Charge, Payment


class Charged(NamedTuple):
    """What is added: legs, what is kept of them, and until when proceeds are held.

    `versions` tells which rules had a say, and in which version.
    """

    legs: tuple[Leg, ...] = ()
    charges: tuple[Charge, ...] = ()
    holds_until: Moment | None = None
    versions: str = ""


NOTHING = Charged()
Charger = Callable[[Desk, Payment, Transition, int], Generator[Any, Any, Charged | Rejection]]
"""Says what is added to a step of a payment that is about so much; a refusal is the answer."""
