"""Whatever is changed in a store behind the program's back is found, and the right row is named.

PostgreSQL is edited by a superuser who has switched the guards off; every column of every row of a
ledger that has one of everything. The memory store is edited through its innards.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import msgspec
import psycopg
import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.stores.postgres.verifying import PostgresAudit
from partita.engine.idempotency import wish
from partita.engine.ports import LedgerInfo
from partita.engine.verification import VerificationReport, verify_ledger
from partita.journal.findings import Finding
from partita.kernel.account import AccountStatus
from partita.kernel.moment import Moment
from partita.wiring import Application, FullStore
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.journal import specimen

PLACES = {
    "journal": "sequence",
    "entry": "sequence",
    "account": "number",
    "asset": "code",
    "outcome": "encode(key, 'hex')",
    "resource": "id",
    "resource_change": "sequence",
    "limit_usage": "limit_id || ' ' || subject",
    "head": "ledger_id",
}
# Another value of the same type, far from every value there is.
OTHERS = {
    "bigint": "coalesce({0}, 0) + 1000000",
    "integer": "{0} + 1000",
    "smallint": "{0} + 1000",
    "numeric": "case when {0} > 0 then {0} - 1 else {0} + 1 end",
    "text": "coalesce({0}, '') || '!'",
    "bytea": "coalesce(set_byte({0}, 0, get_byte({0}, 0) # 1), '\\x00')",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
}


# A forger of that rank is not held up by a unique index either.
DROP_INDEXES = """
do $$
declare one record;
begin
    for one in
        select i.indexrelid::regclass as name, i.indrelid::regclass as owner, c.conname
        from pg_index as i left join pg_constraint as c on c.conindid = i.indexrelid
        where i.indrelid::regclass::text = any('{journal,account,outcome,resource}')
            and not i.indisprimary
    loop
        if one.conname is null then execute format('drop index %s', one.name);
        else execute format('alter table %s drop constraint %I', one.owner, one.conname);
        end if;
    end loop;
    alter table entry drop constraint entry_moves, drop constraint entry_side_check;
end $$
"""


def filled(store: FullStore) -> LedgerInfo:
    """The store with the specimen in its ledger `main`, nothing running on it."""
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    application.open_ledger("main")
    specimen.fill(application)
    for ledger in application.open_ledgers():
        ledger.close()
    application.notary.close()
    return store.ledgers()[0]


def test_a_ledger_nobody_touched_is_well(store: FullStore) -> None:
    report = verify_ledger(store, filled(store))
    assert report.first_bad is None
    assert (report.ok, report.records, report.accounts) == (True, specimen.RECORDS, 5)
    head = store.head(store.ledgers()[0])
    assert report.root == head.root.hex()


def test_an_empty_ledger_is_well(store: FullStore) -> None:
    report = verify_ledger(store, store.create_ledger("new", Moment(0)))
    assert (report.ok, report.records) == (True, 0)


def test_progress_is_told(store: FullStore) -> None:
    told: list[tuple[int, int]] = []
    verify_ledger(store, filled(store), lambda done, total: told.append((done, total)))
    assert told[-1] == (specimen.RECORDS, specimen.RECORDS)


def test_a_ledger_is_verified_while_it_is_written(application: Application) -> None:
    specimen.fill(application)
    ledger, store = application.ledger("main"), application.store
    answers: SimpleQueue[object] = SimpleQueue()
    for _round in range(8):
        wishes = [wish(specimen.transfer("bank", "customers:alice", 1)) for _ in range(50)]
        ledger.submit(wishes, answers.put)
        report = verify_ledger(store, ledger.info)
        assert report.first_bad is None
        assert report.records >= specimen.RECORDS
    for _round in range(8):
        answers.get(timeout=60)
    assert verify_ledger(store, ledger.info).records == specimen.RECORDS + 400


def test_a_tab_in_a_forged_column_does_not_confuse(superuser: "Superuser") -> None:
    statement = (
        "update entry set asset = E'U\\tSD' where ledger_id = 1 and sequence = 8 and leg = 0"
    )
    finding = superuser.found_after(statement)
    assert finding is not None
    assert (finding.table, finding.sequence, finding.account) == ("entry", 8, "bank")


class Superuser:
    """A connection with the guards off, and the verifier looking through the same one."""

    def __init__(self, connection: psycopg.Connection[Any], info: LedgerInfo) -> None:
        self.connection, self.info = connection, info

    @contextmanager
    def audit(self, ledger: LedgerInfo) -> Iterator[PostgresAudit]:
        audit = PostgresAudit(self.connection, ledger)
        try:
            yield audit
        finally:
            audit.close()

    def found_after(self, statement: str, *values: object) -> Finding | None:
        """What is found once a statement has run; afterwards it never has."""
        with self.connection.transaction(force_rollback=True):
            changed = self.connection.execute(statement, values).rowcount
            assert changed == 1, statement
            return verify_ledger(self, self.info).first_bad

    def rows(self, table: str) -> list[tuple[Any, str]]:
        """Where each row of a table is, and how a finding calls it."""
        query = f"select ctid, {PLACES[table]}::text from {table} where ledger_id = 1"
        return self.connection.execute(query).fetchall()

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Name and type of every column of a table."""
        query = """
            select column_name, data_type from information_schema.columns
            where table_schema = 'partita' and table_name = %s
        """
        return self.connection.execute(query, (table,)).fetchall()


@pytest.fixture
def superuser(
    postgres_store: PostgresStore, postgres_database: PostgresDatabase
) -> Iterator[Superuser]:
    info = filled(postgres_store)
    with psycopg.connect(postgres_database.administrator) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set search_path = partita")
        connection.execute(DROP_INDEXES)
        yield Superuser(connection, info)


def named(finding: Finding, table: str) -> str:
    """How a finding names its row."""
    if table == "head":
        return "1"
    if table in ("outcome", "resource", "limit_usage"):
        return str(finding.key)
    if table == "asset":
        return str(finding.account)
    return str(finding.sequence)


@pytest.mark.parametrize("table", PLACES)
def test_every_changed_column_of_every_row_is_found(table: str, superuser: Superuser) -> None:
    for ctid, name in superuser.rows(table):
        for column, kind in superuser.columns(table):
            if (table, column) in (("head", "ledger_id"), ("outcome", "key")):
                continue
            other = OTHERS[kind].format(column)
            statement = f"update {table} set {column} = {other} where ctid = %s"
            finding = superuser.found_after(statement, ctid)
            where = f"{table}.{column} of {name}"
            assert finding is not None, where
            if column in ("id", "kind", "limit_id", "subject") and table != "journal":
                continue  # there is one row too many and one too few: either is named
            if column == "place":
                continue  # the answers that follow are in the wrong places too
            if column == "ledger_id" and table == "outcome":
                continue  # a refusal that is gone is only missed in the count
            assert (finding.table, named(finding, table)) == (table, name), where


@pytest.mark.parametrize(
    "table", ["journal", "entry", "account", "asset", "outcome", "resource", "limit_usage"]
)
def test_every_deleted_row_is_found(table: str, superuser: Superuser) -> None:
    for ctid, name in superuser.rows(table):
        finding = superuser.found_after(f"delete from {table} where ctid = %s", ctid)
        assert finding is not None, name
        if table != "outcome":
            assert (finding.table, named(finding, table)) == (table, name)


@pytest.mark.parametrize(
    ("table", "column"),
    [("journal", "sequence"), ("entry", "version"), ("account", "number"), ("asset", "code"),
     ("outcome", "key")],
)  # fmt: skip
def test_every_added_row_is_found(table: str, column: str, superuser: Superuser) -> None:
    """A copy of a row, different in just what the primary key asks for."""
    kinds = dict(superuser.columns(table))
    values = [OTHERS[kind].format(name) if name == column else name for name, kind in kinds.items()]
    for ctid, name in superuser.rows(table):
        statement = f"insert into {table} select {', '.join(values)} from {table} where ctid = %s"
        finding = superuser.found_after(statement, ctid)
        assert finding is not None, name


def test_a_forger_who_mends_hash_and_head_is_betrayed_by_the_views(superuser: Superuser) -> None:
    """Body and leaf fit each other; what else is kept of the record does not."""
    statement = """
        update journal set
            body = replace(body, '"external_id":"null"', '"external_id":null'),
            leaf = sha256('\\x00'::bytea || convert_to(
                replace(body, '"external_id":"null"', '"external_id":null'), 'UTF8'))
        where ledger_id = 1 and sequence = 8
    """
    finding = superuser.found_after(statement)
    assert finding is not None
    assert (finding.table, finding.sequence, finding.what) == ("journal", 8, "external_id")
    assert (finding.expected, finding.found) == ("-", "=null")


@pytest.mark.parametrize(
    ("burnt", "table"), [("false", "checkpoint"), ("true", "head")], ids=["signed", "unsigned"]
)
def test_a_forger_who_mends_hash_and_views_is_betrayed_by_the_root(
    superuser: Superuser, burnt: str, table: str
) -> None:
    statement = f"""
        with gone as (delete from checkpoint where {burnt} returning 1)
        update journal set
            body = replace(body, 'looking into it', 'no reason at all'),
            leaf = sha256('\\x00'::bytea || convert_to(
                replace(body, 'looking into it', 'no reason at all'), 'UTF8'))
        where ledger_id = 1 and body like '%%looking into it%%'
    """
    finding = superuser.found_after(statement)
    assert finding is not None
    assert (finding.table, finding.what) == (table, "root")


# The memory store's innards, and how a finding calls what is changed in them.

Innards = Any


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def _change_row(journal: Innards, **changes: object) -> None:
    row = journal.registers[3][0]
    journal.registers[3][0] = msgspec.structs.replace(row, **changes)


def _change_entry(journal: Innards, **changes: object) -> None:
    entry = journal.registers[3][0].entry
    _change_row(journal, entry=msgspec.structs.replace(entry, **changes))


def _change_head(journal: Innards, **changes: object) -> None:
    journal.head = msgspec.structs.replace(journal.head, **changes)


EDITS: dict[str, tuple[Callable[[Innards], object], str, object]] = {
    "body": (lambda j: j.bodies.__setitem__(7, _flip(j.bodies[7])), "journal", 8),
    "leaf": (lambda j: j.leaves.__setitem__(7, _flip(j.leaves[7])), "journal", 8),
    "recorded_at": (lambda j: j.times.__setitem__(7, Moment(j.times[7] + 1)), "journal", 8),
    "id": (lambda j: j.by_id.pop(next(n for n, p in j.by_id.items() if p == 8)), "journal", 8),
    "key": (lambda j: j.by_key.pop(next(n for n, p in j.by_key.items() if p == 8)), "journal", 8),
    "external_id": (lambda j: j.by_external_id.pop("null"), "journal", 8),
    "amount": (lambda j: _change_entry(j, amount=999), "entry", 8),
    "version": (lambda j: _change_entry(j, version=7), "entry", 8),
    "asset": (lambda j: _change_entry(j, asset="EUR"), "entry", 8),
    "effective_at": (lambda j: _change_row(j, effective_at=Moment(5)), "entry", 8),
    "leg": (lambda j: _change_row(j, leg=1), "entry", 8),
    "register": (lambda j: j.registers[3].pop(), "entry", 44),
    "status": (
        lambda j: setattr(j.book.standings["bank"], "status", AccountStatus.FROZEN), "account", 3,
    ),
    "asset registered": (lambda j: j.book.assets.clear(), "asset", None),
    "answer": (lambda j: j.outcomes.clear(), "outcome", 12),
    "root": (lambda j: _change_head(j, root=_flip(j.head.root)), "head", specimen.RECORDS),
    "frontier": (lambda j: _change_head(j, frontier=_flip(j.head.frontier)), "head", specimen.RECORDS),
    "sequence": (lambda j: _change_head(j, sequence=17), "head", 17),
    "count": (lambda j: _change_head(j, outcomes=0), "head", None),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_every_kind_of_edit_in_memory_is_found(name: str, memory_store: MemoryStore) -> None:
    edit, table, sequence = EDITS[name]
    info = filled(memory_store)
    edit(memory_store._journals[info.number])
    report: VerificationReport = verify_ledger(memory_store, info)
    assert report.first_bad is not None
    assert (report.first_bad.table, report.first_bad.sequence) == (table, sequence)
    assert not report.ok
