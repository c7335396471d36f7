"""Patterns: texts with `{name}` in them, filled in from a row of values. No code runs in them."""

import re
from collections.abc import Mapping

from partita.modules.templates.arithmetic import Row
from partita.modules.templates.parameters import as_text

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)


class Filling:
    """A pattern taken apart: pieces of text, and the slots between them."""

    __slots__ = ("_pieces", "_slots", "text")

    def __init__(self, text: str, slots: Mapping[str, int]) -> None:
        """Read places from these slots; every name in the pattern has one."""
        pieces = split(text)
        self.text = text
        self._pieces = tuple(pieces[0::2])
        self._slots = tuple(slots[name] for name in pieces[1::2])

    @property
    def is_constant(self) -> bool:
        """Whether it says the same for all arguments."""
        return not self._slots

    def fill(self, row: Row) -> str:
        """The text with the row's values in its places."""
        pieces = self._pieces
        text = pieces[0]
        if not self._slots:
            return text
        for slot, piece in zip(self._slots, pieces[1:], strict=True):
            value = row[slot]
            text += (value if type(value) is str else as_text(value)) + piece
        return text


def split(text: str) -> list[str]:
    """Text and names by turns, text first and last.

    >>> split("customers:{customer}")
    ['customers:', 'customer', '']

    Raises:
        ValueError: a brace belongs to no place.
    """
    pieces = _PLACE.split(text)
    if any("{" in piece or "}" in piece for piece in pieces[0::2]):
        raise ValueError(f"{text!r} has a brace that is not part of a {{parameter}}")
    return pieces


def names(text: str) -> list[str]:
    """The names in a pattern."""
    return split(text)[1::2]
