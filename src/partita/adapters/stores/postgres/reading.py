"""The read side of the PostgreSQL store: every answer from committed rows, in one query each."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, LiteralString

from partita.adapters.stores.postgres import resources, rows
from partita.adapters.stores.postgres.connecting import ReadingConnections
from partita.adapters.stores.postgres.trees import TREE_QUERIES
from partita.adapters.stores.postgres.unit import QUERIES
from partita.adapters.stores.postgres.verifying import PostgresAudit, auditing
from partita.engine.errors import CorruptJournal, StoreUnavailable
from partita.engine.listing import (
    AccountFilter,
    EntryRow,
    Measure,
    ResourceFilter,
    TransactionFilter,
)
from partita.engine.ports import LedgerInfo
from partita.engine.trees import Tree
from partita.journal.encoding import decode
from partita.journal.record import Head, Record
from partita.kernel.account import Totals
from partita.kernel.asset import Asset
from partita.kernel.book import Standing
from partita.kernel.matters import Matter
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Usage

_BEYOND = 2**62
"""Above every sequence, number and version."""
_ROWS_AT_ONCE = 5_000


class PostgresReader:
    """Answers questions from a pool of connections in the reader's role."""

    def __init__(self, reading: ReadingConnections) -> None:
        """Read through this pool."""
        self._reading = reading

    def _all(
        self, query: LiteralString, values: dict[str, Any], *, binary: bool = False
    ) -> list[rows.Row]:
        """All rows; `binary` for those that carry many bytes, which text would double."""
        try:
            return self._fetch(query, values, binary)
        except StoreUnavailable:
            # Idle connections do not hear that the server was restarted; only a second no counts.
            self._reading.refresh()
            return self._fetch(query, values, binary)

    def _fetch(self, query: LiteralString, values: dict[str, Any], binary: bool) -> list[rows.Row]:
        with self._reading.use() as connection:
            return list(connection.execute(query, values, binary=binary).fetchall())

    def _one(self, query: LiteralString, values: dict[str, Any]) -> rows.Row | None:
        found = self._all(query, values)
        return found[0] if found else None

    def ledgers(self) -> list[LedgerInfo]:
        """Every ledger, by number."""
        found = self._all(QUERIES.ledgers, {})
        return [LedgerInfo(row[0], row[1], rows.to_moment(row[2])) for row in found]

    def head(self, ledger: LedgerInfo) -> Head:
        """Where the journal stands."""
        row = self._one(QUERIES.head, {"ledger_id": ledger.number})
        if row is None:
            raise CorruptJournal(f"the ledger {ledger.name!r} has no head row")
        return rows.head(row)

    def records(self, ledger: LedgerInfo, after: int, limit: int) -> list[Record]:
        """Records above a sequence, in order."""
        values = {"ledger_id": ledger.number, "after": after, "limit": limit}
        return [_record(row) for row in self._all(QUERIES.records_after, values)]

    def bodies(self, ledger: LedgerInfo, after: int, limit: int) -> list[bytes]:
        """The bytes of records above a sequence, in order."""
        values = {"ledger_id": ledger.number, "after": after, "limit": limit}
        return [bytes(row[0]) for row in self._all(QUERIES.bodies_after, values, binary=True)]

    def records_at(self, ledger: LedgerInfo, sequences: Sequence[int]) -> list[Record]:
        """The records of these sequences, the newest first."""
        values = {"ledger_id": ledger.number, "sequences": list(sequences)}
        return [_record(row) for row in self._all(QUERIES.records_at, values)]

    def record_by_id(self, ledger: LedgerInfo, identifier: str) -> Record | None:
        """The record whose event has this id."""
        values = {"ledger_id": ledger.number, "id": identifier}
        row = self._one(QUERIES.record_by_id, values)
        return None if row is None else _record(row)

    def record_by_external_id(self, ledger: LedgerInfo, external_id: str) -> Record | None:
        """The record that took this external id."""
        values = {"ledger_id": ledger.number, "external_id": external_id}
        row = self._one(QUERIES.record_by_external_id, values)
        return None if row is None else _record(row)

    def transactions(
        self, ledger: LedgerInfo, which: TransactionFilter, before: int | None, limit: int
    ) -> list[Record]:
        """Transactions, newest first."""
        values: dict[str, Any] = {
            "ledger_id": ledger.number,
            "account": which.account,
            "external_id": which.external_id,
            "key": which.key,
            "before": _BEYOND if before is None else before,
            "limit": limit,
            **_spans(which),
        }
        if which.external_id is not None or which.key is not None:
            named = self._all(QUERIES.transactions_by_reference, values)
            # One at most, so the other conditions need no index.
            return [r for r in map(_record, named) if which.admits(r)][:limit]
        if which.account is not None:
            found = self._all(QUERIES.transactions_of_account, values)
        else:
            found = self._all(QUERIES.transactions, self._by_place(ledger, which, values))
        return [_record(row) for row in found]

    def _by_place(
        self, ledger: LedgerInfo, which: TransactionFilter, values: dict[str, Any]
    ) -> dict[str, Any]:
        """Bounds of time as bounds of sequence, which the primary key serves."""
        after, before = 0, values["before"]
        if which.recorded_from is not None:
            after = self.sequence_at(ledger, Moment(which.recorded_from - 1))
        if which.recorded_to is not None:
            last = self.sequence_at(ledger, Moment(which.recorded_to - 1))
            before = min(before, last + 1)
        return {**values, "after": after, "before": before}

    def account(self, ledger: LedgerInfo, reference: str) -> Standing | None:
        """An account by path or id."""
        values = {"ledger_id": ledger.number, "paths": [reference], "ids": [reference]}
        row = self._one(QUERIES.standings, values)
        return None if row is None else rows.standing(row)

    def accounts(
        self, ledger: LedgerInfo, which: AccountFilter, before: int | None, limit: int
    ) -> list[Standing]:
        """Accounts, newest first."""
        values = {
            "ledger_id": ledger.number,
            "before": _BEYOND if before is None else before,
            "prefix": which.path_prefix,
            "asset": which.asset,
            "type": which.type,
            "status": None if which.status is None else which.status.value,
            "limit": limit,
        }
        return [rows.standing(row) for row in self._all(QUERIES.accounts, values)]

    def assets(self, ledger: LedgerInfo) -> list[Asset]:
        """The registered assets, by code."""
        values = {"ledger_id": ledger.number}
        return [rows.asset(row) for row in self._all(QUERIES.assets, values)]

    def resource(self, ledger: LedgerInfo, kind: str, identifier: str) -> Resource | None:
        """A resource as it is now."""
        values = {"ledger_id": ledger.number, "kind": kind, "id": identifier}
        row = self._one(resources.QUERIES.resource, values)
        return None if row is None else rows.resource(row)

    def resources(
        self, ledger: LedgerInfo, which: ResourceFilter, before: int | None, limit: int
    ) -> list[Resource]:
        """Resources of one kind, newest first."""
        queries = resources.QUERIES
        query = queries.resources if which.name is None else queries.resources_by_name
        if which.account is not None:
            query = queries.resources_of_account
        elif which.about is not None:
            query = queries.resources_about
        values = {
            "ledger_id": ledger.number,
            "kind": which.kind,
            "account": which.account,
            "state": which.state,
            "name": which.name,
            "about": which.about,
            "before": _BEYOND if before is None else before,
            "limit": limit,
        }
        return [rows.resource(row) for row in self._all(query, values)]

    def matters_due(
        self, ledger: LedgerInfo, by: Moment, limit: int, kinds: Sequence[str] = ()
    ) -> list[Matter]:
        """Matters that are due by a moment, the longest waiting first."""
        values = {
            "ledger_id": ledger.number,
            "due_by": rows.to_time(by),
            "kinds": list(kinds) or None,
            "limit": limit,
        }
        found = map(rows.resource, self._all(resources.QUERIES.matters_due, values))
        return [each for each in found if isinstance(each, Matter)]

    def usages(
        self, ledger: LedgerInfo, limit: str, by: Measure, after: Usage | None, count: int
    ) -> list[Usage]:
        """What was used of a limit, by subject, where the most is kept first."""
        values = {
            "ledger_id": ledger.number, "limit_id": limit, "count": count,
            "kept": None if after is None else by.kept(after),
            "subject": None if after is None else after.subject,
        }  # fmt: skip
        by_amount, by_uses = resources.QUERIES.usages_by_amount, resources.QUERIES.usages_by_uses
        query = by_amount if by is Measure.AMOUNT else by_uses
        return [rows.usage(row) for row in self._all(query, values)]

    def resources_by_id(self, ledger: LedgerInfo, identifiers: Sequence[str]) -> list[Resource]:
        """Holds and transactions by their ids."""
        values = {"ledger_id": ledger.number, "ids": list(identifiers)}
        return [rows.resource(row) for row in self._all(resources.QUERIES.resources_by_id, values)]

    def held(self, ledger: LedgerInfo, numbers: Sequence[int]) -> dict[int, int]:
        """What open holds set aside, by account."""
        values = {"ledger_id": ledger.number, "accounts": list(numbers)}
        return {row[0]: int(row[1]) for row in self._all(resources.QUERIES.held, values)}

    def records_about(
        self, ledger: LedgerInfo, identifier: str, after: int, limit: int
    ) -> list[Record]:
        """The records that changed a resource, in order."""
        values = {"ledger_id": ledger.number, "id": identifier, "after": after, "limit": limit}
        return [_record(row) for row in self._all(resources.QUERIES.records_about, values)]

    def entries(
        self, ledger: LedgerInfo, number: int, before: int | None, limit: int
    ) -> list[EntryRow]:
        """An account's entries, newest first."""
        values = {
            "ledger_id": ledger.number,
            "account": number,
            "before": _BEYOND if before is None else before,
            "limit": limit,
        }
        return [rows.entry(row) for row in self._all(QUERIES.entries, values)]

    def sequence_at(self, ledger: LedgerInfo, moment: Moment) -> int:
        """The last sequence recorded by a moment."""
        bounded = min(max(moment, EARLIEST), LATEST)
        values = {"ledger_id": ledger.number, "moment": rows.to_time(bounded)}
        row = self._one(QUERIES.sequence_at, values)
        return 0 if row is None else int(row[0])

    def totals_at(self, ledger: LedgerInfo, number: int, sequence: int) -> Totals:
        """Totals as of a sequence."""
        values = {"ledger_id": ledger.number, "account": number, "sequence": sequence}
        row = self._one(QUERIES.totals_at, values)
        return Totals() if row is None else rows.totals(row)

    def trial_balance_now(self, ledger: LedgerInfo) -> Iterator[tuple[Standing, Totals]]:
        """Every account with its totals, by path; streamed, whatever the number of accounts."""
        with (
            self._reading.use() as connection,
            connection.transaction(),
            connection.cursor(name="trial_balance") as cursor,
        ):
            cursor.itersize = _ROWS_AT_ONCE
            for row in cursor.execute(QUERIES.trial_balance, {"ledger_id": ledger.number}):
                standing = rows.standing(row)
                yield standing, standing.totals

    def net_credits_at(
        self, ledger: LedgerInfo, which: AccountFilter, sequence: int
    ) -> Generator[tuple[str, int], None, None]:
        """Path and credits less debits of each account there was as of a sequence; streamed."""
        values = {
            "ledger_id": ledger.number,
            "sequence": sequence,
            "prefix": which.path_prefix,
            "asset": which.asset,
            "type": which.type,
        }
        with (
            self._reading.use() as connection,
            connection.transaction(),
            connection.cursor(name="net_credits_at") as cursor,
        ):
            cursor.itersize = _ROWS_AT_ONCE
            for path, net in cursor.execute(TREE_QUERIES.net_credits_at, values):
                yield path, int(net)

    def tree(self, ledger: LedgerInfo, title: str, epoch: int) -> Tree | None:
        """The tree of this title and epoch."""
        values = {"ledger_id": ledger.number, "title": title, "epoch": epoch}
        row = self._one(TREE_QUERIES.liability_tree, values)
        return None if row is None else Tree(title, epoch, *map(int, row))

    def tile(self, ledger: LedgerInfo, tree: Tree, level: int, place: int) -> bytes | None:
        """The nodes of one tile."""
        values = {
            "ledger_id": ledger.number,
            "title": tree.title,
            "epoch": tree.epoch,
            "level": level,
            "place": place,
        }
        row = self._one(TREE_QUERIES.liability_tile, values)
        return None if row is None else bytes(row[0])

    def audit(self, ledger: LedgerInfo) -> AbstractContextManager[PostgresAudit]:
        """Hold still one moment of a ledger while all of it is looked at."""
        return auditing(self._reading, ledger)


def _record(row: rows.Row) -> Record:
    return decode(row[0].encode(), bytes(row[1]))


def _spans(which: TransactionFilter) -> dict[str, Any]:
    """Half-open spans of time; an open end lies beyond the calendar, so that its ends belong."""
    spans = {
        "recorded_from": (which.recorded_from, "-infinity"),
        "recorded_to": (which.recorded_to, "infinity"),
        "effective_from": (which.effective_from, "-infinity"),
        "effective_to": (which.effective_to, "infinity"),
    }
    return {name: end if at is None else rows.to_time(at) for name, (at, end) in spans.items()}
