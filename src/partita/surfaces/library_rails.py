"""What a program does in the library with rails: see how they are, what they told, and steer them.

A server's process works by itself; a program that has none calls `run_rails` when it sees fit.
"""

import asyncio

import msgspec

from partita.engine.ledger import Ledger
from partita.kernel.matters import Matter
from partita.modules.payments.rail import RailMessage
from partita.modules.rails.office import Office, RailReport
from partita.modules.rails.simulation import Instruction, SimulatedEvent
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application


class RailMethods(Submits):
    """The methods of `LibraryLedger` about rails. A rail is named by its name."""

    _application: Application
    _ledger: Ledger

    @property
    def _office(self) -> Office:
        return self._application.rails_office(self._ledger.info.name)

    async def rails(self) -> list[RailReport]:
        """Every rail: what it can do, and how it is."""
        return await asyncio.to_thread(self._office.reports)

    async def rail(self, name: str) -> RailReport:
        """One rail.

        Raises:
            NotFound: there is none.
        """
        return await asyncio.to_thread(self._office.report, name)

    async def enable_rail(
        self,
        name: str,
        *,
        fallback: str | msgspec.UnsetType | None = msgspec.UNSET,
        key: str | None = None,
        dry_run: bool = False,
    ) -> RailReport:
        """Hand orders to a rail; `fallback` is tried when it cannot be reached.

        Raises:
            NotFound: there is no such rail.
        """
        return await self._set(name, True, fallback, key, dry_run)

    async def disable_rail(
        self,
        name: str,
        *,
        fallback: str | msgspec.UnsetType | None = msgspec.UNSET,
        key: str | None = None,
        dry_run: bool = False,
    ) -> RailReport:
        """Hand nothing more to a rail; what it has taken it still tells of.

        Raises:
            NotFound: there is no such rail.
        """
        return await self._set(name, False, fallback, key, dry_run)

    async def _set(
        self,
        name: str,
        is_enabled: bool,
        fallback: str | msgspec.UnsetType | None,
        key: str | None,
        dry_run: bool,
    ) -> RailReport:
        command = self._office.setting(name, is_enabled=is_enabled, fallback=fallback)
        record_of(await self.submit(command, key=key, dry_run=dry_run))
        return await self.rail(name)

    async def rail_messages(
        self, *, status: str | None = None, payment: str | None = None, limit: int = 50
    ) -> list[Matter]:
        """What rails told, newest first; `rails.kept_message.read_message` reads a body."""
        office = self._office
        return await asyncio.to_thread(
            lambda: office.messages(status=status, payment=payment, limit=limit)
        )

    async def submissions(
        self, *, status: str | None = None, payment: str | None = None, limit: int = 50
    ) -> list[Matter]:
        """What was handed to rails, newest first; `rails.order.read_order` reads a body."""
        office = self._office
        return await asyncio.to_thread(
            lambda: office.orders(status=status, payment=payment, limit=limit)
        )

    async def run_rails(self) -> int:
        """Do what is due now, as the process of a server does; how many things were done."""
        return await asyncio.to_thread(self._office.run_once, self._application.clock.now())

    async def simulate_rail(
        self, name: str, event: SimulatedEvent | str, **what: object
    ) -> RailMessage | None:
        """Have something happen on a simulated rail; `what` are the fields of `Instruction`.

        Raises:
            SandboxOnly: this is no sandbox.
            SimulationRefused: it makes no sense there.
        """
        instruction = msgspec.convert({"event": SimulatedEvent(event), **what}, Instruction)
        return await asyncio.to_thread(self._office.simulate, name, instruction)
