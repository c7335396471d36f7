"""The register of a merchant's wallet, read as settlement sees it: line by line, by transaction."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from partita.engine.listing import EntryRow
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import Side
from partita.kernel.events import MatterChanged
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry
from partita.modules.payments.acts import type_of
from partita.modules.payments.lifecycle import PaymentType
from partita.modules.payments.moving import LINK
from partita.modules.payments.payment import Charge, ChargeKind, read_payment
from partita.modules.settlement.statement import Line, LineKind

SETTLED_BY, RELEASED_BY = "partita.settlement", "partita.settlement_release"
"""Keys in a transaction's metadata: the batch that it moved the payable of, or released the reserve."""
_PAGE = 1_000
_KINDS = {
    PaymentType.PAYMENT: LineKind.SALE,
    PaymentType.REFUND: LineKind.REFUND,
    PaymentType.DISPUTE: LineKind.DISPUTE,
}
_CHARGES = {ChargeKind.FEE: "fees", ChargeKind.TAX: "taxes"}


class Register:
    """One account of one ledger, and the payments that moved money in it."""

    def __init__(self, reader: Reader, info: LedgerInfo, account: str) -> None:
        """Read from this store; the account is named by its path."""
        self._reader, self._info, self._account = reader, info, account
        self._steps: dict[str, _Steps] = {}

    def lines(
        self, after_version: int, *, before: Moment | None = None, through: int | None = None
    ) -> list[Line]:
        """The lines after a version: of entries recorded before a moment, or through a version."""
        rows = [
            row
            for row in self._rows(after_version)
            if (before is None or row.recorded_at < before)
            and (through is None or row.entry.version <= through)
            and row.entry.amount
        ]
        grouped = groupby(map(self._placed, reversed(rows)), key=lambda placed: placed.step)
        return [_line(self._account, list(group)) for _step, group in grouped]

    def _rows(self, after_version: int) -> Iterator[EntryRow]:
        """Entries above a version, the newest first."""
        standing = self._reader.account(self._info, self._account)
        if standing is None:
            return
        before: int | None = None
        number = standing.account.number
        while page := self._reader.entries(self._info, number, before, _PAGE):
            for row in page:
                if row.entry.version <= after_version:
                    return
                yield row
            before = page[-1].entry.version

    def _placed(self, row: EntryRow) -> "_Placed":
        """An entry with what it was part of, by what its transaction says of itself."""
        record = self._reader.record_by_id(self._info, row.transaction_id)
        assert record is not None, "an entry's transaction is in the journal"
        metadata: dict[str, str] = getattr(record.event, "metadata", None) or {}
        if SETTLED_BY in metadata:
            return _Placed(row, row.transaction_id, LineKind.SETTLED)
        if RELEASED_BY in metadata:
            return _Placed(row, row.transaction_id, LineKind.RESERVE_RELEASED)
        payment = metadata.get(LINK, "")
        found = type_of(payment)
        if found is None:
            return _Placed(row, row.transaction_id, LineKind.OTHER)
        step, charges = self._steps_of(payment).get(row.transaction_id, (row.transaction_id, ()))
        return _Placed(row, step, _KINDS.get(found, LineKind.OTHER), payment, charges)

    def _steps_of(self, payment: str) -> "_Steps":
        """Of which step each transaction of a payment was, and what was charged in that step."""
        known = self._steps.get(payment)
        if known is None:
            known = self._steps[payment] = dict(self._read_steps(payment))
        return known

    def _read_steps(self, payment: str) -> Iterator[tuple[str, tuple[str, tuple[Charge, ...]]]]:
        charged, after = 0, 0
        while page := self._reader.records_about(self._info, payment, after, _PAGE):
            for record in page:
                event = record.event
                if not isinstance(event, MatterChanged):
                    continue
                state = read_payment(event.matter.body)
                # Each step adds its charges to the end.
                new, charged = state.charges[charged:], len(state.charges)
                for part in event.parts:
                    if part in state.transactions:
                        yield part, (event.id, new)
            after = page[-1].sequence


class _Placed(NamedTuple):
    """An entry, the step that it was part of, and what was charged in that step."""

    row: EntryRow
    step: str
    kind: LineKind
    payment: str | None = None
    charges: tuple[Charge, ...] = ()


_Steps = dict[str, tuple[str, tuple[Charge, ...]]]


def _line(account: str, placed: list[_Placed]) -> Line:
    """One line: everything that one step did to the account."""
    first, last = placed[0], placed[-1].row
    net = sum(_signed(each.row.entry) for each in placed)
    charged = {"fees": 0, "taxes": 0, "charges": 0}
    for charge in first.charges:
        if charge.asset == last.entry.asset:
            charged[_CHARGES.get(charge.kind, "charges")] += _effect(charge, account)
    return Line(
        at=last.recorded_at,
        version=last.entry.version,
        transaction=first.row.transaction_id,
        kind=first.kind,
        payment=first.payment,
        gross=net - sum(charged.values()),
        net=net,
        balance=last.entry.after.posted_credits - last.entry.after.posted_debits,
        **charged,
    )


def _effect(charge: Charge, account: str) -> int:
    """What a charge did to an account."""
    return charge.amount * ((charge.credit == account) - (charge.debit == account))


def _signed(entry: Entry) -> int:
    return entry.amount if entry.direction is Side.CREDIT else -entry.amount
