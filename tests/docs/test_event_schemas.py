"""The published schemas: they are what the code says, and keep what was promised."""

import json
import os
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from partita.engine.event_schemas.async_api import BESIDE
from partita.engine.event_schemas.checking import broken, promised_now
from partita.engine.event_schemas.shelf import Shelf, render
from partita.wiring.event_types import event_types
from tools import schemas

SHELF = Shelf(schemas.SPEC)
SPECS_PACKAGE = "@asyncapi/specs@6.11.1"
"""The official JSON Schemas of AsyncAPI documents."""


def test_what_is_published_is_what_the_code_says() -> None:
    assert list(schemas.drifted(SHELF)) == []


def test_what_was_released_is_kept() -> None:
    assert list(broken(SHELF)) == []


def test_a_schema_of_every_type_is_published() -> None:
    assert {each.schema for each in event_types().values()} <= set(SHELF.names)


def test_what_was_released_has_a_real_example() -> None:
    for name in SHELF.released.schemas:
        assert (SHELF.schema(name) or {}).get("examples"), f"{name} has no example"


def test_drift_and_broken_promises_are_found(tmp_path: Path) -> None:
    for name, text in (("ledger.opened.v1", None), ("hold.placed.v1", "{}")):
        shelf = copied(tmp_path / name)
        file = shelf.events / f"{name}.json"
        file.unlink() if text is None else file.write_text(text)
        assert any(name in each for each in schemas.drifted(shelf))
    lost = copied(tmp_path / "lost")
    (lost.events / "ledger.opened.v1.json").unlink()
    (lost.events / "RELEASED.json").write_text(render(schemas.as_json(promised_now(SHELF))))
    assert "ledger.opened.v1 was released and is gone: old events are of it" in set(broken(lost))


def test_a_field_that_goes_is_found(tmp_path: Path) -> None:
    shelf = copied(tmp_path / "spec")
    (shelf.events / "RELEASED.json").write_text(render(schemas.as_json(promised_now(SHELF))))
    assert list(broken(shelf)) == []
    file = shelf.events / "hold.placed.v1.json"
    schema = json.loads(file.read_text())
    hold = schema["$defs"]["Hold"]
    hold["properties"].pop("remaining")
    hold["required"].remove("remaining")
    file.write_text(render(schema))
    assert [each.partition(". That")[0] for each in broken(shelf)] == [
        "hold.placed.v1 /data/object/remaining: is gone (a new name is a new field)",
        "hold.placed.v1 /data/object/remaining: need not be there any more: readers count on it",
    ]


def copied(folder: Path) -> Shelf:
    """The published schemas somewhere else."""
    (folder / "events").mkdir(parents=True)
    for file in SHELF.events.iterdir():
        (folder / "events" / file.name).write_bytes(file.read_bytes())
    (folder / "asyncapi.yaml").write_bytes(SHELF.async_api)
    return Shelf(folder)


# --- the AsyncAPI document -------------------------------------------------------------------------


def test_the_async_api_document_hangs_together() -> None:
    """Every reference leads somewhere, every message is in every channel, every channel is served."""
    text = SHELF.async_api.decode()
    found = yaml.safe_load(text)
    assert found["asyncapi"] == "3.0.0"
    assert set(found["components"]["messages"]) == set(event_types())
    for name, message in found["components"]["messages"].items():
        leads_to = message["payload"]["schema"]["$ref"].removeprefix(BESIDE).removesuffix(".json")
        assert SHELF.schema(leads_to) is not None
        assert message["name"] == event_types()[name].full_name
    for name, channel in found["channels"].items():
        assert set(channel["messages"]) == set(event_types())
        assert all(
            each["$ref"].rpartition("/")[2] in found["servers"] for each in channel["servers"]
        )
        assert found["operations"][f"send_{name}"]["channel"] == {"$ref": f"#/channels/{name}"}
        named = {part.partition("}")[0] for part in (channel["address"] or "").split("{")[1:]}
        assert named == set(channel.get("parameters", ()))
    assert set(found["channels"]) == {"feed", "webhooks", "nats", "kafka"}


def test_the_async_api_document_is_one_by_the_official_schema(tmp_path: Path) -> None:
    """The project's own JSON Schema of AsyncAPI 3.0, out of its npm package, judges it."""
    official = json.loads(official_schema(tmp_path))
    jsonschema_rs.validator_for(official).validate(yaml.safe_load(SHELF.async_api))
    spoiled = yaml.safe_load(SHELF.async_api)
    spoiled["operations"]["send_feed"]["action"] = "shout"
    assert not jsonschema_rs.validator_for(official).is_valid(spoiled)


def official_schema(folder: Path) -> bytes:
    """The schema's bytes, fetched by npm, which keeps what it fetched."""
    command = ["npm", "pack", SPECS_PACKAGE, "--silent", "--prefer-offline"]
    try:
        packed = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=60, check=True, env=os.environ
        )
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"npm cannot give {SPECS_PACKAGE}: {error}")
    archive = folder / packed.stdout.decode().split()[-1]
    inside = "package/schemas/3.0.0.json"
    return subprocess.run(["tar", "-xzOf", archive, inside], capture_output=True, check=True).stdout
