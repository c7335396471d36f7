"""What can happen to settlement plans and their batches."""

from partita.engine.event_types import Happenings
from partita.modules.settlement import batch, plan
from partita.modules.settlement.batch import BatchStatus

HAPPENINGS = (
    Happenings(
        plan.KIND,
        plan.Plan,
        {
            "set": "A merchant's plan of settlement was set, or its terms were changed.",
            "paused": "No more batches are made by a plan.",
            "resumed": "Batches are made by a plan again.",
            "passed": "A cut-off passed, and there was nothing to settle.",
            "closed": "A cut-off came, and a batch was made of it.",
        },
    ),
    Happenings(
        batch.KIND,
        batch.Batch,
        {
            "closed": "A batch was cut off: what it pays out is known.",
            BatchStatus.PAYING.value: "The payout of a batch is under way.",
            BatchStatus.PAID.value: "A batch was paid out.",
            BatchStatus.FAILED.value: "The payout of a batch failed; its money is payable still.",
            "reserve_released": "The reserve of a batch is back in the wallet.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
