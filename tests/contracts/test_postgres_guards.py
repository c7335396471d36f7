"""PostgreSQL itself keeps the books: what must never change is refused, whoever asks."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from partita.adapters.stores.postgres import store
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.outcome import StoredOutcome
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.amount import LARGEST
from tests.contracts.pen import Pen, filled, key, log_something, transfer
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON

WRITERS = ("owner", "poster", "administrator")
LOG = ("log_key", "checkpoint", "cosignature", "tile")
ONLY_GROW = ("journal", "entry", "outcome", *LOG)
TABLES = (
    "ledger", "head", "journal", "outcome", "entry", "account", "asset", "resource",
    "resource_change", "limit_usage", "integrity", "api_key", "liability_tree", "liability_tile",
    "view_standing", *LOG,
)  # fmt: skip
CACHES = (
    "register_block", "register_page", "consumer_cursor", "parked_event", "webhook_delivery",
    "webhook_attempt", "webhook_health", "webhook_replay",
)  # fmt: skip
"""What can be built again, or says how far others are: the poster, and nobody else, may delete it."""
KEYS = {
    "entry": "ledger_id, account_number, version",
    "outcome": "ledger_id, key",
    "log_key": "ledger_id, place",
    "checkpoint": "ledger_id, size, answers",
    "cosignature": "ledger_id, size, answers, key_name, key_id",
    "tile": "ledger_id, level, number",
    "liability_tree": "ledger_id, title, epoch",
    "liability_tile": "ledger_id, title, epoch, level, place",
}
GUARDED = (errors.RaiseException, errors.InsufficientPrivilege)


class Desk:
    """Runs statements as each role, and sees everything."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    def run(self, role: str, statement: str) -> list[tuple[object, ...]]:
        """Run a statement in a transaction of its own; the rows that it gives."""
        dsn = getattr(self._database, role)
        with psycopg.connect(dsn, options="-c search_path=partita") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def everything(self) -> list[list[tuple[object, ...]]]:
        """Every row of every table."""
        with psycopg.connect(self._database.administrator) as connection:
            query = "select * from partita.{} order by 1, 2, 3"
            return [connection.execute(query.format(t).encode()).fetchall() for t in TABLES]

    def refuses(self, role: str, statement: str, *kinds: type[Exception]) -> None:
        """Assert that a statement is refused in one of these ways, and leaves no trace."""
        before = self.everything()
        expected = kinds or GUARDED
        try:
            self.run(role, statement)
        except expected:
            assert self.everything() == before, statement
        else:
            pytest.fail(f"not refused to the {role}: {statement}")


@pytest.fixture
def desk(postgres_database: PostgresDatabase, postgres_store: PostgresStore) -> Desk:
    """A desk over a ledger that has something in every table but the keys."""
    pen = filled(postgres_store)
    pen.write(outcomes={key(70): StoredOutcome("f")})
    log_something(postgres_store, pen.info)
    return Desk(postgres_database)


REWRITINGS = {
    "update": "update {} set ledger_id = ledger_id",
    "update of no row": "update {} set ledger_id = 1 where false",
    "delete": "delete from {}",
    "delete of no row": "delete from {} where false",
    "truncate": "truncate {}",
    "truncate with others": "truncate asset, {}, account",
    "delete in a query": "with gone as (delete from {} returning 1) select * from gone",
    "merge": "merge into {} as t using (select 1) as s on true when matched then delete",
    "upsert": "insert into {} select * from {} on conflict do update set ledger_id = 1",
}


@pytest.mark.parametrize("table", ONLY_GROW)
@pytest.mark.parametrize("role", WRITERS)
def test_what_was_written_is_never_changed(desk: Desk, role: str, table: str) -> None:
    for statement in REWRITINGS.values():
        if "on conflict" in statement:
            target = KEYS.get(table, "ledger_id, sequence")
            statement = statement.replace("on conflict", f"on conflict ({target})")
        desk.refuses(role, statement.replace("{}", table))


@pytest.mark.parametrize("role", WRITERS)
def test_a_head_is_never_removed_and_never_goes_back(desk: Desk, role: str) -> None:
    for statement in (
        "delete from head",
        "truncate head",
        "update head set sequence = sequence - 1",
        "update head set sequence = 0, frontier = '', recorded_at = 'epoch'",
        "update head set recorded_at = recorded_at - interval '1 microsecond'",
        "update head set outcomes = outcomes - 1",
        "update head set ledger_id = 99",
    ):
        desk.refuses(role, statement)
    desk.run(role, "update head set sequence = sequence + 1, outcomes = outcomes + 1")


def entries(*rows: tuple[int, int, str, str]) -> str:
    """An insert of entries: ledger, sequence, asset, amount; each in a register of its own."""
    values = ", ".join(
        f"({ledger}, {900 + n}, 1, {sequence}, {n}, '{asset}', '{amount}', 0, 0, 0, 0, now(), now())"
        for n, (ledger, sequence, asset, amount) in enumerate(rows)
    )
    columns = (
        "ledger_id, account_number, version, sequence, leg, asset, amount, posted_debits,"
        " posted_credits, pending_debits, pending_credits, effective_at, recorded_at"
    )
    return f"insert into entry ({columns}) values {values}"


UNBALANCED = {
    "one leg": [(1, 900, "USD", "5")],
    "one unit off": [(1, 900, "USD", "5"), (1, 900, "USD", "-4")],
    "balanced over two assets only": [(1, 900, "USD", "5"), (1, 900, "EUR", "-5")],
    "balanced over two records only": [(1, 900, "USD", "5"), (1, 901, "USD", "-5")],
    "balanced over two ledgers only": [(1, 900, "USD", "5"), (2, 900, "USD", "-5")],
    "one wrong among right ones": [
        *[(1, 900, "USD", "5"), (1, 900, "USD", "-5")],
        *[(1, 901, "USD", "1"), (1, 901, "USD", "-1"), (1, 901, "EUR", "1")],
    ],
    "not a number": [(1, 900, "USD", "NaN"), (1, 900, "USD", "NaN")],
}


@pytest.mark.parametrize("role", WRITERS)
def test_entries_that_do_not_balance_are_refused(desk: Desk, role: str) -> None:
    for rows in UNBALANCED.values():
        desk.refuses(role, entries(*rows), errors.RaiseException)
    desk.run(role, entries((1, 900, "USD", "5"), (1, 900, "USD", "-5")))


@pytest.mark.parametrize("role", WRITERS)
def test_entries_of_nothing_or_of_39_digits_are_refused(desk: Desk, role: str) -> None:
    for amount, kind in (("0", errors.CheckViolation), (10**38, errors.NumericValueOutOfRange)):
        rows = entries((1, 900, "USD", f"{amount}"), (1, 900, "USD", f"-{amount}"))
        desk.refuses(role, rows, kind)


def test_unbalanced_entries_are_refused_as_a_stream_too(
    desk: Desk, postgres_database: PostgresDatabase
) -> None:
    before = desk.everything()
    line = "1\t900\t1\t900\t0\tUSD\t5\t5\t0\t0\t0\t2026-11-20\t2026-11-20\t0\t\\N\n"
    with psycopg.connect(postgres_database.poster) as connection:
        cursor = connection.cursor()
        with pytest.raises(errors.RaiseException), cursor.copy("copy entry from stdin") as copy:
            copy.write(line)
    assert desk.everything() == before


FORBIDDEN_TO_READER = [
    "insert into {} overriding system value select * from {}",
    "update {} set {column} = {column}",
    "delete from {}",
    "truncate {}",
    "select * from {} for update",
    "drop table {}",
    "create table partita.mine (id int)",
]


def test_the_reader_writes_nothing(desk: Desk) -> None:
    for table in (*TABLES, *CACHES):
        column = "id" if table == "api_key" else "ledger_id"
        for statement in FORBIDDEN_TO_READER:
            refused = statement.replace("{}", table).replace("{column}", column)
            desk.refuses("reader", refused, errors.InsufficientPrivilege)
        desk.run("reader", f"select * from {table}")


FORBIDDEN_TO_POSTER = [
    "update account set opening = '{}'",
    "update account set path = 'mine'",
    "update account set number = number + 1",
    "update asset set body = '{}'",
    "update ledger set name = 'mine'",
    "update api_key set scope = 'write'",
    "update api_key set digest = ''",
    *(f"delete from {table}" for table in TABLES),
    *(f"truncate {table}" for table in TABLES),
    *(f"drop table {table}" for table in TABLES),
    *(f"alter table {table} disable trigger all" for table in ONLY_GROW),
    "drop trigger entry_balances on entry",
    "alter table entry drop column amount",
    "create or replace function refuse_unbalanced() returns trigger language sql as ''",
    "create table partita.mine (id int)",
    "create table public.mine (id int)",
    "create rule mine as on insert to entry do instead nothing",
    "set role partita_owner",
    "set session_replication_role = replica",
    "alter role partita_poster superuser",
]


def test_the_poster_may_append_and_nothing_more(desk: Desk) -> None:
    for statement in FORBIDDEN_TO_POSTER:
        desk.refuses("poster", statement)


FORBIDDEN_TO_PROJECTOR = [
    *(f"select * from {table}" for table in TABLES if table != "view_standing"),
    *(f"delete from {table}" for table in TABLES if table != "view_standing"),
    "insert into entry select * from entry",
    "update head set sequence = sequence + 1",
    "create table partita.mine (id int)",
    "set role partita_poster",
]


def test_the_projector_has_its_views_and_nothing_more(desk: Desk) -> None:
    for statement in FORBIDDEN_TO_PROJECTOR:
        desk.refuses("projector", statement, errors.InsufficientPrivilege)
    desk.run("projector", "delete from view_standing")
    desk.run("projector", "create table partita_views.mine as select 7 as seven")
    for role in ("owner", "poster", "reader"):
        assert desk.run(role, "select * from partita_views.mine") == [(7,)]
        for statement in ("delete from partita_views.mine", "create table partita_views.its ()"):
            desk.refuses(role, statement, errors.InsufficientPrivilege)


def test_amounts_of_38_digits_are_kept_to_the_unit(
    desk: Desk, postgres_store: PostgresStore
) -> None:
    pen = Pen(postgres_store, postgres_store.create_ledger("big", NOON))
    opened = (commands.OpenAccount(path, "USD", AccountType.ASSET) for path in "ab")
    pen.write(commands.OpenLedger("big"), *opened, transfer("a", "b", LARGEST - 1))
    pen.write(transfer("a", "b", 1), transfer("b", "a", LARGEST))
    found = desk.run(
        "reader",
        f"select amount::text, posted_debits::text, posted_credits::text from entry"
        f" where ledger_id = {pen.info.number} order by account_number, version",
    )
    most, less = str(LARGEST), str(LARGEST - 1)
    assert found == [
        (less, less, "0"), ("1", most, "0"), ("-" + most, most, most),
        ("-" + less, "0", less), ("-1", "0", most), (most, most, most),
    ]  # fmt: skip


def test_every_key_begins_with_the_ledger(desk: Desk) -> None:
    """So that distributing the tables by it is a choice at deployment."""
    found = desk.run(
        "administrator",
        "select c.relname, i.indexrelid::regclass::text, a.attname"
        " from pg_index as i"
        " join pg_class as c on c.oid = i.indrelid"
        " join pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0]"
        " where c.relnamespace = 'partita'::regnamespace"
        " and c.relname not in ('ledger', 'api_key', 'migration')",
    )
    assert {table for table, _, _ in found} == {*TABLES, *CACHES} - {"ledger", "api_key"}
    assert [(index, first) for _, index, first in found if first != "ledger_id"] == []


def test_no_table_refers_to_another(desk: Desk) -> None:
    assert desk.run("administrator", "select conname from pg_constraint where contype = 'f'") == []


LEDGERS_OWN = {"head", "journal", "outcome", "entry", "account", "asset", *LOG}
# Compared with the parameter, or the first of the columns that are written.
NAMES_LEDGER = r"\bledger_id = %\(ledger_id\)s|\(\s*ledger_id\b"


def queries(text: str) -> list[tuple[str, str]]:
    """Name and statement of each named query of a file, without its comments."""
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)[1:]
    bare = [re.sub(r"--.*", "", part) for part in parts[1::2]]
    return list(zip(parts[0::2], bare, strict=True))


@pytest.mark.parametrize("name", ["store.sql", "verify.sql", "log.sql"])
def test_every_query_names_one_ledger(name: str) -> None:
    """So that a distributed database finds its one shard by `ledger_id`."""
    found = queries(Path(store.__file__).with_name("sql").joinpath(name).read_text())
    assert found
    for query, text in found:
        tables = set(re.findall(r"\b(?:from|join|into|update|copy)\s+(\w+)", text))
        if tables & LEDGERS_OWN and query != "insert_ledger":
            assert re.search(NAMES_LEDGER, text), f"{query} names no ledger"


@pytest.mark.parametrize("role", WRITERS)
@pytest.mark.parametrize(("size", "root"), [("sequence + 1", "root"), ("sequence", "leaf")])
def test_a_checkpoint_says_nothing_but_what_the_head_says(
    desk: Desk, role: str, size: str, root: str
) -> None:
    desk.refuses(
        role,
        f"insert into checkpoint select 1, h.{size}, {root}, 'note', now() from head as h"
        " join journal as j on j.ledger_id = h.ledger_id and j.sequence = 1"
        " where h.ledger_id = 1 on conflict do nothing",
    )
