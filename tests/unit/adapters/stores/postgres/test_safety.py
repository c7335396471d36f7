"""A server that could lose what it acknowledged is refused, by the name of the setting."""

from pathlib import Path

import psycopg
import pytest

from partita.adapters.stores.postgres import safety
from partita.adapters.stores.postgres.binaries import find_binaries
from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.adapters.stores.postgres.errors import UnsafeDurabilityError


def test_our_own_server_is_safe(postgres_server: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres_server.dsn(ADMINISTRATOR)) as connection:
        report = safety.refuse_unsafe(connection)
    assert report.dangers == report.advice == ()
    assert report.data_checksums
    assert report.version.startswith(f"{find_binaries().version[0]}.")


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_a_commit_that_does_not_wait_is_refused(
    postgres_server: EmbeddedPostgres, value: str
) -> None:
    dsn = postgres_server.dsn(ADMINISTRATOR)
    with psycopg.connect(dsn, options=f"-c synchronous_commit={value}") as connection:
        with pytest.raises(UnsafeDurabilityError, match=f"synchronous_commit is {value}") as error:
            safety.refuse_unsafe(connection)
        assert "allow_unsafe_durability=True" in error.value.mend
        assert safety.refuse_unsafe(connection, allow_unsafe=True).dangers


@pytest.mark.parametrize("value", ["on", "remote_apply"])
def test_a_commit_that_waits_is_welcome(postgres_server: EmbeddedPostgres, value: str) -> None:
    dsn = postgres_server.dsn(ADMINISTRATOR)
    with psycopg.connect(dsn, options=f"-c synchronous_commit={value}") as connection:
        assert not safety.refuse_unsafe(connection).dangers


def test_a_server_that_does_not_flush_is_refused_for_each_reason(server_folder: Path) -> None:
    settings = {"fsync": "off", "full_page_writes": "off", "data_sync_retry": "on"}
    with (
        EmbeddedPostgres(server_folder, settings=settings) as server,
        psycopg.connect(server.dsn(ADMINISTRATOR)) as connection,
    ):
        with pytest.raises(UnsafeDurabilityError) as error:
            safety.refuse_unsafe(connection)
        assert "fsync is off: set `fsync = on`" in error.value.problem
        assert "full_page_writes is off: set `full_page_writes = on`" in error.value.problem
        report = safety.refuse_unsafe(connection, allow_unsafe=True)
    assert len(report.dangers) == 2
    assert [text.split()[0] for text in report.advice] == ["data_sync_retry"]
