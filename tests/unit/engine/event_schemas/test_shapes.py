"""Shapes: what our types look like as JSON Schema, open for readers and closed for us."""

import json
from enum import Enum
from typing import Annotated

import jsonschema_rs
import msgspec
import pytest
from msgspec import Meta

from partita.engine.event_schemas.shapes import OPEN_WORDS, Schema, Shapes, strict
from partita.engine.event_types import BodyForm
from partita.journal.encoding import encode_value
from partita.kernel.account import Side, Totals
from partita.kernel.moment import Moment


class Colour(Enum):
    """What it looks like."""

    RED = "red"
    BLUE = "blue"


class Lid(msgspec.Struct, frozen=True, omit_defaults=True):
    """What closes a box."""

    colour: Colour = Colour.RED


class Box(msgspec.Struct, frozen=True):
    """Something to keep things in.

    It may have a lid.
    """

    count: int
    made_at: Moment
    side: Side
    totals: Totals
    is_full: bool
    lid: Lid | None
    inner: "Box | None"
    tags: dict[str, str]
    sizes: tuple[tuple[int, int], ...]


BOX = Box(
    10**37, Moment(1_000_000), Side.DEBIT, Totals(1, 2, 3, 4),
    is_full=True, lid=Lid(), inner=None, tags={"a": "b"}, sizes=((1, 2),),
)  # fmt: skip
FULL = msgspec.structs.replace(BOX, inner=BOX, lid=Lid(Colour.BLUE))


def schema_of(kind: type[msgspec.Struct], form: BodyForm = BodyForm.JOURNAL) -> Schema:
    shapes = Shapes(form)
    return {**shapes.struct(kind), "$defs": shapes.definitions}


def fits(schema: Schema, value: object) -> bool:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return bool(validator.is_valid(value))


def test_what_the_journal_writes_fits_the_shape() -> None:
    for box in (BOX, FULL):
        written = json.loads(encode_value(box))
        assert fits(schema_of(Box), written)
        assert fits(strict(schema_of(Box)), written)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("count", 12), ("count", "012"), ("count", "1.0"), ("count", "9" * 39), ("count", None),
        ("made_at", "2026-11-20"), ("made_at", "2026-11-20T12:00:00Z"), ("made_at", 0),
        ("side", "left"), ("totals", ["1", "2", "3"]), ("totals", ["1", "2", "3", 4]),
        ("is_full", "true"), ("lid", {"colour": 1}), ("inner", {}), ("tags", {"a": 1}),
        ("sizes", [["1"]]),
    ],
)  # fmt: skip
def test_what_is_of_another_form_does_not(field: str, wrong: object) -> None:
    written = json.loads(encode_value(FULL))
    assert not fits(schema_of(Box), written | {field: wrong})


def test_every_field_is_there_unless_its_struct_leaves_defaults_out() -> None:
    schema = schema_of(Box)
    written = json.loads(encode_value(FULL))
    for field in written:
        assert not fits(schema, {name: value for name, value in written.items() if name != field})
    assert fits(schema, written | {"lid": {}})


def test_readers_take_new_fields_and_new_words_and_we_do_not() -> None:
    schema = schema_of(Box)
    written = json.loads(encode_value(FULL))
    for grown in (written | {"weight": "7"}, written | {"lid": {"colour": "green"}}):
        assert fits(schema, grown)
        assert not fits(strict(schema), grown)
    assert schema["$defs"]["Colour"][OPEN_WORDS] == ["red", "blue"]
    assert schema["$defs"]["Side"]["enum"] == ["debit", "credit"]


class Page(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """A page of a document."""

    class_: Annotated[str, Meta(pattern=r"^[a-z]+$(?!\n)", max_length=9, description="Which.")]
    count: Annotated[int, Meta(ge=0, le=9)] = 0


def test_documents_have_numbers_names_and_bounds_of_their_own() -> None:
    schema = schema_of(Page, BodyForm.DOCUMENT)
    properties = schema["$defs"]["Page"]["properties"]
    assert properties["count"] == {"type": "integer", "minimum": 0, "maximum": 9}
    assert properties["class"] == {
        "type": "string", "pattern": "^[a-z]+$", "maxLength": 9, "description": "Which.",
    }  # fmt: skip
    assert fits(schema, msgspec.to_builtins(Page("abc")))


def test_what_a_struct_means_is_its_docstring() -> None:
    assert schema_of(Box)["$defs"]["Box"]["description"] == (
        "Something to keep things in.\n\nIt may have a lid."
    )


def test_two_structs_of_one_name_are_refused() -> None:
    other = msgspec.defstruct("Box", [("size", int)], namespace={"__doc__": "Another."})
    shapes = Shapes(BodyForm.JOURNAL)
    shapes.struct(Box)
    with pytest.raises(AssertionError, match="two structs of one schema are called Box"):
        shapes.struct(other)
