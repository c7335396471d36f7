"""Documents that mean harm: deep, huge, exploding or lying ones are refused, and quickly."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from partita.adapters.formats.template_file import read_template_file
from partita.modules.templates.compiling import compile_template
from partita.modules.templates.document import read_document
from partita.modules.templates.errors import TemplateInvalid, TemplateRenderFailed
from tests.unit.modules.templates.schemes import FIGURES, PARAMETERS, BareNames, scheme

BOTH = {"debit": "cash", "credit": "sales", "amount": "price"}


@contextmanager
def quickly(seconds: float = 3.0) -> Iterator[None]:
    """Fail if the inside takes long; generous, since machines are shared."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


def refused(document: Any) -> str:
    """The first thing wrong with a document, found quickly."""
    with quickly(), pytest.raises(TemplateInvalid) as caught:
        compile_template(read_document(document), BareNames())
    return str(caught.value)


def chain(first: str, link: str, count: int = 50) -> dict[str, str]:
    """Definitions of which each is made of the last one, twice."""
    made = {"x0": first}
    for n in range(1, count):
        made[f"x{n}"] = link.format(f"x{n - 1}")
    return made


def test_nesting_without_end() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "nests deeper" in refused(scheme(BOTH) | {"description": deep})
    assert "nests at most" in refused(scheme(BOTH | {"amount": "(" * 249 + "price" + ")" * 10}))


def test_sizes() -> None:
    assert "length" in refused(scheme(*[BOTH] * 101))
    assert "length" in refused(scheme(BOTH, let={f"x{n}": "price" for n in range(51)}))
    wide = [{"account": f"a{n}", "share": "1"} for n in range(100)]
    items = [BOTH | {"debit": f"c{n}", "credit": wide} for n in range(11)]
    assert "at most 1000 postings" in refused(scheme(*items))
    long = [BOTH | {"description": "x" * 500, "debit": f"c{n}" + "x" * 60} for n in range(100)]
    parts = {f"k{n}": "y" * 500 for n in range(48)}
    assert "at most 65536 bytes" in refused(scheme(*long, metadata=parts))
    assert "many" not in refused({"name": "n" * 100_000, "postings": [BOTH]})


@pytest.mark.parametrize(
    "link",
    [
        "({0} + {0}) * 99999999999999999999999999999999999999",
        "({0} * rate + {0} * count) * (1 + rate + count)",
        "({0} * (count + rate + 1)) / (count + {0} / price)",
    ],
)
def test_products_that_explode_are_too_complicated(link: str) -> None:
    message = refused(scheme(BOTH, let=chain("price * (1 + rate)", link)))
    assert "more arithmetic than can be proved" in message


def test_roundings_within_roundings_stay_small() -> None:
    link = "floor({0} * rate) + ceiling({0} * rate) + half_up({0} / 3)"
    document = scheme(
        {"debit": "a", "amount": "x49"}, {"credit": "b", "amount": "x49 + 1"},
        let=chain("price", link),
    )  # fmt: skip
    assert len(refused(document)) < 2_000


def test_much_work_in_many_places_is_cut_short() -> None:
    wide = "(price + other) * (1 + rate) * (1 + count) * (2 + rate) * (3 + count)"
    products = " + ".join(["w * (1 + rate) * (1 + count)"] * 11)
    items = [
        {"debit" if n % 2 else "credit": f"a{n}", "amount": f"floor({products})"}
        for n in range(100)
    ]
    assert "more arithmetic" in refused(scheme(*items, let={"w": wide}))


def test_figures_that_explode_when_rendered_are_refused() -> None:
    link = "floor({0} * count * count * count * count * count * count / 3)"
    document = scheme(BOTH, let=chain("price", link))
    template = compile_template(read_document(document), BareNames())
    with quickly(), pytest.raises(TemplateRenderFailed, match="more than 400 digits"):
        template.render(FIGURES | {"count": "9" * 18})


def test_names_that_are_none() -> None:
    for name in ("__class__", "a" * 41, "ä", "", "a.b", "true", "a\n"):
        parameters = PARAMETERS | {name: {"type": "text"}}
        assert "/parameters/" in refused(scheme(BOTH, parameters=parameters))
    for name in ("../etc", "a/b", "", "A", "a\n", "-a", "ä"):
        assert "/name" in refused(scheme(BOTH) | {"name": name})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "an alias"),
        ("a: 1\na: 2", "stands twice"),
        ("? [a]\n: 1", "must be a text"),
        ("[" * 20_000, "not plain YAML"),
        ("name: x\npostings: !!python/object/apply:os.system [id]", "/postings"),
        ("x: 1\n" * 100_000, "too large"),
        ("- 1", "Expected `object`"),
        ("", "Expected `object`"),
    ],
    ids=["alias", "twice", "key", "deep", "tag", "large", "list", "empty"],
)
def test_yaml_that_could_surprise_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(text)
    with quickly(), pytest.raises(TemplateInvalid) as caught:
        read_template_file(file)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "{", "[" * 100_000, "NaN"])
def test_json_that_could_surprise_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.json"
    file.write_text(text)
    with quickly(), pytest.raises(TemplateInvalid):
        read_template_file(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateInvalid, match="cannot be read"):
        read_template_file(tmp_path / "none.yaml")
