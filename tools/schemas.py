"""Write the schemas of events, `spec/events/*.json` and `spec/asyncapi.yaml`, out of the code.

    ./dev schemas                      write what changed
    ./dev schemas --check              write nothing; fail on drift, and on what breaks a release
    ./dev schemas --release            promise what is written: from now on it is kept
    ./dev schemas --examples FOLDER    take examples from there (./dev test --keep-events FOLDER)

A schema's example is a real event; it stays as it is until another one is taken.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from partita import __version__
from partita.engine.event_schemas.async_api import async_api
from partita.engine.event_schemas.checking import broken, promised_now, schemas_of, unpromised
from partita.engine.event_schemas.compatibility import Released
from partita.engine.event_schemas.shelf import Shelf, render
from partita.wiring.event_types import event_types

SPEC = Path(__file__).parents[1] / "spec"


def files(shelf: Shelf, examples: Path | None = None) -> dict[Path, str]:
    """Every file that follows from the code, and its text."""
    kept = {} if examples is None else {file.stem: _read(file) for file in examples.glob("*.json")}
    found = {
        shelf.events / f"{name}.json": render(schema)
        for name, schema in schemas_of(event_types(), shelf, kept).items()
    }
    described = yaml_text(async_api(event_types(), __version__))
    return {**found, shelf.events.parent / "asyncapi.yaml": described}


def _read(file: Path) -> Any:
    return json.loads(file.read_bytes())


def yaml_text(value: Any) -> str:
    """A document as YAML, with nothing abbreviated by anchors."""
    plain = json.loads(json.dumps(value))
    text: str = yaml.safe_dump(plain, sort_keys=False, width=100, allow_unicode=True)
    return text


def drifted(shelf: Shelf) -> Iterator[str]:
    """Name the files that are not what the code says, to the byte."""
    for file, text in files(shelf).items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            yield f"{file.name} has drifted from the code: run ./dev schemas"


def as_json(released: Released) -> dict[str, Any]:
    """What was promised, as JSON values."""
    return {"schemas": released.schemas, "parts": released.parts}


def _write(texts: Mapping[Path, str]) -> int:
    changed = 0
    for file, text in texts.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed += 1
    return changed


def _without_example(shelf: Shelf) -> Iterator[str]:
    """Name what cannot be released: nobody has seen such an event yet."""
    for name in shelf.names:
        if not (shelf.schema(name) or {}).get("examples"):
            yield f"{name} has no example: record one in a test, and see --examples"


def main(arguments: Sequence[str]) -> int:
    """Write, check or release; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev schemas", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    parser.add_argument("--release", action="store_true", help="promise what is written")
    parser.add_argument("--examples", type=Path, help="a folder with an event of each type")
    given = parser.parse_args(arguments)
    shelf = Shelf(SPEC)
    if not given.check:
        changed = _write(files(shelf, given.examples))
        print(f"{changed} of {len(event_types()) + 1} files written.")
    found = [*drifted(shelf), *broken(shelf)]
    if given.release:
        found += _without_example(shelf)
    for finding in found:
        print(finding)
    if given.release and not found:
        _write({shelf.events / "RELEASED.json": render(as_json(promised_now(shelf)))})
    print(
        f"{len(shelf.names)} schemas, {len(found)} to mend,"
        f" {len(unpromised(shelf))} with more than was promised."
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
