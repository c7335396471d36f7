"""Write the schemas of events, `spec/events/*.json` and `spec/asyncapi.yaml`, out of the code.

    ./dev schemas                      write what changed
    ./dev schemas --check              write nothing; fail on drift, and on what breaks a release
    ./dev schemas --release            promise what is written: from now on it is kept
    ./dev schemas --examples FOLDER    take examples from there (pytest --keep-events FOLDER)

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
from partita.engine.event_schemas.compatibility import Released, breaks, tolerant_of_old
from partita.engine.event_schemas.documents import document
from partita.engine.event_schemas.shapes import Schema
from partita.engine.event_schemas.shelf import Shelf, render
from partita.wiring.event_types import event_types

SPEC = Path(__file__).parents[1] / "spec"


def schemas(shelf: Shelf, examples: Path | None = None) -> dict[str, Schema]:
    """Every schema as the code says it now, by its name; its example is the one it had."""
    released = shelf.released
    found = {}
    for name, event_type in event_types().items():
        example = _example(shelf, event_type.schema, name, examples)
        whole = document(event_type, example)
        found[event_type.schema] = tolerant_of_old(whole, released.get(event_type.schema))
    return found


def _example(shelf: Shelf, schema: str, name: str, examples: Path | None) -> Any:
    known = shelf.schema(schema) or {}
    fresh = None if examples is None else examples / f"{name}.json"
    if fresh is not None and fresh.exists():
        return json.loads(fresh.read_bytes())
    return next(iter(known.get("examples", ())), None)


def files(shelf: Shelf, examples: Path | None = None) -> dict[Path, str]:
    """Every file that follows from the code, and its text."""
    found = {
        shelf.events / f"{name}.json": render(schema)
        for name, schema in schemas(shelf, examples).items()
    }
    return {
        **found,
        shelf.events.parent / "asyncapi.yaml": yaml_text(async_api(event_types(), __version__)),
    }


def yaml_text(value: Any) -> str:
    """A document as YAML, with nothing abbreviated by anchors."""
    plain = json.loads(json.dumps(value))
    text: str = yaml.safe_dump(plain, sort_keys=False, width=100, allow_unicode=True)
    return text


def drifted(shelf: Shelf) -> Iterator[str]:
    """Name the files that are not what the code says."""
    for file, text in files(shelf).items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            yield f"{file.name} has drifted from the code: run ./dev schemas"


def broken(shelf: Shelf) -> Iterator[str]:
    """What is promised and not kept, in the schemas that are published."""
    released = shelf.released
    for name in released.schemas:
        yield from promise_broken(name, released.get(name) or {}, shelf.schema(name))


def promise_broken(name: str, promised: Schema, now: Schema | None) -> Iterator[str]:
    """How a published schema is less than what was promised."""
    if now is None:
        yield f"{name} was released and is gone: old events are of it"
        return
    for each in breaks(promised, now):
        yield f"{name} {each}. That takes a new version and an upcaster (docs/events.md)"


def unpromised(shelf: Shelf) -> Iterator[str]:
    """What is published and not promised yet, in whole or in part."""
    before, after = shelf.released, promised_now(shelf)
    for name, parts in after.schemas.items():
        if before.schemas.get(name) != parts:
            yield name


def promised_now(shelf: Shelf) -> Released:
    """What would be promised if all that is published were released."""
    released = shelf.released
    for name in shelf.names:
        schema = shelf.schema(name)
        assert schema is not None, "it is on the shelf"
        released.add(name, schema)
    return released.pruned()


def _write(texts: Mapping[Path, str]) -> int:
    changed = 0
    for file, text in texts.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed += 1
    return changed


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
    for finding in found:
        print(finding)
    if given.release and not found:
        _write({shelf.events / "RELEASED.json": render(plain(promised_now(shelf)))})
    waiting = list(unpromised(shelf))
    print(f"{len(shelf.names)} schemas, {len(found)} to mend, {len(waiting)} not released yet.")
    return 1 if found else 0


def plain(released: Released) -> dict[str, Any]:
    """What was promised, as JSON values."""
    return {"schemas": released.schemas, "parts": released.parts}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
