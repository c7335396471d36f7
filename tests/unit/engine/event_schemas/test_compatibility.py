"""Compatibility: what may follow a release, and everything that may not."""

import copy
from typing import Any

import pytest

from partita.engine.event_schemas.compatibility import (
    Released,
    breaks,
    contract,
    tolerant_of_old,
)
from partita.engine.event_schemas.shapes import OPEN_WORDS, Schema

BEFORE: Schema = {
    "title": "box.opened.v1",
    "type": "object",
    "properties": {"type": {"const": "box"}, "data": {"$ref": "#/$defs/Box"}},
    "required": ["type"],
    "$defs": {
        "Box": {
            "type": "object",
            "description": "A box.",
            "properties": {
                "id": {"type": "string", "pattern": "^box_"},
                "lid": {"type": ["string", "null"]},
                "colour": {"type": "string", OPEN_WORDS: ["red", "blue"]},
                "side": {"enum": ["left", "right"]},
                "inner": {"anyOf": [{"$ref": "#/$defs/Box"}, {"type": "null"}]},
                "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                "parts": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
                "pair": {"type": "array", "prefixItems": [{"type": "string"}]},
                "description": {"type": "string"},
            },
            "required": ["id", "colour"],
        },
    },
}
_GONE = object()


def changed(path: str, value: Any) -> Schema:
    """The schema with one thing in the box another, or gone."""
    schema = copy.deepcopy(BEFORE)
    *way, last = path.split("/")
    place: Any = schema["$defs"]["Box"]
    for name in way:
        place = place[name]
    if value is _GONE:
        del place[last]
    else:
        place[last] = value
    return schema


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/weight", {"type": "string"}),
        (f"properties/colour/{OPEN_WORDS}", ["blue", "red", "green"]),
        ("description", "A box, said better."),
        ("properties/id/description", "Its id."),
        ("properties/lid/examples", ["flat"]),
    ],
)
def test_what_readers_need_not_know_is_compatible(path: str, value: Any) -> None:
    assert breaks(BEFORE, changed(path, value)) == []
    assert breaks(contract(BEFORE), changed(path, value)) == []


def test_another_name_of_a_definition_is_no_change() -> None:
    renamed = copy.deepcopy(BEFORE)
    renamed["$defs"]["Crate"] = renamed["$defs"].pop("Box")
    renamed["$defs"]["Crate"]["properties"]["inner"]["anyOf"][0]["$ref"] = "#/$defs/Crate"
    renamed["properties"]["data"]["$ref"] = "#/$defs/Crate"
    assert breaks(BEFORE, renamed) == []


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("properties/lid", _GONE, "/data/lid: is gone"),
        ("properties/description", _GONE, "/data/description: is gone"),
        ("required", ["id", "colour", "lid"], "/data/lid: must be there now"),
        ("required", ["id"], "/data/colour: need not be there any more"),
        ("properties/id/type", "integer", '/data/id: `type` was "string", is "integer"'),
        ("properties/lid/type", "string", "/data/lid: `type`"),
        ("properties/id/type", ["string", "null"], "/data/id: `type`"),
        ("properties/id/pattern", "^box_[0-9]+$", "/data/id: `pattern`"),
        ("properties/id/pattern", _GONE, "/data/id: `pattern`"),
        ("properties/id/maxLength", 9, "/data/id: `maxLength` was not there"),
        (f"properties/colour/{OPEN_WORDS}", ["red"], "/data/colour: does not list 'blue'"),
        (f"properties/id/{OPEN_WORDS}", ["box_1"], "/data/id: lists words now"),
        ("properties/side/enum", ["left", "right", "up"], "/data/side: `enum`"),
        ("properties/side/enum", ["left"], "/data/side: `enum`"),
        ("properties/tags/additionalProperties", {"type": "integer"}, "/data/tags/*: `type`"),
        ("properties/tags/additionalProperties", False, "/data/tags: `additionalProperties`"),
        ("properties/parts/items", {"type": "integer"}, "/data/parts/*: `type`"),
        ("properties/parts/maxItems", 2, "/data/parts: `maxItems`"),
        ("properties/pair/prefixItems", [{"type": "null"}], "/data/pair: `type`"),
        ("properties/pair/prefixItems", [], "/data/pair: `prefixItems` had 1"),
        ("properties/inner/anyOf", [{"$ref": "#/$defs/Box"}], "/data/inner: `anyOf` had 2"),
        ("additionalProperties", False, "/data: `additionalProperties` was not there"),
    ],
)
def test_what_a_reader_could_stumble_over_breaks(path: str, value: Any, says: str) -> None:
    found = breaks(contract(BEFORE), changed(path, value))
    assert len(found) == 1, found
    assert str(found[0]).startswith(says)


def test_another_constant_breaks() -> None:
    other = copy.deepcopy(BEFORE)
    other["properties"]["type"]["const"] = "crate"
    assert [each.at for each in breaks(BEFORE, other)] == ["/type"]


def test_a_release_is_remembered_word_for_word() -> None:
    released = Released()
    for name in ("box.opened.v1", "box.closed.v1"):
        released.add(name, BEFORE)
    assert released.get("box.opened.v1") == contract(BEFORE)
    assert len(released.parts) == 2, "what two schemas share is kept once"
    assert released.get("box.lost.v1") is None


def test_parts_that_nobody_has_any_more_go() -> None:
    released = Released()
    released.add("box.opened.v1", BEFORE)
    released.add("box.opened.v1", changed("properties/weight", {"type": "string"}))
    assert len(released.parts) == 3
    assert len(released.pruned().parts) == 2
    assert released.pruned().get("box.opened.v1") == released.get("box.opened.v1")


def test_a_field_that_came_after_a_release_may_be_missing() -> None:
    """Old events are without it, so nobody may count on it; then it breaks nothing."""
    grown = changed("properties/weight", {"type": "string"})
    grown["$defs"]["Box"]["required"] = ["id", "colour", "weight"]
    assert breaks(BEFORE, grown)
    tolerant = tolerant_of_old(grown, contract(BEFORE))
    assert tolerant["$defs"]["Box"]["required"] == ["id", "colour"]
    assert breaks(BEFORE, tolerant) == []
    assert tolerant_of_old(grown, None) == grown
