"""Upcasting: records of an older version, read as if they were of the newest one.

    a record's bytes ─► data as written, version 1 ─► 1 to 2 ─► 2 to 3 ─► data of version 3

A record says in which version of its type its data is; nothing is said of version 1. The bytes stay
as they are, for they are sealed: only what is read out of them is brought up, step by step. What must
say what the bytes say (verifying, the tables that follow from the journal) reads them as written.

A version is one more where the data's form changed so that readers would stumble; `docs/events.md`
says when that is. Whoever makes it so declares the step from the version before.
"""

from collections.abc import Callable
from typing import Any

import msgspec

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]
"""The data of an event in one version, as JSON values in the journal's form, made that of the next."""


class UnknownVersion(ValueError):
    """A record is of a version that this program does not know: a later one wrote it."""


class Upcasters:
    """The steps of all types. `current` has the version of each type that is past its first."""

    def __init__(self) -> None:
        """No steps yet."""
        self.current: dict[str, int] = {}
        self._steps: dict[tuple[str, int], Upcaster] = {}

    def add(self, type_name: str, upcaster: Upcaster) -> None:
        """From now on a type has one version more, and this is the step to it."""
        version = self.current.get(type_name, 1)
        self._steps[type_name, version] = upcaster
        self.current[type_name] = version + 1

    def version(self, type_name: str) -> int:
        """The newest version of a type."""
        return self.current.get(type_name, 1)

    def raised(self, type_name: str, version: int, data: Data) -> Data:
        """Data of a version brought up to the newest.

        Raises:
            UnknownVersion: it is newer than all that is known here.
        """
        newest = self.version(type_name)
        if not 1 <= version <= newest:
            raise UnknownVersion(
                f"{type_name} is of version {version}, and this program reads up to {newest}"
            )
        for step in range(version, newest):
            data = self._steps[type_name, step](data)
        return data


UPCASTERS = Upcasters()
"""The steps of this program; `wiring/event_types.py` puts those of the modules here."""


def of_body(upcaster: Upcaster) -> Upcaster:
    """An upcaster of a matter's event, out of one of the matter's body."""

    def raise_body(data: Data) -> Data:
        matter = data["matter"]
        body = msgspec.json.encode(upcaster(msgspec.json.decode(matter["body"]))).decode()
        return {**data, "matter": {**matter, "body": body}}

    return raise_body
