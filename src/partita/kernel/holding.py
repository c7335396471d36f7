"""Deciding on holds: place, capture, increment, release, extend, expire.

Held money is pending on the side that takes from the account. Each decision is one event with the
hold as it is afterwards, and with the entries that keep the register true.
"""

from collections.abc import Callable
from typing import Any

from partita.kernel import commands, events
from partita.kernel.book import Book
from partita.kernel.context import Context, Decision
from partita.kernel.holds import Hold, HoldStatus
from partita.kernel.moment import Moment
from partita.kernel.movements import Movement, entries_or_objection
from partita.kernel.pending import OTHER_SIDE
from partita.kernel.posting import Entry, Leg, Posting
from partita.kernel.posting_rules import CHECKS
from partita.kernel.rejections import Code, Rejection


def place(book: Book, command: commands.PlaceHold, context: Context) -> Decision:
    """Set money of one account aside."""
    if (late := _not_later(command.expires_at, context.now)) is not None:
        return late
    standing = book.standings.get(command.account)
    if standing is None:
        detail = f"There is no account {command.account!r} in this ledger."
        return Rejection(Code.ACCOUNT_NOT_FOUND, detail, "/account")
    account = standing.account
    side = OTHER_SIDE[account.normal_side]
    leg = Leg(account.path, side, 0, command.asset, command.amount)
    entries = _entries(book, Movement((leg,), command.external_id))
    if isinstance(entries, Rejection):
        return entries
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
    return events.HoldPlaced(hold.id, hold, context.now, entries)


def _not_later(expires_at: Moment | None, now: Moment) -> Rejection | None:
    if expires_at is None or expires_at > now:
        return None
    detail = f"It would expire at {expires_at.text()}, and it is {now.text()} already."
    return Rejection(Code.INVALID_EXPIRY, detail, "/expires_at")


def _entries(book: Book, movement: Movement) -> tuple[Entry, ...] | Rejection:
    """The entries of a movement that only sets aside or lets go: it has one leg, so no list."""
    entries = entries_or_objection(book, movement)
    if not isinstance(entries, Rejection):
        return entries
    field = "/amount" if entries.code is Code.AMOUNT_OUT_OF_RANGE else "/account"
    pointer = "/external_id" if entries.code is Code.EXTERNAL_ID_TAKEN else field
    return Rejection(entries.code, entries.detail, pointer, entries.facts)


def change(book: Book, command: commands.ChangeHold, context: Context) -> Decision:
    """Do something to a hold that is there, if its status allows it."""
    action, decide = _CHANGES[type(command)]
    hold = book.resources.get((Hold.kind, command.hold))
    if not isinstance(hold, Hold):
        return Rejection(Code.HOLD_NOT_FOUND, f"There is no hold {command.hold!r} in this ledger.")
    if action not in hold.allowed_actions:
        status, allowed = hold.status.value, ",".join(hold.allowed_actions)
        detail = f"The hold is {status}: it cannot be told to {action}."
        facts = {"status": status, "allowed_actions": allowed}
        return Rejection(Code.INVALID_STATE, detail, None, facts)
    return decide(book, hold, command, context)


def _capture(book: Book, hold: Hold, command: commands.CaptureHold, context: Context) -> Decision:
    amount = sum(posting.amount for posting in command.postings)
    if amount > hold.capturable:
        detail = f"{amount} {hold.asset} would be captured; {hold.capturable} can be."
        facts = {"capturable": str(hold.capturable), "remaining": str(hold.remaining)}
        return Rejection(Code.CAPTURE_EXCEEDS_HOLD, detail, "/postings", facts)
    spent = min(amount, hold.remaining)
    freed = hold.remaining if command.is_final else spent
    legs = _capture_legs(hold, command.postings, amount, -freed)
    entries = _captured_entries(book, legs, command)
    if isinstance(entries, Rejection):
        return entries
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
        entries,
        command.type,
        command.external_id,
        command.metadata,
    )


def _capture_legs(
    hold: Hold, postings: tuple[Posting, ...], amount: int, pending: int
) -> tuple[Leg, ...]:
    """The legs on the other side, and last the hold's own, so that pointers count the given ones."""
    given = (Leg(p.account, p.direction, p.amount, p.asset) for p in postings)
    return (*given, Leg(hold.account, hold.direction, amount, hold.asset, pending))


_CAPTURE_CHECKS = (
    Code.TOO_FEW_POSTINGS,
    Code.TOO_MANY_POSTINGS,
    Code.UNBALANCED_TRANSACTION,
    Code.SAME_ACCOUNT,
)


def _captured_entries(
    book: Book, legs: tuple[Leg, ...], command: commands.CaptureHold
) -> tuple[Entry, ...] | Rejection:
    movement = Movement(legs, command.external_id)
    for code in _CAPTURE_CHECKS:
        if (rejection := CHECKS[code](book, movement)) is not None:
            return rejection
    return entries_or_objection(book, movement)


def _captured_status(after: Hold, *, is_final: bool) -> HoldStatus:
    """An expired hold stays so until nothing of it can be captured any more."""
    if after.status is HoldStatus.EXPIRED:
        return HoldStatus.CAPTURED if is_final or after.capturable <= 0 else HoldStatus.EXPIRED
    return HoldStatus.PARTIALLY_CAPTURED if after.remaining else HoldStatus.CAPTURED


def _increment(
    book: Book, hold: Hold, command: commands.IncrementHold, context: Context
) -> Decision:
    entries = _entries(book, Movement((_aside(hold, command.amount),)))
    if isinstance(entries, Rejection):
        return entries
    more = command.amount
    after = hold.with_changes(amount=hold.amount + more, remaining=hold.remaining + more)
    return events.HoldIncremented(context.identity("evt_"), after, context.now, entries)


def _aside(hold: Hold, pending: int) -> Leg:
    """The leg that sets money aside for a hold, or lets it go."""
    return Leg(hold.account, hold.direction, 0, hold.asset, pending)


def _release(book: Book, hold: Hold, command: commands.ReleaseHold, context: Context) -> Decision:
    amount = hold.remaining if command.amount is None else command.amount
    if amount > hold.remaining:
        detail = f"{amount} {hold.asset} would be released; {hold.remaining} remains."
        facts = {"remaining": str(hold.remaining)}
        return Rejection(Code.RELEASE_EXCEEDS_HOLD, detail, "/amount", facts)
    entries = _entries(book, Movement((_aside(hold, -amount),), only_frees=True))
    if isinstance(entries, Rejection):
        return entries
    left = hold.remaining - amount
    status = hold.status
    if not left:
        status = HoldStatus.CAPTURED if hold.captured else HoldStatus.RELEASED
    after = hold.with_changes(released=hold.released + amount, remaining=left, status=status)
    return events.HoldReleased(
        context.identity("evt_"), after, context.now, entries, command.reason
    )


def _extend(_book: Book, hold: Hold, command: commands.ExtendHold, context: Context) -> Decision:
    if (late := _not_later(command.expires_at, context.now)) is not None:
        return late
    after = hold.with_changes(expires_at=command.expires_at)
    return events.HoldExtended(context.identity("evt_"), after, context.now, ())


def expire(book: Book, hold: Hold, context: Context) -> events.HoldExpired:
    """The fact that a hold has come to its moment; nobody asks for it, so nothing can refuse it."""
    assert hold.due_at is not None, "what is over cannot expire"
    assert hold.due_at <= context.now, "a hold never expires early"
    entries = entries_or_objection(
        book, Movement((_aside(hold, -hold.remaining),), only_frees=True)
    )
    assert not isinstance(entries, Rejection), f"held money can always be let go: {entries}"
    after = hold.with_changes(expired=hold.remaining, remaining=0, status=HoldStatus.EXPIRED)
    return events.HoldExpired(context.identity("evt_"), after, context.now, entries)


_CHANGES: dict[type, tuple[str, Callable[[Book, Hold, Any, Context], Decision]]] = {
    commands.CaptureHold: ("capture", _capture),
    commands.IncrementHold: ("increment", _increment),
    commands.ReleaseHold: ("release", _release),
    commands.ExtendHold: ("extend", _extend),
}
