"""What the library does with sagas: start a flow, see how far it is, lend it a hand."""

import asyncio
from collections.abc import Mapping

from partita.engine.ledger import Ledger
from partita.engine.wanting import Act
from partita.kernel.events import resource_in
from partita.modules.sagas.deciding import (
    CompensateSaga,
    ResolveSaga,
    RetrySaga,
    StartSaga,
    as_saga,
)
from partita.modules.sagas.saga import Saga, SagaStatus
from partita.modules.sagas.watching import Wanted
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application


class SagaMethods(Submits):
    """The methods of `LibraryLedger` about sagas."""

    _application: Application
    _ledger: Ledger

    async def start_saga(
        self,
        flow: str,
        arguments: Mapping[str, str],
        *,
        external_id: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Saga:
        """Begin a flow. Its steps are taken by `run_processes`, or by a server on the same books.

        Raises:
            Rejected: there is no such flow, or the arguments do not fit.
        """
        act = StartSaga(flow, self._ledger.info.name, dict(arguments), external_id)
        return await self._saga(act, key, dry_run=dry_run)

    async def run_processes(self) -> int:
        """Do some of what is due by now, here: sagas, rails; how many things were done."""
        application = self._application
        now = application.clock.now()
        runs = (asyncio.to_thread(each.run_once, now) for each in application.processes)
        return sum([await run for run in runs])

    async def saga(self, saga: str) -> Saga:
        """A saga as it is now.

        Raises:
            NotFound: there is none of that id.
        """
        return await asyncio.to_thread(self._application.sagas.get, self._ledger.info, saga)

    async def sagas(
        self,
        *,
        status: SagaStatus | str | None = None,
        overdue: bool | None = None,
        limit: int = 50,
    ) -> list[Saga]:
        """Sagas, newest first; `overdue` ones are late or stuck."""
        wanted = Wanted(None if status is None else SagaStatus(status), overdue)
        find, info = self._application.sagas.newest, self._ledger.info
        return await asyncio.to_thread(find, info, wanted, None, limit)

    async def retry_saga(
        self, saga: Saga | str, *, reason: str | None = None, key: str | None = None
    ) -> Saga:
        """Have it go on now, with a new deadline.

        Raises:
            Rejected: it is over.
        """
        return await self._saga(RetrySaga(_id(saga), reason), key)

    async def compensate_saga(
        self, saga: Saga | str, *, reason: str | None = None, key: str | None = None
    ) -> Saga:
        """Give it up: take back what was done.

        Raises:
            Rejected: it is taken back already, or over.
        """
        return await self._saga(CompensateSaga(_id(saga), reason), key)

    async def resolve_saga(self, saga: Saga | str, reason: str, *, key: str | None = None) -> Saga:
        """Say that the step which could not be taken back was taken back by other means.

        Raises:
            Rejected: it is not stuck.
        """
        return await self._saga(ResolveSaga(_id(saga), reason), key)

    async def _saga(self, act: Act, key: str | None, *, dry_run: bool = False) -> Saga:
        outcome = await self.submit(act, key=key, dry_run=dry_run)
        return as_saga(resource_in(record_of(outcome).event))


def _id(saga: Saga | str) -> str:
    return saga if isinstance(saga, str) else saga.id
