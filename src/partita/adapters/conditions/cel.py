"""CEL, the Common Expression Language, by the C++ implementation's Python binding.

An optional extra (`partita[rules]`), since it weighs 50 MB. Names and types are checked when a
condition is compiled. When one is asked, the binding answers errors (overflow, a division by 0,
a bad pattern) with a value of the type ERROR instead of raising: whatever is not a plain yes or no
is `ConditionFailed`. Time is bounded: patterns are RE2, iterations have a budget of their own.
"""

from collections.abc import Mapping
from typing import Any

from partita.modules.templates.conditions import (
    CompiledCondition,
    ConditionFailed,
    ConditionInvalid,
    ConditionValue,
    VariableKind,
)

MISSING = (
    "conditions need CEL, which is not installed here: pip install 'partita[rules]'"
    " (Python 3.11 to 3.14)"
)


class CelConditions:
    """Compiles conditions by CEL; without the package, refuses each and says what to install."""

    def compile(self, text: str, variables: Mapping[str, VariableKind]) -> CompiledCondition:
        """A CEL expression over these variables that says yes or no.

        Raises:
            ConditionInvalid: it does not compile, is not a yes or no, or CEL is not installed.
        """
        try:
            # An optional extra: everything but conditions works without.
            from cel_expr_python import cel  # noqa: PLC0415
        except ImportError:
            raise ConditionInvalid(MISSING) from None
        types = {
            VariableKind.INTEGER: cel.Type.INT,
            VariableKind.TEXT: cel.Type.STRING,
            VariableKind.BOOLEAN: cel.Type.BOOL,
            VariableKind.TEXTS: cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        }
        if not text.isprintable():
            raise ConditionInvalid("a condition is printable characters on one line")
        try:
            environment = cel.NewEnv(variables={n: types[kind] for n, kind in variables.items()})
            expression = environment.compile(text)
        except (RuntimeError, TypeError, ValueError) as error:
            raise ConditionInvalid(_reason(error)) from None
        if expression.return_type() != cel.Type.BOOL:
            raise ConditionInvalid("a condition says yes or no; this is no boolean")
        return _CelCondition(expression)


class _CelCondition:
    """One compiled expression."""

    def __init__(self, expression: Any) -> None:
        self._evaluate = expression.eval

    def holds(self, values: Mapping[str, ConditionValue]) -> bool:
        """Whether it holds.

        Raises:
            ConditionFailed: CEL has no answer.
        """
        try:
            answer = self._evaluate(data=values).value()
        except (RuntimeError, TypeError, ValueError) as error:
            raise ConditionFailed(_reason(error)) from None
        if not isinstance(answer, bool):
            raise ConditionFailed(str(answer))
        return answer


def _reason(error: Exception) -> str:
    """What CEL says, in one line: `1:8: undeclared reference to 'amunt'`."""
    first = str(error).partition("\n")[0]
    text = first.removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: ")
    return text.removeprefix("<input>:").removesuffix(".")
