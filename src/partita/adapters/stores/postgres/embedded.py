"""Real PostgreSQL, run by us in a data folder on a private socket: the size without set-up.

Several processes may use one folder at once. The first starts the server, the last stops it:
each user holds `postgres.users.lock` shared, and whoever starts or stops holds
`postgres.start.lock` alone. The OS frees the locks of a killed process; a server left behind by
one is adopted by the next. `wiring` uses this where no database URL is given.
"""

import os
import re
import stat
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import make_conninfo

from partita.adapters.stores.postgres import postmaster
from partita.adapters.stores.postgres.binaries import Binaries, find_binaries
from partita.adapters.stores.postgres.errors import (
    DataFolderError,
    ServerStartError,
    ServerStopError,
)
from partita.adapters.stores.postgres.folder_lock import FolderLock
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.roles import DATABASE, SCHEMA
from partita.adapters.stores.postgres.server_settings import PORT, access_text, settings_text
from partita.adapters.stores.postgres.server_user import (
    ServerUser,
    choose_server_user,
    with_reach,
)

ADMINISTRATOR = "postgres"
"""The superuser of an embedded server, for bootstrapping only."""

_QUERIES = NamedQueries(Path(__file__).parent / "sql" / "embedded.sql")
_LONGEST_SOCKET_PATH = 107
_PLAIN_PATH = re.compile(r"[A-Za-z0-9 _./@+~=-]+", re.ASCII)
_LARGEST_LOG_BYTES = 8 << 20
_TAIL_LINES = 20
_PAUSE_SECONDS = 0.05
_LINGERING_SECONDS = 10.0
# A killed server leaves its busy backends for a moment, and PostgreSQL waits for none of them.
_LINGERING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')


class EmbeddedPostgres:
    """The server of one data folder, as one user of it sees it: `start`, `dsn`, `close`."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        timeout_seconds: float = 60.0,
    ) -> None:
        """Say where; nothing happens before `start`. `settings` go beside and over our own."""
        self.folder = Path(folder).resolve()
        self.data = self.folder / "postgres" / "data"
        self.log = self.folder / "postgres.log"
        self.socket_folder = _socket_folder(self.folder / "postgres")
        self._settings = dict(settings or {})
        self._timeout_seconds = timeout_seconds
        self._locks: tuple[FolderLock, FolderLock] | None = None
        self._holder = 0
        self._reviving = threading.Lock()

    def __enter__(self) -> Self:
        """Start for a block."""
        return self.start()

    def __exit__(self, *error: object) -> None:
        """Close after the block."""
        self.close()

    def start(self) -> Self:
        """Make the data if it is not there, start the server if it does not run, and join it.

        Raises:
            BinariesMissingError, ServerUserError, DataFolderError, ServerStartError
        """
        assert self._locks is None, "started already"
        starting, users = self._open_locks()
        try:
            with starting.alone(self._timeout_seconds):
                users.share()
                try:
                    self._ensure_ready()
                except BaseException:
                    self._leave(users)
                    raise
        except BaseException:
            starting.close()
            users.close()
            raise
        self._locks, self._holder = (starting, users), os.getpid()
        return self

    def close(self) -> None:
        """Leave the server; the last one to leave stops it. Closing twice does nothing.

        A server that died meanwhile is no reason to complain: what it acknowledged is on disk.

        Raises:
            ServerStopError: it did not stop in time.
        """
        if self._locks is None:
            return
        (starting, users), self._locks = self._locks, None
        try:
            # A forked child has its parent's locks in hand, and must not stop its parent's server.
            if self._holder == os.getpid():
                with starting.alone(self._timeout_seconds):
                    self._leave(users)
        finally:
            starting.close()
            users.close()

    def revive(self) -> None:
        """Start the server again if it died under its users; any thread may ask.

        Raises:
            ServerStartError: it does not come up again.
        """
        if self._locks is None or self._holder != os.getpid():
            return
        # The folder's lock is between processes; threads of one process share it.
        with self._reviving, self._locks[0].alone(self._timeout_seconds):
            self._ensure_ready()

    def dsn(self, user: str, database: str = DATABASE) -> str:
        """The libpq connection string for a user, with the schema as its search path."""
        return make_conninfo(
            host=str(self.socket_folder),
            port=PORT,
            user=user,
            dbname=database,
            options=f"-c search_path={SCHEMA}",
        )

    def url(self, user: str, database: str = DATABASE) -> str:
        """The same as `dsn`, as a URL."""
        query = {
            "host": str(self.socket_folder),
            "port": str(PORT),
            "options": f"-c search_path={SCHEMA}",
        }
        encoded = urlencode(query, quote_via=quote)
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{encoded}"

    def _open_locks(self) -> tuple[FolderLock, FolderLock]:
        try:
            # As root, the server's own user must be able to pass through, not to look around.
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700 if os.geteuid() else 0o711)
            starting = FolderLock(self.folder / "postgres.start.lock")
            return starting, FolderLock(self.folder / "postgres.users.lock")
        except OSError as error:
            raise DataFolderError(
                f"The data folder {self.folder} cannot be used: {error.strerror}.",
                mend="name a folder in which the current OS user may write.",
            ) from error

    def _leave(self, users: FolderLock) -> None:
        """Under the start lock: stop the server if nobody else uses it."""
        is_last = users.try_alone()
        users.release()
        if not is_last:
            return
        if not postmaster.stop(self.data, self._timeout_seconds):
            raise ServerStopError(
                f"The server in {self.folder} did not stop within {self._timeout_seconds:g} s.",
                mend=f"nothing is lost; look at {self.log}, and start and stop again.",
            )
        if self.socket_folder.parent != self.data.parent:
            # A killed server leaves its socket there, and then the folder serves the next start.
            with suppress(OSError):
                self.socket_folder.rmdir()

    def _ensure_ready(self) -> None:
        deadline = time.monotonic() + self._timeout_seconds
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise self._not_started(0, f"was not ready within {self._timeout_seconds:g} s")
            if postmaster.living_pid(self.data) is None:
                self._launch()
            else:
                time.sleep(_PAUSE_SECONDS)

    def _is_ready(self) -> bool:
        """Whether the server takes connections and has our database."""
        if not postmaster.answers(self.socket_folder):
            return False
        dsn = self.dsn(ADMINISTRATOR, "postgres")
        try:
            with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
                found = connection.execute(_QUERIES.database_exists, {"database": DATABASE})
                if found.fetchone() != (True,):
                    connection.execute(_QUERIES.create_database)
        except psycopg.OperationalError:
            return False  # still starting or stopping; the caller's deadline bounds the wait
        return True

    def _launch(self) -> None:
        """Start the server process, and wait until it is ready or has failed."""
        user = self._prepare_folder()
        binaries = find_binaries(major=self._major())
        user = with_reach(user, binaries.program("initdb"), self.data.parent)
        if not self.data.exists():
            self._initialize(user, binaries)
        self._prepare_socket_folder(user)
        user.write(self.data / "pg_hba.conf", access_text())
        conf = settings_text(self.socket_folder, self.data, self._settings)
        user.write(self.data / "partita.conf", conf)
        postmaster.disown_stranger(self.data, self.socket_folder, user)
        self._run_server(user, binaries)

    def _run_server(self, user: ServerUser, binaries: Binaries) -> None:
        seconds = str(max(1, round(self._timeout_seconds)))
        # By the environment, since pg_ctl hands `-D` to a shell with nothing but quotes around it.
        place = ("/usr/bin/env", f"PGDATA={self.data}")
        command = (*place, binaries.program("pg_ctl"), "-s", "-w", "-t", seconds)
        deadline = time.monotonic() + min(_LINGERING_SECONDS, self._timeout_seconds)
        _rotate(self.log)
        with open(self.log, "ab", opener=_open_private) as output:
            while True:
                before = output.seek(0, os.SEEK_END)
                limit = self._timeout_seconds + 10
                done = user.run((*command, "start"), output=output, timeout_seconds=limit)
                if done.returncode == 0:
                    return
                lingers = any(sign in self._log_since(before) for sign in _LINGERING)
                if not lingers or time.monotonic() > deadline:
                    raise self._not_started(before, "did not start")
                time.sleep(_PAUSE_SECONDS)

    def _prepare_folder(self) -> ServerUser:
        folder = self.data.parent
        user = choose_server_user(folder)
        if not folder.exists():
            folder.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(folder, user.uid, user.gid)
        return user

    def _major(self) -> int | None:
        """The major version that made the data; None before there are any."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def _initialize(self, user: ServerUser, binaries: Binaries) -> None:
        """Make the data beside their place and move them there whole, safe from any crash."""
        fresh = self.data.with_name("data.new")
        user.run(("/bin/rm", "-rf", str(fresh)))
        choices = ("-U", ADMINISTRATOR, "-E", "UTF8", "--no-locale", "-k", "-A", "trust")
        done = user.run((binaries.program("initdb"), "-D", str(fresh), *choices))
        if done.returncode != 0:
            raise ServerStartError(
                f"initdb failed in {fresh}:\n{done.stdout.decode(errors='replace')}",
                mend="mend what the last lines name, such as free space, and start again.",
            )
        conf = fresh / "postgresql.conf"
        user.write(conf, f"{conf.read_text()}\ninclude = 'partita.conf'\n")
        user.write(fresh / "partita.conf", "")
        _sync(conf, fresh)
        user.run(("/bin/mv", str(fresh), str(self.data)))
        _sync(self.data.parent, self.folder)

    def _prepare_socket_folder(self, user: ServerUser) -> None:
        folder = self.socket_folder
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            status = folder.lstat()
            is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == user.uid
            if not is_ours or status.st_mode & 0o077:
                raise DataFolderError(
                    f"{folder}, where the server listens, is not a private folder of {user.name}.",
                    mend="remove it while no server runs, and start again.",
                ) from None
            return
        if os.geteuid() == 0:
            os.chown(folder, user.uid, user.gid, follow_symlinks=False)

    def _log_since(self, offset: int) -> str:
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def _not_started(self, offset: int, what: str) -> ServerStartError:
        lines = self._log_since(offset).splitlines() if self.log.exists() else []
        tail = "\n".join(lines[-_TAIL_LINES:])
        return ServerStartError(
            f"The server in {self.folder} {what}. The end of {self.log}:\n{tail}\n",
            mend="mend what the log names, and start again.",
        )


def _socket_folder(server_folder: Path) -> Path:
    """Inside the data folder, or a short one where that path is too long or odd for a socket.

    The short one never follows TMPDIR, on which two processes of one folder may not agree.
    """
    inside = server_folder / "socket"
    length = len(os.fsencode(postmaster.socket_file(inside)))
    if length <= _LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    digest = sha256(os.fsencode(server_folder)).hexdigest()[:20]
    return Path("/tmp") / f"partita-{digest}"  # noqa: S108 - checked for its owner before use


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LARGEST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def _open_private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)


def _sync(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
