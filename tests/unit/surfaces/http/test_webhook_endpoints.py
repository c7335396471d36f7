"""Webhook endpoints over HTTP: their life, secrets told once, versions, what is refused."""

from typing import Any

import pytest

from partita.wiring.event_types import event_types
from tests.unit.surfaces.http.conftest import Client

URL = "/v1/webhook_endpoints"
HOOK = {"url": "https://shop.example.com/hooks"}


async def made(client: Client, **fields: object) -> dict[str, Any]:
    answer = await client.post(URL, HOOK | fields)
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


async def test_the_secret_is_told_when_it_is_made_and_never_again(client: Client) -> None:
    answer = await client.post(URL, HOOK)
    told = answer.json
    assert answer.headers["location"] == f"{URL}/{told['id']}"
    assert answer.headers["etag"] == '"1"'
    assert told["secret"].startswith("whsec_")
    assert told["public_key"].startswith("whpk_")
    one = (await client.get(f"{URL}/{told['id']}")).json
    assert one == told | {"secret": None, "health": one["health"]}
    assert one["health"]["pending"] == 0
    assert (await client.get(URL)).json["data"] == [one]


async def test_a_rotation_tells_the_new_secret(client: Client) -> None:
    before = await made(client)
    answer = await client.post(f"{URL}/{before['id']}/rotate_secret", {"overlap_seconds": 60})
    after = answer.json
    assert answer.status == 200, answer.body
    assert after["secret"].startswith("whsec_")
    assert after["secret"] != before["secret"]
    assert after["public_key"] != before["public_key"]
    assert (after["generation"], [each["generation"] for each in after["retiring"]]) == (2, [1])


async def test_a_change_needs_the_version_that_was_seen(client: Client) -> None:
    one = f"{URL}/{(await made(client))['id']}"
    change = {"types": ["dev.partita.payment.settled.v1", "hold.*"], "description": "till"}
    assert (await client.send("PATCH", one, change)).code == "precondition_required"
    answer = await client.send("PATCH", one, change, headers={"if-match": '"1"'})
    assert answer.status == 200, answer.body
    assert answer.json["types"] == ["payment.settled", "hold.*"]
    assert answer.headers["etag"] == '"2"'
    late = await client.send("PATCH", one, change, headers={"if-match": '"1"'})
    assert (late.status, late.code) == (409, "version_conflict")


async def test_its_life(client: Client) -> None:
    one = f"{URL}/{(await made(client))['id']}"
    assert (await client.post(f"{one}/test")).json["version"] == 2
    disabled = (await client.post(f"{one}/disable", {"reason": "moving"})).json
    assert (disabled["status"], disabled["disabled_because"]) == ("disabled", "moving")
    assert "test" not in disabled["allowed_actions"]
    refused = await client.post(f"{one}/test")
    assert refused.code == "invalid_state"
    assert refused.json["allowed_actions"] == disabled["allowed_actions"]
    (listed,) = (await client.get(f"{URL}?status=disabled")).json["data"]
    assert listed == disabled | {"health": listed["health"]}
    enabled = (await client.post(f"{one}/enable")).json
    assert (enabled["status"], enabled["disabled_because"]) == ("enabled", None)
    assert (await client.post(f"{one}/archive")).json["allowed_actions"] == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"url": "http://shop.example.com"}, "/url"),
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, "/url"),
        ({"url": "https://a:b@shop.example.com/"}, "/url"),
        ({"types": ["payment.*", "payment.setled"]}, "/types/1"),
    ],
)
async def test_what_would_never_be_called_is_refused_at_once(
    client: Client, fields: dict[str, object], pointer: str
) -> None:
    answer = await client.post(URL, HOOK | fields)
    assert (answer.status, answer.code) == (422, "webhook_invalid")
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_a_network_of_ones_own_may_be_allowed(client: Client) -> None:
    client.application.webhook_rules = client.application.webhook_rules._replace(
        may_be_private=True
    )
    assert (await made(client, url="http://127.0.0.1:8080/hook"))["status"] == "enabled"


async def test_a_dry_run_makes_nothing_and_tells_no_secret(client: Client) -> None:
    answer = await client.post(f"{URL}?dry_run=true", HOOK)
    assert (answer.status, answer.json["secret"]) == (201, None)
    assert (await client.get(URL)).json["data"] == []


async def test_no_secret_is_in_the_journal(client: Client) -> None:
    told = await made(client)
    await client.post(f"{URL}/{told['id']}/rotate_secret")
    answer = await client.get("/v1/journal?limit=100")
    assert told["id"].encode() in answer.body
    assert b"whsec" not in answer.body
    assert told["secret"].removeprefix("whsec_").encode() not in answer.body


def test_every_fact_about_endpoints_is_declared() -> None:
    assert sum(name.startswith("webhook_endpoint.") for name in event_types()) == 7
