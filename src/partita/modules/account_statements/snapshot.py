"""An account statement: opening, entries, closing, of one account over a span of effective time.

It says up to which record of the journal it knows, so it is the same whenever it is made again:
what was entered later belongs to a later statement of the same span. Its hash stands in the journal.
"""

from hashlib import sha256

import msgspec

from partita.engine.listing import EntryRow
from partita.kernel.account import Account, Side
from partita.kernel.moment import Moment

TOPIC = "account_statement"
FORMAT = "1"
_encode = msgspec.json.Encoder().encode


class StatementLine(msgspec.Struct, frozen=True):
    """One entry, by effective time; `amount` and `balance` are signed on the account's normal side."""

    effective_at: str
    recorded_at: str
    sequence: str
    version: str
    transaction_id: str
    external_id: str | None
    direction: str
    amount: str
    balance: str


class Summary(msgspec.Struct, frozen=True):
    """What a statement comes to; with the hash of the whole it stands in the journal.

    `known_through` is the last of the account's entries that was known, by its record's sequence;
    `first_sequence` and `last_sequence` bound the records of the lines. Amounts are minor units.
    """

    format: str
    ledger: str
    account: str
    account_id: str
    asset: str
    scale: int
    normal_side: str
    begins_at: str
    ends_at: str
    known_through: str
    opening: str
    closing: str
    debits: str
    credits: str
    lines: int
    first_sequence: str | None
    last_sequence: str | None


class AccountStatement(msgspec.Struct, frozen=True):
    """A whole statement: what it comes to, and every line."""

    summary: Summary
    lines: tuple[StatementLine, ...]

    def content(self) -> bytes:
        """The bytes that are hashed: compact JSON, fields in their order, in UTF-8."""
        return _encode(self)

    def sha256(self) -> str:
        """The hash of the content, in hexadecimal."""
        return sha256(self.content()).hexdigest()


class SealedSummary(msgspec.Struct, frozen=True):
    """What stands in the journal of an issued statement."""

    summary: Summary
    sha256: str


class Wanted(msgspec.Struct, frozen=True):
    """Which statement: of an account, effective from `begins_at` (inclusive) to `ends_at` (exclusive).

    `known_through` is the sequence of the last record that counts.
    """

    account: Account
    begins_at: Moment
    ends_at: Moment
    known_through: int


def statement_of(
    ledger: str, wanted: Wanted, scale: int, opening: int, rows: list[EntryRow]
) -> AccountStatement:
    """The statement over an opening balance and the entries of the span, in any order."""
    account, lines, balance = wanted.account, [], opening
    ordered = sorted(rows, key=lambda row: (row.effective_at, row.sequence, row.leg))
    for row in ordered:
        entry = row.entry
        amount = entry.amount if entry.direction is account.normal_side else -entry.amount
        balance += amount
        lines.append(
            StatementLine(
                row.effective_at.text(), row.recorded_at.text(), str(row.sequence),
                str(entry.version), row.transaction_id, row.external_id, entry.direction.value,
                str(amount), str(balance),
            )
        )  # fmt: skip
    sequences = [row.sequence for row in ordered]
    summary = Summary(
        format=FORMAT,
        ledger=ledger,
        account=account.path,
        account_id=account.id,
        asset=account.asset,
        scale=scale,
        normal_side=account.normal_side.value,
        begins_at=wanted.begins_at.text(),
        ends_at=wanted.ends_at.text(),
        known_through=str(wanted.known_through),
        opening=str(opening),
        closing=str(balance),
        debits=str(_sum(ordered, Side.DEBIT)),
        credits=str(_sum(ordered, Side.CREDIT)),
        lines=len(lines),
        first_sequence=str(min(sequences)) if sequences else None,
        last_sequence=str(max(sequences)) if sequences else None,
    )
    return AccountStatement(summary, tuple(lines))


def _sum(rows: list[EntryRow], side: Side) -> int:
    return sum(row.entry.amount for row in rows if row.entry.direction is side)
