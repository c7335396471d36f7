"""Chart files: a chart of accounts in JSON, or in YAML, where people rather write one."""

import json
from pathlib import Path
from typing import Any

import yaml

from partita.engine.plain_documents import Finding, NotOfTheForm, parse_json, parse_yaml
from partita.modules.chart.chart import Chart, read_chart
from partita.modules.chart.document import LARGEST_DOCUMENT_BYTES, ChartDocument, canonical
from partita.modules.chart.errors import ChartInvalid


def read_chart_file(path: Path) -> Chart:
    """The chart in a file; `.json` is JSON, anything else YAML.

    Raises:
        ChartInvalid: the file cannot be read, or no chart can be made of what is in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ChartInvalid(Finding("", f"{path} cannot be read: {error}.")) from None
    return read_chart_text(text, is_json=path.suffix == ".json")


def read_chart_text(text: str, *, is_json: bool) -> Chart:
    """The chart that a text in JSON or YAML says.

    Raises:
        ChartInvalid: no chart can be made of it; every guilty place is named.
    """
    if len(text) > 4 * LARGEST_DOCUMENT_BYTES:
        raise ChartInvalid(Finding("", "The text is too large to be a chart."))
    try:
        value = parse_json(text) if is_json else parse_yaml(text)
    except NotOfTheForm as error:
        raise ChartInvalid(error.finding) from None
    return read_chart(value, are_texts=not is_json)


def write_chart(document: ChartDocument, *, is_json: bool) -> str:
    """The document as a file's text; read again it is the same document."""
    value = json.loads(canonical(document))
    if is_json:
        return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    text: str = yaml.dump(
        _in_order(value), Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


_ORDER = ("name", "description", "strict", "type", "class", "normal_side", "asset", "opens",
          "role", "constraints", "accounts")  # fmt: skip


def _in_order(node: dict[str, Any]) -> dict[str, Any]:
    """The fields in the order in which people read them; accounts by their paths."""
    ordered = {name: node[name] for name in _ORDER if name in node}
    if "accounts" in ordered:
        ordered["accounts"] = {path: _in_order(part) for path, part in node["accounts"].items()}
    return ordered
