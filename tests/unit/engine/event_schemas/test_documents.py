"""Documents: every event of real journals fits its schema, and the schema is worth something."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest

from partita import wiring
from partita.config import Settings
from partita.engine.event_schemas.documents import document
from partita.engine.event_schemas.shelf import published
from partita.engine.feed import FeedEvent
from partita.surfaces.demo.seed import seed
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.time import SteeredClock
from partita.wiring import Application
from partita.wiring.event_types import event_types
from tests.plugins.event_schemas import events_in, faults, validator
from tests.unit.journal import specimen


def month(application: Application, clock: SteeredClock) -> None:
    plan = neobank.Plan(300, 1, "neobank", dict(neobank.FAULTS))
    neobank.live(application, clock, plan, lambda _done, _total: None)


def one_of_everything(application: Application, _clock: SteeredClock) -> None:
    application.open_ledger("main")
    specimen.fill(application)


def demo(application: Application, _clock: SteeredClock) -> None:
    seed(application)


@pytest.fixture(params=[month, one_of_everything, demo], ids=lambda each: each.__name__)
def events(request: pytest.FixtureRequest) -> Iterator[list[FeedEvent]]:
    """All events of a journal that something real has left."""
    clock = SteeredClock(neobank.START)
    application = wiring.build(Settings(memory=True), clock=clock)
    fill: Callable[[Application, SteeredClock], None] = request.param
    fill(application, clock)
    yield list(events_in(application.store))
    application.close()


def test_every_event_of_a_journal_fits_its_schema_to_the_word(events: list[FeedEvent]) -> None:
    assert len(events) > 20
    assert [fault for event in events for fault in faults(event)] == []


@pytest.mark.parametrize("name", event_types())
def test_schemas_are_schemas(name: str) -> None:
    jsonschema_rs.meta.validate(document(event_types()[name]))


@pytest.mark.parametrize("name", published().names)
def test_examples_fit_and_what_is_not_of_the_form_does_not(name: str) -> None:
    schema = published().schema(name)
    assert schema is not None
    judge = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for example in schema.get("examples", ()):
        judge.validate(example)
        for spoiled in spoilt(example):
            assert not judge.is_valid(spoiled)


def spoilt(example: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same event with one thing wrong: each field gone, and each of them of another type."""
    for part in (("data",), ("data", "object"), ("data", "request"), ()):
        whole: Any = example
        for name in part:
            whole = whole[name]
        required = _always_there(part, whole)
        for name in required:
            for value in (None, [7]):
                other = copy.deepcopy(example)
                place: Any = other
                for step in part:
                    place = place[step]
                if value is None:
                    del place[name]
                else:
                    place[name] = value
                yield other


def _always_there(part: tuple[str, ...], whole: dict[str, Any]) -> list[str]:
    if part == ("data", "object"):
        return ["id"]
    return list(whole)


def test_an_event_too_large_leaves_its_data_where_dataref_says() -> None:
    schema = published().schema("ledger.opened.v1")
    assert schema is not None
    (example,) = schema["examples"]
    judge = validator("ledger.opened")
    without = {name: value for name, value in example.items() if name != "data"}
    assert not judge.is_valid(without)
    assert judge.is_valid({**without, "dataref": "/v1/events/evt_1"})


def test_a_schema_names_its_event_in_full() -> None:
    schema = document(event_types()["payment.settled"])
    assert schema["$id"] == "urn:partita:schema:payment.settled.v1"
    assert schema["properties"]["type"] == {"const": "dev.partita.payment.settled.v1"}
    assert schema["properties"]["dataschema"] == {"const": "/schemas/payment.settled.v1.json"}
    assert schema["$defs"]["matter"]["properties"]["kind"] == {"const": "payment"}
    assert "amount" in schema["$defs"]["Payment"]["required"]


def test_money_is_never_a_number_of_json() -> None:
    """No schema of ours lets a sum be a JSON number, which keeps 15 digits of 38."""
    for name, event_type in event_types().items():
        text = json.dumps(document(event_type)["$defs"])
        assert '"type": "number"' not in text, name
