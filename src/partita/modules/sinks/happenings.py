"""What can happen to sinks."""

from partita.engine.event_types import Happenings
from partita.modules.sinks.sink import KIND, Sink

HAPPENINGS = (
    Happenings(
        KIND,
        Sink,
        {
            "created": "Events go to a broker or a file from now on.",
            "updated": "Where a sink is, or which events it gets, was changed.",
            "paused": "Nothing goes to a sink until somebody lets it go on.",
            "resumed": "Events go to a sink again, from where it stopped.",
            "reset": "A sink gets events again from another place of the journal.",
            "archived": "Nothing will ever go to a sink again.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
