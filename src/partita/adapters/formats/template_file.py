"""Template files: a document in JSON, or in YAML, where people rather write one.

Of YAML only what says one thing in one way is read: every scalar is the text that stands there (so
`no` is no boolean, `8.10` no float, `2026-01-01` no date), no aliases, no tags, no key twice.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from partita.modules.templates.document import (
    LARGEST_DOCUMENT_BYTES,
    TemplateDocument,
    read_document,
)
from partita.modules.templates.errors import Finding, TemplateInvalid


def read_template_file(path: Path) -> TemplateDocument:
    """The document in a file; `.json` is JSON, anything else YAML.

    Raises:
        TemplateInvalid: the file cannot be read, or what is in it is no such document.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateInvalid(Finding("", f"{path} cannot be read: {error}.")) from None
    if len(text) > 4 * LARGEST_DOCUMENT_BYTES:
        raise TemplateInvalid(Finding("", f"{path} is too large to be a template."))
    if path.suffix == ".json":
        return read_document(_json(text))
    return read_document(_yaml(text), are_texts=True)


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise TemplateInvalid(Finding("", f"The file is not JSON: {error}.")) from None


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - it makes texts, lists and mappings only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise TemplateInvalid(Finding("", f"The file is not plain YAML: {said}.")) from None


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
