"""What can be asked about sinks; none of it carries a password."""

from typing import ClassVar

from partita.engine.wanting import Act, Named
from partita.modules.sinks.sink import PartitionBy, SinkType


class CreateSink(Act, frozen=True, kw_only=True, tag="event_sink.create"):
    """Let the events behind sequence `after` go to a broker or a file."""

    operation: ClassVar[str] = "event_sinks"

    name: str
    type: SinkType
    where: str
    channel: str | None = None
    types: tuple[str, ...] = ()
    partition_by: PartitionBy = PartitionBy.LEDGER
    description: str | None = None
    after: int = 0


class _OfSink(Act, frozen=True, kw_only=True):
    sink: str

    def names(self, named: Named) -> None:
        """Note the sink."""
        named.resources[self.sink] = None


class UpdateSink(_OfSink, frozen=True, kw_only=True, tag="event_sink.update"):
    """Change what is given, if the sink is still at `if_version`; an empty description goes."""

    operation: ClassVar[str] = "event_sinks/update"

    name: str | None = None
    where: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None
    if_version: int | None = None


class PauseSink(_OfSink, frozen=True, kw_only=True, tag="event_sink.pause"):
    """Send nothing for now; nothing is lost meanwhile."""

    operation: ClassVar[str] = "event_sinks/pause"

    reason: str | None = None


class ResumeSink(_OfSink, frozen=True, kw_only=True, tag="event_sink.resume"):
    """Send again, from where it stopped."""

    operation: ClassVar[str] = "event_sinks/resume"

    reason: str | None = None


class ResetSink(_OfSink, frozen=True, kw_only=True, tag="event_sink.reset"):
    """Send the events behind sequence `after` (again)."""

    operation: ClassVar[str] = "event_sinks/reset"

    after: int = 0
    reason: str | None = None


class ArchiveSink(_OfSink, frozen=True, kw_only=True, tag="event_sink.archive"):
    """Never send anything again."""

    operation: ClassVar[str] = "event_sinks/archive"

    reason: str | None = None
