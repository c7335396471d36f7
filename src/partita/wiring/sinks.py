"""Brokers of sinks: which adapter serves which type, and what this installation lets be reached."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from partita.adapters.publishers.lines import LinesFile
from partita.engine.consumer_ports import ConsumerKeeper
from partita.engine.errors import PartitaError
from partita.engine.ports import Clock, Entropy, LedgerInfo, Reader
from partita.modules.sinks.addresses import check_place
from partita.modules.sinks.contract import Broker, BrokerUnavailable
from partita.modules.sinks.office import Rules, SinkOffice
from partita.modules.sinks.process import SinksProcess
from partita.modules.sinks.sink import Sink, SinkType
from partita.wiring.event_types import event_types


class Reach(NamedTuple):
    """What the operator has set: brokers that may be reached, a folder for files, credentials.

    `kafka_options` names a file of librdkafka's settings, a line `NAME=VALUE` each.
    """

    hosts: tuple[str, ...] = ()
    folder: Path | None = None
    nats_credentials: Path | None = None
    kafka_options: Path | None = None


class Store(Reader, ConsumerKeeper, Protocol):
    """What sinks need of a store."""


class Sinks:
    """The sinks of an installation."""

    def __init__(self, store: Store) -> None:
        """Nothing may be reached before `reach` says so."""
        self._store = store
        self.reach = Reach()

    def office(self, info: LedgerInfo) -> SinkOffice:
        """Who speaks for the sinks of a ledger."""
        return SinkOffice(info, self._store, self._store, Rules(event_types(), self.reach.hosts))

    def connect(self, ledger: str, sink: Sink) -> Broker:
        """What brings events to a sink's broker.

        Raises:
            BrokerUnavailable: the operator does not allow the place any more, or what it needs is
                not installed.
        """
        try:
            check_place(sink.type, sink.where, self.reach.hosts)
        except ValueError as error:
            raise BrokerUnavailable(str(error)) from error
        return _MAKERS[sink.type](ledger, sink, self.reach)

    def process(
        self, ledgers: Callable[[], list[LedgerInfo]], clock: Clock, entropy: Entropy
    ) -> SinksProcess:
        """What keeps all sinks going."""
        return SinksProcess(self._store, self._store, self.connect, ledgers, clock, entropy)


def _file(ledger: str, sink: Sink, reach: Reach) -> Broker:
    if reach.folder is None:
        raise BrokerUnavailable("books without a data folder have no files to write events to")
    return LinesFile(reach.folder / ledger / sink.where)


def _nats(ledger: str, sink: Sink, reach: Reach) -> Broker:
    try:
        # Imported here: the library is an optional extra.
        from partita.adapters.publishers.nats_jetstream import (  # noqa: PLC0415
            USUAL_STREAM,
            JetStream,
            Target,
        )
    except ImportError as error:
        raise _missing("nats") from error
    stream = sink.channel or USUAL_STREAM
    return JetStream(Target(sink.where, ledger, stream, reach.nats_credentials))


def _kafka(ledger: str, sink: Sink, reach: Reach) -> Broker:
    try:
        from partita.adapters.publishers.kafka import Kafka, Topic  # noqa: PLC0415 - as above
    except ImportError as error:
        raise _missing("kafka") from error
    topic, options = sink.channel or f"partita.{ledger}", _options(reach.kafka_options)
    return Kafka(Topic(sink.where, topic, ledger, sink.partition_by, options))


def _missing(extra: str) -> PartitaError:
    return BrokerUnavailable(
        f"what sinks of type {extra} need is not installed: pip install 'partita[{extra}]'"
    )


def _options(file: Path | None) -> Mapping[str, object]:
    if file is None:
        return {}
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _sign, value in pairs}


_MAKERS: Mapping[SinkType, Callable[[str, Sink, Reach], Broker]] = {
    SinkType.FILE: _file,
    SinkType.NATS: _nats,
    SinkType.KAFKA: _kafka,
}
