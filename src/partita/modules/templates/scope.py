"""Scope: what the names of a template stand for, as far as compiling has come."""

from partita.modules.templates.conditions import VariableKind
from partita.modules.templates.document import ParameterType
from partita.modules.templates.polynomial import NormalForm


class Scope:
    """Names, each with its slot in the row of values, and what may be done with it."""

    def __init__(self, forms: NormalForm) -> None:
        """Nothing is known yet; `forms` keeps the types and normal forms of amounts."""
        self.forms = forms
        self.slots: dict[str, int] = {}
        self.variables: dict[str, VariableKind] = {}
        self._types: dict[str, ParameterType | None] = {}

    def add(self, name: str, kind: ParameterType | None, variable: VariableKind | None) -> None:
        """Give a name the next slot; `kind` None is a definition.

        `variable` None keeps it out of conditions.
        """
        self.slots[name] = len(self.slots)
        self._types[name] = kind
        if variable is not None:
            self.variables[name] = variable

    def parameter_type(self, name: str) -> ParameterType | None:
        """The type of a parameter; None for a definition.

        Raises:
            ValueError: there is no such name.
        """
        if name not in self._types:
            raise ValueError(f"there is no parameter or definition {name!r}")
        return self._types[name]

    def check_writable(self, name: str) -> None:
        """Raise ValueError unless a text may have the name's value in it."""
        if self.parameter_type(name) is None and name not in self.variables:
            raise ValueError(f"{name!r} is not surely whole, so it has no exact text")
