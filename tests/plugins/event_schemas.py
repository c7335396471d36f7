"""Holding journals against the schemas: every event that a test recorded, whatever the test is about.

`--keep-events FOLDER` keeps the smallest event of each type that any test recorded in memory:
`tools/schemas.py --examples FOLDER` makes examples of them.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.cloud_events import type_in
from partita.engine.event_schemas.documents import document
from partita.engine.event_schemas.shapes import strict
from partita.engine.feed import FeedEvent, feed_event
from partita.engine.ports import Reader
from partita.kernel.changing import RESERVED_KINDS
from partita.wiring.event_types import event_types

MOST_CHECKED = 2_000
"""Events of one ledger that a test pays for."""
_stores: list[MemoryStore] = []
"""Those of the running test, held here though it has let go of them."""


@cache
def validator(type_name: str) -> jsonschema_rs.Draft202012Validator:
    """What holds events of a type against its schema, closed: nothing that it does not name."""
    schema = strict(document(event_types()[type_name]))
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def faults(event: FeedEvent) -> list[str]:
    """What is wrong about an event by its schema."""
    found = validator(event.type).iter_errors(json.loads(event.cloud_event))
    return [
        f"{event.type} at {'/'.join(map(str, each.instance_path))}: {each.message[:300]}"
        for each in found
    ]


def events_in(store: Reader, most: int = MOST_CHECKED) -> Iterator[FeedEvent]:
    """The first events of all ledgers, but those about matters that only a test knows."""
    for ledger in store.ledgers():
        for body in store.bodies(ledger, 0, most):
            try:
                name = type_in(body)
                if name in event_types():
                    yield feed_event(ledger.name, body)
            except msgspec.MsgspecError:
                continue  # the test is about records that somebody has spoiled
            assert name in event_types() or name.partition(".")[0] not in RESERVED_KINDS, name


def assert_events_fit(store: Reader) -> None:
    """Every event in every journal fits its schema."""
    found = {fault for event in events_in(store) for fault in faults(event)}
    assert not found, "\n".join(sorted(found)[:10])


@pytest.fixture
def judge_events() -> Callable[[Reader], None]:
    """What holds all events of a store against their schemas."""
    return assert_events_fit


# --- keeping examples ------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Examples are kept by flag."""
    parser.addoption("--keep-events", type=Path, help="keep an event of each type in this folder")


def pytest_configure(config: pytest.Config) -> None:
    """Know every store in memory, if events are to be kept."""
    if config.getoption("--keep-events") is None:
        return
    begin = MemoryStore.__init__

    def begin_and_note(self: MemoryStore) -> None:
        begin(self)
        _stores.append(self)

    MemoryStore.__init__ = begin_and_note  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _keep_events(request: pytest.FixtureRequest) -> Iterator[None]:
    """Look at each store while the test still holds it."""
    yield
    folder: Path | None = request.config.getoption("--keep-events")
    for store in _stores if folder is not None else ():
        for event in events_in(store, most=10**6):
            file = folder / f"{event.type}.json"
            if not file.exists() or file.stat().st_size > len(event.cloud_event):
                file.write_bytes(event.cloud_event)
    _stores.clear()
