"""The embedded server: it starts from nothing, is shared, survives kills, and leaves nothing."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from partita.adapters.stores.postgres import postmaster
from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.adapters.stores.postgres.errors import (
    BinariesMissingError,
    DataFolderError,
    ServerStartError,
)
from partita.adapters.stores.postgres.folder_lock import FolderLock

USE = """
import sys, time
from pathlib import Path
from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.postmaster import living_pid
server = EmbeddedPostgres(Path(sys.argv[1])).start()
print(living_pid(server.data), flush=True)
sys.stdin.read()
server.close()
"""


@pytest.fixture(scope="module")
def made_folder(guarded_folder: Path) -> Path:
    """Data made once; copying them is quicker than making them anew for each test."""
    folder = guarded_folder / "made"
    EmbeddedPostgres(folder).start().close()
    return folder


@pytest.fixture
def folder(made_folder: Path, server_folder: Path) -> Path:
    subprocess.run(("cp", "-a", f"{made_folder}/.", str(server_folder)), check=True)
    return server_folder


@pytest.fixture
def users() -> Iterator[list[subprocess.Popen[str]]]:
    """Other processes that use a server; ended after the test."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start_user(folder: Path, users: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        (sys.executable, "-c", USE, str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    users.append(process)
    return process


def ready_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def server_pid(server: EmbeddedPostgres) -> int:
    pid = postmaster.living_pid(server.data)
    assert pid is not None
    return pid


def kill_server(server: EmbeddedPostgres) -> None:
    os.kill(server_pid(server), signal.SIGKILL)
    while postmaster.living_pid(server.data) is not None:
        time.sleep(0.005)


def ask(server: EmbeddedPostgres, statement: str, database: str = "partita") -> object:
    with psycopg.connect(server.dsn(ADMINISTRATOR, database)) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return None if row is None else row[0]


def remember(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn(ADMINISTRATOR)) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")


def test_it_starts_from_nothing_and_keeps_what_it_was_given(server_folder: Path) -> None:
    folder = server_folder / "below" / "it"
    with EmbeddedPostgres(folder) as server:
        remember(server)
    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SELECT answer FROM public.kept") == 42
    assert postmaster.living_pid(server.data) is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("wal_compression", "off"),
        ("unix_socket_permissions", "0700"),
    ],
)
def test_its_settings_are_ours(postgres_server: EmbeddedPostgres, setting: str, value: str) -> None:
    assert ask(postgres_server, f"SHOW {setting}") == value


def test_text_sorts_by_bytes_on_every_machine(postgres_server: EmbeddedPostgres) -> None:
    assert ask(postgres_server, "SELECT datcollate FROM pg_database LIMIT 1") == "C"


def test_extra_settings_win_over_ours(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings={"work_mem": "7MB", "jit": "on"}) as server:
        assert ask(server, "SHOW work_mem") == "7MB"
        assert ask(server, "SHOW jit") == "on"


def test_the_url_and_the_dsn_lead_to_the_same_place(postgres_server: EmbeddedPostgres) -> None:
    for address in (postgres_server.url(ADMINISTRATOR), postgres_server.dsn(ADMINISTRATOR)):
        with psycopg.connect(address) as connection:
            query = "SELECT current_user, current_database(), current_setting('search_path')"
            assert connection.execute(query).fetchone() == (ADMINISTRATOR, "partita", "partita")


def test_what_the_environment_says_about_other_servers_is_not_heard(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1234")
    monkeypatch.setenv("PGHOST", "elsewhere.invalid")
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=elsewhere")
    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SHOW search_path") == "partita"


def test_only_the_last_user_stops_it(folder: Path, users: list[subprocess.Popen[str]]) -> None:
    with EmbeddedPostgres(folder) as server:
        other = start_user(folder, users)
        pid = ready_pid(other)
        assert pid == server_pid(server)
        with EmbeddedPostgres(folder) as third:
            assert server_pid(third) == pid
    assert postmaster.living_pid(server.data) == pid
    other.communicate()
    assert postmaster.living_pid(server.data) is None


def test_many_may_start_it_at_the_same_moment(
    folder: Path, users: list[subprocess.Popen[str]]
) -> None:
    processes = [start_user(folder, users) for _ in range(4)]
    assert len({ready_pid(process) for process in processes}) == 1
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert postmaster.living_pid(folder / "postgres" / "data") is None


def test_the_server_of_a_killed_user_is_adopted(
    folder: Path, users: list[subprocess.Popen[str]]
) -> None:
    victim = start_user(folder, users)
    pid = ready_pid(victim)
    victim.kill()
    victim.wait()
    with EmbeddedPostgres(folder) as server:
        assert server_pid(server) == pid
    assert postmaster.living_pid(server.data) is None


def test_it_starts_again_after_its_server_was_killed(folder: Path) -> None:
    server = EmbeddedPostgres(folder).start()
    remember(server)
    kill_server(server)
    server.close()
    begun = time.monotonic()
    with server:
        assert ask(server, "SELECT answer FROM public.kept") == 42
        assert time.monotonic() - begun < 10


def test_a_busy_backend_of_a_killed_server_is_waited_for(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        remember(server)
        connection = psycopg.connect(server.dsn(ADMINISTRATOR), autocommit=True)
        # Busy without ever waiting: the one kind of backend that does not see its server die.
        connection.pgconn.send_query(
            b"DO $$ DECLARE e timestamptz := clock_timestamp() + '1.5 s';"
            b" BEGIN WHILE clock_timestamp() < e LOOP END LOOP; END $$"
        )
        connection.pgconn.flush()
        time.sleep(0.2)
        kill_server(server)
        with EmbeddedPostgres(folder) as again:
            assert ask(again, "SELECT answer FROM public.kept") == 42
        connection.close()


def test_a_number_that_now_belongs_to_a_stranger_is_no_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder).start()
    kill_server(server)
    server.close()
    owner = server.data.stat()
    as_owner = {} if os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid}
    stranger = subprocess.Popen(("sleep", "60"), cwd="/", **as_owner)  # type: ignore[call-overload]
    try:
        file = server.data / "postmaster.pid"
        rest = file.read_text().split("\n", 1)[1]
        file.write_text(f"{stranger.pid}\n{rest}")
        with EmbeddedPostgres(folder) as again:
            assert server_pid(again) != stranger.pid
        assert stranger.poll() is None, "stopping ended somebody else's process"
    finally:
        stranger.kill()
        stranger.wait()


def test_it_lives_in_a_session_of_its_own(postgres_server: EmbeddedPostgres) -> None:
    assert os.getsid(server_pid(postgres_server)) != os.getsid(0)


def test_a_forked_child_does_not_stop_its_parents_server(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        child = os.fork()
        if child == 0:
            server.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert ask(server, "SELECT 1") == 1
        with EmbeddedPostgres(folder):
            pass
        assert ask(server, "SELECT 1") == 1


def test_closing_twice_and_starting_again_are_allowed(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.close()
    server.start().close()
    server.close()
    with server:
        assert ask(server, "SELECT 1") == 1


def test_making_the_data_may_be_interrupted(server_folder: Path) -> None:
    left = server_folder / "postgres" / "data.new"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        shutil.chown(server_folder / "postgres", "nobody")
        shutil.chown(left, "nobody")
    with EmbeddedPostgres(server_folder) as server:
        assert ask(server, "SELECT 1") == 1
    assert not left.exists()


@pytest.mark.parametrize("name", ["long" * 30, "com,ma", "od'd \"$(false)\\"])
def test_odd_and_long_paths_get_a_short_private_socket(
    made_folder: Path, server_folder: Path, name: str
) -> None:
    folder = server_folder / name
    subprocess.run(("cp", "-a", str(made_folder), str(folder)), check=True)
    server = EmbeddedPostgres(folder)
    assert len(os.fsencode(postmaster.socket_file(server.socket_folder))) <= 107
    assert not server.socket_folder.is_relative_to(folder)
    with server:
        status = server.socket_folder.stat()
        assert stat.S_IMODE(status.st_mode) == 0o700
        assert status.st_uid == server.data.stat().st_uid
        assert ask(server, "SELECT 1") == 1
    assert not server.socket_folder.exists()


def test_a_planted_socket_folder_is_refused(made_folder: Path, server_folder: Path) -> None:
    folder = server_folder / ("long" * 30)
    subprocess.run(("cp", "-a", str(made_folder), str(folder)), check=True)
    server = EmbeddedPostgres(folder)
    server.socket_folder.mkdir(mode=0o755)
    server.socket_folder.chmod(0o777)
    (server.socket_folder / "trap").touch()
    try:
        with pytest.raises(DataFolderError, match="not a private folder"):
            server.start()
    finally:
        shutil.rmtree(server.socket_folder)


def test_spaces_in_the_path_are_plain(made_folder: Path, server_folder: Path) -> None:
    folder = server_folder / "my data"
    subprocess.run(("cp", "-a", str(made_folder), str(folder)), check=True)
    with EmbeddedPostgres(folder) as server:
        assert server.socket_folder.is_relative_to(folder)
        assert ask(server, "SELECT 1") == 1


def test_a_failed_start_shows_the_log_and_holds_nothing(folder: Path) -> None:
    with pytest.raises(ServerStartError, match="work_mem"):
        EmbeddedPostgres(folder, settings={"work_mem": "much"}).start()
    with EmbeddedPostgres(folder) as server:
        assert ask(server, "SELECT 1") == 1


def test_data_of_an_unknown_version_are_left_alone(folder: Path) -> None:
    (folder / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(BinariesMissingError, match="version 12, which made this data"):
        EmbeddedPostgres(folder).start()


def test_a_file_where_the_folder_should_be_is_refused(server_folder: Path) -> None:
    (server_folder / "file").touch()
    with pytest.raises(DataFolderError, match="cannot be used"):
        EmbeddedPostgres(server_folder / "file").start()


def test_waiting_for_somebody_who_starts_it_has_an_end(folder: Path) -> None:
    late = EmbeddedPostgres(folder, timeout_seconds=0.1)
    with (
        FolderLock(folder / "postgres.start.lock") as lock,
        lock.alone(0),
        pytest.raises(DataFolderError, match=r"postgres\.start\.lock"),
    ):
        late.start()


def test_nobody_else_may_look_inside(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        for private in (server.data, server.data.parent, server.socket_folder):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.log.stat().st_mode) == 0o600


def test_the_log_does_not_grow_without_end(folder: Path) -> None:
    log = folder / "postgres.log"
    with log.open("ab") as output:
        output.truncate(9 << 20)
    with EmbeddedPostgres(folder):
        assert log.stat().st_size < 1 << 20
    assert (folder / "postgres.log.1").stat().st_size == 9 << 20


def test_the_log_holds_no_statement_of_anybody(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        with pytest.raises(psycopg.errors.UndefinedTable):
            ask(server, "SELECT 'secret of alice' FROM nowhere")
        assert "secret of alice" not in server.log.read_text()
