"""What a program does in the library about merchant settlement: plans, batches, statements."""

import asyncio

from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.settlement import batch as batches
from partita.modules.settlement import plan as plans
from partita.modules.settlement.batch import BatchStatus, read_batch
from partita.modules.settlement.commands import PausePlan, ResumePlan, SetPlan
from partita.modules.settlement.plan import Terms
from partita.modules.settlement.process import SettlementProcess
from partita.modules.settlement.reading import Accrued, BatchStatement, Settlements
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application

_PAGE = 1_000


class SettlementMethods(Submits):
    """The methods of `LibraryLedger` about settlement. Plans and batches are named by their ids."""

    _application: Application
    _ledger: Ledger

    @property
    def _settlements(self) -> Settlements:
        return self._application.settlements(self._ledger.info)

    @property
    def _process(self) -> SettlementProcess:
        return self._application.settlement_process(self._ledger.info.name)

    async def set_settlement_plan(
        self,
        wallet: str,
        asset: str,
        terms: Terms,
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Settle a merchant's wallet in an asset by these terms; `plan.read_plan` reads the body.

        Raises:
            ValueError: nobody can keep to these terms.
            Rejected: there is no such wallet, or it has no such asset.
        """
        command = SetPlan(wallet=wallet, asset=asset, terms=terms.checked())
        return _matter(await self.submit(command, key=key, dry_run=dry_run))

    async def pause_settlement_plan(
        self, plan: str, *, reason: str | None = None, key: str | None = None
    ) -> Matter:
        """Cut off no more batches until it is resumed."""
        return _matter(await self.submit(PausePlan(plan=plan, reason=reason), key=key))

    async def resume_settlement_plan(self, plan: str, *, key: str | None = None) -> Matter:
        """Cut off batches again, from the next cut-off on."""
        return _matter(await self.submit(ResumePlan(plan=plan), key=key))

    async def settlement_plans(self, wallet: str | None = None) -> list[Matter]:
        """The newest 1,000 plans, newest first; of one wallet, if it is named."""
        return await asyncio.to_thread(
            self._settlements.page, plans.KIND, None, _PAGE, about=wallet
        )

    async def settlement_accrued(self, plan: str) -> Accrued:
        """What has gathered since the last cut-off, and is not payable yet.

        Raises:
            NotFound: there is no such plan.
        """
        return await asyncio.to_thread(self._settlements.accrued, plan)

    async def settlements(
        self, *, plan: str | None = None, status: BatchStatus | str | None = None
    ) -> list[Matter]:
        """The newest 1,000 batches, newest first; `batch.read_batch` reads their bodies."""
        wanted = None if status is None else BatchStatus(status).value
        return await asyncio.to_thread(
            self._settlements.page, batches.KIND, None, _PAGE, status=wanted, about=plan
        )

    async def settlement_statement(self, settlement: str) -> BatchStatement:
        """A batch with its lines, read from the register again and compared.

        Raises:
            NotFound: there is no such batch.
        """
        return await asyncio.to_thread(self._settlements.statement, settlement)

    async def pay_settlement(self, settlement: str) -> Matter:
        """Have a batch paid out whose payout failed, or that waits for its day; as it is then.

        Raises:
            NotFound: there is no such batch.
        """
        kept = await asyncio.to_thread(self._settlements.find, batches.KIND, settlement)
        await asyncio.to_thread(self._process.pay, kept, read_batch(kept.body))
        return await asyncio.to_thread(self._settlements.find, batches.KIND, settlement)

    async def run_settlement(self) -> int:
        """Do once what a server does by itself: cut off, pay, follow up, release what is due."""
        return await asyncio.to_thread(self._process.run_once, self._application.clock.now())


def _matter(outcome: Outcome) -> Matter:
    event = record_of(outcome).event
    assert isinstance(event, MatterChanged), "what happens to a plan leaves a plan"
    return event.matter
