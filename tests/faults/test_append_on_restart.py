"""After a kill the ledger goes on where it was: at once, on the same server, from the same head."""

import time

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.postmaster import living_pid
from tests.faults.engines import Engines
from tests.faults.stored import StoredLedger


def test_a_restart_after_a_kill_is_quick_and_changes_nothing(engines: Engines):
    """The server left behind is adopted, not started again; the head stays where it was."""
    engine = engines.start()
    engine.feed(engines.wishes.opening())
    engines.kill_under_load(engine)
    engines.await_silence()
    engines.checker.demand(settled=False)
    postgres = EmbeddedPostgres(engines.folder)
    orphan = living_pid(postgres.data)
    assert orphan is not None, "PostgreSQL must outlive the process that started it"
    before = StoredLedger.read(engines.checker.dsn).head
    begun = time.monotonic()
    engine = engines.start()
    seconds = time.monotonic() - begun
    print(f"restarted in {seconds:.2f} s")
    assert living_pid(postgres.data) == orphan, "the orphan is adopted"
    assert StoredLedger.read(engines.checker.dsn).head == before
    engine.settle()
    engines.checker.demand()
    engine.stop()
    assert living_pid(postgres.data) is None, "the last to leave stops PostgreSQL"
