"""An auditor: reads a journal and carries out each of its records on the plain bank, in their order.

What the ledger accepted, the bank must accept at that place and moment, and come to the same figures.
So whatever was asked, by however many at once, there is one order in which all of it was right; no
hold ran out early, and none that had run out still counted when something was decided.
"""

from collections.abc import Callable, Sequence
from typing import Any

from partita.journal.record import Record
from partita.kernel import events
from partita.kernel.account import Account, Side, Totals
from partita.kernel.events import entries_in, resource_in
from partita.kernel.holds import Hold, LateCapture
from partita.kernel.pending import Transaction
from partita.kernel.posting import Entry, Posting
from tests.properties.plain_bank import PlainBank
from tests.properties.plain_things import CREDIT, DEBIT, Leg, PlainAccount, PlainHold

LIMITS = ("min_posted", "max_posted", "min_available", "max_available", "overdraft")


def audited(records: Sequence[Record]) -> PlainBank:
    """The bank after all records."""
    bank = PlainBank()
    for record in records:
        take(bank, record)
    bank.demand_sense()
    return bank


def take(bank: PlainBank, record: Record) -> None:
    """Carry out one record, and compare what comes of it."""
    event, bank.now = record.event, record.recorded_at
    if isinstance(event, events.HoldExpired):
        assert event.hold.id in bank.due(), f"record {record.sequence}: expired early"
    else:
        assert not bank.due(), f"record {record.sequence}: {bank.due()} had run out, and counted"
    carry_out = _CARRY_OUT.get(type(event))
    if carry_out is None:
        return
    refusal = carry_out(bank, event)
    assert refusal is None, f"record {record.sequence} {type(event).__name__}: {refusal}"
    for path in {entry.account for entry in entries_in(event)}:
        last = [entry for entry in entries_in(event) if entry.account == path][-1]
        assert (last.version, last.after) == standing(bank, path), f"record {record.sequence}"
    resource = resource_in(event)
    if resource is not None:
        assert describe(resource) == described(bank, resource), f"record {record.sequence}"


def standing(bank: PlainBank, path: str) -> tuple[int, Totals]:
    """How many entries an account has, and its four totals."""
    account = bank.accounts[path]
    asides = (bank.aside(path, side) for side in (DEBIT, CREDIT))
    return account.entries, Totals(*account.turnover.values(), *asides)


def describe(resource: object) -> tuple[object, ...]:
    """What there is to say of a hold or a transaction, as the ledger has it."""
    if isinstance(resource, Hold):
        return (
            resource.status.value, resource.amount, resource.captured, resource.released,
            resource.expired, resource.remaining, resource.expires_at,
        )  # fmt: skip
    if isinstance(resource, Transaction):
        taken = resource.reversed or (0,) * len(resource.legs)
        return resource.status.value, resource.version, legs_of(resource.legs), list(taken)
    return ()


def described(bank: PlainBank, resource: object) -> tuple[object, ...]:
    """The same, as the bank has it."""
    if isinstance(resource, Hold):
        hold = bank.holds[resource.id]
        return (
            hold.status, hold.amount, hold.captured, hold.released, hold.expired, hold.remaining,
            hold.expires_at,
        )  # fmt: skip
    if isinstance(resource, Transaction):
        found = bank.transactions[resource.id]
        return found.status, found.version, found.legs, found.taken
    return ()


def legs_of(postings: Sequence[Posting] | Sequence[Entry]) -> list[Leg]:
    """Postings or entries as legs."""
    return [
        Leg(p.account, DEBIT if p.direction is Side.DEBIT else CREDIT, p.amount, p.asset)
        for p in postings
    ]


def account_of(account: Account) -> PlainAccount:
    """An account as it was opened."""
    named = {name: getattr(account.constraints, name) for name in LIMITS}
    limits = {name: bound for name, bound in named.items() if bound is not None}
    grows = DEBIT if account.normal_side is Side.DEBIT else CREDIT
    return PlainAccount(account.asset, grows, limits)


def hold_of(hold: Hold) -> PlainHold:
    """A hold as it was placed."""
    return PlainHold(
        hold.account, hold.amount, hold.asset, hold.expires_at, hold.overcapture_bps,
        late=hold.late_capture is LateCapture.ALLOWED,
    )  # fmt: skip


def _opened(bank: PlainBank, event: events.AccountOpened) -> str | None:
    bank.accounts[event.account.path] = account_of(event.account)
    return None


def _frozen(bank: PlainBank, event: events.AccountFrozen) -> str | None:
    before = set(bank.accounts[event.account].stopped)
    assert before <= ({"in", "out"} if event.flow.value == "both" else {event.flow.value}), event
    return bank.freeze(event.account, event.flow.value)


def _unfrozen(bank: PlainBank, event: events.AccountUnfrozen) -> str | None:
    return bank.unfreeze(event.account)


def _posted(bank: PlainBank, event: events.TransactionPosted) -> str | None:
    return bank.post(event.id, legs_of(event.entries), event.external_id)


def _placed(bank: PlainBank, event: events.HoldPlaced) -> str | None:
    return bank.place(event.id, hold_of(event.hold), event.hold.external_id)


def _captured(bank: PlainBank, event: events.HoldCaptured) -> str | None:
    after, before = event.hold, bank.holds[event.hold.id]
    amount = after.captured - before.captured
    is_last = after.status.value == "captured" and before.captured + amount < before.most
    is_final = after.released > before.released or (before.status == "expired" and is_last)
    return bank.capture(
        event.id, after.id, legs_of(event.entries[:-1]), is_final=is_final,
        reference=event.external_id,
    )  # fmt: skip


def _incremented(bank: PlainBank, event: events.HoldIncremented) -> str | None:
    return bank.increment(event.hold.id, event.hold.amount - bank.holds[event.hold.id].amount)


def _released(bank: PlainBank, event: events.HoldReleased) -> str | None:
    return bank.release(event.hold.id, event.hold.released - bank.holds[event.hold.id].released)


def _extended(bank: PlainBank, event: events.HoldExtended) -> str | None:
    return bank.extend(event.hold.id, event.hold.expires_at)


def _expired(bank: PlainBank, event: events.HoldExpired) -> str | None:
    bank.expire(event.hold.id)
    return None


def _pended(bank: PlainBank, event: events.TransactionPended) -> str | None:
    return bank.pend(event.id, legs_of(event.transaction.legs), event.external_id)


def _edited(bank: PlainBank, event: events.TransactionEdited) -> str | None:
    legs = legs_of(event.transaction.legs) if event.entries else None
    return bank.edit(event.transaction.id, legs, event.transaction.version - 1)


def _settled(bank: PlainBank, event: events.TransactionSettled) -> str | None:
    return bank.settle(event.transaction.id, event.transaction.version)


def _archived(bank: PlainBank, event: events.TransactionArchived) -> str | None:
    return bank.archive(event.transaction.id)


def _reversed(bank: PlainBank, event: events.TransactionReversed) -> str | None:
    before = bank.transactions[event.transaction.id].taken
    steps = enumerate(zip(event.transaction.reversed, before, strict=True))
    wanted = [(n, after - so_far) for n, (after, so_far) in steps if after != so_far]
    assert sorted(legs_of(event.entries)) == sorted(
        bank.transactions[event.transaction.id]
        .legs[n]
        ._replace(amount=amount, side=-bank.transactions[event.transaction.id].legs[n].side)
        for n, amount in wanted
    ), "other legs were reversed than it says"
    return bank.reverse(event.id, event.transaction.id, wanted, event.external_id)


_CARRY_OUT: dict[type, Callable[[PlainBank, Any], str | None]] = {
    events.AccountOpened: _opened,
    events.AccountFrozen: _frozen,
    events.AccountUnfrozen: _unfrozen,
    events.TransactionPosted: _posted,
    events.HoldPlaced: _placed,
    events.HoldCaptured: _captured,
    events.HoldIncremented: _incremented,
    events.HoldReleased: _released,
    events.HoldExtended: _extended,
    events.HoldExpired: _expired,
    events.TransactionPended: _pended,
    events.TransactionEdited: _edited,
    events.TransactionSettled: _settled,
    events.TransactionArchived: _archived,
    events.TransactionReversed: _reversed,
}
