"""Deliveries of webhooks, in PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.consumers import PostgresConsumers
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.delivery_ports import (
    Attempt,
    Backlog,
    Claim,
    Delivery,
    DeliveryFilter,
    DeliveryStatus,
    Health,
    Noted,
    Replay,
    Tally,
)
from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "deliveries.sql")


class PostgresDeliveries(PostgresConsumers):
    """The webhooks' side of the store."""

    def queue_deliveries(
        self, ledger: LedgerInfo, deliveries: Sequence[Delivery], *, again: bool = False
    ) -> None:
        """Keep new deliveries, in one transaction."""
        query = QUERIES.queue_delivery_again if again else QUERIES.queue_delivery
        # By id, so that two workers that queue the same never wait for each other in a ring.
        ordered = sorted(deliveries, key=lambda each: each.id)
        with self._cursor() as cursor:
            cursor.executemany(query, [_values(ledger, each) for each in ordered])

    def claim_deliveries(self, ledger: LedgerInfo, endpoint: str, claim: Claim) -> list[Delivery]:
        """Claim what is due."""
        query = QUERIES.claim_first_delivery if claim.is_strict else QUERIES.claim_deliveries
        values = {
            "ledger_id": ledger.number,
            "endpoint": endpoint,
            "now": rows.to_time(claim.now),
            "until": rows.to_time(claim.until),
            "limit": claim.limit,
        }
        with self._cursor() as cursor:
            cursor.execute(QUERIES.commit_without_waiting)
            found = cursor.execute(query, values).fetchall()
        return sorted((_delivery(row) for row in found), key=lambda each: each.sequence)

    def note_attempts(self, ledger: LedgerInfo, noted: Sequence[Noted]) -> None:
        """Keep what came of tries, in one transaction."""
        ordered = sorted(noted, key=lambda each: each.after.id)
        attempts = [_attempt_values(ledger, each.attempt) for each in ordered]
        after = [_values(ledger, each.after) for each in ordered]
        tallies = [_tally_values(ledger, each) for each in _tallies(noted)]
        with self._cursor() as cursor:
            cursor.execute(QUERIES.commit_without_waiting)
            cursor.executemany(QUERIES.insert_attempt, attempts)
            cursor.executemany(QUERIES.note_delivery, after)
            cursor.executemany(QUERIES.add_to_health, tallies)

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor in a transaction of its own."""
        with (
            self._writing.use() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            yield cursor

    def delivery(self, ledger: LedgerInfo, identifier: str) -> Delivery | None:
        """A delivery by its id."""
        row = self._one(QUERIES.delivery, {"ledger_id": ledger.number, "id": identifier})
        return None if row is None else _delivery(row)

    def deliveries(
        self, ledger: LedgerInfo, which: DeliveryFilter, before: tuple[int, str] | None, limit: int
    ) -> list[Delivery]:
        """Deliveries, newest first."""
        sequence, endpoint = before or (None, None)
        values = {
            "ledger_id": ledger.number,
            "endpoint": which.endpoint,
            "status": None if which.status is None else which.status.value,
            "event_id": which.event_id,
            "sequence": sequence,
            "before_endpoint": endpoint,
            "limit": limit,
        }
        return [_delivery(row) for row in self._all(QUERIES.deliveries, values)]

    def attempts(self, ledger: LedgerInfo, delivery: str, limit: int) -> list[Attempt]:
        """Tries, newest first."""
        values = {"ledger_id": ledger.number, "delivery": delivery, "limit": limit}
        return [_attempt(row) for row in self._all(QUERIES.attempts, values)]

    def backlogs(self, ledger: LedgerInfo) -> list[Backlog]:
        """What is pending, by endpoint."""
        found = self._all(QUERIES.backlogs, {"ledger_id": ledger.number})
        return [
            Backlog(endpoint, pending, rows.to_moment(oldest), rows.to_moment(due))
            for endpoint, pending, oldest, due in found
        ]

    def healths(self, ledger: LedgerInfo, endpoints: Sequence[str]) -> Mapping[str, Health]:
        """How endpoints fare."""
        values = {"ledger_id": ledger.number, "endpoints": list(endpoints)}
        return {row[0]: _health(row) for row in self._all(QUERIES.healths, values)}

    def drop_deliveries(self, ledger: LedgerInfo, endpoint: str) -> int:
        """Forget what is pending for an endpoint."""
        values = {"ledger_id": ledger.number, "endpoint": endpoint}
        with self._writing.use() as connection, connection.transaction():
            connection.execute(QUERIES.delete_replays, values)
            row = connection.execute(QUERIES.delete_pending, values).fetchone()
        assert row is not None, "a count has a row"
        return int(row[0])

    def prune_deliveries(self, ledger: LedgerInfo, before: Moment, limit: int) -> int:
        """Forget what was finished long ago."""
        values = {"ledger_id": ledger.number, "before": rows.to_time(before), "limit": limit}
        with self._writing.use() as connection:
            row = connection.execute(QUERIES.prune_deliveries, values).fetchone()
        assert row is not None, "a count has a row"
        return int(row[0])

    def add_replay(self, ledger: LedgerInfo, replay: Replay) -> None:
        """Keep a wish for a range."""
        values = {"ledger_id": ledger.number, **msgspec.structs.asdict(replay)}
        values["requested_at"] = rows.to_time(replay.requested_at)
        with self._writing.use() as connection:
            connection.execute(QUERIES.insert_replay, values)

    def replays(self, ledger: LedgerInfo) -> list[Replay]:
        """Ranges that are not done."""
        found = self._all(QUERIES.replays, {"ledger_id": ledger.number})
        return [
            Replay(identifier, endpoint, reached, through, rows.to_moment(asked))
            for identifier, endpoint, reached, through, asked in found
        ]

    def move_replay(self, ledger: LedgerInfo, replay: Replay, to: int) -> bool:
        """Move a range on, or end it."""
        query = QUERIES.end_replay if to >= replay.through else QUERIES.move_replay
        values = {"ledger_id": ledger.number, "id": replay.id, "after": replay.after, "target": to}
        with self._writing.use() as connection:
            return bool(connection.execute(query, values).rowcount)


def _tallies(noted: Iterable[Noted]) -> list[Tally]:
    by_endpoint: dict[str, list[Attempt]] = {}
    for after, attempt in noted:
        by_endpoint.setdefault(after.endpoint, []).append(attempt)
    return [Tally.of(name, by_endpoint[name]) for name in sorted(by_endpoint)]


def _values(ledger: LedgerInfo, delivery: Delivery) -> dict[str, Any]:
    return {
        "ledger_id": ledger.number,
        **msgspec.structs.asdict(delivery),
        "status": delivery.status.value,
        "created_at": rows.to_time(delivery.created_at),
        "next_attempt_at": rows.to_time(delivery.next_attempt_at),
        "finished_at": _time(delivery.finished_at),
    }


def _attempt_values(ledger: LedgerInfo, attempt: Attempt) -> dict[str, Any]:
    values = {"ledger_id": ledger.number, **msgspec.structs.asdict(attempt)}
    return values | {"at": rows.to_time(attempt.at)}


def _tally_values(ledger: LedgerInfo, tally: Tally) -> dict[str, Any]:
    return {
        "ledger_id": ledger.number,
        **msgspec.structs.asdict(tally),
        "failing_since": _time(tally.failing_since),
        "last_success_at": _time(tally.last_success_at),
        "last_failure_at": _time(tally.last_failure_at),
    }


def _time(moment: Moment | None) -> Any:
    return None if moment is None else rows.to_time(moment)


def _moment(time: Any) -> Moment | None:
    return None if time is None else rows.to_moment(time)


def _delivery(row: rows.Row) -> Delivery:
    return Delivery(
        id=row[0],
        endpoint=row[1],
        sequence=row[2],
        event_id=row[3],
        type=row[4],
        status=DeliveryStatus(row[5]),
        tries=row[6],
        created_at=rows.to_moment(row[7]),
        next_attempt_at=rows.to_moment(row[8]),
        finished_at=_moment(row[9]),
        reason=row[10],
    )


def _attempt(row: rows.Row) -> Attempt:
    return Attempt(
        delivery=row[0],
        at=rows.to_moment(row[1]),
        milliseconds=row[2],
        status=row[3],
        error=row[4],
        reply=row[5],
    )


def _health(row: rows.Row) -> Health:
    return Health(
        endpoint=row[0],
        delivered=row[1],
        failed=row[2],
        failures=row[3],
        failing_since=_moment(row[4]),
        last_success_at=_moment(row[5]),
        last_failure_at=_moment(row[6]),
        last_error=row[7],
        parked=row[8],
    )
