"""What can happen to a ledger's chart of accounts."""

from partita.engine.event_types import BodyForm, Happenings
from partita.modules.chart.document import ChartDocument
from partita.modules.chart.in_force import KIND

HAPPENINGS = (
    Happenings(
        KIND,
        ChartDocument,
        {
            "applied": "A chart of accounts is in force, the first or the next version.",
            "retired": "The chart is in force no more; the built-in one serves business.",
        },
        BodyForm.DOCUMENT,
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
