"""Event types: every kind of fact that a journal can hold, with what a reader outside needs to know.

The kernel's own facts are listed in the journal's registry. What can happen to a matter of business
is declared by its module, as `Happenings`, beside the table of its life; the wiring collects all of
them. Filters, JSON Schemas, the AsyncAPI document and the check that no decision makes a fact which
nobody declared are made from this one list.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

from partita.journal.encoding import EVENT_TYPES
from partita.journal.upcasting import UPCASTERS, Upcaster, Upcasters, of_body
from partita.kernel.events import MatterChanged

PREFIX = "dev.partita"
"""What all type names of CloudEvents begin with: the reverse of our domain."""


class BodyForm(Enum):
    """In which form a module writes the body of its matters."""

    JOURNAL = "journal"
    """As the journal writes: numbers as strings, moments in RFC 3339."""
    DOCUMENT = "document"
    """As people write documents: counts as JSON numbers, amounts as strings, moments in RFC 3339."""


class Happenings(NamedTuple):
    """What can happen to matters of one kind: each word after the dot, and what it says.

    `body` is the struct that the matter's body holds, in the form `form`. A body had other forms
    before, if there are `steps`: each brings it up by one version, the oldest first.
    """

    kind: str
    body: type[msgspec.Struct]
    words: Mapping[str, str]
    form: BodyForm = BodyForm.JOURNAL
    steps: tuple[Upcaster, ...] = ()


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    """One type of fact: its name in the journal, its version, what it is about and what it says.

    `data` is the kernel's event; `body` what the body of the matter holds, where it is about one.
    """

    name: str
    meaning: str
    data: type[msgspec.Struct]
    body: type[msgspec.Struct] | None = None
    form: BodyForm = BodyForm.JOURNAL
    version: int = 1

    @property
    def about(self) -> str:
        """The kind of the resource that it is about, the subject of its CloudEvents."""
        return self.name.partition(".")[0]

    @property
    def schema(self) -> str:
        """The name of its schema: `payment.settled.v1`."""
        return f"{self.name}.v{self.version}"

    @property
    def full_name(self) -> str:
        """The type of its CloudEvents: `dev.partita.payment.settled.v1`."""
        return f"{PREFIX}.{self.schema}"


def collect(declared: Iterable[Happenings]) -> Mapping[str, EventType]:
    """The kernel's types and those that modules declared, by name, in alphabetical order."""
    found = {name: _of_the_kernel(name, data) for name, data in EVENT_TYPES.items()}
    for each in declared:
        for word, meaning in each.words.items():
            name = f"{each.kind}.{word}"
            assert name not in found, f"{name} is declared twice"
            found[name] = EventType(
                name=name, meaning=meaning, data=MatterChanged, body=each.body, form=each.form,
                version=1 + len(each.steps),
            )  # fmt: skip
    return {name: found[name] for name in sorted(found)}


def declare_steps(declared: Iterable[Happenings], upcasters: Upcasters = UPCASTERS) -> None:
    """Have records of older versions read as those of the newest, as modules declare."""
    for each in declared:
        for word in each.words:
            for step in each.steps:
                upcasters.add(f"{each.kind}.{word}", of_body(step))


def _of_the_kernel(name: str, data: type[msgspec.Struct]) -> EventType:
    assert data.__doc__, f"{data.__name__} says what it is"
    meaning = data.__doc__.partition("\n")[0]
    return EventType(name=name, meaning=meaning, data=data, version=UPCASTERS.version(name))
