"""The event feed over HTTP: pages, filters, the long poll, one event."""

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from partita.engine.access import Scope
from partita.surfaces.http.routes import events as routes
from tests.unit.surfaces.http.conftest import Client, transfer


async def whole(client: Client, query: str = "") -> list[dict[str, Any]]:
    """The whole feed, page by page."""
    found: list[dict[str, Any]] = []
    after = "0"
    while True:
        answer = await client.get(f"/v1/events?limit=2&after={after}{query}")
        assert answer.status == 200, answer.body
        found += answer.json["data"]
        after = answer.json["upto"]
        if not answer.json["has_more"]:
            return found


async def busy(client: Client) -> None:
    """Some transactions, one reversed, and a hold."""
    made = [(await client.post_transaction(transfer())).json for _ in range(4)]
    await client.post_transaction({}, address=f"/v1/transactions/{made[0]['id']}/reverse")
    hold = {"account": "customers:alice", "amount": "5", "asset": "USD"}
    placed = await client.post_transaction(hold, address="/v1/holds")
    assert placed.status == 201, placed.body


async def test_the_feed_has_every_record_from_the_first_on(client: Client) -> None:
    await busy(client)
    events = await whole(client)
    assert [int(event["sequence"]) for event in events] == list(range(1, client.sequence + 1))
    assert events[0]["type"] == "dev.partita.ledger.opened.v1"
    assert len({event["id"] for event in events}) == len(events)
    asked = [event["data"]["request"] for event in events if "transaction" in event["type"]]
    assert all(each["id"].startswith("req_") for each in asked)
    assert all(each["idempotency_key"].startswith("key-") for each in asked)
    assert all(each["actor"].startswith("key_") for each in asked)


async def test_a_page_says_how_far_it_looked_and_where_the_next_begins(client: Client) -> None:
    first = (await client.get("/v1/events?limit=2")).json
    assert (first["object"], first["url"], first["upto"]) == ("list", "/v1/events", "2")
    assert (first["has_more"], len(first["data"])) == (True, 2)
    by_cursor = (await client.get(f"/v1/events?limit=2&cursor={first['next_cursor']}")).json
    assert by_cursor == (await client.get("/v1/events?limit=2&after=2")).json
    last = (await client.get("/v1/events?after=3")).json
    assert (last["has_more"], last["next_cursor"], last["upto"]) == (False, None, "4")
    beyond = (await client.get("/v1/events?after=99")).json
    assert (beyond["data"], beyond["upto"], beyond["has_more"]) == ([], "99", False)


@pytest.mark.parametrize(
    "types",
    [
        "transaction.posted", "transaction.*", "hold.*,transaction.reversed", "*", "wallet.*",
        "dev.partita.hold.placed.v1",
    ],
)  # fmt: skip
async def test_a_filter_by_type_is_the_filter_of_the_whole(client: Client, types: str) -> None:
    await busy(client)

    def is_wanted(event: dict[str, Any]) -> bool:
        name = event["type"].removeprefix("dev.partita.").removesuffix(".v1")
        patterns = types.replace("dev.partita.", "").replace(".v1", "").split(",")
        return any(p in (name, "*", name.split(".")[0] + ".*") for p in patterns)

    expected = [event for event in await whole(client) if is_wanted(event)]
    assert await whole(client, f"&type={types}") == expected


async def test_a_filter_by_subject(client: Client) -> None:
    await busy(client)
    every = await whole(client)
    subject = next(e["subject"] for e in every if e["type"].endswith("hold.placed.v1"))
    expected = [event for event in every if event["subject"] == subject]
    assert await whole(client, f"&subject={subject}") == expected != []
    assert await whole(client, f"&subject={subject}&type=transaction.*") == []
    assert await whole(client, "&subject=nobody") == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("type=payment.setled", "did you mean 'payment.settled'?"),
        ("type=", "between any two commas"),
        ("type=hold.*,", "between any two commas"),
        ("subject=", "between any two commas"),
        ("wait=31", "0 to 30 seconds"),
        ("wait=-1", "0 to 30 seconds"),
        ("wait=1m", "0 to 30 seconds"),
        ("after=-1", "after is a whole number"),
        ("limit=0", "limit is at least 1"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: Client, query: str, says: str) -> None:
    answer = await client.get(f"/v1/events?{query}")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert says in answer.json["detail"]


@pytest.mark.parametrize("query", ["kind=transaction", "wait=1&wait=1"])
async def test_an_unknown_parameter_is_refused(client: Client, query: str) -> None:
    assert (await client.get(f"/v1/events?{query}")).status == 400
    assert (await client.get("/v1/events/stream?wait=1")).status == 400


async def test_one_event_by_its_id(client: Client) -> None:
    await busy(client)
    frozen = await client.post_transaction({}, address="/v1/accounts/customers:bob/freeze")
    assert frozen.status == 200, frozen.body
    for event in await whole(client):
        answer = await client.get(f"/v1/events/{event['id']}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/cloudevents+json"
        assert answer.json == event
    assert (await client.get("/v1/events/evt_00000000000000000000000000")).code == "not_found"
    assert (await client.get("/v1/events/7")).code == "not_found"


async def test_a_key_sees_its_own_ledger_only(client: Client) -> None:
    other = client.application.open_ledger("other")
    client.key = client.application.access.create("other", Scope.READ)[0]
    events = await whole(client)
    assert [event["source"] for event in events] == ["urn:partita:ledger:other"]
    assert other.info.name == "other"
    refused = await client.get("/v1/events", headers={"ledger": "main"})
    assert (refused.status, refused.code) == (403, "permission_denied")
    assert (await client.get("/v1/events/stream", headers={"ledger": "main"})).status == 403


async def test_the_long_poll_answers_at_once_when_there_is_something(client: Client) -> None:
    begun = time.monotonic()
    answer = await client.get("/v1/events?wait=30")
    assert len(answer.json["data"]) == client.sequence
    assert time.monotonic() - begun < 1


async def test_the_long_poll_wakes_by_what_is_posted(client: Client) -> None:
    after, begun = client.sequence, time.monotonic()
    waiting = asyncio.create_task(client.get(f"/v1/events?wait=30s&after={after}"))
    await asyncio.sleep(0.05)
    posted = await client.post_transaction(transfer())
    answer = (await waiting).json
    assert time.monotonic() - begun < 2
    assert [event["subject"] for event in answer["data"]] == [posted.json["id"]]


async def test_the_long_poll_waits_on_for_what_it_wants(client: Client) -> None:
    waiting = asyncio.create_task(
        client.get(f"/v1/events?wait=30&type=hold.*&after={client.sequence}")
    )
    await busy(client)
    answer = (await waiting).json
    assert [event["type"] for event in answer["data"]] == ["dev.partita.hold.placed.v1"]
    assert answer["upto"] == str(client.sequence)


async def test_the_long_poll_ends_empty_and_tells_how_far_it_looked(client: Client) -> None:
    after = client.sequence
    waiting = asyncio.create_task(client.get(f"/v1/events?wait=1&type=hold.*&after={after}"))
    await client.post_transaction(transfer())
    begun = time.monotonic()
    answer = (await waiting).json
    assert 0.5 < time.monotonic() - begun < 5
    assert (answer["data"], answer["upto"]) == ([], str(after + 1))


async def test_a_thousand_may_wait_at_once_beside_others_who_ask(client: Client) -> None:
    after = client.sequence
    waiting = [
        asyncio.create_task(client.get(f"/v1/events?wait=30&after={after}")) for _ in range(1_000)
    ]
    await asyncio.sleep(0.5)
    threads = threading.active_count()
    begun = time.monotonic()
    assert (await client.get("/v1/accounts")).status == 200, "they keep nobody from reading"
    assert time.monotonic() - begun < 1
    await client.post_transaction(transfer())
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 20)
    assert {answer.body for answer in answers} == {answers[0].body}
    assert len(json.loads(answers[0].body)["data"]) == 1
    assert threading.active_count() <= threads + 1


async def test_the_feed_as_a_file_has_the_same_events(client: Client) -> None:
    await busy(client)
    answer = await client.get("/v1/events?format=ndjson&type=transaction.*")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert lines == await whole(client, "&type=transaction.*") != []


async def test_who_follows_leaves_room_for_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_FOLLOWERS", 2)
    after = client.sequence
    waiting = [
        asyncio.create_task(client.get(f"/v1/events?wait=30&after={after}")) for _ in range(2)
    ]
    await asyncio.sleep(0.1)
    refused = await client.get(f"/v1/events?wait=30&after={after}")
    assert (refused.status, refused.code) == (503, "temporary_reduced_capacity")
    assert (await client.get("/v1/events/stream")).status == 503
    assert (await client.get("/v1/events")).status == 200, "who does not stay is answered"
    await client.post_transaction(transfer())
    assert [(await each).status for each in waiting] == [200, 200]
    assert (await client.get(f"/v1/events?wait=1&after={client.sequence}")).status == 200
