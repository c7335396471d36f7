"""Conditions: the port behind which the language of `when` stands, so that it can be left out.

Fail closed: a condition that cannot be worked out is an error, never a no and never a yes.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

ConditionValue = int | str | bool | Mapping[str, str]
LARGEST_INTEGER = 2**63 - 1
"""The largest integer that a condition can be asked about: CEL counts in 64 bits."""


class VariableKind(Enum):
    """What a name in a condition stands for."""

    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    TEXTS = "texts"
    """A mapping of texts to texts, such as metadata."""


class ConditionInvalid(ValueError):
    """The text is no condition over these names: why, and where in it."""


class ConditionFailed(ValueError):
    """The condition has no answer for these values, such as after an overflow or a division by 0."""


class CompiledCondition(Protocol):
    """One condition, ready to be asked."""

    def holds(self, values: Mapping[str, ConditionValue]) -> bool:
        """Whether it holds; every name that it mentions has a value.

        Raises:
            ConditionFailed: there is no answer.
        """
        ...


class Conditions(Protocol):
    """A language of conditions, checked statically: names and types, before any value is known."""

    def compile(self, text: str, variables: Mapping[str, VariableKind]) -> CompiledCondition:
        """A text made ready.

        Raises:
            ConditionInvalid: an unknown name, a wrong type, not a yes or no, or no such language.
        """
        ...
