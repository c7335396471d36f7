"""Deliveries over HTTP: what is owed and was tried, one again, a range again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.kernel.moment import Moment
from tests.plugins.steering import ask_one
from tests.unit.modules.webhooks.post import Post
from tests.unit.modules.webhooks.receiver import Received, receiving, says
from tests.unit.surfaces.http.conftest import Client

URL = "/v1/webhook_deliveries"


@pytest.fixture
def post(client: Client) -> Iterator[Post]:
    """The worker beside the server, run by hand."""
    made = Post(client.application)
    yield made
    made.process.close()


async def rows(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"{URL}{query}")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["data"]
    return found


async def test_from_what_is_owed_to_what_was_tried(client: Client, post: Post) -> None:
    def script(_received: Received, place: int) -> Any:
        return says(500, b"no such table") if place == 0 else says(201, b"thanks")

    with receiving(script) as target:
        endpoint = post.endpoint(target.url)
        post.happen()
        post.run()
        (owed,) = await rows(client)
        assert (owed["status"], owed["tries"]) == ("pending", 1)
        assert owed["reason"] == "the endpoint answered 500"
        assert owed["next_attempt_at"] > owed["created_at"]
        post.later(7)
        one = (await client.get(f"{URL}/{owed['id']}")).json
    assert (one["status"], one["next_attempt_at"], one["reason"]) == ("delivered", None, None)
    assert [(each["status"], each["reply"]) for each in one["attempts"]] == [
        (201, "thanks"), (500, "no such table"),
    ]  # fmt: skip
    assert one["event"] == target.received[0].headers["webhook-id"]
    told = (await client.get(f"/v1/webhook_endpoints/{endpoint}")).json["health"]
    assert (told["delivered"], told["failed"], told["failures"], told["pending"]) == (1, 1, 0, 0)
    listed = (await client.get("/v1/webhook_endpoints")).json["data"]
    assert listed[0]["health"] == told


async def test_pages_and_filters(client: Client, post: Post) -> None:
    with receiving(lambda _received, place: says(204 if place else 500)) as target:
        first, second = (post.endpoint(target.url) for _ in range(2))
        post.happen(3)
        post.run()
    everything = await rows(client)
    assert len(everything) == 6
    assert everything == sorted(everything, key=lambda each: -int(each["sequence"]))
    pages, cursor = [], ""
    while True:
        answer = (await client.get(f"{URL}?limit=4{cursor}")).json
        pages.append(answer["data"])
        if not answer["has_more"]:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert [len(each) for each in pages] == [4, 2]
    assert [each for page in pages for each in page] == everything
    assert len(await rows(client, f"?endpoint={first}")) == 3
    assert len(await rows(client, "?status=pending")) == 1
    event = everything[0]["event"]
    assert {each["endpoint"] for each in await rows(client, f"?event={event}")} == {first, second}


@pytest.mark.parametrize(
    "query", ["?endpoint=x", "?event=evt_%00", "?status=lost", "?cursor=x", "?limit=0"]
)
async def test_a_filter_that_makes_no_sense(client: Client, query: str) -> None:
    assert (await client.get(f"{URL}{query}")).status == 400


async def test_one_is_tried_again_when_asked_for(client: Client, post: Post) -> None:
    answers = [400] * 5 + [200]
    with receiving(lambda _received, place: says(answers[min(place, 5)])) as target:
        post.endpoint(target.url)
        post.happen()
        post.run()
        for wait in (7, 400, 2_400, 9_000):
            post.later(wait)
        (owed,) = await rows(client, "?status=parked")
        assert owed["tries"] == 5
        again = (await client.post(f"{URL}/{owed['id']}/retry")).json
        assert (again["status"], again["tries"], again["finished_at"]) == ("pending", 0, None)
        post.run()
        assert (await client.get(f"{URL}/{owed['id']}")).json["status"] == "delivered"
        assert len({each.headers["webhook-id"] for each in target.received}) == 1
        await client.post(f"{URL}/{owed['id']}/retry")
        post.run()
        assert len(target.received) == 7, "also what was delivered"


async def test_a_range_is_brought_again(client: Client, post: Post) -> None:
    before = post.happen(4)
    with receiving() as target:
        endpoint = post.endpoint(target.url)
        post.happen()
        post.run()
        asked = {
            "endpoint": endpoint, "from_sequence": str(before[1]), "to_sequence": str(before[2]),
        }  # fmt: skip
        answer = await client.post(f"{URL}/replay", asked)
        assert answer.status == 200, answer.body
        told = answer.json
        assert told | asked == told
        post.run()
        assert sorted(target.sequences[1:]) == before[1:3]
        await client.post(f"{URL}/replay", asked)
        post.run()
    assert sorted(target.sequences[1:]) == sorted(before[1:3] * 2)
    ids = {(each.sequence, each.headers["webhook-id"]) for each in target.received}
    assert len(ids) == 3, "an event has one id"


async def test_a_long_range_goes_on_beside_what_is_new(client: Client, post: Post) -> None:
    before = post.happen(1_300)
    with receiving() as target:
        endpoint = post.endpoint(target.url)
        asked = {
            "endpoint": endpoint, "from_sequence": str(before[0]), "to_sequence": str(before[-1]),
        }  # fmt: skip
        assert (await client.post(f"{URL}/replay", asked)).status == 200
        (new,) = post.happen()
        post.run(60)
        assert sorted(target.sequences) == [*before, new]
        assert post.store.replays(post.info) == []


@pytest.mark.parametrize(("first", "last"), [("0", "1"), ("3", "2"), ("1", "999999")])
async def test_a_range_that_is_none(client: Client, post: Post, first: str, last: str) -> None:
    endpoint = post.endpoint("http://127.0.0.1:9/")
    asked = {"endpoint": endpoint, "from_sequence": first, "to_sequence": last}
    assert (await client.post(f"{URL}/replay", asked)).code == "webhook_invalid"


async def test_nothing_more_for_what_is_archived(client: Client, post: Post) -> None:
    endpoint = post.endpoint("http://127.0.0.1:9/")
    post.happen()
    post.run()
    (owed,) = await rows(client)
    assert (await client.post(f"/v1/webhook_endpoints/{endpoint}/archive")).status == 200
    assert (await client.post(f"{URL}/{owed['id']}/retry")).code == "invalid_state"
    asked = {"endpoint": endpoint, "from_sequence": "1", "to_sequence": "1"}
    assert (await client.post(f"{URL}/replay", asked)).code == "invalid_state"
    post.run()
    assert await rows(client) == [], "it is owed nothing"


async def test_there_must_be_one(client: Client) -> None:
    for address in ("whd_x", "whd_01M7W7N0R2QFH4PZWZ85JVAPF2", "%00"):
        assert (await client.get(f"{URL}/{address}")).code == "not_found"
        assert (await client.post(f"{URL}/{address}/retry")).code == "not_found"
    asked = {"endpoint": f"whe_{'0' * 26}", "from_sequence": "1", "to_sequence": "1"}
    assert (await client.post(f"{URL}/replay", asked)).code == "not_found"
    assert ask_one(client.application.ledger("main"), OpenAccount("a", "USD", AccountType.ASSET))


async def test_metrics_tell_of_each_endpoint(client: Client, post: Post) -> None:
    endpoint = post.endpoint("http://127.0.0.1:1/")
    post.happen(2)
    post.run()
    post.clock.moment = Moment(post.clock.moment + 60_000_000)
    text = (await client.get("/metrics")).body.decode()
    found = dict(re.findall(rf'partita_webhook_(\w+){{.*?"{endpoint}".*?}} (\S+)', text))
    assert (found["pending"], found["failures"], found["parked"]) == ("2.0", "2.0", "0.0")
    assert 60 <= float(found["oldest_seconds"]) < 120
