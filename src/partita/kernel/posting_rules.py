"""The rules of posting: one pure check each, in a table by precedence.

`decide` runs the short way first (`entries_of`), which only knows yes or no. If it says no, the
table here is walked in order and the first check that objects is the answer. So the rare path
can afford to explain, and the order of answers is written in one place.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from partita.kernel.account import AccountStatus, FreezeFlow, Side, Totals
from partita.kernel.amount import LARGEST
from partita.kernel.balance import balance
from partita.kernel.book import Book, Standing
from partita.kernel.commands import PostTransaction
from partita.kernel.limits import Breach, breach
from partita.kernel.posting import Entry, Leg, Posting
from partita.kernel.rejections import Code, Rejection

MOST_POSTINGS = 1_000
_OPEN, _DEBIT = AccountStatus.OPEN, Side.DEBIT


def entries_of(book: Book, command: PostTransaction) -> tuple[Entry, ...] | None:
    """The entries that the command's postings become, or None if any rule objects.

    Every transaction passes here, so it is one loop without calls, longer than is our habit.
    """
    postings = command.postings
    if not 2 <= len(postings) <= MOST_POSTINGS or command.external_id in book.external_ids:
        return None
    standings = book.standings
    last: dict[str, Entry] = {}
    entries: list[Entry] = []
    sums: dict[str, int] = {}
    for posting in postings:
        standing = standings.get(posting.account)
        if standing is None or (standing.status is not _OPEN and _is_stopped(standing, posting)):
            return None
        account, amount, side, asset = (
            standing.account, posting.amount, posting.direction, posting.asset
        )  # fmt: skip
        path = account.path
        version, before = standing.version + 1, standing.totals
        if path in last:
            previous = last[path]
            if previous.direction is not side:
                return None
            version, before = previous.version + 1, previous.after
        debits, credits = before.posted_debits, before.posted_credits
        if side is _DEBIT:
            debits += amount
            sums[asset] = sums.get(asset, 0) + amount
        else:
            credits += amount
            sums[asset] = sums.get(asset, 0) - amount
        if asset != account.asset or amount <= 0 or debits > LARGEST or credits > LARGEST:
            return None
        after = Totals(debits, credits, before.pending_debits, before.pending_credits)
        entry = Entry(path, account.number, version, side, amount, asset, after)
        last[path] = entry
        entries.append(entry)
    if any(sums.values()) or not _within_limits(standings, last):
        return None
    if command.conditions and _condition_broken(book, command) is not None:
        return None
    return tuple(entries)


def _is_stopped(standing: Standing, posting: Posting) -> bool:
    return standing.status.stops(posting.direction, standing.account.normal_side)


def _within_limits(standings: dict[str, Standing], last: dict[str, Entry]) -> bool:
    for path, entry in last.items():
        standing = standings[path]
        account = standing.account
        # An account is only on one side of a transaction: it rises and has ceilings to mind, or
        # it falls and has floors.
        rises = entry.direction is account.normal_side
        if standing.has_ceiling if rises else standing.has_floor:
            limits, before = account.constraints, standing.totals
            if breach(limits, account.normal_side, before, entry.after) is not None:
                return False
    return True


def objection(book: Book, command: PostTransaction) -> Rejection:
    """The rejection of highest precedence of a command that `entries_of` did not accept."""
    for code, check in CHECKS.items():
        rejection = check(book, command)
        if rejection is not None:
            assert rejection.code is code, "a check answers with its own code"
            return rejection
    raise AssertionError("a refused posting breaks one of the rules in the table")


def _too_few(_book: Book, command: PostTransaction) -> Rejection | None:
    count = len(command.postings)
    if count >= 2:
        return None
    return Rejection(Code.TOO_FEW_POSTINGS, f"There are {count} postings.", "/postings")


def _too_many(_book: Book, command: PostTransaction) -> Rejection | None:
    count = len(command.postings)
    if count <= MOST_POSTINGS:
        return None
    return Rejection(Code.TOO_MANY_POSTINGS, f"There are {count} postings.", "/postings")


def _amount_out_of_range(book: Book, command: PostTransaction) -> Rejection | None:
    totals: dict[tuple[str, Side], int] = {}
    for n, posting in enumerate(command.postings):
        standing = book.standings.get(posting.account)
        # By path: one account may be named by its path in one leg and by its id in the next.
        key = (standing.account.path if standing else posting.account, posting.direction)
        totals[key] = totals.get(key) or _total(book, posting)
        totals[key] += posting.amount
        if posting.amount <= 0 or totals[key] > LARGEST:
            return Rejection(
                Code.AMOUNT_OUT_OF_RANGE,
                f"Posting {n} moves {posting.amount} {posting.asset} and brings the account's"
                f" {posting.direction.value} total to {totals[key]}; both must be 1 to 38 digits.",
                f"/postings/{n}/amount",
            )
    return None


def _total(book: Book, posting: Posting) -> int:
    standing = book.standings.get(posting.account)
    if standing is None:
        return 0
    totals = standing.totals
    return totals.posted_debits if posting.direction is _DEBIT else totals.posted_credits


def _unbalanced(_book: Book, command: PostTransaction) -> Rejection | None:
    sums: dict[str, list[int]] = {}
    for posting in command.postings:
        both = sums.setdefault(posting.asset, [0, 0])
        both[posting.direction is not _DEBIT] += posting.amount
    for asset, (debits, credits) in sums.items():
        if debits != credits:
            return Rejection(
                Code.UNBALANCED_TRANSACTION,
                f"In {asset}, debits are {debits} and credits are {credits}:"
                f" they differ by {abs(debits - credits)}.",
                "/postings",
                {"asset": asset, "debits": str(debits), "credits": str(credits),
                 "difference": str(debits - credits)},
            )  # fmt: skip
    return None


def _same_account(book: Book, command: PostTransaction) -> Rejection | None:
    sides: dict[str, Side] = {}
    for n, posting in enumerate(command.postings):
        standing = book.standings.get(posting.account)
        path = standing.account.path if standing else posting.account
        if sides.setdefault(path, posting.direction) is not posting.direction:
            return Rejection(
                Code.SAME_ACCOUNT,
                f"{path} stands on both sides of the transaction.",
                f"/postings/{n}/account",
            )
    return None


def _external_id_taken(book: Book, command: PostTransaction) -> Rejection | None:
    if command.external_id not in book.external_ids:
        return None
    return Rejection(
        Code.EXTERNAL_ID_TAKEN,
        f"The external_id {command.external_id!r} belongs to an earlier transaction.",
        "/external_id",
    )


def _account_not_found(book: Book, command: PostTransaction) -> Rejection | None:
    for n, posting in enumerate(command.postings):
        if posting.account not in book.standings:
            return Rejection(
                Code.ACCOUNT_NOT_FOUND,
                f"There is no account {posting.account!r} in this ledger.",
                f"/postings/{n}/account",
            )
    return None


def _asset_mismatch(book: Book, command: PostTransaction) -> Rejection | None:
    for n, posting, standing in _placed(book, command):
        if posting.asset != standing.account.asset:
            return Rejection(
                Code.ASSET_MISMATCH,
                f"{standing.account.path} holds {standing.account.asset}, not {posting.asset}.",
                f"/postings/{n}/asset",
            )
    return None


def _placed(book: Book, command: PostTransaction) -> Iterator[tuple[int, Posting, Standing]]:
    for n, posting in enumerate(command.postings):
        standing = book.standings.get(posting.account)
        if standing is not None:
            yield n, posting, standing


def _account_closed(book: Book, command: PostTransaction) -> Rejection | None:
    for n, _posting, standing in _placed(book, command):
        if standing.status is AccountStatus.CLOSED:
            detail = f"{standing.account.path} is closed."
            return Rejection(Code.ACCOUNT_CLOSED, detail, f"/postings/{n}/account")
    return None


def _account_frozen(book: Book, command: PostTransaction) -> Rejection | None:
    for n, posting, standing in _placed(book, command):
        flow = standing.status.frozen
        if flow is not None and _is_stopped(standing, posting):
            detail = f"{standing.account.path} is frozen{_WHAT_STOPS[flow]}."
            return Rejection(Code.ACCOUNT_FROZEN, detail, f"/postings/{n}/account")
    return None


_WHAT_STOPS = {
    FreezeFlow.IN: ": nothing may go in",
    FreezeFlow.OUT: ": nothing may go out",
    FreezeFlow.BOTH: "",
}


def _breach(code: Code, *, floor: bool) -> Callable[..., Rejection | None]:
    def check(book: Book, command: PostTransaction) -> Rejection | None:
        for n, standing, after in _afterwards(book, command):
            account = standing.account
            found = breach(account.constraints, account.normal_side, standing.totals, after)
            if found is not None and found.is_floor is floor:
                return _breach_rejection(code, n, standing, found)
        return None

    return check


def _breach_rejection(code: Code, n: int, standing: Standing, found: Breach) -> Rejection:
    account, short = standing.account, abs(found.bound - found.after)
    word = "below its floor" if found.is_floor else "above its ceiling"
    return Rejection(
        code,
        f"{account.path} has {found.before} {account.asset} and would have {found.after},"
        f" {short} {word} ({found.limit} {found.bound}).",
        f"/postings/{n}",
        {"account": account.path, "limit": found.limit, "bound": str(found.bound),
         "before": str(found.before), "after": str(found.after), "short_by": str(short)},
    )  # fmt: skip


def _afterwards(book: Book, command: PostTransaction) -> Iterator[tuple[int, Standing, Totals]]:
    """Each account once, with its totals after all of its postings."""
    last: dict[str, tuple[int, Standing, Totals]] = {}
    for n, posting, standing in _placed(book, command):
        first, _, before = last.get(standing.account.path, (n, standing, standing.totals))
        last[standing.account.path] = (first, standing, totals_after(before, posting))
    yield from last.values()


def totals_after(before: Totals, posting: Posting) -> Totals:
    """An account's totals once one more posting has gone through it."""
    amount, pending = posting.amount, posting.pending if isinstance(posting, Leg) else 0
    debits, credits, coming, going = msgspec.structs.astuple(before)
    if posting.direction is _DEBIT:
        return Totals(debits + amount, credits, coming + pending, going)
    return Totals(debits, credits + amount, coming, going + pending)


def _version_conflict(book: Book, command: PostTransaction) -> Rejection | None:
    for condition in command.conditions:
        n, wanted = condition.posting, condition.if_version
        standing = book.standings.get(command.postings[n].account)
        if standing is not None and wanted not in (None, standing.version):
            path = standing.account.path
            return Rejection(
                Code.VERSION_CONFLICT,
                f"{path} is at version {standing.version}, not {wanted}.",
                f"/postings/{n}/if_version",
                {"account": path, "version": str(standing.version)},
            )
    return None


def _balance_condition_failed(book: Book, command: PostTransaction) -> Rejection | None:
    after = {s.account.path: totals for _, s, totals in _afterwards(book, command)}
    for condition in command.conditions:
        n = condition.posting
        standing = book.standings.get(command.postings[n].account)
        if standing is None:
            continue
        account = standing.account
        totals = after[account.path]
        broken = condition.broken(totals, account.normal_side)
        if broken is not None:
            figure = broken.figure(balance(totals, account.normal_side))
            name, wanted = broken.field.value, f"{broken.operator.value} {broken.bound}"
            return Rejection(
                Code.BALANCE_CONDITION_FAILED,
                f"{account.path} would have {name} {figure} {account.asset}; wanted is {wanted}.",
                f"/postings/{n}/if_balance/{name}",
                {"account": account.path, "field": name, "after": str(figure)},
            )
    return None


def _condition_broken(book: Book, command: PostTransaction) -> Rejection | None:
    return _version_conflict(book, command) or _balance_condition_failed(book, command)


CHECKS: dict[Code, Callable[[Book, Any], Rejection | None]] = {
    Code.TOO_FEW_POSTINGS: _too_few,
    Code.TOO_MANY_POSTINGS: _too_many,
    Code.AMOUNT_OUT_OF_RANGE: _amount_out_of_range,
    Code.UNBALANCED_TRANSACTION: _unbalanced,
    Code.SAME_ACCOUNT: _same_account,
    Code.EXTERNAL_ID_TAKEN: _external_id_taken,
    Code.ACCOUNT_NOT_FOUND: _account_not_found,
    Code.ASSET_MISMATCH: _asset_mismatch,
    Code.ACCOUNT_CLOSED: _account_closed,
    Code.ACCOUNT_FROZEN: _account_frozen,
    Code.VERSION_CONFLICT: _version_conflict,
    Code.INSUFFICIENT_FUNDS: _breach(Code.INSUFFICIENT_FUNDS, floor=True),
    Code.LIMIT_EXCEEDED: _breach(Code.LIMIT_EXCEEDED, floor=False),
    Code.BALANCE_CONDITION_FAILED: _balance_condition_failed,
}
"""Every rule of posting by precedence; the order agrees with `Code`, by test."""
