"""The checker is able to fail: books that were tampered with, and engines broken on purpose."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import psycopg
import pytest

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.ledger import Ledger
from partita.kernel.commands import OpenLedger
from tests.faults.broken import AcknowledgesEarly, Broken, ForgetsRegisters
from tests.faults.checker import Checker
from tests.faults.history import History, told
from tests.faults.wishes import Wishes, transfer
from tests.plugins.postgres import PostgresDatabase, PostgresDatabases
from tests.plugins.steering import ask_one


class Books:
    """A ledger that was worked with a little, what was heard of it, and its checker."""

    def __init__(self, database: PostgresDatabase, history: History) -> None:
        self.dsn, self.history = database.administrator, history
        self.store = PostgresStore(database.poster, database.reader, connections=2)
        self.info = self.store.create_ledger("main", SystemClock().now())
        self.checker = Checker(database.administrator, history)

    def open(self, store: Any) -> Ledger:
        """The ledger through another store."""
        return Ledger(self.info, store, SystemClock(), SystemEntropy())

    def ask(self, ledger: Ledger, wishes: list[tuple[str, Any]]) -> None:
        for key, command in wishes:
            self.history.ask(key, command)
            self.history.hear(key, told(ask_one(ledger, command, key)))

    def tamper(self, statement: str) -> None:
        """As somebody with the superuser's power would, past all guards."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute("set session_replication_role = replica")
            changed = connection.execute(statement)  # type: ignore[arg-type]
            assert changed.rowcount > 0, "the tampering found nothing to change"


@pytest.fixture(scope="module")
def made(postgres_databases: PostgresDatabases) -> Iterator[tuple[PostgresDatabase, History]]:
    """Sound books, made once; copying them is quicker."""
    database, history = postgres_databases.create(), History()
    wishes = Wishes(7, history)
    made = Books(database, history)
    ledger = made.open(made.store)
    ask_one(ledger, OpenLedger("main"))
    made.ask(ledger, wishes.opening())
    for each in wishes.some(150):
        made.ask(ledger, [each])
    ledger.close()
    made.store.close()
    yield database, history
    postgres_databases.drop(database)


@pytest.fixture
def books(
    postgres_databases: PostgresDatabases, made: tuple[PostgresDatabase, History]
) -> Iterator[Books]:
    database = postgres_databases.create(made[0].name)
    copy = Books(database, deepcopy(made[1]))
    yield copy
    copy.store.close()
    postgres_databases.drop(database)


def test_sound_books_have_no_problems(books: Books):
    books.checker.demand()
    ledger = books.open(books.store)
    books.ask(ledger, list(books.history.wishes.items()))
    ledger.close()
    books.checker.demand()


LAST = "(select max(sequence) from entry)"
TAMPERINGS = {
    "a record lost": (
        "delete from journal where sequence = (select max(sequence) from journal)",
        "the head says",
    ),
    "a record lost in the middle": ("delete from journal where sequence = 20", "not dense"),
    "a record changed": (
        (
            'update journal set body = replace(body, \'"amount":"\', \'"amount":"1\')'
            f" where sequence = {LAST}"
        ),
        "not the hash of the bytes",
    ),
    "a leaf changed": (
        f"update journal set leaf = sha256(leaf) where sequence = {LAST}",
        "not the root of the leaves",
    ),
    "a column changed": (
        "update journal set id = id || 'x' where sequence = 5",
        "columns do not say",
    ),
    "a time changed": (
        "update journal set recorded_at = recorded_at - interval '1 day' where sequence = 5",
        "before the one before it",
    ),
    "a key forgotten": (
        "update journal set key = null where sequence = 5",
        "not found by its key",
    ),
    "a head moved": ("update head set sequence = sequence + 1", "the head says"),
    "a root changed": ("update head set root = sha256(root)", "not the root of the leaves"),
    "a frontier changed": ("update head set frontier = frontier || '\\x00'", "not the frontier"),
    "an answer lost": (
        "delete from outcome where key = (select min(key) from outcome)",
        "the head counts",
    ),
    "an answer lost unnoticed": (
        (
            "with gone as (delete from outcome where body like '%insufficient%' returning 1)"
            " update head set outcomes = outcomes - (select count(*) from gone)"
        ),
        "stored is None",
    ),
    "an answer changed": (
        "update outcome set body = replace(body, 'insufficient_funds', 'other')",
        "stored is ('refused:other",
    ),
    "a bulk in part": (
        (
            "update outcome set body = regexp_replace(body, '\"results\":\\[\\d+', '\"results\":[1')"
            " where body ~ 'results\":\\[\\d'"
        ),
        "it is there in part",
    ),
    "an entry lost": (
        f"delete from entry where leg = 1 and sequence = {LAST}",
        "the ledger: USD is off",
    ),
    "an entry changed": (
        "update entry set amount = amount + 1 where version = 1 and leg = 0",
        "what follows from it",
    ),
    "a total changed": (
        "update entry set posted_debits = posted_debits + 1 where version = 2",
        "what follows from it",
    ),
    "an entry of nowhere": (
        (
            "insert into entry select ledger_id, account_number, version + 1000, sequence + 1000, leg,"
            " asset, amount, posted_debits, posted_credits, pending_debits, pending_credits,"
            " effective_at, recorded_at from entry where version = 1"
        ),
        "records that are not there",
    ),
    "a floor broken": (
        'update journal set body = replace(body, \'"min_available":"0\', \'"min_available":"2000\')',
        "is below",
    ),
    "an account frozen": (
        "update account set status = 'frozen' where path = 'bank'",
        "the chart does not hold",
    ),
    "an account lost": ("delete from account where path = 'bank'", "the chart does not hold"),
}
"""What is done, and words of what must be said about it."""


@pytest.mark.parametrize(("statement", "words"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_tampering_is_found(books: Books, statement: str, words: str):
    books.tamper(statement)
    found = books.checker.problems()
    assert any(words in problem for problem in found), found


def test_a_journal_that_was_cut_back_and_mended_is_found(books: Books):
    books.checker.demand()
    last = list(Wishes(8, books.history, "late").some(1, kind="opening"))
    ledger = books.open(books.store)
    books.ask(ledger, last)
    ledger.close()
    books.checker.demand()
    key, _wish = last[0]
    del books.history.wishes[key], books.history.answers[key]
    assert books.checker.problems(), "a record that nobody remembers wishing"


def test_two_answers_to_one_key_are_found(books: Books):
    key = next(iter(books.history.answers))
    books.history.hear(key, ("txn_another",))
    assert books.checker.problems()


def test_silence_is_found_where_an_answer_is_due(books: Books):
    books.history.ask("unheard", transfer("bank", "customers:0", 1))
    books.checker.demand(settled=False)
    with pytest.raises(AssertionError, match="never answered"):
        books.checker.demand()


@pytest.mark.parametrize("kind", [AcknowledgesEarly, ForgetsRegisters])
def test_a_broken_engine_is_found(books: Books, kind: type[Broken]):
    ledger = books.open(kind(books.store))
    for key, command in Wishes(8, books.history, "late").some(4, kind="atomic"):
        single = command.commands[0]
        books.history.ask(key, single)
        outcome = ask_one(ledger, single, key)
        books.history.hear(key, told(outcome))
    ledger.close()
    found = books.checker.problems()
    assert found
    print(found)
