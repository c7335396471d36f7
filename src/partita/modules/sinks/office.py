"""The office: whoever asks about sinks asks here, whether by HTTP, command or library."""

from collections.abc import Collection
from typing import NamedTuple

from partita.engine.consumer_ports import ConsumerKeeper, Parked
from partita.engine.errors import NotFound
from partita.engine.feed import Feed, event_filter
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.sinks.addresses import check_place, hosts_of
from partita.modules.sinks.contract import Brokers
from partita.modules.sinks.sink import KIND, Sink, SinkType, consumer_of, read_sink

_MOST_LISTED = 1_000


class Rules(NamedTuple):
    """Which brokers an installation lets be reached, and the types of events that it knows."""

    known_types: Collection[str]
    hosts: tuple[str, ...] = ()


class Progress(NamedTuple):
    """How far a sink is: up to which sequence it has all, how many records it lacks, what is parked."""

    cursor: int
    lag: int
    parked: int


class SinkOffice:
    """The sinks of one ledger."""

    def __init__(
        self, info: LedgerInfo, reader: Reader, keeper: ConsumerKeeper, rules: Rules
    ) -> None:
        """Read from this store; this keeper knows how far sinks are."""
        self.info = info
        self._reader, self._keeper, self._rules = reader, keeper, rules

    def find(self, identifier: str) -> Matter:
        """A sink by its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        found = self._reader.resource(self.info, KIND, identifier)
        if not isinstance(found, Matter):
            detail = f"there is no sink {identifier[:60]!r}"
            raise NotFound(f"{detail} in the ledger {self.info.name!r}")
        return found

    def page(
        self, before: int | None = None, limit: int = _MOST_LISTED, *, status: str | None = None
    ) -> list[Matter]:
        """Sinks, the newest first."""
        which = ResourceFilter(KIND, state=status)
        found = self._reader.resources(self.info, which, before, limit)
        return [each for each in found if isinstance(each, Matter)]

    def progress(self, matter: Matter) -> Progress:
        """How far a sink is now."""
        sink = read_sink(matter.body)
        consumer = consumer_of(matter.id, sink)
        head = self._reader.head(self.info).sequence
        known = {each.consumer: each for each in self._keeper.cursors(self.info)}
        found = known.get(consumer)
        cursor = max(sink.after, 0 if found is None else found.sequence)
        return Progress(cursor, max(0, head - cursor), 0 if found is None else found.parked)

    def parked(self, matter: Matter, after: int, limit: int) -> list[Parked]:
        """What is set aside for a sink, with a sequence above `after`, in order."""
        return self._keeper.parked(self.info, self._consumer(matter), after, limit)

    def discard(self, matter: Matter, sequence: int) -> bool:
        """Take an event off the list of those set aside; False if it is not there."""
        return self._keeper.unpark(self.info, self._consumer(matter), sequence)

    def retry(self, matter: Matter, sequence: int, brokers: Brokers) -> str | None:
        """Send an event that was set aside once more, and take it off the list if it is taken.

        Why it was refused again; None if it was taken.

        Raises:
            NotFound: it is not set aside.
            BrokerUnavailable: the broker cannot be reached now.
        """
        found = self.parked(matter, sequence - 1, 1)
        if not found or found[0].sequence != sequence:
            raise NotFound(f"no event {sequence} is set aside for the sink {matter.id}")
        page = Feed(self._reader).read(self.info, sequence - 1, 1, event_filter((), (), ()))
        broker = brokers(self.info.name, read_sink(matter.body))
        try:
            published = broker.publish(page.events)
        finally:
            broker.close()
        if published.safe:
            self.discard(matter, sequence)
            return None
        return published.refused

    def plain_types(self, types: Collection[str]) -> tuple[str, ...] | Rejection:
        """Types as they are kept, without the stem and the version; or which of them is unknown."""
        found: list[str] = []
        for place, text in enumerate(types):
            try:
                found += event_filter((text,), (), self._rules.known_types).types
            except ValueError as error:
                detail = str(error)
                return _invalid(
                    f"{detail[0].upper()}{detail[1:].removesuffix('.')}", f"types/{place}"
                )
        return tuple(dict.fromkeys(found))

    def objection(self, type_: SinkType, where: str) -> Rejection | None:
        """Why this installation would never send anything there."""
        try:
            hosts_of(type_, where)
        except ValueError:
            return None  # that is the rules' own to say
        try:
            check_place(type_, where, self._rules.hosts)
        except ValueError as error:
            return _invalid(f"This cannot be used: {error}", "where")
        return None

    def _consumer(self, matter: Matter) -> str:
        sink: Sink = read_sink(matter.body)
        return consumer_of(matter.id, sink)


def _invalid(why: str, field: str) -> Rejection:
    return Rejection(Code.SINK_INVALID, f"{why}.", f"/{field}")
