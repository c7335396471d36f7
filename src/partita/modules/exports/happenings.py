"""What can happen to exports."""

from partita.engine.event_types import Happenings
from partita.modules.exports.export import KIND, Body

HAPPENINGS = (
    Happenings(
        KIND,
        Body,
        {
            "requested": "A list was asked for as a file.",
            "started": "The file of an export is being written.",
            "completed": "The file of an export is whole; its size and its hash are known.",
            "failed": "The file of an export cannot be made.",
            "canceled": "An export was called off.",
            "expired": "The file of an export is gone: its time had come.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
