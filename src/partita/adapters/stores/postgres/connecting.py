"""Connections of the store: one for each writing thread, a pool for reading, faults translated."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from partita.adapters.stores.postgres.errors import StoreSetupError
from partita.engine.errors import CorruptJournal, StoreUnavailable, Unstorable

Connection = psycopg.Connection[tuple[Any, ...]]
_KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 5,
}
# The write path's queries are index look-ups, whatever the statistics say of a table that has just
# begun to grow; and a plan made once serves batches of every size.
_STEADY_PLANS = (
    "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off"
    " -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c jit=off"
)
SCANNING = (
    "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off -c jit=off"
    " -c statement_timeout=10s"
)
"""What the planner is told where rows of views are read along an order: only its index will do.

And no reader of views keeps the server busy for longer with one statement.
"""
# Whoever holds a ledger's lock and is frozen, or cut off without a word, must not hold it for ever:
# the server ends the session. The first works everywhere but behind a pipeline's last flush, which
# stops its clock; the second always, from PostgreSQL 17 on, and never once COMMIT has begun.
_LIFELINES = (
    "-c idle_in_transaction_session_timeout=120s -c tcp_keepalives_idle=5"
    " -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
)
_LONGEST_TRANSACTION = "set transaction_timeout = '120s'"
_KNOWS_LONGEST_TRANSACTION = 170_000
# How a session ends by these, and what a server says that is not the primary any more.
_ELSEWHERE = (
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)
_POOL_WAIT_SECONDS = 10.0


@contextmanager
def faults() -> Iterator[None]:
    """Turn what the driver raises into what the engine knows.

    Raises:
        StoreUnavailable: the connection broke, or there was none.
        CorruptJournal: the database refused what the rules had let through.
        Unstorable: a value is outside what the database can hold.
    """
    try:
        yield
    except psycopg.errors.IntegrityError as error:
        raise CorruptJournal(
            f"PostgreSQL refused a row that the rules accepted: {error}"
        ) from error
    except psycopg.errors.RaiseException as error:
        raise CorruptJournal(f"a guard of the database refused a write: {error}") from error
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
        raise Unstorable(
            f"PostgreSQL cannot hold this value, nothing was written: {error}"
        ) from error
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        PoolTimeout,
        *_ELSEWHERE,
    ) as error:
        raise StoreUnavailable(
            f"PostgreSQL cannot be reached or broke off: {error}".strip()
        ) from error


@contextmanager
def revived() -> Iterator[None]:
    """A server that could not be set up again is one that cannot be reached."""
    try:
        yield
    except StoreSetupError as error:
        raise StoreUnavailable(str(error)) from error


class WritingConnections:
    """One connection for each thread that writes, made when it is first needed."""

    def __init__(
        self,
        dsn: str,
        revive: Callable[[], None] = lambda: None,
        *,
        longest_transaction: str | None = _LONGEST_TRANSACTION,
        options: str = "",
    ) -> None:
        """Connect by this string, which names the role that writes.

        `revive` is called when no connection is to be had; it may start a server that died.
        `longest_transaction` is the setting that ends one; `options` are further settings.
        """
        self._revive, self._longest_transaction = revive, longest_transaction
        chosen = conninfo_to_dict(dsn).get("options") or ""
        options = f"{_LIFELINES} {chosen} {_STEADY_PLANS} {options}".strip()
        self._dsn = make_conninfo(dsn, options=options)
        self._mine = threading.local()
        self._all: dict[threading.Thread, Connection] = {}
        self._lock = threading.Lock()

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """This thread's connection; a broken one is put away, and its work is lost."""
        with faults():
            connection = self._open()
            try:
                yield connection
            finally:
                self._tidy(connection)

    def _open(self) -> Connection:
        connection: Connection | None = getattr(self._mine, "connection", None)
        if connection is None or connection.closed:
            connection = self._connect()
            self._bound(connection)
            self._mine.connection = connection
            self._keep(connection)
        return connection

    def _bound(self, connection: Connection) -> None:
        limit = self._longest_transaction
        if limit is not None and connection.info.server_version >= _KNOWS_LONGEST_TRANSACTION:
            connection.execute(limit.encode())

    def _keep(self, connection: Connection) -> None:
        """Note whose it is; those whose threads are over serve nobody any more."""
        with self._lock:
            for thread in [thread for thread in self._all if not thread.is_alive()]:
                self._all.pop(thread).close()
            self._all[threading.current_thread()] = connection

    def _connect(self) -> Connection:
        try:
            return psycopg.connect(self._dsn, autocommit=True, **_KEEPALIVE)
        except psycopg.OperationalError:
            with revived():
                self._revive()
            return psycopg.connect(self._dsn, autocommit=True, **_KEEPALIVE)

    def _tidy(self, connection: Connection) -> None:
        """Leave the connection idle for the next use, or closed."""
        status = connection.info.transaction_status
        if status == pq.TransactionStatus.IDLE:
            return
        try:
            if status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR):
                connection.execute("rollback")
                return
        except psycopg.Error:
            pass  # it is broken, and closing it rolls back as well
        connection.close()

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._all.values():
                connection.close()
            self._all = {}


def projecting_connections(
    dsn: str, revive: Callable[[], None] = lambda: None
) -> WritingConnections:
    """Connections for writing views: they build indexes for as long as that takes, and commit soon.

    What a commit lost with its server has lost the view's cursor too, so nobody waits for the disk.
    """
    soon = "-c synchronous_commit=off -c client_min_messages=warning"
    return WritingConnections(dsn, revive, longest_transaction=None, options=soon)


class ReadingConnections:
    """A pool of connections for reading, in the reader's role."""

    def __init__(
        self, dsn: str, size: int, revive: Callable[[], None] = lambda: None, *, options: str = ""
    ) -> None:
        """At most `size` connections; they are made as they are needed. `revive` as above."""
        self._revive = revive
        chosen = conninfo_to_dict(dsn).get("options") or ""
        dsn = make_conninfo(dsn, options=f"{chosen} {options}".strip())
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            kwargs={"autocommit": True, **_KEEPALIVE},
            min_size=0,
            max_size=size,
            timeout=_POOL_WAIT_SECONDS,
            check=None,
            open=False,
        )
        self._pool.open(wait=False)

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """A connection, given back afterwards."""
        with faults(), self._pool.connection() as connection:
            yield connection

    def refresh(self) -> None:
        """Put away the connections that broke while nobody used them."""
        with revived():
            self._revive()
        self._pool.check()

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()
