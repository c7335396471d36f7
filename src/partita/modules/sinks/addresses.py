"""Where a sink may be: addresses of brokers that the operator allows, plain names of files.

Brokers stand in private networks, so no rule about addresses can tell a right one from one that a
caller should never reach by way of this server. So the operator names them (`PARTITA_SINK_HOSTS`), and
anything else is refused.
"""

import re
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from partita.modules.sinks.sink import SinkType

_HOST_PORT = re.compile(r"(\[[0-9a-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", re.ASCII)
_CHANNEL = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}", re.ASCII)


def hosts_of(type_: SinkType, where: str) -> tuple[str, ...]:
    """The addresses, `HOST:PORT`, that a sink connects to; none for a file.

    Raises:
        ValueError: that is no place for a sink of this type; the message says how one is written.
    """
    return _READERS[type_](where)


def check_place(type_: SinkType, where: str, allowed: Collection[str]) -> None:
    """See that a sink may be there.

    Raises:
        ValueError: it may not; the message says why, and the mend.
    """
    for host in hosts_of(type_, where):
        if host not in allowed:
            raise ValueError(
                f"this installation sends nothing to {host}; its operator allows it by"
                f" PARTITA_SINK_HOSTS={host}"
            )


def check_channel(type_: SinkType, channel: str) -> None:
    """See that a stream or topic may be called so.

    Raises:
        ValueError: it may not, and why.
    """
    if type_ is SinkType.FILE:
        raise ValueError("a file has no channel; leave it out")
    if _CHANNEL.fullmatch(channel) is None or (type_ is SinkType.NATS and "." in channel):
        raise ValueError(
            "use letters, digits, '_' and '-', at most 200 of them; topics of Kafka may have dots"
        )


def _nats(where: str) -> tuple[str, ...]:
    parts = urlsplit(where)
    if parts.scheme not in ("nats", "tls") or parts.path or parts.query or parts.fragment:
        raise ValueError("write it as nats://HOST:PORT, or tls://HOST:PORT")
    if "@" in parts.netloc:
        raise ValueError(
            "it stands in the journal for ever, so put no password in it; credentials are read from"
            " the file that PARTITA_NATS_CREDENTIALS names"
        )
    return _checked([parts.netloc], "nats://HOST:PORT")


def _kafka(where: str) -> tuple[str, ...]:
    return _checked(where.split(","), "HOST:PORT, with commas between several")


def _checked(hosts: list[str], form: str) -> tuple[str, ...]:
    if not all(_HOST_PORT.fullmatch(host) for host in hosts):
        raise ValueError(f"write it as {form}")
    return tuple(hosts)


def _file(where: str) -> tuple[str, ...]:
    if _FILE.fullmatch(where) is None:
        raise ValueError(
            "write the plain name of a file, such as events.ndjson; it is made in the folder `sinks`"
            " of the data folder"
        )
    return ()


_READERS: dict[SinkType, Callable[[str], tuple[str, ...]]] = {
    SinkType.NATS: _nats,
    SinkType.KAFKA: _kafka,
    SinkType.FILE: _file,
}
