"""The feed: every record is one event, the same for whoever reads from wherever."""

import json
from typing import Any

import pytest

from partita.engine.cloud_events import read_event
from partita.engine.feed import EventFilter, Feed, FeedEvent, event_filter, feed_event
from partita.engine.ports import LedgerInfo
from partita.journal.encoding import EVENT_TYPES, decode, type_name
from partita.kernel.events import MatterChanged
from partita.wiring import Application, FullStore
from tests.golden.journal.test_vectors import filled
from tests.plugins.steering import StandingClock

ALL = 10_000
EVERYTHING = EventFilter()
KNOWN = (*EVENT_TYPES, "wallet.opened", "payment.settled")


@pytest.fixture
def ledger(store: FullStore, clock: StandingClock) -> LedgerInfo:
    """A ledger with a record of every type that the kernel knows, and some of matters."""
    return filled(store)


@pytest.fixture
def events(store: FullStore, ledger: LedgerInfo) -> list[FeedEvent]:
    """The whole feed."""
    return Feed(store).read(ledger, 0, ALL, EVERYTHING).events


def opened(event: FeedEvent) -> dict[str, Any]:
    """An event as a reader has it."""
    found: dict[str, Any] = json.loads(event.cloud_event)
    return found


def test_every_record_is_one_event_from_the_first_on(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    records = store.records(ledger, 0, ALL)
    assert [event.sequence for event in events] == [record.sequence for record in records]
    assert [event.type for event in events] == [type_name(record.event) for record in records]
    assert events[0].type == "ledger.opened"
    assert set(EVENT_TYPES) - {event.type for event in events} == {"hold.expired"}


def test_ids_are_of_one_event_each_and_those_of_the_records(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    assert len({event.id for event in events}) == len(events)
    for event, record in zip(events, store.records(ledger, 0, ALL), strict=True):
        assert len(event.id) == 30
        is_own = event.type not in ("account.frozen", "account.unfrozen", "account.closed")
        assert is_own == (event.id == "evt_" + record.event.id.partition("_")[2])


def test_the_envelope_says_what_cloud_events_ask_for(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    for event, record in zip(events, store.records(ledger, 0, ALL), strict=True):
        told = opened(event)
        assert told["specversion"] == "1.0"
        assert told["id"] == event.id
        assert told["source"] == "urn:partita:ledger:main"
        assert told["type"] == f"dev.partita.{event.type}.v1"
        assert told["subject"] == event.subject
        assert told["sequence"] == f"{event.sequence:020d}"
        assert told["recordedtime"] == record.recorded_at.text()
        effective_at = getattr(record.event, "effective_at", record.recorded_at)
        assert told["time"] == effective_at.text()
        assert told["dataschema"] == f"/schemas/{event.type}.v1.json"
        assert told["datacontenttype"] == "application/json"
        assert told["data"]["request"] == {
            "id": record.cause.request_id,
            "idempotency_key": record.cause.key,
            "actor": record.cause.actor,
        }
        assert b"\n" not in event.cloud_event


def test_the_data_are_the_resource_as_it_is_after(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    for event, record in zip(events, store.records(ledger, 0, ALL), strict=True):
        after = opened(event)["data"]["object"]
        assert after["id"] == event.subject
        resource = getattr(record.event, "resource", None)
        if resource is not None:
            assert (after["id"], after["status"]) == (resource.id, resource.state)
        if event.type == "transaction.posted":
            assert (after["status"], after["number"]) == ("posted", str(event.sequence))
        if event.type.startswith("account.") and event.type != "account.opened":
            assert after["status"] == record.event.status.value  # type: ignore[union-attr]


def test_what_only_the_journal_needs_stays_there(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    for event, record in zip(events, store.records(ledger, 0, ALL), strict=True):
        salt = json.loads(record.body)["salt"]
        assert salt.encode() not in event.cloud_event
        if (fingerprint := record.cause.fingerprint) is not None:
            assert fingerprint.encode() not in event.cloud_event


def test_the_body_of_a_matter_is_opened_up(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    bodies = 0
    for event, record in zip(events, store.records(ledger, 0, ALL), strict=True):
        if isinstance(record.event, MatterChanged) and record.event.matter.body:
            body = opened(event)["data"]["object"]["body"]
            assert body == json.loads(record.event.matter.body)
            bodies += 1
    assert bodies, "the specimen has some"


def test_a_body_that_is_no_json_stays_the_text_that_it_is(events: list[FeedEvent]) -> None:
    matter = next(event for event in events if event.type not in EVENT_TYPES)
    data = opened(matter)["data"]
    change = {name: data[name] for name in ("asked", "facts", "parts", "reason")}
    after = data["object"] | {"body": 'no "json'}
    record = {
        "v": "1", "sequence": "7", "recorded_at": "2026-11-20T12:00:00.000000Z",
        "type": matter.type, "id": "evt_01M7WD7TG04V63H47GWMC19BFY", "key": None, "actor": None,
        "request_id": None, "data": change | {"external_id": None, "matter": after},
    }  # fmt: skip
    again = opened(feed_event("main", json.dumps(record).encode()))
    assert again["data"]["object"]["body"] == 'no "json'


def test_the_feed_begins_anywhere(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    feed = Feed(store)
    for after in range(len(events) + 2):
        page = feed.read(ledger, after, 3, EVERYTHING)
        assert page.events == events[after : after + 3]
        assert page.upto == max(after, min(after + 3, len(events)))


@pytest.mark.parametrize(
    "which",
    [
        EventFilter(("transaction.posted",)),
        EventFilter(("hold.*", "account.frozen")),
        EventFilter(("*",)),
        EventFilter(("period.*",), ("nobody",)),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, ALL])
def test_a_filtered_feed_is_the_whole_one_filtered(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent], which: EventFilter, limit: int
) -> None:
    found: list[FeedEvent] = []
    after = 0
    while after < len(events):
        page = Feed(store).read(ledger, after, limit, which)
        assert page.upto > after, "a reader always gets on"
        assert all(after < event.sequence <= page.upto for event in page.events)
        found += page.events
        after = page.upto
    assert found == [event for event in events if which.admits(event)]


def test_events_are_found_by_whom_they_are_about(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    hold = next(event for event in events if event.type == "hold.captured")
    found = Feed(store).read(ledger, 0, ALL, EventFilter(subjects=(hold.subject,))).events
    assert [event.type for event in found][:1] == ["hold.placed"]
    assert hold in found
    assert all(event.subject == hold.subject for event in found)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("payment.settled", "payment.settled"),
        ("payment.*", "payment.*"),
        ("*", "*"),
        ("dev.partita.payment.settled.v1", "payment.settled"),
        ("dev.partita.payment.*", "payment.*"),
    ],
)
def test_types_may_be_named_in_short_or_in_full(asked: str, meant: str) -> None:
    assert event_filter([asked, asked], [], KNOWN) == EventFilter((meant,))


@pytest.mark.parametrize("asked", ["payment.setled", "pay.*", "", "payment", "payment*", "**"])
def test_an_unknown_type_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match="there is no type of event"):
        event_filter([asked], [], KNOWN)


def test_a_refusal_says_what_was_meant() -> None:
    with pytest.raises(ValueError, match=r"did you mean 'payment\.settled'\?"):
        event_filter(["payment.setled"], [], KNOWN)


def test_the_same_record_is_the_same_event_anywhere(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    for event, body in zip(events, store.bodies(ledger, 0, ALL), strict=True):
        assert feed_event("main", body) == event
        assert decode(body).sequence == event.sequence


def test_every_event_is_found_by_its_id(
    store: FullStore, ledger: LedgerInfo, events: list[FeedEvent]
) -> None:
    feed = Feed(store)
    for event in events:
        assert feed.find(ledger, event.id) == event


@pytest.mark.parametrize(
    "identifier",
    [
        "", "evt_", "evt_0", "txn_01M7WD7TG04V63H47GWMC19BFY", "evt_01M7WD7TG0" + "0" * 16,
        "evt_01M7WD7TG00000000000000009", "evt_01M7WD7TG0U000000000000001", "evt_" + "Z" * 26,
    ],
)  # fmt: skip
def test_an_id_of_nothing_finds_nothing(
    store: FullStore, ledger: LedgerInfo, identifier: str
) -> None:
    assert Feed(store).find(ledger, identifier) is None


def test_an_event_is_read_back_from_what_was_sent(events: list[FeedEvent]) -> None:
    for event in events:
        assert read_event(event.cloud_event) == event
        assert event.values() == opened(event)


def test_another_ledger_is_not_seen(application: Application) -> None:
    other = application.open_ledger("other")
    page = Feed(application.store).read(other.info, 0, ALL, EVERYTHING)
    assert [opened(event)["source"] for event in page.events] == ["urn:partita:ledger:other"]
