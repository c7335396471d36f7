"""What a program does in the library with sinks: let events go to a broker, see how far it is."""

import asyncio
from typing import Any

import msgspec

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
    UpdateSink,
)
from partita.modules.sinks.office import Progress, SinkOffice
from partita.modules.sinks.sink import SinkType, read_sink
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
        office = self._sinks
        plain = office.plain_types(act.types)
        for found in (plain, office.objection(act.type, act.where)):
            if isinstance(found, Rejection):
                raise Rejected(found)
        return await self._sink_after(msgspec.structs.replace(act, types=plain), key)

    async def update_sink(
        self, sink: str, *, where: str | None = None, key: str | None = None, **more: Any
    ) -> Matter:
        """Change what is given; it goes on from where it is. `more` are the fields of `UpdateSink`.

        Raises:
            NotFound: there is no such sink.
            Rejected: it cannot be there, or nothing may be sent there.
        """
        office = self._sinks
        type_ = read_sink((await asyncio.to_thread(office.find, sink)).body).type
        act = UpdateSink(sink=sink, where=where, **more)
        plain = None if act.types is None else office.plain_types(act.types)
        wrong = plain if where is None else (office.objection(type_, where) or plain)
        if isinstance(wrong, Rejection):
            raise Rejected(wrong)
        assert not isinstance(plain, Rejection), "it was raised"
        return await self._sink_after(msgspec.structs.replace(act, types=plain), key)

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

    async def retry_parked_event(self, sink: str, sequence: int) -> str | None:
        """Send a parked event once more; why it was refused again, None if it was taken.

        Raises:
            NotFound: there is no such sink, or the event is not set aside.
            BrokerUnavailable: the broker cannot be reached now.
        """
        office, connect = self._sinks, self._application.sinks.connect
        return await asyncio.to_thread(lambda: office.retry(office.find(sink), sequence, connect))

    async def discard_parked_event(self, sink: str, sequence: int) -> bool:
        """Take a parked event off the list without sending it; False if it is not there.

        Raises:
            NotFound: there is no such sink.
        """
        office = self._sinks
        return await asyncio.to_thread(lambda: office.discard(office.find(sink), sequence))

    async def _sink_after(self, act: CreateSink | UpdateSink | Switch, key: str | None) -> Matter:
        event = record_of(await self.submit(act, key=key)).event
        assert isinstance(event, MatterChanged), "a business command ends with its matter"
        return event.matter
