"""Any view can be dropped and comes back out of the journal, equal; what was wrong in it is told."""

import psycopg
import pytest

from partita.adapters.stores.postgres.rebuilding import PostgresRebuilder
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.ports import LedgerInfo
from partita.engine.rebuilding import REBUILDABLE
from partita.engine.verification import verify_ledger
from partita.wiring import Application
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.journal import specimen


@pytest.fixture
def info(postgres_store: PostgresStore) -> LedgerInfo:
    clock = StandingClock(step_microseconds=1)
    application = Application(
        postgres_store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy()
    )
    ledger = application.open_ledger("main")
    specimen.fill(application)
    ledger.close()
    application.notary.close()
    return ledger.info


@pytest.fixture
def rebuilder(
    postgres_store: PostgresStore, postgres_database: PostgresDatabase
) -> PostgresRebuilder:
    return PostgresRebuilder(postgres_database.administrator, postgres_store)


@pytest.mark.parametrize("view", REBUILDABLE)
def test_a_rebuilt_view_is_what_it_was(
    view: str, info: LedgerInfo, rebuilder: PostgresRebuilder, postgres_store: PostgresStore
) -> None:
    told: list[tuple[int, int]] = []
    report = rebuilder.rebuild(info, view, lambda done, total: told.append((done, total)))
    assert report.is_equal
    assert report.rows > 0
    assert told[-1] == (specimen.RECORDS, specimen.RECORDS)
    assert verify_ledger(postgres_store, info).first_bad is None


WRONGS = {
    "register": "update partita.entry set amount = amount * 2 where sequence = 8",
    "chart": "update partita.account set status = 'closed' where path = 'bank'",
    "assets": "delete from partita.asset",
    "resources": "update partita.resource set state = 'odd'",
    "limits": "delete from partita.limit_usage",
}


@pytest.mark.parametrize("view", WRONGS)
def test_what_was_wrong_is_told_and_put_right(
    view: str,
    info: LedgerInfo,
    rebuilder: PostgresRebuilder,
    postgres_store: PostgresStore,
    postgres_database: PostgresDatabase,
) -> None:
    with psycopg.connect(postgres_database.administrator) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(WRONGS[view].encode())
    assert verify_ledger(postgres_store, info).first_bad is not None
    assert not rebuilder.rebuild(info, view, lambda _done, _total: None).is_equal
    assert verify_ledger(postgres_store, info).first_bad is None


def test_the_guards_are_up_again(
    info: LedgerInfo, rebuilder: PostgresRebuilder, postgres_database: PostgresDatabase
) -> None:
    rebuilder.rebuild(info, "register", lambda _done, _total: None)
    with (
        psycopg.connect(postgres_database.administrator) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="only grow"),
    ):
        connection.execute("delete from partita.entry")
