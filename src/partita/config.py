"""Settings: read once at start, frozen, passed in. Nothing reads the environment later."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from partita.journal.notes import BadNote, SignatureKind, VerifierKey

DEFAULT_LEDGER = "main"
_LOG_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9._-]+)*", re.ASCII)


class WitnessAddress(msgspec.Struct, frozen=True):
    """Where a witness is asked, and the key that its signatures are checked by."""

    url: str
    key: VerifierKey


class Settings(msgspec.Struct, frozen=True):
    """Where the books are kept, and how.

    Exactly one of three stores: `database_url` (any PostgreSQL of 15 or later), `memory` (gone
    with the process), else an embedded PostgreSQL in the folder `data`. The pepper of API keys
    is `secret` if given, else a file in `data`.
    """

    data: Annotated[
        Path, Meta(description="Folder of the embedded PostgreSQL and of the pepper of API keys.")
    ] = Path("partita-data")
    database_url: Annotated[
        str | None, Meta(description="A PostgreSQL of 15 or later to use instead.")
    ] = None
    owner_url: Annotated[
        str | None,
        Meta(description="The same database by a login that may migrate, if the other may not."),
    ] = None
    memory: Annotated[
        bool, Meta(description="Keep everything in memory; it is gone with the process.")
    ] = False
    secret: Annotated[
        str | None,
        Meta(description="The pepper under which API keys are hashed, instead of the file."),
    ] = None
    log_key: Annotated[
        Path | None,
        Meta(
            description="File of the key that signs the logs, instead of `log.key` in the folder."
        ),
    ] = None
    log_name: Annotated[
        str | None,
        Meta(description="Name of the logs of this installation, such as books.example.com."),
    ] = None
    witnesses: Annotated[
        tuple[WitnessAddress, ...],
        Meta(description="Witnesses of the logs: URL, a space, verifier key; commas between them."),
    ] = ()
    connections: Annotated[int, Meta(description="Connections for reading, at most.")] = 10
    sandbox: Annotated[
        bool, Meta(description="Let callers steer the simulated rails; for trying things out only.")
    ] = False
    webhook_allow_private: Annotated[
        bool,
        Meta(
            description="Let webhooks call http and addresses that are not public; `yes` or `no`."
        ),
    ] = False
    webhook_retention_days: Annotated[
        int, Meta(description="Days for which finished deliveries of webhooks are kept.")
    ] = 30
    exports: Annotated[
        Path | None,
        Meta(
            description="Folder of exported lists, shared by all servers of an installation;"
            " by default `exports` in the data folder."
        ),
    ] = None
    export_days: Annotated[
        int, Meta(description="How many days the file of an export is kept.")
    ] = 7
    schema_registry_login: Annotated[
        str | None,
        Meta(description="`user:password` for the registry of `partita schemas publish`."),
    ] = None
    sink_hosts: Annotated[
        tuple[str, ...],
        Meta(description="Brokers that sinks may reach: HOST:PORT, commas between them."),
    ] = ()
    nats_credentials: Annotated[
        Path | None, Meta(description="File of the credentials by which NATS knows us (.creds).")
    ] = None
    kafka_options: Annotated[
        Path | None, Meta(description="File of librdkafka's settings, a line NAME=VALUE each.")
    ] = None
    allow_unsafe_durability: Annotated[
        bool, Meta(description="Start on a server whose settings could lose what it acknowledged.")
    ] = False


VARIABLES: dict[str, str] = {
    "data": "PARTITA_DATA",
    "database_url": "PARTITA_DATABASE_URL",
    "owner_url": "PARTITA_OWNER_URL",
    "secret": "PARTITA_SECRET",
    "log_key": "PARTITA_LOG_KEY",
    "log_name": "PARTITA_LOG_NAME",
    "witnesses": "PARTITA_WITNESSES",
    "connections": "PARTITA_CONNECTIONS",
    "sandbox": "PARTITA_SANDBOX",
    "webhook_allow_private": "PARTITA_WEBHOOK_ALLOW_PRIVATE",
    "webhook_retention_days": "PARTITA_WEBHOOK_RETENTION_DAYS",
    "exports": "PARTITA_EXPORTS",
    "export_days": "PARTITA_EXPORT_DAYS",
    "schema_registry_login": "PARTITA_SCHEMA_REGISTRY_LOGIN",
    "sink_hosts": "PARTITA_SINK_HOSTS",
    "nats_credentials": "PARTITA_NATS_CREDENTIALS",
    "kafka_options": "PARTITA_KAFKA_OPTIONS",
    "allow_unsafe_durability": "PARTITA_ALLOW_UNSAFE_DURABILITY",
}
"""The settings that the environment may give, and the variable of each."""

IN_SO_MANY_WORDS = "money may be lost"
"""What PARTITA_ALLOW_UNSAFE_DURABILITY must say; anything else is refused."""


def _count(field: str) -> Callable[[str], int]:
    """How a setting is read that is a number of things."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) == 0:
            raise ValueError(f"{VARIABLES[field]} is a whole number of at least 1, not {text!r}")
        return int(text)

    return read


def _switch(field: str) -> Callable[[str], bool]:
    """How a setting is read that says yes or no."""

    def read(text: str) -> bool:
        if text not in ("yes", "no", "True", "False"):
            raise ValueError(f"{VARIABLES[field]} says yes or no, not {text!r}")
        return text in ("yes", "True")

    return read


def _unsafe(text: str) -> bool:
    if text not in (IN_SO_MANY_WORDS, "True", "False"):
        raise ValueError(
            f"PARTITA_ALLOW_UNSAFE_DURABILITY must say {IN_SO_MANY_WORDS!r} or not be set at all"
        )
    return text != "False"


def _log_name(text: str) -> str:
    if _LOG_NAME.fullmatch(text) is None:
        raise ValueError(
            f"PARTITA_LOG_NAME is a name like books.example.com/ledgers, without scheme, spaces or"
            f" plus signs, not {text!r}"
        )
    return text


def _hosts(text: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in text.split(","))
    for host in found:
        if re.fullmatch(r"[^\s,/@]+:[0-9]+", host) is None:
            raise ValueError(
                f"PARTITA_SINK_HOSTS is HOST:PORT, commas between several, not {host!r}"
            )
    return found


def _witnesses(text: str) -> tuple[WitnessAddress, ...]:
    found = tuple(_witness(each) for each in text.split(","))
    if len({each.key.name for each in found}) != len(found):
        raise ValueError("PARTITA_WITNESSES names a witness twice")
    return found


def _witness(text: str) -> WitnessAddress:
    url, _, key = text.strip().partition(" ")
    if re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url) is None:
        raise ValueError(
            f"PARTITA_WITNESSES is http://HOST:PORT, a space and a verifier key, not {text!r}"
        )
    try:
        found = VerifierKey.parse(key.strip())
    except BadNote as error:
        raise ValueError(f"PARTITA_WITNESSES: {error}") from error
    if found.kind is not SignatureKind.WITNESS:
        raise ValueError(f"PARTITA_WITNESSES: {found.name} is the key of a log, not of a witness")
    return WitnessAddress(url.rstrip("/"), found)


_READERS: dict[str, Callable[[str], object]] = {
    "data": lambda text: Path(text).absolute(),
    "log_key": lambda text: Path(text).absolute(),
    "log_name": _log_name,
    "witnesses": _witnesses,
    "connections": _count("connections"),
    "webhook_retention_days": _count("webhook_retention_days"),
    "sandbox": _switch("sandbox"),
    "webhook_allow_private": _switch("webhook_allow_private"),
    "exports": lambda text: Path(text).absolute(),
    "export_days": _count("export_days"),
    "sink_hosts": _hosts,
    "nats_credentials": lambda text: Path(text).absolute(),
    "kafka_options": lambda text: Path(text).absolute(),
    "allow_unsafe_durability": _unsafe,
}


def from_environment(environment: Mapping[str, str] = os.environ, **given: object) -> Settings:
    """Settings from PARTITA_* variables; what is given (and is not None) goes before them.

    Raises:
        ValueError: a variable says what it cannot mean.
    """
    found: dict[str, object] = {
        field: environment[name] for field, name in VARIABLES.items() if environment.get(name)
    }
    if given.get("data") is not None:
        # A folder that is named goes before a URL that only stands in the environment.
        found.pop("database_url", None)
    found.update({field: value for field, value in given.items() if value is not None})
    for field, read in _READERS.items():
        if field in found:
            found[field] = read(str(found[field]))
    return Settings(**found)  # type: ignore[arg-type]
