"""Reading settlement: plans, batches, their statements, and what has accrued since the last cut-off."""

from typing import NamedTuple

from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.modules.settlement import batch as batches
from partita.modules.settlement import plan as plans
from partita.modules.settlement.batch import Batch, read_batch
from partita.modules.settlement.plan import Plan, read_plan
from partita.modules.settlement.register import Register
from partita.modules.settlement.statement import Figures, Line, figures_of

_PAGE = 500


class BatchStatement(NamedTuple):
    """A batch with its lines: opening and lines make the closing, and are what was posted."""

    matter: Matter
    batch: Batch
    lines: tuple[Line, ...]


class Accrued(NamedTuple):
    """What has gathered in a plan's wallet since the last cut-off; not yet payable."""

    plan: Plan
    figures: Figures
    lines: tuple[Line, ...]


class Settlements:
    """Plans and batches of one ledger, for whoever reads."""

    def __init__(self, reader: Reader, info: LedgerInfo) -> None:
        """Read from this store."""
        self._reader, self._info = reader, info

    def find(self, kind: str, identifier: str) -> Matter:
        """A plan or a batch by its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        found = self._reader.resource(self._info, kind, identifier)
        if not isinstance(found, Matter):
            what = kind.replace("_", " ")
            detail = f"there is no {what} {identifier[:60]!r} in the ledger {self._info.name!r}"
            raise NotFound(detail)
        return found

    def page(
        self,
        kind: str,
        before: int | None = None,
        limit: int = _PAGE,
        *,
        status: str | None = None,
        about: str | None = None,
    ) -> list[Matter]:
        """Plans of a wallet, or batches of a plan, the newest first."""
        which = ResourceFilter(kind, state=status, about=about)
        found = self._reader.resources(self._info, which, before, limit)
        return [each for each in found if isinstance(each, Matter)]

    def accrued(self, identifier: str) -> Accrued:
        """What has gathered since the last cut-off.

        Raises:
            NotFound: there is no such plan.
        """
        plan = read_plan(self.find(plans.KIND, identifier).body)
        lines = tuple(self._register(plan.account).lines(plan.settled_through))
        return Accrued(plan, figures_of(plan.balance, lines), lines)

    def statement(self, identifier: str) -> BatchStatement:
        """A batch with its lines, read from the register again.

        Raises:
            NotFound: there is no such batch.
            CorruptJournal: the register is not what it was when the batch was cut off.
        """
        matter = self.find(batches.KIND, identifier)
        batch = read_batch(matter.body)
        register = self._register(batch.account)
        lines = tuple(register.lines(batch.after_version, through=batch.through_version))
        if figures_of(batch.figures.opening, lines) != batch.figures:
            raise CorruptJournal(f"the register of {batch.account} is not what {matter.id} sums up")
        return BatchStatement(matter, batch, lines)

    def _register(self, account: str) -> Register:
        return Register(self._reader, self._info, account)
