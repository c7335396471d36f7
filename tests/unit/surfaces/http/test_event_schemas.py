"""Schemas of events over HTTP: without a key, by name, and not twice to whom has them."""

import json

import yaml

from partita.engine.event_schemas.shelf import published
from partita.wiring.event_types import event_types
from tests.unit.surfaces.http.conftest import Client

NAME = "payment.settled.v1"


async def test_all_schemas_are_listed(client: Client) -> None:
    client.key = None
    answer = await client.get("/schemas")
    assert answer.status == 200
    assert [each["id"] for each in answer.json["data"]] == published().names
    found = next(each for each in answer.json["data"] if each["id"] == NAME)
    assert found == {
        "object": "event_schema", "id": NAME, "type": f"dev.partita.{NAME}", "version": 1,
        "description": event_types()["payment.settled"].meaning, "is_current": True,
        "url": f"/schemas/{NAME}.json",
    }  # fmt: skip


async def test_where_an_event_says_its_schema_is_there_it_is(client: Client) -> None:
    """`dataschema` of any event leads to its schema."""
    events = (await client.get("/v1/events")).json["data"]
    assert events
    client.key = None
    for event in events:
        answer = await client.get(event["dataschema"])
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/schema+json"
        assert json.loads(answer.body)["properties"]["type"] == {"const": event["type"]}


async def test_the_name_does_without_its_ending(client: Client) -> None:
    with_ending = await client.get(f"/schemas/{NAME}.json")
    assert (await client.get(f"/schemas/{NAME}")).body == with_ending.body


async def test_who_has_it_is_told_so(client: Client) -> None:
    for path in (f"/schemas/{NAME}.json", "/asyncapi.yaml"):
        etag = (await client.get(path)).headers["etag"]
        for known in (etag, f'"other", W/{etag}', "*"):
            answer = await client.get(path, headers={"if-none-match": known})
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
        other = await client.get(path, headers={"if-none-match": '"other"'})
        assert other.status == 200


async def test_what_is_no_schema_is_not_found(client: Client) -> None:
    for name in (
        "payment.settled.v2",
        "payment.lost.v1",
        "RELEASED",
        "..%2Fasyncapi.yaml",
        "x" * 300,
    ):
        answer = await client.get(f"/schemas/{name}")
        assert (answer.status, answer.code) == (404, "not_found")


async def test_the_async_api_document_leads_to_the_schemas_here(client: Client) -> None:
    client.key = None
    answer = await client.get("/asyncapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    message = yaml.safe_load(answer.body)["components"]["messages"]["payment.settled"]
    leads_to = message["payload"]["schema"]["$ref"]
    assert leads_to == f"./schemas/{NAME}.json"
    assert (await client.get(leads_to.removeprefix("."))).status == 200
