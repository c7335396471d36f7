"""Arguments: what each type of parameter takes, turns into a value, and refuses."""

from typing import Any

import pytest

from partita.modules.templates.document import Parameter, ParameterType
from partita.modules.templates.parameters import as_text, reading_of

LONGEST = "9" * 38


def read(kind: str, value: Any, **rest: Any) -> Any:
    """Read one argument of a parameter."""
    asset = {"asset": "EUR"} if kind == "amount" else {}
    return reading_of(Parameter(type=ParameterType(kind), **asset, **rest))(value)


@pytest.mark.parametrize(
    ("kind", "argument", "value", "text"),
    [
        ("amount", "0", 0, "0"),
        ("amount", LONGEST, int(LONGEST), LONGEST),
        ("integer", "-17", -17, "-17"),
        ("integer", 17, 17, "17"),
        ("rate", "8.1%", (81, 1000), "0.081"),
        ("rate", "290bp", (290, 10_000), "0.0290"),
        ("rate", "-0.5", (-5, 10), "-0.5"),
        ("rate", "2", (2, 1), "2"),
        ("text", "Zoë & Co", "Zoë & Co", "Zoë & Co"),
        ("account", "customers:anna", "customers:anna", "customers:anna"),
        ("account", "acc_01JD0000000000000000000000", "acc_01JD0000000000000000000000",
         "acc_01JD0000000000000000000000"),
        ("asset", "USDC", "USDC", "USDC"),
        ("boolean", True, True, "true"),
        ("boolean", "false", False, "false"),
        ("date", "2028-02-29", "2028-02-29", "2028-02-29"),
    ],
)  # fmt: skip
def test_an_argument_becomes_a_value(kind: str, argument: Any, value: Any, text: str) -> None:
    result = read(kind, argument)
    assert result == value
    assert type(result) is type(value)
    assert as_text(result) == text


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        ("amount", 5), ("amount", 5.0), ("amount", "-5"), ("amount", "5.0"), ("amount", "05"),
        ("amount", "9" * 39), ("amount", True), ("amount", None), ("amount", "٣"),
        ("integer", "1.0"), ("integer", 1.0), ("integer", True), ("integer", "9" * 19),
        ("integer", "+1"), ("integer", 10**18), ("integer", "-0"),
        ("rate", 0.1), ("rate", "10 %"), ("rate", "1e-3"), ("rate", ".5"), ("rate", "0." + "1" * 19),
        ("text", ""), ("text", "x" * 501), ("text", "a\nb"), ("text", "\ud800"), ("text", 5),
        ("account", "a b"), ("account", ""), ("account", "acc_1"), ("account", "a::b"),
        ("asset", "eur"), ("asset", ""),
        ("boolean", 1), ("boolean", "yes"), ("boolean", "True"), ("boolean", []),
        ("date", "2026-02-29"), ("date", "20261120"), ("date", "2026-W01-1"),
    ],
    ids=lambda each: repr(each)[:40],
)  # fmt: skip
def test_what_the_type_does_not_take_is_refused(kind: str, argument: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(kind, argument)


@pytest.mark.parametrize(
    ("kind", "bounds", "inside", "outside"),
    [
        ("amount", {"min": "10", "max": "20"}, ["10", "20"], ["9", "21"]),
        ("integer", {"min": "-2", "max": "2"}, ["-2", "2"], ["-3", "3"]),
        ("rate", {"min": "0", "max": "8.1%"}, ["0.081", "810bp", "0"], ["0.0811", "-0.1"]),
        ("date", {"min": "2026-01-01"}, ["2026-01-01"], ["2025-12-31"]),
        ("text", {"one_of": ["red", "blue"]}, ["red"], ["green"]),
    ],
)
def test_bounds_are_inclusive(
    kind: str, bounds: dict[str, Any], inside: list[str], outside: list[str]
) -> None:
    for each in inside:
        read(kind, each, **bounds)
    for each in outside:
        with pytest.raises(ValueError, match="it is"):
            read(kind, each, **bounds)


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        ("integer", {"asset": "EUR"}),
        ("text", {"min": "1"}),
        ("integer", {"one_of": ["1"]}),
        ("integer", {"min": "2", "max": "1"}),
        ("amount", {"min": "-1"}),
        ("amount", {"min": "10", "default": "9"}),
        ("boolean", {"default": "perhaps"}),
        ("text", {"one_of": ["a"], "default": "b"}),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    kind: str, declared: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(kind, "0", **declared)


def test_an_amount_needs_its_asset() -> None:
    with pytest.raises(ValueError, match="needs `asset`"):
        reading_of(Parameter(type=ParameterType.AMOUNT))
