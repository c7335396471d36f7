"""What can happen to sagas: the facts that `going_on.py` leads to, and what a person does."""

from partita.engine.event_types import Happenings
from partita.modules.sagas.saga import KIND, Body

HAPPENINGS = (
    Happenings(
        KIND,
        Body,
        {
            "started": "A saga began with its first step.",
            "step_accepted": "What a step asked for was accepted; its outcome is waited for.",
            "step_done": "A step is done, the next one is at hand.",
            "step_refused": "A step was refused for now and is asked for again later.",
            "completed": "All steps of a saga are done.",
            "overdue": "The step at hand is later than its deadline.",
            "given_up": "A person had the saga taken back; the answer to its step is waited for.",
            "compensating": "A step failed for good: the steps before it are being taken back.",
            "step_undone": "A step was taken back, the one before it is at hand.",
            "undo_refused": "Taking a step back was refused for now and is asked for again later.",
            "compensated": "All that had been done is taken back.",
            "stuck": "Taking a step back was refused for good: a person is needed.",
            "retried": "A person had the saga go on, with a new deadline.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
