"""Plain documents: what people write down in YAML or JSON, as values, with the place of each mistake.

Of YAML only what says one thing in one way is read: every scalar is the text that stands there (so
`no` is no boolean, `8.10` no float, `2026-01-01` no date), no aliases, no tags, no key twice.
Templates, charts and the like are read through here; what they mean is theirs.
"""

import json
import re
from abc import ABC, abstractmethod
from enum import Enum
from typing import Any, TypeVar

import msgspec
import yaml

from partita.engine.errors import PartitaError

_DEEPEST = 24


class Finding(msgspec.Struct, frozen=True):
    """One place that is wrong, as a JSON Pointer (RFC 6901), and what is wrong there."""

    pointer: str
    detail: str


class NotOfTheForm(Exception):
    """A text or a value is not what was to be read; whoever reads says it in words of its own."""

    def __init__(self, finding: Finding) -> None:
        """Carry the first guilty place."""
        super().__init__(finding.detail)
        self.finding = finding


class DocumentError(PartitaError, ABC):
    """Something is wrong with a document or its use; `findings` say where. Nothing has moved."""

    code: Enum

    def __init__(self, *findings: Finding) -> None:
        """Carry at least one finding."""
        assert findings, "who refuses says why"
        super().__init__("; ".join(_line(finding) for finding in findings))
        self.findings = findings

    @property
    def detail(self) -> str:
        """The first finding's sentence, which most readers need alone."""
        return self.findings[0].detail

    @property
    def problem(self) -> str:
        """The code and everything that was found, in one line."""
        return f"{self.code.value}: {self}"

    @property
    @abstractmethod
    def mend(self) -> str:
        """How to mend it."""


def step(*steps: str | int) -> str:
    """The JSON Pointer that leads these steps down.

    >>> step("let", "a/b", 0)
    '/let/a~1b/0'
    """
    return "".join(f"/{str(s).replace('~', '~0').replace('/', '~1')}" for s in steps)


def parse_json(text: str) -> Any:
    """The value that a JSON text says.

    Raises:
        NotOfTheForm: it is not JSON, or says a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise NotOfTheForm(Finding("", f"The file is not JSON: {error}.")) from None


def parse_yaml(text: str) -> Any:
    """The value that a YAML text says: mappings, lists and texts.

    Raises:
        NotOfTheForm: it is not YAML, or has in it what could be read in several ways.
    """
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - it makes texts, lists and mappings only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise NotOfTheForm(Finding("", f"The file is not plain YAML: {said}.")) from None


_Form = TypeVar("_Form")


def convert(value: Any, form: type[_Form], *, are_texts: bool = False) -> _Form:
    """The value as this form of struct.

    `are_texts`: all scalars are texts, as those of a YAML file are, where nothing else is certain.

    Raises:
        NotOfTheForm: it is not of the form; the finding points at the first guilty place.
    """
    try:
        return msgspec.convert(value, form, strict=not are_texts)
    except msgspec.ValidationError as error:
        raise NotOfTheForm(_finding(str(error))) from None


def check_depth(value: Any, deepest: int = _DEEPEST) -> None:
    """Refuse what nests deeper than any document does, without going down there.

    Raises:
        NotOfTheForm: it nests deeper than `deepest` levels.
    """
    layer, depth = [value], 0
    while layer:
        depth += 1
        if depth > deepest:
            raise NotOfTheForm(Finding("", f"The document nests deeper than {deepest} levels."))
        layer = [
            child
            for each in layer
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]


def _line(finding: Finding) -> str:
    return f"{finding.pointer}: {finding.detail}" if finding.pointer else finding.detail


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one place")
    return members


class _PlainLoader(yaml.BaseLoader):  # type: ignore[misc] # the package ships no types
    """YAML without what could surprise."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases: they make a small file a huge document."""
        if self.check_event(yaml.AliasEvent):
            raise ValueError("an alias (*name) is not read here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse keys that are said twice, and keys that are no texts."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if not all(isinstance(key, str) for key in keys):
            raise ValueError("a key must be a text")
        return _object(
            list(
                zip(keys, [self.construct_object(v, deep=True) for _, v in node.value], strict=True)
            )
        )


# How msgspec says where: "… - at `$.postings[0].amount`", or "… - at `key` in `$.metadata`".
_WHERE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>\$.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def _finding(message: str) -> Finding:
    match = _WHERE.fullmatch(message)
    assert match is not None, "the pattern takes any text"
    steps = [name or place for name, place in _STEP.findall(match["path"] or "")]
    # msgspec writes [...] where a mapping's key would stand.
    known = [each for each in steps if each != "..."]
    unknown = _UNKNOWN.fullmatch(match["what"])
    if unknown is not None:
        return Finding(step(*known, unknown[1]), f"There is no field {unknown[1]!r} here.")
    return Finding(step(*known), f"{match['what']}.")
