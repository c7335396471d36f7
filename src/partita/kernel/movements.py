"""Movements: legs that may set money aside and let it go, besides moving it. The general way.

Holds and pending transactions come through here. Ordinary transactions, nearly all of a ledger,
take the short way of `posting_rules.entries_of`; the checks are the same ones, out of one table.
"""

import msgspec

from partita.kernel.amount import LARGEST
from partita.kernel.book import Book
from partita.kernel.commands import PostTransaction
from partita.kernel.posting import Entry, Leg
from partita.kernel.posting_rules import CHECKS, totals_after
from partita.kernel.rejections import Code, Rejection


class Movement(msgspec.Struct, frozen=True):
    """The legs of one event. One that only lets money go is allowed on a frozen account.

    `shape` are those postings that must make up a transaction by themselves: 2 to 1,000 that
    balance; None if the event is none, as when a hold is placed.
    """

    postings: tuple[Leg, ...]
    external_id: str | None = None
    only_frees: bool = False
    shape: PostTransaction | None = None


_OF_A_TRANSACTION = (
    Code.TOO_FEW_POSTINGS,
    Code.TOO_MANY_POSTINGS,
    Code.AMOUNT_OUT_OF_RANGE,
    Code.UNBALANCED_TRANSACTION,
    Code.SAME_ACCOUNT,
)
_OF_ALL = (
    Code.EXTERNAL_ID_TAKEN,
    Code.ACCOUNT_NOT_FOUND,
    Code.ASSET_MISMATCH,
    Code.ACCOUNT_CLOSED,
    Code.ACCOUNT_FROZEN,
    Code.INSUFFICIENT_FUNDS,
    Code.LIMIT_EXCEEDED,
)
_ALWAYS_ALLOWED = {Code.ACCOUNT_FROZEN, Code.INSUFFICIENT_FUNDS, Code.LIMIT_EXCEEDED}
"""What does not stand in the way of letting money go."""


def entries_or_objection(book: Book, movement: Movement) -> tuple[Entry, ...] | Rejection:
    """The entries that the legs become, or the rejection of highest precedence."""
    entries = tuple(_entries(book, movement))
    rejection = _misshapen(book, movement, entries)
    for code in _OF_ALL:
        if rejection is not None:
            return rejection
        if not (movement.only_frees and code in _ALWAYS_ALLOWED):
            rejection = CHECKS[code](book, movement)
    return entries if rejection is None else rejection


def reference_taken(book: Book, command: object) -> Rejection | None:
    """The objection to a command's own reference, where there are no legs to be judged."""
    wanted = Movement((), getattr(command, "external_id", None))
    return CHECKS[Code.EXTERNAL_ID_TAKEN](book, wanted)


def objection_in(found: tuple[Entry, ...] | Rejection) -> Rejection | None:
    """The objection, if it is one."""
    return found if isinstance(found, Rejection) else None


def made(found: tuple[Entry, ...] | Rejection) -> tuple[Entry, ...]:
    """The entries, where an objection has been ruled out."""
    assert not isinstance(found, Rejection), f"an objection was overlooked: {found}"
    return found


def _misshapen(book: Book, movement: Movement, entries: tuple[Entry, ...]) -> Rejection | None:
    """What is wrong with the postings and amounts, whatever the accounts are like."""
    for code in _OF_A_TRANSACTION:
        found = None if movement.shape is None else CHECKS[code](book, movement.shape)
        if found is None and code is Code.AMOUNT_OUT_OF_RANGE:
            found = _out_of_range(movement, entries)
        if found is not None:
            return found
    return None


def _entries(book: Book, movement: Movement) -> list[Entry]:
    """The entries of the legs whose accounts are there."""
    last: dict[str, Entry] = {}
    entries = []
    for leg in movement.postings:
        standing = book.standings.get(leg.account)
        if standing is None:
            continue
        account = standing.account
        previous = last.get(account.path)
        version = (previous.version if previous else standing.version) + 1
        after = totals_after(previous.after if previous else standing.totals, leg)
        entry = Entry(
            account.path, account.number, version, leg.direction, leg.amount, leg.asset, after,
            leg.pending,
        )  # fmt: skip
        last[account.path] = entry
        entries.append(entry)
    return entries


def _out_of_range(movement: Movement, entries: tuple[Entry, ...]) -> Rejection | None:
    for n, leg in enumerate(movement.postings):
        if leg.amount < 0 or (leg.amount == 0 and leg.pending == 0):
            detail = f"Posting {n} moves {leg.amount} {leg.asset}; at least 1 can be moved."
            return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, f"/postings/{n}/amount")
    for entry in entries:
        totals: tuple[int, ...] = msgspec.structs.astuple(entry.after)
        assert min(totals) >= 0, f"{entry.account}: more would be let go than is set aside"
        if max(totals) > LARGEST:
            detail = f"A running total of {entry.account} would pass 38 digits."
            return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, "/amount")
    return None
