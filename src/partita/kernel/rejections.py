"""Rejections: every way in which the rules say no. Values with a stable code, never raised.

The codes stand in `codes.py`, by precedence; what they mean in `meanings.py`.
"""

import msgspec

from partita.kernel.codes import Code
from partita.kernel.meanings import MEANINGS, Meaning

__all__ = ["MEANINGS", "Code", "Meaning", "Rejection", "highest"]


class Rejection(msgspec.Struct, frozen=True):
    """The rules said no. Nothing has moved.

    `pointer` is the JSON Pointer of the guilty item in the command; `facts` are figures that a
    program may want (such as `short_by`), as strings.
    """

    code: Code
    detail: str
    pointer: str | None = None
    facts: dict[str, str] = {}

    @property
    def fix(self) -> str:
        """How to mend it."""
        return MEANINGS[self.code].fix


_PRECEDENCE = {code: place for place, code in enumerate(Code)}


def highest(*objections: Rejection | None) -> Rejection | None:
    """Of several objections to one command, the one of highest precedence; None if there is none."""
    found = [each for each in objections if each is not None]
    return min(found, key=lambda each: _PRECEDENCE[each.code], default=None)
