"""Reading JSON: the fast way refuses exactly what the slow and plain way refuses."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partita.surfaces.http.json_input import nearest, parse
from partita.surfaces.http.refusal import Refusal

texts = st.text(max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(texts, inner), max_size=4),
    max_leaves=12,
)


def written(value: Any, *, escapes: bool, spaces: bool) -> str:
    """JSON in which lists of pairs are objects, keys said twice included."""
    if isinstance(value, list):
        inner = [written(item, escapes=escapes, spaces=spaces) for item in value]
        if value and all(isinstance(item, tuple) for item in value):
            return "{" + ("\n, " if spaces else ",").join(inner) + "}"
        return "[" + ", ".join(inner) + "]"
    if isinstance(value, tuple):
        name, item = value
        colon = " :\t" if spaces else ":"
        return (json.dumps(name, ensure_ascii=escapes) + colon
                + written(item, escapes=escapes, spaces=spaces))  # fmt: skip
    return json.dumps(value, ensure_ascii=escapes)


def plainly(text: str) -> Any:
    """The plain way: look at each object, and at each text."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key twice")
        return found

    value = json.loads(text, object_pairs_hook=members)
    if "\0" in str(value).replace("\\x00", "\0"):
        raise ValueError("NUL")
    json.dumps(value, ensure_ascii=False).encode()  # lone surrogates raise
    return value


@given(values, st.booleans(), st.booleans())
@example([("a", 1), ("a", 1)], False, False)
@example([("a", [("b", 1), ("b", 2)])], False, True)
@example([("a", "\0")], True, False)
@example([("é", 1), ("e\u0301", 1)], True, False)
def test_the_fast_way_agrees_with_the_plain_one(value: Any, escapes: bool, spaces: bool) -> None:
    text = written(value, escapes=escapes, spaces=spaces)
    try:
        data, expected = text.encode(), plainly(text)
    except (ValueError, UnicodeEncodeError):
        with pytest.raises(Refusal):
            parse(text.encode("utf-8", "surrogatepass"))
    else:
        assert parse(data) == expected


@pytest.mark.parametrize("text", ['"\\\\u0000"', '{"a\\\\u0000":1}'])
def test_a_backslash_before_u0000_is_no_nul(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = parse(data)
    except Refusal:
        return
    assert found == json.loads(data)


def test_the_nearest_name_is_offered() -> None:
    assert nearest("amout", ["amount", "asset"]) == "; did you mean 'amount'"
    assert nearest("zzz", ["amount", "asset"]) == "; known are amount, asset"
    assert nearest("zzz", []) == ""
