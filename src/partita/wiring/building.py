"""Settings become an application: which store, which secrets, which witnesses and rails."""

import gc
from collections.abc import Callable
from functools import partial
from secrets import token_bytes
from typing import NamedTuple

from partita.adapters.rails.premises import Premises
from partita.adapters.signers.file import SEED_BYTES, FileSigner, secret_file
from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres import bootstrap, migrate
from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.adapters.stores.postgres.rebuilding import PostgresRebuilder
from partita.adapters.stores.postgres.roles import Role, as_role
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.adapters.witnesses.cosigned_files import CosignedFiles
from partita.adapters.witnesses.over_http import HttpWitness
from partita.config import DEFAULT_LEDGER, Settings
from partita.engine.access import KEY_BYTES
from partita.engine.notary import Seal
from partita.engine.ports import Clock, Entropy
from partita.engine.rebuilding import Rebuilder
from partita.engine.witness_ports import Witnessing
from partita.modules.exports.folder import Place
from partita.modules.webhooks.office import Rules
from partita.wiring.application import Application, FullStore
from partita.wiring.event_types import event_types
from partita.wiring.secrets import seal_of
from partita.wiring.sinks import Reach

COLLECTION_THRESHOLDS = (50_000, 20, 20)


def tune_interpreter() -> None:
    """Tell CPython how this program uses it; measured in `docs/performance.md`.

    Nothing on the hot path can form cycles, so looking for them after every 700 objects costs a
    third of its time.
    """
    gc.set_threshold(*map(max, gc.get_threshold(), COLLECTION_THRESHOLDS))


def build(
    settings: Settings, *, makes_main: bool = True, clock: Clock | None = None
) -> Application:
    """The application that these settings describe; the ledger `main` exists afterwards.

    Without `makes_main` it does not: so that it can be brought back from files. Another `clock`
    than the machine's is for scenarios, which live months in minutes.

    Tunes the interpreter for the whole process (`tune_interpreter`).

    Raises:
        PartitaError, StoreSetupError: what is missing, and the mend.
    """
    tune_interpreter()
    clock, entropy = clock or SystemClock(), SystemEntropy()
    store, rebuilder, close = _store(settings)
    try:
        application = Application(
            store,
            pepper=_pepper(settings),
            clock=clock,
            entropy=entropy,
            seal=_seal(settings),
            close=close,
        )
        application.rebuilder = rebuilder
        application.premises = _premises(settings, clock, entropy)
        application.is_sandbox = settings.sandbox
        application.webhook_rules = Rules(
            event_types(), settings.webhook_allow_private, settings.webhook_retention_days
        )
        if not settings.memory:
            folder = settings.exports or settings.data / "exports"
            application.exporting.place = Place(folder, settings.export_days)
        application.sinks.reach = _reach(settings)
        application.watched_by(_witnessing(settings))
        if makes_main:
            application.open_ledger(DEFAULT_LEDGER)
        application.publisher.start()
    except BaseException:
        store.close()
        close()
        raise
    return application


def _premises(settings: Settings, clock: Clock, entropy: Entropy) -> Premises:
    """What rails may use: beside an embedded store, a folder that outlives the process."""
    return Premises(clock, entropy, None if settings.memory else settings.data / "rails")


def _reach(settings: Settings) -> Reach:
    """Where sinks may go; books in memory write no files."""
    folder = None if settings.memory else settings.data / "sinks"
    credentials = settings.nats_credentials
    return Reach(settings.sink_hosts, folder, credentials, settings.kafka_options)


class _Kept(NamedTuple):
    """A store, who can rebuild its views, and what ends all that carries it."""

    store: FullStore
    rebuilder: Rebuilder | None = None
    close: Callable[[], None] = lambda: None


def _store(settings: Settings) -> _Kept:
    if settings.memory:
        return _Kept(MemoryStore())
    if settings.database_url is not None:
        owner = settings.owner_url or settings.database_url
        bootstrap.bootstrap(owner)
        migrate.apply(owner)
        by_url = _postgres(settings, partial(as_role, settings.database_url))
        return _Kept(by_url, PostgresRebuilder(owner, by_url))
    server = EmbeddedPostgres(settings.data).start()
    try:
        administrator = server.dsn(ADMINISTRATOR)
        bootstrap.bootstrap(administrator, allow_login=True)
        migrate.apply(administrator)
        store = _postgres(settings, server.dsn, server.revive)
    except BaseException:
        server.close()
        raise
    return _Kept(store, PostgresRebuilder(administrator, store), server.close)


def _postgres(
    settings: Settings, dsn: Callable[[Role], str], revive: Callable[[], None] = lambda: None
) -> PostgresStore:
    store = PostgresStore(
        dsn(Role.POSTER),
        dsn(Role.READER),
        connections=settings.connections,
        allow_unsafe=settings.allow_unsafe_durability,
        revive=revive,
    )
    return store.project_as(dsn(Role.PROJECTOR))


def _pepper(settings: Settings) -> bytes:
    """The secret under which API keys are hashed: given, or kept in a file made at first start."""
    if settings.secret is not None:
        if len(settings.secret.encode()) < KEY_BYTES:
            raise ValueError(f"PARTITA_SECRET must have at least {KEY_BYTES} characters")
        return settings.secret.encode()
    if settings.memory:
        return token_bytes(KEY_BYTES)
    return secret_file(settings.data / "pepper", token_bytes(KEY_BYTES))


def _seal(settings: Settings) -> Seal:
    """The key that signs the logs: in the file that is named, else beside the pepper.

    Where the pepper is given as a secret, the key follows from it, so that all servers and command
    lines that share the secret sign alike.
    """
    if settings.log_key is not None:
        return Seal(FileSigner.read(settings.log_key), settings.log_name)
    if settings.secret is not None or settings.memory:
        return seal_of(_pepper(settings), settings.log_name)
    file = settings.data / "log.key"
    secret_file(file, token_bytes(SEED_BYTES).hex().encode() + b"\n")
    return Seal(FileSigner.read(file), settings.log_name)


def _witnessing(settings: Settings) -> Witnessing:
    """The witnesses that are named; what they cosigned is remembered beside the log's key."""
    found = [HttpWitness(each.url, each.key) for each in settings.witnesses]
    place = settings.data if settings.log_key is None else settings.log_key.parent
    return Witnessing(found, None if settings.memory else CosignedFiles(place / "cosigned"))
