"""What can happen to programs, points and what is paid with them."""

from partita.engine.event_types import Happenings
from partita.modules.loyalty.lots import POINTS, Purse
from partita.modules.loyalty.program import PROGRAM, Program
from partita.modules.loyalty.spending import SPENDING, Spending

HAPPENINGS = (
    Happenings(
        PROGRAM,
        Program,
        {"set": "What the points of an asset are worth, and how long they are good, was set."},
    ),
    Happenings(
        POINTS,
        Purse,
        {
            "granted": "Points came into a wallet, with an end or without.",
            "spent": "Points were spent, those first that end first.",
            "expired": "Points came to their end, and are breakage.",
        },
    ),
    Happenings(
        SPENDING,
        Spending,
        {"made": "A wallet and what it draws on paid a sum."},
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
