"""The shelf: the schemas that are published, as files. They lie in `spec/`, and in the package.

spec/events/payment.settled.v1.json     one file for each version that there ever was
spec/events/RELEASED.json               what was promised with each
spec/asyncapi.yaml                      where events can be had, and which
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from partita.engine.errors import NotFound
from partita.engine.event_schemas.compatibility import Released

_WIDTH = 100
_text = msgspec.json.Encoder().encode


class Shelf:
    """Published schemas in a folder such as `spec/`."""

    def __init__(self, folder: Path) -> None:
        """Read them from this folder."""
        self._folder = folder
        self.events = folder / "events"

    @property
    def names(self) -> list[str]:
        """The names of all schemas, `payment.settled.v1`, in alphabetical order."""
        return sorted(file.name.removesuffix(".json") for file in self.events.glob("*.v*.json"))

    def read(self, name: str) -> bytes:
        """A schema's file, by its name.

        Raises:
            NotFound: none is called so.
        """
        if name not in self.names:
            raise NotFound(f"There is no schema {name[:100]!r}; `partita schemas list` has all.")
        return (self.events / f"{name}.json").read_bytes()

    def schema(self, name: str) -> dict[str, Any] | None:
        """A schema as it is published now; None if it is not."""
        if name not in self.names:
            return None
        file = self.events / f"{name}.json"
        found: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        return found

    @property
    def released(self) -> Released:
        """What was promised so far."""
        file = self.events / "RELEASED.json"
        if not file.exists():
            return Released()
        return msgspec.json.decode(file.read_bytes(), type=Released)

    @property
    def async_api(self) -> bytes:
        """The AsyncAPI document, YAML."""
        return (self._folder / "asyncapi.yaml").read_bytes()


@lru_cache(maxsize=1)
def published() -> Shelf:
    """The shelf that this program came with: in its package, or beside its source."""
    package = Path(__file__).parents[2]
    packed = package / "spec"
    return Shelf(packed if packed.is_dir() else package.parents[1] / "spec")


def render(value: Any) -> str:
    """JSON for people: indented by one blank, and what fits on a line on one line."""
    return f"{_rendered(value, 0, 0)}\n"


def _rendered(value: Any, depth: int, taken: int) -> str:
    flat = _flat(value)
    if not isinstance(value, dict | list) or len(flat) + depth + taken <= _WIDTH or not value:
        return flat
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, list):
        items = [_rendered(each, depth + 1, 1) for each in value]
        opening, closing = "[", "]"
    else:
        names = [_text(name).decode() for name in value]
        items = [
            f"{name}: {_rendered(each, depth + 1, len(name) + 3)}"
            for name, each in zip(names, value.values(), strict=True)
        ]
        opening, closing = "{", "}"
    return opening + inner + f",{inner}".join(items) + "\n" + " " * depth + closing


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        fields = (f"{_text(name).decode()}: {_flat(each)}" for name, each in value.items())
        return "{" + ", ".join(fields) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return _text(value).decode()
