"""The process of settlement: what is due is cut off, paid out, followed up and released.

    plans whose cut-off has come ─► statement from the register ─► batch
    batches whose day has come   ─► withdrawal ─► paying;  reserve ─► wallet
    batches that are being paid  ─► paid or failed, as their withdrawal is

It keeps nothing in memory. Every command has a key that follows from what it is about, so it can be
killed between any two lines, or run twice at a time, and each thing is done once.
"""

import logging
from collections.abc import Callable, Iterator

from partita.engine.clerk import Clerk
from partita.engine.errors import PartitaError
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.acts import CreateWithdrawal
from partita.modules.payments.lifecycle import PaymentType, State, Status
from partita.modules.payments.payment import read_payment
from partita.modules.settlement import batch as batches
from partita.modules.settlement import plan as plans
from partita.modules.settlement.batch import (
    TRANSITIONS,
    Batch,
    BatchStatus,
    BatchVerb,
    read_batch,
)
from partita.modules.settlement.commands import (
    CloseBatch,
    FailBatch,
    FollowBatch,
    PayBatch,
    ReleaseReserve,
)
from partita.modules.settlement.plan import Plan, read_plan
from partita.modules.settlement.register import Register
from partita.modules.settlement.statement import figures_of

_log = logging.getLogger(__name__)
MOST_AT_ONCE, MOST_CUT_OFFS = 500, 400
_PAGE = 500
MOST_RETURNED = 100
BATCH_KEY = "settlement_batch"
"""The key in a withdrawal's metadata that names the batch that it pays out."""
_UNDER_WAY = frozenset({Status.INITIATED, Status.PROCESSING})


class SettlementProcess:
    """Settles the merchants of one ledger."""

    def __init__(self, ledger: Ledger, reader: Reader) -> None:
        """Work for this ledger."""
        self.name = f"settlement-{ledger.info.name}"
        self._info, self._reader = ledger.info, reader
        self._clerk = Clerk(ledger, "settlement")

    def run_once(self, now: Moment) -> int:
        """Do what is due by now; how many things were done."""
        done = sum(self._cut_off(matter, now) for matter in self._due(plans.KIND, now))
        done += sum(self._go_on(matter, now) for matter in self._due(batches.KIND, now))
        done += sum(self._follow(matter) for matter in self._being_paid())
        return done + sum(self._follow(matter) for matter in self._paid_in_vain())

    def _due(self, kind: str, now: Moment) -> list[Matter]:
        return self._reader.matters_due(self._info, now, MOST_AT_ONCE, (kind,))

    # Plans whose cut-off has come.

    def _cut_off(self, matter: Matter, now: Moment) -> int:
        """Every cut-off that has come, one after another, as if nobody had been late."""
        done = 0
        while done < MOST_CUT_OFFS:
            plan = read_plan(matter.body)
            if plan.next_cut_off > now:
                break
            outcome = self._clerk.write_one(
                self._closing(matter.id, plan), f"{matter.id}:close:{plan.next_cut_off}"
            )
            if isinstance(outcome, Refused):
                _log.warning("%s cannot be cut off: %s", matter.id, outcome.rejection.detail)
                return done
            done += 1
            matter = self._again(matter)
        return done

    def _closing(self, identifier: str, plan: Plan) -> CloseBatch:
        register = Register(self._reader, self._info, plan.account)
        lines = register.lines(plan.settled_through, before=plan.next_cut_off)
        return CloseBatch(
            plan=identifier,
            cut_off=plan.next_cut_off,
            after_version=plan.settled_through,
            through_version=lines[-1].version if lines else plan.settled_through,
            figures=figures_of(plan.balance, lines),
        )

    def _again(self, matter: Matter) -> Matter:
        found = self._reader.resource(self._info, matter.kind, matter.id)
        assert isinstance(found, Matter), "a plan is there for ever"
        return found

    # Batches whose day has come.

    def _go_on(self, matter: Matter, now: Moment) -> int:
        batch, done = read_batch(matter.body), 0
        if batch.holds_reserve and batch.releases_at is not None and batch.releases_at <= now:
            released = self._clerk.write_one(
                ReleaseReserve(batch=matter.id), f"{matter.id}:release"
            )
            done += isinstance(released, Accepted)
        if batch.status is BatchStatus.CLOSED and batch.pays_at <= now:
            done += self.pay(matter, batch)
        return done

    def pay(self, matter: Matter, batch: Batch) -> int:
        """Have a batch's net withdrawn; 1 if a payout is under way by that, 0 if none is due."""
        if BatchVerb.PAY not in TRANSITIONS[batch.status]:
            return 0
        key = f"{matter.id}:pay:{batch.attempts}"
        outcome = self._clerk.write_one(_payout(matter, batch), f"{key}:withdrawal")
        if isinstance(outcome, Refused):
            if batch.status is BatchStatus.CLOSED:
                reason = f"{outcome.rejection.code.value}: {outcome.rejection.detail}"
                self._clerk.write_one(FailBatch(batch=matter.id, reason=reason), f"{key}:fail")
            return 0
        event = outcome.record.event
        assert isinstance(event, MatterChanged), "a withdrawal that is made is a matter"
        paying = PayBatch(batch=matter.id, withdrawal=event.matter.id)
        return int(isinstance(self._clerk.write_one(paying, key), Accepted))

    # Batches that are being paid.

    def _being_paid(self) -> Iterator[Matter]:
        before: int | None = None
        which = ResourceFilter(batches.KIND, state=BatchStatus.PAYING.value)
        while page := self._reader.resources(self._info, which, before, _PAGE):
            yield from (each for each in page if isinstance(each, Matter))
            before = page[-1].number

    def _paid_in_vain(self) -> Iterator[Matter]:
        """Paid batches whose money came back days later: among the newest that did."""
        which = ResourceFilter(PaymentType.WITHDRAWAL.value, state=State.RETURNED.value)
        for found in self._reader.resources(self._info, which, None, MOST_RETURNED):
            assert isinstance(found, Matter), "payments are kept as matters"
            named = read_payment(found.body).metadata.get(BATCH_KEY)
            matter = (
                None if named is None else self._reader.resource(self._info, batches.KIND, named)
            )
            if isinstance(matter, Matter) and matter.status == BatchStatus.PAID.value:
                yield matter

    def _follow(self, matter: Matter) -> int:
        batch = read_batch(matter.body)
        found = self._reader.resource(
            self._info, PaymentType.WITHDRAWAL.value, batch.withdrawal or ""
        )
        if not isinstance(found, Matter) or read_payment(found.body).status in _UNDER_WAY:
            return 0
        key = f"{matter.id}:follow:{matter.version}"
        return int(isinstance(self._clerk.write_one(FollowBatch(batch=matter.id), key), Accepted))


def _payout(matter: Matter, batch: Batch) -> CreateWithdrawal:
    return CreateWithdrawal(
        source=batch.payables,
        amount=batch.net,
        asset=batch.asset,
        rail=batch.rail,
        beneficiary=batch.beneficiary,
        metadata={BATCH_KEY: matter.id},
    )


class SettlementOfAllLedgers:
    """The processes of all ledgers as one: a ledger that cannot go on keeps no other waiting."""

    name = "settlement"

    def __init__(
        self, ledgers: Callable[[], list[LedgerInfo]], process: Callable[[str], SettlementProcess]
    ) -> None:
        """Run the process of each of these ledgers."""
        self._ledgers, self._process = ledgers, process

    def run_once(self, now: Moment) -> int:
        """Do what is due in every ledger; how many things were done."""
        done = 0
        for info in self._ledgers():
            try:
                done += self._process(info.name).run_once(now)
            except PartitaError as error:
                _log.warning("settlement of %s stands still: %s", info.name, error)
        return done
