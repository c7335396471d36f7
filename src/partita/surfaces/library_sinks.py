"""What a program does in the library with sinks: let events go to a broker, see how far it is."""

import asyncio
from typing import Any

from partita.engine.consumer_ports import Parked
from partita.engine.ledger import Ledger
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Rejection
from partita.modules.sinks.commands import (
    ArchiveSink,
    CreateSink,
    PauseSink,
    ResetSink,
    ResumeSink,
)
from partita.modules.sinks.office import Progress, SinkOffice
from partita.modules.sinks.sink import SinkType
from partita.surfaces.library_outcomes import Rejected, Submits, record_of
from partita.wiring import Application

Switch = ArchiveSink | PauseSink | ResetSink | ResumeSink


class SinkMethods(Submits):
    """The methods of `LibraryLedger` about sinks. A sink is named by its id."""

    _application: Application
    _ledger: Ledger

    @property
    def _sinks(self) -> SinkOffice:
        return self._application.sinks.office(self._ledger.info)

    async def sinks(self) -> list[Matter]:
        """Every sink, newest first."""
        return await asyncio.to_thread(self._sinks.page)

    async def sink_progress(self, sink: str) -> Progress:
        """How far a sink is: cursor, lag, and how many events are set aside.

        Raises:
            NotFound: there is no such sink.
        """
        office = self._sinks
        return await asyncio.to_thread(lambda: office.progress(office.find(sink)))

    async def create_sink(
        self, name: str, type: str, where: str, *, key: str | None = None, **more: Any
    ) -> Matter:
        """Let events go to a broker or a file; `more` are the fields of `CreateSink`.

        Raises:
            Rejected: it cannot be there, or nothing may be sent there.
        """
        act = CreateSink(name=name, type=SinkType(type), where=where, **more)
        for found in (
            self._sinks.plain_types(act.types),
            self._sinks.objection(act.type, act.where),
        ):
            if isinstance(found, Rejection):
                raise Rejected(found)
        return await self._sink_after(act, key)

    async def switch_sink(self, act: Switch, *, key: str | None = None) -> Matter:
        """Pause, resume, reset or archive a sink.

        Raises:
            Rejected: it is in no state for that.
        """
        return await self._sink_after(act, key)

    async def parked_events(self, sink: str, after: int = 0, limit: int = 50) -> list[Parked]:
        """What was set aside for a sink, in the journal's order.

        Raises:
            NotFound: there is no such sink.
        """
        office = self._sinks
        return await asyncio.to_thread(lambda: office.parked(office.find(sink), after, limit))

    async def _sink_after(self, act: CreateSink | Switch, key: str | None) -> Matter:
        event = record_of(await self.submit(act, key=key)).event
        assert isinstance(event, MatterChanged), "a business command ends with its matter"
        return event.matter
