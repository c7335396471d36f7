"""Deciding on transactions with a life: pending ones, and those that are reversed."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from partita.kernel import commands, events
from partita.kernel.book import Book
from partita.kernel.commands import PostTransaction
from partita.kernel.context import Context, Decision
from partita.kernel.movements import Movement, entries_or_objection
from partita.kernel.pending import OTHER_SIDE, Transaction, TransactionStatus
from partita.kernel.posting import Entry, Leg, Posting
from partita.kernel.posting_rules import CHECKS, entries_of, objection
from partita.kernel.rejections import Code, Rejection

_SHAPE = (
    Code.TOO_FEW_POSTINGS,
    Code.TOO_MANY_POSTINGS,
    Code.AMOUNT_OUT_OF_RANGE,
    Code.UNBALANCED_TRANSACTION,
    Code.SAME_ACCOUNT,
    Code.EXTERNAL_ID_TAKEN,
    Code.ACCOUNT_NOT_FOUND,
)
"""What a transaction must be like before any of it is pending."""


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
    wanted = PostTransaction(postings, None, external_id)
    for code in _SHAPE:
        if (rejection := CHECKS[code](book, wanted)) is not None:
            return rejection
    return entries_or_objection(book, Movement((*placed, *freed)))


def change(book: Book, command: commands.ChangeTransaction, context: Context) -> Decision:
    """Do something to a transaction that is there, if its status allows it."""
    action, decide = _CHANGES[type(command)]
    found = book.resources.get((Transaction.kind, command.transaction))
    if not isinstance(found, Transaction):
        detail = f"There is no transaction {command.transaction!r} in this ledger."
        return Rejection(Code.TRANSACTION_NOT_FOUND, detail)
    if action == "reverse" and found.reversed_by and not any(found.left):
        detail = f"All of it was reversed by {', '.join(found.reversed_by)}."
        facts = {"existing_resource_id": found.reversed_by[-1]}
        return Rejection(Code.ALREADY_REVERSED, detail, None, facts)
    if action not in found.allowed_actions:
        what = "a reversal" if found.reverses else found.status.value
        detail = f"The transaction is {what}: it cannot be told to {action}."
        facts = {"status": found.status.value, "allowed_actions": ",".join(found.allowed_actions)}
        return Rejection(Code.INVALID_STATE, detail, None, facts)
    wanted = getattr(command, "if_version", None)
    if wanted not in (None, found.version):
        detail = f"The transaction is at version {found.version}, not {wanted}."
        return Rejection(
            Code.VERSION_CONFLICT, detail, "/if_version", {"version": str(found.version)}
        )
    return decide(book, found, command, context)


def _edit(
    book: Book, before: Transaction, command: commands.EditTransaction, context: Context
) -> Decision:
    after = before.with_changes(
        version=before.version + 1,
        type=before.type if command.type is None else command.type,
        effective_at=before.effective_at if command.effective_at is None else command.effective_at,
        metadata=before.metadata if command.metadata is None else command.metadata,
    )
    entries: tuple[Entry, ...] = ()
    if command.postings is not None:
        legs = _by_path(book, command.postings)
        moved = _moved(book, command.postings, _aside(before.legs, -1), _aside(legs, 1), None)
        if isinstance(moved, Rejection):
            return moved
        entries, after = moved, after.with_changes(legs=legs)
    return events.TransactionEdited(context.identity("evt_"), after, context.now, entries)


def _settle(
    book: Book, before: Transaction, _command: commands.SettleTransaction, context: Context
) -> Decision:
    legs = tuple(
        Leg(leg.account, leg.direction, leg.amount, leg.asset, -leg.amount) for leg in before.legs
    )
    entries = entries_or_objection(book, Movement(legs))
    if isinstance(entries, Rejection):
        return entries
    effective_at = context.now if before.effective_at is None else before.effective_at
    after = before.with_changes(
        status=TransactionStatus.POSTED, effective_at=effective_at, settled_in=context.sequence
    )
    return events.TransactionSettled(context.identity("evt_"), after, effective_at, entries)


def _archive(
    book: Book, before: Transaction, command: commands.ArchiveTransaction, context: Context
) -> Decision:
    movement = Movement(tuple(_aside(before.legs, -1)), only_frees=True)
    entries = entries_or_objection(book, movement)
    if isinstance(entries, Rejection):
        return entries
    after = before.with_changes(status=TransactionStatus.ARCHIVED, reason=command.reason)
    return events.TransactionArchived(context.identity("evt_"), after, context.now, entries)


def _reverse(
    book: Book, before: Transaction, command: commands.ReverseTransaction, context: Context
) -> Decision:
    left = before.left
    wanted = tuple(enumerate(left)) if command.amounts is None else command.amounts
    taken = dict(wanted)
    for place, (leg, amount) in enumerate(wanted):
        if not (0 <= leg < len(left)) or amount > left[leg] or len(taken) < len(wanted):
            most = left[leg] if 0 <= leg < len(left) else 0
            detail = f"{amount} of leg {leg} would be reversed; {most} is left, each leg once."
            return Rejection(
                Code.REVERSAL_EXCEEDS_TRANSACTION, detail, f"/postings/{place}", {"left": str(most)}
            )
    given = [(n, amount) for n, amount in sorted(taken.items()) if amount]
    wish = PostTransaction(
        tuple(_taken_back(before.legs[n], amount) for n, amount in given),
        external_id=command.external_id,
    )
    entries = entries_of(book, wish)
    if entries is None:
        return objection(book, wish)
    identity = context.identity("txn_")
    done = before.reversed or (0,) * len(left)
    after = before.with_changes(
        reversed=tuple(back + taken.get(n, 0) for n, back in enumerate(done)),
        reversed_by=(*before.reversed_by, identity),
    )
    effective_at = context.now if command.effective_at is None else command.effective_at
    return events.TransactionReversed(
        identity, after, effective_at, entries, before.type,
        command.external_id, command.reason, command.metadata,
    )  # fmt: skip


def _taken_back(leg: Posting, amount: int) -> Posting:
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


_CHANGES: dict[type, tuple[str, Callable[[Book, Transaction, Any, Context], Decision]]] = {
    commands.ReverseTransaction: ("reverse", _reverse),
    commands.EditTransaction: ("edit", _edit),
    commands.SettleTransaction: ("post", _settle),
    commands.ArchiveTransaction: ("archive", _archive),
}
