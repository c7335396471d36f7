"""Templates: texts with `{column}` in them, filled in from a row. No code runs in them."""

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{(\w+)(?:\|([^{}|]*))?\}")


class Template:
    """A text with places for columns; `{bank|unknown}` writes `unknown` where bank is empty.

    >>> Template("banks:{bank|unknown}").fill({"bank": ""})
    'banks:unknown'
    """

    def __init__(self, text: str) -> None:
        """Take the text apart; raises ValueError if a brace belongs to no place."""
        pieces = _PLACE.split(text)
        self._literals = pieces[0::3]
        self._places = list(zip(pieces[1::3], [word or "" for word in pieces[2::3]], strict=True))
        if any("{" in literal or "}" in literal for literal in self._literals):
            raise ValueError(f"{text!r} has a brace that is not part of a {{column}}")

    @property
    def columns(self) -> list[str]:
        """The columns that it names."""
        return [column for column, _default in self._places]

    def fill(self, row: Mapping[str, str]) -> str:
        """The text with the row's values in its places."""
        literals = self._literals
        text = literals[0]
        for (column, default), literal in zip(self._places, literals[1:], strict=True):
            text += (row[column] or default) + literal
        return text
