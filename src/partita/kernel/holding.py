"""Deciding on holds: place, capture, increment, release, extend, expire.

Held money is pending on the side that takes from the account. Each decision is one event with the
hold as it is afterwards, and with the entries that keep the register true.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from partita.kernel import commands, events
from partita.kernel.account import Side
from partita.kernel.book import Book
from partita.kernel.context import Context, Decision
from partita.kernel.holds import Hold, HoldStatus
from partita.kernel.moment import Moment
from partita.kernel.movements import (
    Movement,
    entries_or_objection,
    made,
    objection_in,
    reference_taken,
)
from partita.kernel.pending import OTHER_SIDE
from partita.kernel.posting import Entry, Leg, Posting
from partita.kernel.rejections import Code, Rejection, highest


def place(book: Book, command: commands.PlaceHold, context: Context) -> Decision:
    """Set money of one account aside."""
    standing = book.standings.get(command.account)
    side = OTHER_SIDE[standing.account.normal_side] if standing else Side.DEBIT
    leg = Leg(command.account, side, 0, command.asset, command.amount)
    entries = _entries(book, leg, command.external_id)
    wrong = highest(objection_in(entries), _not_later(command.expires_at, context.now))
    if wrong is not None:
        return wrong
    assert standing is not None, "an unknown account is an objection"
    account = standing.account
    hold = Hold(
        id=context.identity("hld_"),
        number=context.sequence,
        account=account.path,
        account_no=account.number,
        direction=side,
        asset=command.asset,
        amount=command.amount,
        remaining=command.amount,
        expires_at=command.expires_at,
        overcapture_bps=command.overcapture_bps,
        late_capture=command.late_capture,
        external_id=command.external_id,
        placed_at=context.now,
        metadata=command.metadata,
    )
    return events.HoldPlaced(hold.id, hold, context.now, made(entries))


def _not_later(expires_at: Moment | None, now: Moment) -> Rejection | None:
    if expires_at is None or expires_at > now:
        return None
    detail = f"It would expire at {expires_at.text()}, and it is {now.text()} already."
    return Rejection(Code.INVALID_EXPIRY, detail, "/expires_at")


def _entries(book: Book, leg: Leg, external_id: str | None = None) -> tuple[Entry, ...] | Rejection:
    """The entries of what sets money aside: one leg, so pointers name no place in a list."""
    if leg.pending < 1:
        return _too_little(leg.pending)
    entries = entries_or_objection(book, Movement((leg,), external_id))
    if not isinstance(entries, Rejection):
        return entries
    pointer = _POINTERS.get(entries.code, "/account")
    return Rejection(entries.code, entries.detail, pointer, entries.facts)


_POINTERS = {
    Code.AMOUNT_OUT_OF_RANGE: "/amount",
    Code.INSUFFICIENT_FUNDS: "/amount",
    Code.EXTERNAL_ID_TAKEN: "/external_id",
    Code.ASSET_MISMATCH: "/asset",
}
"""What of a wish to set money aside is guilty, where it is not the account."""


def _too_little(amount: int) -> Rejection:
    detail = f"The amount is {amount}; it must be 1 at least."
    return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, "/amount")


def change(book: Book, command: commands.ChangeHold, context: Context) -> Decision:
    """Do something to a hold that is there, if its status allows it."""
    hold = book.resources.get((Hold.kind, command.hold))
    if isinstance(hold, Hold):
        return _CHANGES[type(command)](book, hold, command, context)
    detail = f"There is no hold {command.hold!r} in this ledger."
    unknown = Rejection(Code.HOLD_NOT_FOUND, detail)
    return highest(reference_taken(book, command), unknown) or unknown


def _state(hold: Hold, action: str) -> Rejection | None:
    """The objection of the transition table."""
    if action in hold.allowed_actions:
        return None
    status, allowed = hold.status.value, ",".join(hold.allowed_actions)
    detail = f"The hold is {status}: it cannot be told to {action}."
    return Rejection(
        Code.INVALID_STATE, detail, None, {"status": status, "allowed_actions": allowed}
    )


def _capture(book: Book, hold: Hold, command: commands.CaptureHold, context: Context) -> Decision:
    if command.destination is not None:
        over = _state(hold, "capture")
        if over is not None and command.amount is None:
            # Nothing is left, so there is no amount that could be judged.
            return highest(reference_taken(book, command), over) or over
        command = _spelt_out(hold, command, command.destination)
    amount = sum(posting.amount for posting in command.postings)
    spent = min(amount, hold.remaining)
    freed = hold.remaining if command.is_final else spent
    entries = _captured_entries(book, hold, command, freed)
    wrong = highest(objection_in(entries), _state(hold, "capture"), _exceeded(hold, amount))
    if wrong is not None:
        return wrong
    after = hold.with_changes(
        captured=hold.captured + amount,
        released=hold.released + freed - spent,
        remaining=hold.remaining - freed,
    )
    effective_at = command.effective_at
    return events.HoldCaptured(
        context.identity("txn_"),
        after.with_changes(status=_captured_status(after, is_final=command.is_final)),
        context.now if effective_at is None else effective_at,
        made(entries),
        command.type,
        command.external_id,
        command.metadata,
    )


def _spelt_out(hold: Hold, command: commands.CaptureHold, destination: str) -> commands.CaptureHold:
    """The same wish with the one posting that its destination stands for."""
    amount = hold.uncaptured if command.amount is None else command.amount
    posting = Posting(destination, OTHER_SIDE[hold.direction], amount, hold.asset)
    return msgspec.structs.replace(command, postings=(posting,), destination=None)


def _exceeded(hold: Hold, amount: int) -> Rejection | None:
    if amount <= hold.capturable:
        return None
    detail = f"{amount} {hold.asset} would be captured; {hold.capturable} can be."
    facts = {"capturable": str(hold.capturable), "remaining": str(hold.remaining)}
    return Rejection(Code.CAPTURE_EXCEEDS_HOLD, detail, "/postings", facts)


def _captured_entries(
    book: Book, hold: Hold, command: commands.CaptureHold, freed: int
) -> tuple[Entry, ...] | Rejection:
    """The legs on the other side, and last the hold's own, so that pointers count the given ones."""
    amount = sum(posting.amount for posting in command.postings)
    given = (Leg(p.account, p.direction, p.amount, p.asset) for p in command.postings)
    legs = (*given, Leg(hold.account, hold.direction, amount, hold.asset, -freed))
    movement = Movement(legs, command.external_id, shape=commands.PostTransaction(legs))
    return entries_or_objection(book, movement)


def _captured_status(after: Hold, *, is_final: bool) -> HoldStatus:
    """An expired hold stays so until nothing of it can be captured any more."""
    if after.status is HoldStatus.EXPIRED:
        return HoldStatus.CAPTURED if is_final or after.capturable <= 0 else HoldStatus.EXPIRED
    return HoldStatus.PARTIALLY_CAPTURED if after.remaining else HoldStatus.CAPTURED


def _increment(
    book: Book, hold: Hold, command: commands.IncrementHold, context: Context
) -> Decision:
    entries = _entries(book, _aside(hold, command.amount))
    wrong = highest(objection_in(entries), _state(hold, "increment"))
    if wrong is not None:
        return wrong
    more = command.amount
    after = hold.with_changes(amount=hold.amount + more, remaining=hold.remaining + more)
    return events.HoldIncremented(context.identity("evt_"), after, context.now, made(entries))


def _aside(hold: Hold, pending: int) -> Leg:
    """The leg that sets money aside for a hold, or lets it go."""
    return Leg(hold.account, hold.direction, 0, hold.asset, pending)


def _release(book: Book, hold: Hold, command: commands.ReleaseHold, context: Context) -> Decision:
    amount = hold.remaining if command.amount is None else command.amount
    if command.amount is not None and amount < 1:
        return _too_little(amount)
    wrong = highest(_state(hold, "release"), _too_much(hold, amount))
    if wrong is not None:
        return wrong
    entries = _let_go(book, hold, amount)
    left = hold.remaining - amount
    status = hold.status
    if not left:
        status = HoldStatus.CAPTURED if hold.captured else HoldStatus.RELEASED
    after = hold.with_changes(released=hold.released + amount, remaining=left, status=status)
    return events.HoldReleased(
        context.identity("evt_"), after, context.now, entries, command.reason
    )


def _too_much(hold: Hold, amount: int) -> Rejection | None:
    if amount <= hold.remaining:
        return None
    detail = f"{amount} {hold.asset} would be released; {hold.remaining} remains."
    facts = {"remaining": str(hold.remaining)}
    return Rejection(Code.RELEASE_EXCEEDS_HOLD, detail, "/amount", facts)


def _let_go(book: Book, hold: Hold, amount: int) -> tuple[Entry, ...]:
    """The entries by which held money is free again; nothing can stand in the way of that."""
    movement = Movement((_aside(hold, -amount),), only_frees=True)
    entries = entries_or_objection(book, movement)
    assert not isinstance(entries, Rejection), f"held money can always be let go: {entries}"
    return entries


def _extend(_book: Book, hold: Hold, command: commands.ExtendHold, context: Context) -> Decision:
    wrong = highest(_state(hold, "extend"), _not_later(command.expires_at, context.now))
    if wrong is not None:
        return wrong
    after = hold.with_changes(expires_at=command.expires_at)
    return events.HoldExtended(context.identity("evt_"), after, context.now, ())


def expire(book: Book, hold: Hold, context: Context) -> events.HoldExpired:
    """The fact that a hold has come to its moment; nobody asks for it, so nothing can refuse it."""
    assert hold.due_at is not None, "what is over cannot expire"
    assert hold.due_at <= context.now, "a hold never expires early"
    entries = _let_go(book, hold, hold.remaining)
    after = hold.with_changes(expired=hold.remaining, remaining=0, status=HoldStatus.EXPIRED)
    return events.HoldExpired(context.identity("evt_"), after, context.now, entries)


_CHANGES: dict[type, Callable[[Book, Hold, Any, Context], Decision]] = {
    commands.CaptureHold: _capture,
    commands.IncrementHold: _increment,
    commands.ReleaseHold: _release,
    commands.ExtendHold: _extend,
}
