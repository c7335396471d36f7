"""What can happen to orders, messages and rails; an order's facts are the stages of its way."""

from partita.engine.event_types import Happenings
from partita.modules.rails import kept_message, order, rail_state
from partita.modules.rails.dispatching import Stage
from partita.modules.rails.taking import Effect

_STAGES = {
    Stage.SENDING: "An order is being handed to its rail.",
    Stage.WAITING: "A rail did not take an order for now; it is sent again later.",
    Stage.IN_DOUBT: "It is not known whether a rail took an order: it is asked, never sent elsewhere.",
    Stage.TAKEN: "A rail took an order; its messages tell the rest.",
    Stage.REFUSED: "A rail refused an order for certain; the next rail is tried.",
    Stage.ABANDONED: "An order was given up for an order on another rail.",
    Stage.FAULTY: "A rail's answers about an order contradict each other: a person is needed.",
    Stage.CLOSED: "A message ended an order.",
}
_EFFECTS = {
    Effect.APPLIED: "A message of a rail took its payment a step on.",
    Effect.ABSORBED: "A message of a rail told nothing new.",
    Effect.EXCEPTION: "A message of a rail fits no payment as it is: a person is needed.",
}
HAPPENINGS = (
    Happenings(
        order.KIND,
        order.Order,
        {
            "ordered": "An order was written down, before any rail hears of it.",
            **{stage.value: says for stage, says in _STAGES.items()},
        },
    ),
    Happenings(
        kept_message.KIND,
        kept_message.KeptMessage,
        {effect.value: says for effect, says in _EFFECTS.items()},
    ),
    Happenings(
        rail_state.KIND,
        rail_state.RailState,
        {
            rail_state.ENABLED: "Orders are handed to a rail.",
            rail_state.DISABLED: "No orders are handed to a rail.",
            "read": "The messages of a rail were read up to a cursor.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
