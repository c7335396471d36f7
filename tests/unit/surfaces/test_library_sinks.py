"""Sinks in the library: the same life, progress and parked events, by methods."""

import pytest

from partita.engine.consumer_ports import Parked
from partita.engine.errors import NotFound
from partita.engine.ledger import Ledger
from partita.modules.sinks.commands import ArchiveSink, PauseSink
from partita.modules.sinks.sink import consumer_of, read_sink
from partita.surfaces.library import LibraryLedger
from partita.surfaces.library_outcomes import Rejected
from partita.wiring import Application
from tests.plugins.steering import NOON


@pytest.fixture
async def books(application: Application, ledger: Ledger) -> LibraryLedger:
    return LibraryLedger(application, ledger)


async def test_from_making_a_sink_to_putting_it_away(books: LibraryLedger) -> None:
    sink = await books.create_sink(
        "warehouse", "file", "events.ndjson", types=("dev.partita.account.opened.v1",)
    )
    assert read_sink(sink.body).types == ("account.opened",), "kept as a ledger knows them"
    changed = await books.update_sink(sink.id, types=("payment.*",))
    assert read_sink(changed.body).types == ("payment.*",)
    assert (await books.sink_progress(sink.id)).cursor == 0
    assert (await books.switch_sink(PauseSink(sink=sink.id))).status == "paused"
    assert (await books.switch_sink(ArchiveSink(sink=sink.id))).status == "archived"
    assert [each.id for each in await books.sinks()] == [sink.id]


async def test_what_cannot_be_is_rejected(books: LibraryLedger) -> None:
    with pytest.raises(Rejected, match="did you mean"):
        await books.create_sink("x", "file", "events", types=("payment.setled",))
    with pytest.raises(Rejected, match="PARTITA_SINK_HOSTS=broker:4222"):
        await books.create_sink("x", "nats", "nats://broker:4222")
    sink = await books.create_sink("x", "file", "events")
    with pytest.raises(Rejected, match="no type of event"):
        await books.update_sink(sink.id, types=("nothing.ever",))
    with pytest.raises(Rejected, match="plain name"):
        await books.update_sink(sink.id, where="../events")


async def test_parked_events(
    books: LibraryLedger, application: Application, ledger: Ledger
) -> None:
    sink = await books.create_sink("x", "file", "events")
    consumer = consumer_of(sink.id, read_sink(sink.body))
    event = Parked(consumer, 1, "evt_1", "ledger.opened", 5, "too large", NOON)
    application.store.park(ledger.info, event)
    assert await books.parked_events(sink.id) == [event]
    assert await books.discard_parked_event(sink.id, 1) is True
    assert await books.discard_parked_event(sink.id, 1) is False
    with pytest.raises(NotFound):
        await books.retry_parked_event(sink.id, 1)
