"""Rows of the database as values of the kernel, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from partita.engine.listing import EntryRow
from partita.engine.log_ports import Cosignature, StoredCheckpoint
from partita.engine.outcome import StoredOutcome
from partita.engine.ports import ApiKey
from partita.journal.encoding import value_decoder
from partita.journal.inline_rows import RESOURCE_KINDS
from partita.journal.notes import Signature
from partita.journal.record import Head
from partita.kernel.account import Account, AccountStatus, Side, Totals
from partita.kernel.asset import Asset
from partita.kernel.book import Standing
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Usage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Row = Sequence[Any]


def to_time(moment: int) -> datetime:
    """A moment as the driver sends it."""
    return _EPOCH + timedelta(microseconds=moment)


def to_moment(time: datetime) -> Moment:
    """A timestamptz as a moment."""
    return Moment((time - _EPOCH) // _MICROSECOND)


def optional_moment(time: datetime | None) -> Moment | None:
    """A timestamptz that may be null."""
    return None if time is None else to_moment(time)


def head(row: Row) -> Head:
    """sequence, recorded_at, frontier, root, outcomes, answers."""
    return Head(row[0], to_moment(row[1]), bytes(row[2]), bytes(row[3]), row[4], bytes(row[5]))


def totals(row: Row) -> Totals:
    """Four sums, null where the account has no entry yet."""
    return Totals(*(int(figure or 0) for figure in row))


_account, _asset = value_decoder(Account), value_decoder(Asset)
_outcome = msgspec.json.Decoder(StoredOutcome)


def standing(row: Row) -> Standing:
    """opening, status, version, four totals."""
    return Standing(_account(row[0]), AccountStatus(row[1]), row[2] or 0, totals(row[3:7]))


_usage = value_decoder(Usage)
_matter = value_decoder(Matter)
_resources = {kind: value_decoder(form) for kind, form in RESOURCE_KINDS.items()}


def resource(row: Row) -> Resource:
    """Kind and body."""
    return _resources.get(row[0], _matter)(row[1])


def usage(row: Row) -> Usage:
    """Body."""
    return _usage(row[0])


def asset(row: Row) -> Asset:
    """Body."""
    return _asset(row[0])


def outcome(body: str) -> StoredOutcome:
    """A stored outcome from its JSON."""
    return _outcome.decode(body)


def entry(row: Row) -> EntryRow:
    """As the query `entries` gives it."""
    amount = int(row[3])
    return EntryRow(
        Entry(
            account=row[0],
            number=row[1],
            version=row[2],
            direction=_side(amount, row[16]),
            amount=abs(amount),
            asset=row[4],
            after=totals(row[5:9]),
            pending=int(row[15]),
        ),
        sequence=row[9],
        leg=row[10],
        effective_at=to_moment(row[11]),
        recorded_at=to_moment(row[12]),
        transaction_id=row[13],
        external_id=row[14],
    )


def _side(amount: int, written: str | None) -> Side:
    """The side of an entry: written where its amount has no sign."""
    if written is not None:
        return Side(written)
    return Side.DEBIT if amount > 0 else Side.CREDIT


def api_key(row: Row) -> ApiKey:
    """As the queries of the keyring give it."""
    return ApiKey(
        id=row[0],
        ledger=row[1],
        name=row[2],
        scope=row[3],
        digest=bytes(row[4]),
        created_at=to_moment(row[5]),
        expires_at=optional_moment(row[6]),
        revoked_at=optional_moment(row[7]),
    )


def checkpoint(row: Row) -> StoredCheckpoint:
    """size, root, note, created_at, answers, answers_frontier."""
    return StoredCheckpoint(row[0], row[1], row[2], to_moment(row[3]), row[4], bytes(row[5]))


def cosignature(row: Row) -> Cosignature:
    """size, key_name, key_id, signature, received_at, answers."""
    return Cosignature(row[0], Signature(row[1], row[2], row[3]), to_moment(row[4]), row[5])
