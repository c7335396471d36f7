"""The standing auditor: short looks add up to a whole verification, and what is wrong is named once."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.idempotency import wish
from partita.engine.integrity import IntegrityPass, IntegrityState, IntegrityStatus, StandingAuditor
from partita.engine.ports import LedgerInfo
from partita.journal.findings import Finding
from partita.kernel.events import DocumentSaved
from partita.wiring import ALARM_TOPIC, Application, FullStore
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask
from tests.unit.journal import specimen


@pytest.fixture
def application(store: FullStore) -> Iterator[Application]:
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    application.open_ledger("main")
    specimen.fill(application)
    yield application
    application.ledger().close()
    application.notary.close()


def walked(audited: IntegrityPass, passes: int = 1) -> IntegrityStatus:
    """Where the auditor stands after so many passes, or at its first finding."""
    for _ in range(200):
        if audited.look(NOON) is not None or audited.status.passes >= passes:
            return audited.status
    raise AssertionError(f"never came to an end: {audited.status}")


@pytest.mark.parametrize("records", [1, 5, 7, 1_000])
def test_looks_of_any_length_come_to_the_end(application: Application, records: int) -> None:
    info = application.ledger().info
    status = walked(IntegrityPass(application.store, info, records=records))
    assert (status.state, status.findings) == (IntegrityState.WELL, ())
    assert status.checked_through == status.records_checked == status.sequence == specimen.RECORDS
    assert status.coverage == 1.0


def test_what_is_written_between_two_looks_is_seen(application: Application) -> None:
    ledger = application.ledger()
    audited = IntegrityPass(application.store, ledger.info, records=9)
    for _round in range(10):
        ask(ledger, wish(specimen.transfer("bank", "customers:alice", 1)))
        ask(ledger, wish(specimen.transfer("customers:alice", "bank", 10**9), key=f"{_round}"))
        assert audited.look(NOON) is None
    status = walked(audited, 1)
    assert status.checked_through == specimen.RECORDS + 10


def test_a_ledger_at_rest_is_not_looked_at_again(application: Application) -> None:
    audited = IntegrityPass(application.store, application.ledger().info, records=1_000)
    before = walked(audited)
    assert audited.look(NOON) is None
    assert audited.status == before


ANOTHER_ENTRY = """
    insert into entry select
        ledger_id, account_number, version + 900, sequence, leg + 9, asset, amount, posted_debits,
        posted_credits, pending_debits, pending_credits, effective_at, recorded_at, pending, side
    from entry where sequence = 8 and leg = 0
"""
EDITS = {
    "a register": ("update entry set amount = amount + 1 where sequence = 8 and leg = 0", "entry", 8),
    "the journal": ("update journal set leaf = set_byte(leaf, 0, 7) where sequence = 9", "journal", 9),
    "a status": ("update account set status = 'frozen' where path = 'bank'", "account", 3),
    "a resource": ("update resource set state = 'odd' where kind = 'hold'", "resource", None),
    "an answer": ("update outcome set body = replace(body, 'unds', 'uns')", "outcome", None),
    "an entry too many": (ANOTHER_ENTRY, "entry", 8),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_what_is_changed_behind_our_back_is_found_and_named(
    name: str, postgres_store: PostgresStore, postgres_database: PostgresDatabase
) -> None:
    statement, table, sequence = EDITS[name]
    info = _filled(postgres_store)
    audited = IntegrityPass(postgres_store, info, records=5)
    assert walked(audited).state is IntegrityState.WELL
    with psycopg.connect(postgres_database.administrator) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set search_path = partita")
        changed: psycopg.Cursor[Any] = connection.execute(statement.encode())
        assert changed.rowcount >= 1
    audited.begin_anew(0)
    status = walked(audited, 2)
    assert status.state is IntegrityState.DRIFTED
    assert status.findings[0].table == table
    if sequence is not None:
        assert status.findings[0].sequence == sequence
    told = [audited.look(NOON) for _ in range(30)]
    assert told == [None] * 30, "the same finding is told once"


def _filled(store: FullStore) -> LedgerInfo:
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    ledger = application.open_ledger("main")
    specimen.fill(application)
    ledger.close()
    application.notary.close()
    return ledger.info


def test_a_server_raises_an_alarm_and_leaves_a_note(
    postgres_store: PostgresStore, postgres_database: PostgresDatabase
) -> None:
    info = _filled(postgres_store)
    with psycopg.connect(postgres_database.administrator) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update partita.entry set effective_at = now() where version = 1")
    clock = StandingClock(step_microseconds=1)
    application = Application(
        postgres_store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy(9)
    )
    application.follow()
    saved: list[DocumentSaved] = []
    for _ in range(300):
        records = postgres_store.records(info, specimen.RECORDS, 100)
        saved = [r.event for r in records if isinstance(r.event, DocumentSaved)]
        if saved:
            break
        time.sleep(0.1)
    application.auditor.close()  # type: ignore[union-attr]
    application._follower.close()  # type: ignore[union-attr]
    application.notary.close()
    application.ledger().close()
    assert saved[0].document.topic == ALARM_TOPIC
    assert "effective_at" in saved[0].document.body
    noted = postgres_store.integrity(info)
    assert noted is not None
    assert '"drifted"' in noted[1]


def test_the_auditor_keeps_to_its_share(application: Application, tmp_path: Path) -> None:
    alarms: list[Finding] = []
    store = application.store
    begun, used = time.monotonic(), time.process_time()
    auditor = StandingAuditor(
        store, store.ledgers, application.clock, lambda _info, finding: alarms.append(finding)
    )
    while not auditor.statuses() or auditor.status("main").passes == 0:
        assert time.monotonic() < begun + 30
        time.sleep(0.05)
    auditor.close()
    assert alarms == []
    assert time.process_time() - used < 10
