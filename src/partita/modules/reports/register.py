"""The general ledger: each account's opening, its entries of a span in effective order, its closing."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from partita.engine.listing import EntryRow
from partita.kernel.account import Account, Side
from partita.modules.reports.report import Block, Line, Role, Span

LEDGER_COLUMNS = ("debit", "credit", "balance")


class Leaf(NamedTuple):
    """An account, its net debits before the span, and its entries in the span, in any order."""

    account: Account
    opening: int
    entries: tuple[EntryRow, ...]


def general_ledger(asset: str, scale: int, accounts: Iterable[Leaf]) -> Block:
    """Accounts by path; the balance runs on the account's normal side."""
    in_order = sorted(accounts, key=lambda leaf: leaf.account.path.split(":"))
    return Block(asset, scale, tuple(line for leaf in in_order for line in _account(leaf)))


def in_span(rows: Iterable[EntryRow], span: Span) -> Iterator[EntryRow]:
    """The entries effective in a span, as known at its sequence."""
    for row in rows:
        if row.sequence > span.sequence or not row.entry.amount:
            continue
        started = span.start is None or row.effective_at >= span.start
        if started and (span.end is None or row.effective_at < span.end):
            yield row


def _account(leaf: Leaf) -> Iterator[Line]:
    sign = 1 if leaf.account.normal_side is Side.DEBIT else -1
    net, debits, credits = leaf.opening, 0, 0
    yield Line(Role.SECTION, leaf.account.path, (None, None, None))
    yield Line(Role.BALANCE, "opening", (None, None, sign * net), 1)
    for row in sorted(leaf.entries, key=lambda row: (row.effective_at, row.sequence, row.leg)):
        amount, is_debit = row.entry.amount, row.entry.direction is Side.DEBIT
        net += amount if is_debit else -amount
        debits, credits = debits + amount * is_debit, credits + amount * (not is_debit)
        sides = (amount, None) if is_debit else (None, amount)
        label = row.external_id or row.transaction_id
        amounts = (*sides, sign * net)
        yield Line(Role.ENTRY, label, amounts, 1, row.effective_at, row.transaction_id)
    yield Line(Role.TOTAL, "closing", (debits, credits, sign * net), 1)
