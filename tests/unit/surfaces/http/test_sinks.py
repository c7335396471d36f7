"""Sinks over HTTP: their life, versions, how far they are, what they refused."""

from pathlib import Path
from typing import Any

import pytest

from partita.engine.consumer_ports import Parked
from partita.modules.sinks.sink import consumer_of, read_sink
from partita.wiring.sinks import Reach
from tests.plugins.steering import NOON
from tests.unit.surfaces.http.conftest import Client

URL = "/v1/event_sinks"
FILE = {"name": "warehouse", "type": "file", "where": "events.ndjson"}


async def made(client: Client, **fields: object) -> dict[str, Any]:
    answer = await client.post(URL, FILE | fields)
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


def park(client: Client, sink: str, sequence: int) -> None:
    """As a lane does with an event that its broker would not take."""
    info, store = client.application.ledger("main").info, client.application.store
    matter = client.application.sinks.office(info).find(sink)
    consumer = consumer_of(sink, read_sink(matter.body))
    store.reset(info, consumer, sequence)
    event = Parked(consumer, sequence, "evt_1", "ledger.opened", 5, "too large", NOON)
    store.park(info, event)


async def test_a_sink_from_beginning_to_end(client: Client) -> None:
    sink = await made(client)
    one = f"{URL}/{sink['id']}"
    assert (sink["status"], sink["cursor"], sink["parked"]) == ("running", "0", "0")
    assert int(sink["lag"]) > 0
    changed = await client.send("PATCH", one, {"types": ["account.*"]}, headers={"if-match": '"1"'})
    assert (changed.status, changed.json["types"]) == (200, ["account.*"])
    assert (await client.post(f"{one}/pause", {"reason": "a move"})).json["status"] == "paused"
    assert (await client.post(f"{one}/resume")).json["status"] == "running"
    reset = (await client.post(f"{one}/reset", {"after": "1"})).json
    assert (reset["after"], reset["cursor"]) == ("1", "1")
    assert (await client.post(f"{one}/archive")).json["allowed_actions"] == []
    assert (await client.get(one)).json["status"] == "archived"
    assert [each["id"] for each in (await client.get(URL)).json["data"]] == [sink["id"]]
    refused = await client.post(f"{one}/resume")
    assert (refused.status, refused.code) == (409, "invalid_state")


async def test_a_change_needs_the_version_that_was_seen(client: Client) -> None:
    one = f"{URL}/{(await made(client))['id']}"
    assert (await client.send("PATCH", one, {"name": "x"})).code == "precondition_required"
    answer = await client.send("PATCH", one, {"name": "x"}, headers={"if-match": '"9"'})
    assert answer.code == "version_conflict"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"types": ["payment.setled"]}, "/types/0"),
        ({"type": "nats", "where": "nats://10.0.0.1:4222"}, "/where"),
        ({"where": "../outside"}, "/where"),
    ],
)
async def test_what_is_refused_says_where(
    client: Client, fields: dict[str, object], pointer: str
) -> None:
    answer = await client.post(URL, FILE | fields)
    assert (answer.status, answer.code) == (422, "sink_invalid")
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


async def test_a_broker_may_be_reached_if_its_operator_says_so(client: Client) -> None:
    client.application.sinks.reach = Reach(hosts=("10.0.0.1:4222",))
    sink = await made(client, type="nats", where="nats://10.0.0.1:4222")
    assert sink["where"] == "nats://10.0.0.1:4222"


async def test_parked_events_are_sent_again_or_discarded(client: Client, tmp_path: Path) -> None:
    client.application.sinks.reach = Reach(folder=tmp_path)
    sink = (await made(client))["id"]
    for sequence in (1, 2):
        park(client, sink, sequence)
    one = f"{URL}/{sink}"
    assert (await client.get(one)).json["parked"] == "2"
    listed = (await client.get(f"{one}/parked?limit=1")).json
    assert (listed["has_more"], listed["data"][0]["error"]) == (True, "too large")
    tried = await client.post(f"{one}/parked/1/retry")
    assert (tried.status, tried.json["is_parked"]) == (200, False)
    assert len((tmp_path / "main" / "events.ndjson").read_bytes().splitlines()) == 1
    assert (await client.post(f"{one}/parked/2/discard")).status == 200
    assert (await client.get(f"{one}/parked")).json["data"] == []
    for way in ("retry", "discard"):
        assert (await client.post(f"{one}/parked/2/{way}")).status == 404


async def test_metrics_tell_how_far_sinks_are(client: Client) -> None:
    sink = (await made(client))["id"]
    park(client, sink, 1)
    told = (await client.get("/metrics")).body.decode()
    name = f'{{ledger="main",sink="{sink}"}}'
    assert f"partita_sink_cursor{name} 1.0" in told
    assert f"partita_sink_lag_records{name} " in told
    assert f"partita_sink_parked{name} 1.0" in told
