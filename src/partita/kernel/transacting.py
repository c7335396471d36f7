"""Deciding on transactions with a life: pending ones, and those that are reversed."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from partita.kernel import commands, events
from partita.kernel.book import Book
from partita.kernel.commands import PostTransaction
from partita.kernel.context import Context, Decision
from partita.kernel.movements import (
    Movement,
    entries_or_objection,
    made,
    objection_in,
    reference_taken,
)
from partita.kernel.pending import OTHER_SIDE, Transaction, TransactionStatus
from partita.kernel.posting import Entry, Leg, Posting
from partita.kernel.posting_rules import entries_of, objection
from partita.kernel.rejections import Code, Rejection, highest


def pend(book: Book, command: commands.PendTransaction, context: Context) -> Decision:
    """Set money aside on both sides."""
    legs = _by_path(book, command.postings)
    entries = _moved(book, command.postings, [], _aside(legs, 1), command.external_id)
    if isinstance(entries, Rejection):
        return entries
    transaction = Transaction(
        id=context.identity("txn_"),
        number=context.sequence,
        status=TransactionStatus.PENDING,
        legs=legs,
        type=command.type,
        external_id=command.external_id,
        effective_at=command.effective_at,
        metadata=command.metadata,
    )
    return events.TransactionPended(
        transaction.id, transaction, context.now, entries, command.external_id
    )


def _by_path(book: Book, postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """The same postings with every known account named by its path."""
    return tuple(
        msgspec.structs.replace(posting, account=standing.account.path) if standing else posting
        for posting in postings
        for standing in (book.standings.get(posting.account),)
    )


def _aside(legs: Sequence[Posting], times: int) -> list[Leg]:
    """Legs that set aside what the postings say (1), or let it go (-1)."""
    return [Leg(leg.account, leg.direction, 0, leg.asset, times * leg.amount) for leg in legs]


def _moved(
    book: Book,
    postings: tuple[Posting, ...],
    freed: list[Leg],
    placed: list[Leg],
    external_id: str | None,
) -> tuple[Entry, ...] | Rejection:
    """The entries of a pending transaction's new form, its old form let go first."""
    movement = Movement((*placed, *freed), external_id, shape=PostTransaction(postings))
    entries = entries_or_objection(book, movement)
    if not isinstance(entries, Rejection) or _place(entries.pointer) < len(postings):
        return entries
    # What is let go is not in the wish: its old form is guilty, not one of the new postings.
    return Rejection(entries.code, entries.detail, "/postings", entries.facts)


def _place(pointer: str | None) -> int:
    """The place of a posting that a pointer names, from 0; -1 if it names none."""
    parts = (pointer or "").split("/")
    return int(parts[2]) if parts[1:2] == ["postings"] and len(parts) > 2 else -1


def change(book: Book, command: commands.ChangeTransaction, context: Context) -> Decision:
    """Do something to a transaction that is there, if its status allows it."""
    found = book.resources.get((Transaction.kind, command.transaction))
    if isinstance(found, Transaction):
        return _CHANGES[type(command)](book, found, command, context)
    detail = f"There is no transaction {command.transaction!r} in this ledger."
    unknown = Rejection(Code.TRANSACTION_NOT_FOUND, detail)
    return highest(reference_taken(book, command), unknown) or unknown


def _state(found: Transaction, action: str) -> Rejection | None:
    """The objection of the transition table."""
    if action in found.allowed_actions:
        return None
    if action == "reverse" and found.reversed_by:
        detail = f"All of it was reversed by {', '.join(found.reversed_by)}."
        facts = {"existing_resource_id": found.reversed_by[-1]}
        return Rejection(Code.ALREADY_REVERSED, detail, None, facts)
    what = "a reversal" if found.reverses else found.status.value
    detail = f"The transaction is {what}: it cannot be told to {action}."
    facts = {"status": found.status.value, "allowed_actions": ",".join(found.allowed_actions)}
    return Rejection(Code.INVALID_STATE, detail, None, facts)


def _version(found: Transaction, wanted: int | None) -> Rejection | None:
    if wanted in (None, found.version):
        return None
    detail = f"The transaction is at version {found.version}, not {wanted}."
    return Rejection(Code.VERSION_CONFLICT, detail, "/if_version", {"version": str(found.version)})


def _edit(
    book: Book, before: Transaction, command: commands.EditTransaction, context: Context
) -> Decision:
    entries: tuple[Entry, ...] | Rejection = ()
    legs = before.legs
    if command.postings is not None:
        legs = _by_path(book, command.postings)
        freed = _aside(before.legs, -1) if before.status is TransactionStatus.PENDING else []
        entries = _moved(book, command.postings, freed, _aside(legs, 1), None)
    stale = _version(before, command.if_version)
    wrong = highest(objection_in(entries), _state(before, "edit"), stale)
    if wrong is not None:
        return wrong
    after = before.with_changes(
        version=before.version + 1,
        legs=legs,
        type=before.type if command.type is None else command.type,
        effective_at=before.effective_at if command.effective_at is None else command.effective_at,
        metadata=before.metadata if command.metadata is None else command.metadata,
    )
    return events.TransactionEdited(context.identity("evt_"), after, context.now, made(entries))


def _settle(
    book: Book, before: Transaction, command: commands.SettleTransaction, context: Context
) -> Decision:
    if (wrong := _state(before, "post")) is not None:
        return wrong
    legs = tuple(
        Leg(leg.account, leg.direction, leg.amount, leg.asset, -leg.amount) for leg in before.legs
    )
    entries = entries_or_objection(book, Movement(legs))
    wrong = highest(objection_in(entries), _version(before, command.if_version))
    if wrong is not None:
        return wrong
    effective_at = context.now if before.effective_at is None else before.effective_at
    after = before.with_changes(
        status=TransactionStatus.POSTED, effective_at=effective_at, settled_in=context.sequence
    )
    return events.TransactionSettled(context.identity("evt_"), after, effective_at, made(entries))


def _archive(
    book: Book, before: Transaction, command: commands.ArchiveTransaction, context: Context
) -> Decision:
    if (wrong := _state(before, "archive")) is not None:
        return wrong
    movement = Movement(tuple(_aside(before.legs, -1)), only_frees=True)
    entries = made(entries_or_objection(book, movement))
    after = before.with_changes(status=TransactionStatus.ARCHIVED, reason=command.reason)
    return events.TransactionArchived(context.identity("evt_"), after, context.now, entries)


def _reverse(
    book: Book, before: Transaction, command: commands.ReverseTransaction, context: Context
) -> Decision:
    if (over := _state(before, "reverse")) is not None:
        return highest(reference_taken(book, command), over) or over
    left = before.left
    given = [each for each in enumerate(left) if each[1]]
    if command.amounts is not None:
        given = list(command.amounts)
    wish = PostTransaction(
        tuple(_back(before.legs[n], amount) for n, amount in given if 0 <= n < len(left)),
        external_id=command.external_id,
    )
    entries = entries_of(book, wish)
    wrong = highest(_beyond(left, given), objection(book, wish) if entries is None else None)
    if wrong is not None:
        return wrong
    identity = context.identity("txn_")
    taken, done = dict(given), before.reversed or (0,) * len(left)
    after = before.with_changes(
        reversed=tuple(back + taken.get(n, 0) for n, back in enumerate(done)),
        reversed_by=(*before.reversed_by, identity),
    )
    effective_at = context.now if command.effective_at is None else command.effective_at
    return events.TransactionReversed(
        identity, after, effective_at, entries or (), before.type,
        command.external_id, command.reason, command.metadata,
    )  # fmt: skip


def _beyond(left: Sequence[int], given: Sequence[tuple[int, int]]) -> Rejection | None:
    """The objection to taking back more of a leg than is left of it, or one leg twice."""
    seen: set[int] = set()
    for place, (leg, amount) in enumerate(given):
        most = left[leg] if 0 <= leg < len(left) else 0
        if amount > most or leg in seen or not 0 <= leg < len(left):
            detail = f"{amount} of leg {leg} would be reversed; {most} is left, each leg once."
            facts = {"left": str(most)}
            return Rejection(Code.REVERSAL_EXCEEDS_TRANSACTION, detail, f"/postings/{place}", facts)
        seen.add(leg)
    return None


def _back(leg: Posting, amount: int) -> Posting:
    return Posting(leg.account, OTHER_SIDE[leg.direction], amount, leg.asset)


def transaction_of(event: events.Event, sequence: int) -> Transaction | None:
    """The state of a transaction that its own record tells; None if the event is no transaction."""
    if isinstance(event, events.TransactionPended):
        return event.transaction
    kinds = (events.TransactionPosted, events.TransactionReversed, events.HoldCaptured)
    if not isinstance(event, kinds):
        return None
    legs = (Posting(e.account, e.direction, e.amount, e.asset) for e in event.entries)
    is_reversal = isinstance(event, events.TransactionReversed)
    return Transaction(
        event.id,
        sequence,
        TransactionStatus.POSTED,
        tuple(legs),
        type=event.type,
        external_id=event.external_id,
        effective_at=event.effective_at,
        metadata=event.metadata,
        reverses=event.transaction.id if is_reversal else None,  # type: ignore[union-attr]
        settled_in=sequence,
    )


_CHANGES: dict[type, Callable[[Book, Transaction, Any, Context], Decision]] = {
    commands.ReverseTransaction: _reverse,
    commands.EditTransaction: _edit,
    commands.SettleTransaction: _settle,
    commands.ArchiveTransaction: _archive,
}
