"""Shapes: the types of our structs as JSON Schema, in the form in which they are written.

In the journal's form a number is a string and a moment RFC 3339; a field is always there, but where
its struct leaves defaults out. Fields may be added to any object and values to any list of words:
readers ignore what they do not know. So objects are left open, and the words of an enum that may
grow are an annotation, `x-extensible-enum`. `strict` closes both, for our own tests.
"""

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec
from msgspec import NODEFAULT
from msgspec import inspect as types

from partita.engine.event_types import BodyForm
from partita.kernel.account import Side, Totals
from partita.kernel.moment import Moment

Schema = dict[str, Any]
OPEN_WORDS = "x-extensible-enum"
"""The annotation that lists the words known now, where more may come (Zalando's API guidelines)."""
CLOSED: frozenset[type[Enum]] = frozenset({Side})
"""The enums that never get another word."""
NUMBER: Schema = {
    "type": "string",
    "pattern": r"^(0|-?[1-9][0-9]{0,37})$",
    "description": "A whole number as a string: up to 38 digits, more than JSON numbers keep.",
}
MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
    "description": "A moment in UTC (RFC 3339), always with six decimals: sorts as text.",
}
TOTALS: Schema = {
    "type": "array",
    "items": {"$ref": "#/$defs/Number"},
    "minItems": 4,
    "maxItems": 4,
    "description": "All that ever went through the account, this entry included: posted debits, "
    "posted credits, pending debits, pending credits.",
}
_NULL: Schema = {"type": "null"}


def reference(name: str) -> Schema:
    """A reference to a definition of the same document."""
    return {"$ref": f"#/$defs/{name}"}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if set(schema) == {"type"} and isinstance(schema["type"], str):
        return {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, _NULL]}


class Shapes:
    """Writes types as schemas; what has a name goes into `definitions`, once, and is referred to."""

    def __init__(self, form: BodyForm, definitions: dict[str, Schema] | None = None) -> None:
        """Write in this form, into these definitions."""
        self.definitions = {} if definitions is None else definitions
        self._form = form
        self._classes: dict[str, type] = {}

    def struct(self, kind: type[msgspec.Struct]) -> Schema:
        """A reference to a struct's definition."""
        name = kind.__name__
        known = self._classes.setdefault(name, kind)
        assert known is kind, f"two structs of one schema are called {name}"
        if name not in self.definitions:
            self.definitions[name] = {}  # it may refer to itself
            self.definitions[name] = self.object(kind)
        return reference(name)

    def object(self, kind: type[msgspec.Struct], *, without: tuple[str, ...] = ()) -> Schema:
        """A struct's own shape, spelled out; some fields may be left out of it."""
        found: Any = types.type_info(kind)
        fields = [field for field in found.fields if field.name not in without]
        properties = {self._name(field): self.schema(field.type) for field in fields}
        required = [self._name(field) for field in fields if not _may_miss(kind, field)]
        if found.tag_field is not None:
            properties = {found.tag_field: {"const": found.tag}, **properties}
            required = [found.tag_field, *required]
        shape: Schema = {"type": "object", "description": meaning(kind), "properties": properties}
        return shape | ({"required": required} if required else {})

    def field(self, kind: type[msgspec.Struct], name: str) -> Schema:
        """The schema of one field of a struct."""
        found: Any = types.type_info(kind)
        return self.schema(next(field.type for field in found.fields if field.name == name))

    def schema(self, of: types.Type) -> Schema:
        """The schema of values of a type, as `msgspec.inspect` tells it."""
        return _WRITERS[type(of)](self, of)

    def named(self, name: str, schema: Schema) -> Schema:
        """A reference to a definition that has this content."""
        self.definitions.setdefault(name, schema)
        return reference(name)

    def _name(self, field: types.Field) -> str:
        # The journal's writer takes fields as they are called, msgspec's as they are renamed.
        return field.name if self._form is BodyForm.JOURNAL else field.encode_name

    def _metadata(self, of: Any) -> Schema:
        return self.schema(of.type) | {
            name: value
            for name, value in (of.extra_json_schema or {}).items()
            if name == "description"
        }

    def _text(self, of: Any) -> Schema:
        found: Schema = {"type": "string"}
        if of.pattern is not None:
            # Python's $ needs the look-ahead; that of JSON Schema does not.
            found["pattern"] = of.pattern.replace(r"$(?!\n)", "$")
        return found | _bounds(of, min_length="minLength", max_length="maxLength")

    def _whole(self, of: Any) -> Schema:
        if self._form is BodyForm.JOURNAL:
            return self.named("Number", NUMBER)
        return {"type": "integer"} | _bounds(of, ge="minimum", le="maximum")

    def _list(self, of: Any) -> Schema:
        bounds = _bounds(of, min_length="minItems", max_length="maxItems")
        return {"type": "array", "items": self.schema(of.item_type)} | bounds

    def _tuple(self, of: Any) -> Schema:
        count = len(of.item_types)
        items = [self.schema(each) for each in of.item_types]
        return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}

    def _map(self, of: Any) -> Schema:
        return {"type": "object", "additionalProperties": self.schema(of.value_type)}

    def _union(self, of: Any) -> Schema:
        options = [each for each in of.types if not isinstance(each, types.NoneType)]
        found = [self.schema(each) for each in options]
        whole = found[0] if len(found) == 1 else {"anyOf": found}
        return whole if len(options) == len(of.types) else nullable(whole)

    def _enum(self, of: Any) -> Schema:
        words = [each.value for each in of.cls]
        keyword = "enum" if of.cls in CLOSED else OPEN_WORDS
        shape = {"type": "string", keyword: words, "description": meaning(of.cls)}
        return self.named(of.cls.__name__, shape)

    def _struct(self, of: Any) -> Schema:
        if of.cls is Totals:
            self.named("Number", NUMBER)
            return self.named("Totals", TOTALS)
        return self.struct(of.cls)

    def _custom(self, of: Any) -> Schema:
        assert of.cls is Moment, f"no shape for {of.cls.__name__}"
        return self.named("Moment", MOMENT)


def meaning(kind: type) -> str:
    """A class's docstring as running text."""
    text = inspect.getdoc(kind)
    assert text, f"{kind.__name__} says what it is"
    paragraphs = text.split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def _may_miss(kind: type[msgspec.Struct], field: types.Field) -> bool:
    has_default = field.default is not NODEFAULT or field.default_factory is not NODEFAULT
    return kind.__struct_config__.omit_defaults and has_default


def _bounds(of: Any, **keywords: str) -> Schema:
    found = {keyword: getattr(of, name) for name, keyword in keywords.items()}
    return {keyword: bound for keyword, bound in found.items() if bound is not None}


_WRITERS: dict[type, Callable[[Shapes, Any], Schema]] = {
    types.Metadata: Shapes._metadata,
    types.StrType: Shapes._text,
    types.IntType: Shapes._whole,
    types.BoolType: lambda _shapes, _of: {"type": "boolean"},
    types.AnyType: lambda _shapes, _of: {},
    types.ListType: Shapes._list,
    types.VarTupleType: Shapes._list,
    types.TupleType: Shapes._tuple,
    types.DictType: Shapes._map,
    types.UnionType: Shapes._union,
    types.EnumType: Shapes._enum,
    types.StructType: Shapes._struct,
    types.CustomType: Shapes._custom,
}
"""How each kind of type is written."""


def strict(schema: Any) -> Any:
    """The same schema, closed: no field that it does not name, no word that it does not list."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(value) for name, value in schema.items() if name != "examples"}
    if OPEN_WORDS in closed:
        closed["enum"] = closed.pop(OPEN_WORDS)
    if isinstance(closed.get("properties"), dict) and "type" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
