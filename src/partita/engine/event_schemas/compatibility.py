"""Compatibility: whether a schema may stand where a released one stood, for whoever reads by either.

Events are kept for ever and read by programs that nobody here can change. So both must hold: who
knows the old schema reads new events, and who knows the new one reads old events. What is allowed is
a new field that may be missing, and a new word in a list that says it may grow. All else (a field
removed or renamed, another type, a tighter or wider pattern, a field that must be there now or need
not be any more) takes a new version of the event, and an upcaster from the old one.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from partita.engine.event_schemas.shapes import OPEN_WORDS, Schema

_WORDS_FOR_PEOPLE = frozenset({"description", "title", "examples", "$comment", "$id", "$schema"})
_HASH_DIGITS = 16
_json = msgspec.json.Encoder(order="sorted").encode


class Broken(msgspec.Struct, frozen=True):
    """A way in which a schema breaks what was released: where, and how."""

    at: str
    what: str

    def __str__(self) -> str:
        """In one line."""
        return f"{self.at or '/'}: {self.what}"


def breaks(released: Schema, now: Schema) -> list[Broken]:
    """Every way in which a schema breaks a released one; none if it may take its place."""
    return list(_Comparison(released, now).differences(released, now, ""))


class _Comparison:
    """Two documents side by side; each pair of definitions is compared once."""

    def __init__(self, released: Schema, now: Schema) -> None:
        self._released, self._now = released.get("$defs", {}), now.get("$defs", {})
        self._seen: set[tuple[str, str]] = set()

    def differences(self, before: Schema, after: Schema, at: str) -> Iterator[Broken]:
        """What breaks between two schemas at one place, and below."""
        names = str(before.get("$ref")), str(after.get("$ref"))
        if names in self._seen:
            return
        if "$ref" in before and "$ref" in after:
            self._seen.add(names)
        before, after = _resolved(before, self._released), _resolved(after, self._now)
        for keyword in dict.fromkeys((*before, *after)):
            if keyword not in _IGNORED:
                compare = _KEYWORDS.get(keyword, _Comparison._same)
                yield from compare(self, keyword, (before, after), at)

    def _same(self, keyword: str, pair: tuple[Schema, Schema], at: str) -> Iterator[Broken]:
        before, after = (each.get(keyword) for each in pair)
        if before != after:
            yield Broken(at, f"`{keyword}` was {_shown(before)}, is {_shown(after)}")

    def _properties(self, keyword: str, pair: tuple[Schema, Schema], at: str) -> Iterator[Broken]:
        before, after = (each.get(keyword, {}) for each in pair)
        for name, shape in before.items():
            if name in after:
                yield from self.differences(shape, after[name], f"{at}/{name}")
            else:
                yield Broken(f"{at}/{name}", "is gone (a new name is a new field)")

    def _required(self, keyword: str, pair: tuple[Schema, Schema], at: str) -> Iterator[Broken]:
        before, after = (set(each.get(keyword, ())) for each in pair)
        for name in sorted(after - before):
            yield Broken(f"{at}/{name}", "must be there now: old events are without it")
        for name in sorted(before - after):
            yield Broken(f"{at}/{name}", "need not be there any more: readers count on it")

    def _words(self, keyword: str, pair: tuple[Schema, Schema], at: str) -> Iterator[Broken]:
        before, after = (set(each.get(keyword, ())) for each in pair)
        if keyword not in pair[0]:
            yield Broken(at, "lists words now: it was any text")
        for word in sorted(before - after):
            yield Broken(at, f"does not list {word!r} any more: old events say it")

    def _below(self, keyword: str, pair: tuple[Schema, Schema], at: str) -> Iterator[Broken]:
        before, after = (each.get(keyword) for each in pair)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self.differences(before, after, f"{at}/*")
        else:
            yield from self._same(keyword, pair, at)

    def _each(self, keyword: str, pair: tuple[Schema, Schema], at: str) -> Iterator[Broken]:
        before, after = (each.get(keyword, []) for each in pair)
        if len(before) != len(after):
            yield Broken(at, f"`{keyword}` had {len(before)} parts, has {len(after)}")
            return
        for one, other in zip(before, after, strict=True):
            yield from self.differences(one, other, at)


_Compare = Callable[[_Comparison, str, tuple[Schema, Schema], str], Iterator[Broken]]
_KEYWORDS: dict[str, _Compare] = {
    "properties": _Comparison._properties,
    "required": _Comparison._required,
    OPEN_WORDS: _Comparison._words,
    "items": _Comparison._below,
    "additionalProperties": _Comparison._below,
    "anyOf": _Comparison._each,
    "prefixItems": _Comparison._each,
}
"""How each keyword is compared; what another one says must stay as it was."""
_IGNORED = _WORDS_FOR_PEOPLE | {"$defs", "$ref"}


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    if "$ref" not in schema:
        return schema
    return definitions[schema["$ref"].rpartition("/")[2]]


def _shown(value: Any) -> str:
    return "not there" if value is None else _json(value).decode()


# --- the ledger of what was released ---------------------------------------------------------------


def contract(schema: Any) -> Any:
    """A schema without what is for people only: what programs may count on."""
    if isinstance(schema, list):
        return [contract(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _named(value) if name in {"properties", "$defs"} else contract(value)
        for name, value in schema.items()
        if name not in _WORDS_FOR_PEOPLE
    }


def _named(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Schemas by names, which may be any word: a field called `description` too."""
    return {name: contract(value) for name, value in schemas.items()}


class Released(msgspec.Struct):
    """What was released: for each schema its parts by name, each part once, by its hash.

    The part called `$` is the schema itself, the others are its definitions.
    """

    schemas: dict[str, dict[str, str]] = {}
    parts: dict[str, Schema] = {}

    def get(self, schema: str) -> Schema | None:
        """The contract of a schema as it was released; None if it never was."""
        names = self.schemas.get(schema)
        if names is None:
            return None
        found = {name: self.parts[digest] for name, digest in names.items()}
        return {**found.pop("$"), "$defs": found}

    def add(self, schema: str, document: Schema) -> None:
        """Release a schema as it is now."""
        whole = contract(document)
        parts = {"$": {k: v for k, v in whole.items() if k != "$defs"}, **whole["$defs"]}
        self.schemas[schema] = {name: self._kept(part) for name, part in parts.items()}

    def _kept(self, part: Schema) -> str:
        digest = sha256(_json(part)).hexdigest()[:_HASH_DIGITS]
        assert self.parts.setdefault(digest, part) == part, f"two parts have the hash {digest}"
        return digest

    def pruned(self) -> "Released":
        """The same in order, without parts that no schema has any more."""
        used = {digest for names in self.schemas.values() for digest in names.values()}
        return Released(
            dict(sorted(self.schemas.items())),
            {digest: self.parts[digest] for digest in sorted(used)},
        )


def tolerant_of_old(document: Schema, released: Schema | None) -> Schema:
    """The same schema, but fields that came after the release may be missing: old events lack them."""
    if released is None:
        return document
    definitions = {
        name: _tolerant(part, released["$defs"].get(name))
        for name, part in document["$defs"].items()
    }
    return {**_tolerant(document, released), "$defs": definitions}


def _tolerant(now: Schema, before: Schema | None) -> Schema:
    if before is None or "required" not in now:
        return now
    required = [name for name in now["required"] if name in before.get("properties", {})]
    return {**now, "required": required}
