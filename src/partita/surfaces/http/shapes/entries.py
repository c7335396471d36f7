"""Entries on the wire: an account's register, each line with the balance after it."""

from typing import Literal

import msgspec

from partita.engine.listing import EntryRow
from partita.kernel.account import Side
from partita.surfaces.http.shapes.balances import Figures, figures
from partita.surfaces.http.shapes.fields import Amount, ListShape, Timestamp


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A posting as recorded. `leg` is its place in the transaction at `sequence`."""

    object: Literal["entry"] = "entry"
    transaction_id: str
    external_id: str | None
    account: str
    direction: Side
    amount: Amount
    asset: str
    scale: int
    account_version: int
    balance_after: Figures
    sequence: str
    leg: int
    effective_at: Timestamp
    recorded_at: Timestamp


class EntryList(ListShape, frozen=True, kw_only=True):
    """A page of an account's entries, newest first."""

    data: list[Entry]


def entry(row: EntryRow, side: Side, scale: int) -> Entry:
    """The reply that an entry is; `side` is its account's normal one."""
    recorded = row.entry
    return Entry(
        transaction_id=row.transaction_id,
        external_id=row.external_id,
        account=recorded.account,
        direction=recorded.direction,
        amount=str(recorded.amount),
        asset=recorded.asset,
        scale=scale,
        account_version=recorded.version,
        balance_after=figures(recorded.after, side),
        sequence=str(row.sequence),
        leg=row.leg,
        effective_at=row.effective_at.text(),
        recorded_at=row.recorded_at.text(),
    )
