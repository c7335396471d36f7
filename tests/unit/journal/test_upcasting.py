"""Upcasting: a v1 record is read as of the newest version wherever it is read, and stays what it is.

The version is made up: boxes had a `size`, and have `sides` since. Their v1 records are written before
anybody knew, as those of a ledger of last year are.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.rebuilding import PostgresRebuilder
from partita.engine.business import Act, Business, Desk, Steps
from partita.engine.cloud_events import feed_event, read_event
from partita.engine.event_types import Happenings, collect, declare_steps
from partita.engine.feed import EventFilter, Feed
from partita.engine.journal_export import export_journal
from partita.engine.journal_import import restore_journal
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.verification import verify_ledger
from partita.journal.encoding import (
    UnreadableRecord,
    as_written,
    decode,
    encode_value,
    value_decoder,
    version_of,
)
from partita.journal.record import Record
from partita.journal.upcasting import UPCASTERS, Data, UnknownVersion, Upcasters, of_body
from partita.kernel.commands import ChangeMatter
from partita.kernel.events import MatterChanged
from partita.wiring import Application
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one


class Box(msgspec.Struct, frozen=True):
    """A box, as it is written since."""

    sides: tuple[int, ...]


def with_sides(body: Data) -> Data:
    """A box of the first version: as wide as it is high."""
    return {"sides": [body["size"], body["size"]]}


BOXES = Happenings("box", Box, {"opened": "A box was opened."}, steps=(with_sides,))
OLD, NEW = '{"size":"3"}', encode_value(Box((4, 5)))
read_box = value_decoder(Box, older=with_sides)


class OpenBox(Act, frozen=True, tag="box.open"):
    """Open a box whose body is this."""

    operation: ClassVar[str] = "boxes/open"

    body: str


def opening(_desk: Desk, command: OpenBox) -> Steps:
    yield ChangeMatter(
        type="box.opened", kind="box", prefix="box_", status="open", body=command.body
    )
    return None


@pytest.fixture
def house(application: Application, ledger: Ledger, clock: StandingClock) -> Iterator[Ledger]:
    business = Business({OpenBox: opening})
    made = Ledger(ledger.info, application.store, clock, SeededEntropy(4), business=business)
    yield made
    made.close()


@pytest.fixture
def second_version(house: Ledger) -> Iterator[None]:
    """A v1 record is there; then the program that knows v2 begins, and writes another."""
    opened(house, OLD)
    steps, current = dict(UPCASTERS._steps), dict(UPCASTERS.current)
    declare_steps([BOXES])
    opened(house, NEW)
    yield
    UPCASTERS._steps.clear()
    UPCASTERS._steps.update(steps)
    UPCASTERS.current.clear()
    UPCASTERS.current.update(current)


def opened(house: Ledger, body: str) -> Record:
    outcome = ask_one(house, OpenBox(body))
    assert isinstance(outcome, Accepted), outcome
    return outcome.record


def boxes(records: list[Record]) -> list[str]:
    """The bodies of boxes in records."""
    return [each.event.matter.body for each in records if isinstance(each.event, MatterChanged)]


@pytest.mark.usefixtures("second_version")
def test_reading_brings_it_up_and_leaves_the_bytes(application: Application, house: Ledger) -> None:
    records = application.store.records(house.info, 0, 100)[-2:]
    assert boxes(records) == ['{"sides":["3","3"]}', NEW]
    bodies = application.store.bodies(house.info, 0, 100)[-2:]
    assert [version_of(body) for body in bodies] == [1, 2]
    assert b'"type":"box.opened","id"' in bodies[0]
    assert b'"type":"box.opened","version":"2","id"' in bodies[1]
    assert [record.body for record in records] == bodies
    assert boxes([as_written(record) for record in records]) == [OLD, NEW]


@pytest.mark.usefixtures("second_version")
def test_rows_say_what_their_records_say_and_are_read_as_new(
    application: Application, house: Ledger
) -> None:
    """What nobody changed since stays as it was written; its module reads either form."""
    for body, sides in ((OLD, (3, 3)), (NEW, (4, 5))):
        row = next(
            application.store.resource(house.info, "box", each.event.matter.id)
            for each in application.store.records(house.info, 0, 100)
            if isinstance(each.event, MatterChanged) and boxes([as_written(each)]) == [body]
        )
        assert row is not None
        assert row.body == body  # type: ignore[attr-defined]
        assert read_box(row.body).sides == sides  # type: ignore[attr-defined]
    assert verify_ledger(application.store, house.info).ok


@pytest.mark.usefixtures("second_version")
def test_the_feed_tells_all_of_it_in_the_newest_version(
    application: Application, house: Ledger
) -> None:
    page = Feed(application.store).read(house.info, 0, 100, EventFilter(("box.opened",)))
    told = [json.loads(event.cloud_event) for event in page.events]
    assert [each["data"]["object"]["body"] for each in told] == [
        {"sides": ["3", "3"]}, {"sides": ["4", "5"]},
    ]  # fmt: skip
    assert {each["type"] for each in told} == {"dev.partita.box.opened.v2"}
    assert {each["dataschema"] for each in told} == {"/schemas/box.opened.v2.json"}
    assert [read_event(event.cloud_event).type for event in page.events] == ["box.opened"] * 2


def test_until_then_it_is_told_in_the_first(application: Application, house: Ledger) -> None:
    event = feed_event("main", opened(house, OLD).body)
    told = json.loads(event.cloud_event)
    assert told["type"] == "dev.partita.box.opened.v1"
    assert told["data"]["object"]["body"] == {"size": "3"}


@pytest.mark.usefixtures("second_version")
def test_a_restored_journal_is_the_same_to_the_byte(
    application: Application, house: Ledger, tmp_path: Path
) -> None:
    export_journal(application.store, house.info, tmp_path / "first")
    store = MemoryStore()
    restored = restore_journal(store, tmp_path / "first", NOON)
    info = store.ledgers()[0]
    assert restored.records == application.store.head(house.info).sequence
    export_journal(store, info, tmp_path / "second")
    for name in ("journal.ndjson", "resources.csv", "head.json"):
        first, second = (tmp_path / folder / name for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    assert boxes(store.records(info, 0, 100)) == ['{"sides":["3","3"]}', NEW]
    store.close()


@pytest.mark.usefixtures("second_version")
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_rebuilt_rows_are_what_they_were(
    application: Application, house: Ledger, postgres_database: PostgresDatabase
) -> None:
    rebuilder = PostgresRebuilder(postgres_database.administrator, application.store)  # type: ignore[arg-type]
    report = rebuilder.rebuild(house.info, "resources", lambda _done, _total: None)
    assert (report.rows, report.differences) == (4, 0), "two rows, and two changes"


# --- the steps themselves --------------------------------------------------------------------------


def test_steps_follow_one_another_and_what_is_newer_is_unknown() -> None:
    upcasters = Upcasters()
    upcasters.add("box.opened", lambda data: {**data, "first": "1"})
    upcasters.add("box.opened", lambda data: {**data, "second": data["first"] + "2"})
    assert upcasters.version("box.opened") == 3
    assert upcasters.raised("box.opened", 1, {}) == {"first": "1", "second": "12"}
    assert upcasters.raised("box.opened", 2, {"first": "x"}) == {"first": "x", "second": "x2"}
    assert upcasters.raised("box.opened", 3, {"a": "b"}) == {"a": "b"}
    assert upcasters.version("box.closed") == 1
    for version in (0, 4):
        with pytest.raises(UnknownVersion, match=f"of version {version}, and this program reads"):
            upcasters.raised("box.opened", version, {})


def test_a_record_of_a_later_program_is_not_guessed_at(house: Ledger) -> None:
    body = opened(house, NEW).body.replace(b'"box.opened",', b'"box.opened","version":"2",')
    with pytest.raises(UnreadableRecord, match="is of version 2, and this program reads up to 1"):
        decode(body)
    with pytest.raises(UnknownVersion):
        feed_event("main", body)


def test_a_step_of_a_body_leaves_all_else() -> None:
    data = {"asked": "boxes/open", "matter": {"id": "box_1", "body": OLD}}
    assert of_body(with_sides)(data) == {
        "asked": "boxes/open", "matter": {"id": "box_1", "body": '{"sides":["3","3"]}'},
    }  # fmt: skip
    assert data["matter"]["body"] == OLD  # type: ignore[index]


def test_types_have_as_many_versions_as_there_are_steps_and_one() -> None:
    assert collect([BOXES])["box.opened"].schema == "box.opened.v2"
    assert {each.version for each in collect([]).values()} == {1}
