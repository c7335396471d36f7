"""What can happen to rules and to the counters of their use."""

from partita.engine.event_types import BodyForm, Happenings
from partita.modules.rules import usage
from partita.modules.rules.kept import KIND, KeptRule
from partita.modules.rules.occasion import Counter

HAPPENINGS = (
    Happenings(
        KIND,
        KeptRule,
        {
            "saved": "A rule has a new version, a draft.",
            "backtested": "A version of a rule was run over history, and what came out was noted.",
            "shadowed": "A version of a rule runs in the shadow: it is counted and moves nothing.",
            "activated": "A version of a rule is in force; the one before is retired.",
            "retired": "A version of a rule, or all of it, is in force no more.",
            "rolled_back": "The version before the one in force is in force again.",
        },
        BodyForm.DOCUMENT,
    ),
    Happenings(
        usage.KIND,
        Counter,
        {"counted": "What a rule counts for somebody in a span went on with a payment."},
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
