"""What is refused when a template is saved, at which place, and that all of it is told at once."""

from typing import Any

import pytest

from partita.modules.templates.document import RESERVED, canonical, from_canonical, read_document
from partita.modules.templates.errors import TemplateInvalid
from tests.unit.modules.templates.schemes import PARAMETERS, compiled, findings, scheme

BOTH = {"debit": "cash", "credit": "sales", "amount": "price"}


@pytest.mark.parametrize(
    "postings",
    [
        [{"debit": "cash", "amount": "price"}, {"credit": "sales", "amount": "price"}],
        [{"debit": "cash", "amount": "price"}, {"credit": "a", "amount": "price - cut"},
         {"credit": "b", "amount": "cut"}],
        [{"debit": "cash", "amount": "2 * price"}, {"credit": "a", "amount": "price + cut"},
         {"credit": "b", "amount": "price - cut"}],
        [{"debit": "cash", "amount": "(price + other) * count"},
         {"credit": "a", "amount": "count * price"}, {"credit": "b", "amount": "other * count"}],
        [{"debit": "cash", "amount": "floor(rate * price + other)"},
         {"credit": "a", "amount": "floor(other + price * rate)"}],
        [{"debit": "cash", "amount": "half_up(price / count)"},
         {"credit": "a", "amount": "half_up(price * (1 / count))"}],
        [{"debit": "cash", "amount": "max(price, other)"},
         {"credit": "a", "amount": "max(price, other)"}],
        [{"debit": "cash", "amount": "price"}, {"credit": "a", "amount": "floor(price)"}],
        [{"debit": "a", "amount": "price", "when": "flag"},
         {"credit": "b", "amount": "price", "when": "flag"}],
        [{"debit": [{"account": "a", "share": "1/2"}, {"account": "b", "rest": True}],
          "amount": "price"}, {"credit": "c", "amount": "price"}],
        [{"debit": "a", "amount": "yen"}, {"credit": "b", "amount": "yen"}],
    ],
)  # fmt: skip
def test_single_sides_that_must_cancel_out_are_accepted(postings: list[dict[str, Any]]) -> None:
    definitions = {
        "cut": "half_even(price * rate)",
        "yen": {"amount": "ceiling(price * 1.5)", "asset": "{asset}"},
    }
    compiled(*postings, let=definitions)


@pytest.mark.parametrize(
    "postings",
    [
        [{"debit": "cash", "amount": "price"}],
        [{"debit": "cash", "amount": "price"}, {"debit": "bank", "amount": "price"}],
        [{"debit": "cash", "amount": "price"}, {"credit": "a", "amount": "other"}],
        [{"debit": "cash", "amount": "price"}, {"credit": "a", "amount": "price - 1"}],
        [{"debit": "cash", "amount": "price"}, {"credit": "a", "amount": "floor(price * 90%)"},
         {"credit": "b", "amount": "floor(price * 10%)"}],
        [{"debit": "cash", "amount": "floor(price * rate)"},
         {"credit": "a", "amount": "ceiling(price * rate)"}],
        [{"debit": "cash", "amount": "half_up(price * rate)"},
         {"credit": "a", "amount": "half_even(price * rate)"}],
        [{"debit": "cash", "amount": "max(price, other)"},
         {"credit": "a", "amount": "min(price, other)"}],
        [{"debit": "a", "amount": "price", "when": "flag"}, {"credit": "b", "amount": "price"}],
        [{"debit": "cash", "amount": "price"}, {"credit": "a", "amount": "dollars"}],
        [{"debit": "cash", "amount": "5", "asset": "EUR"},
         {"credit": "a", "amount": "5", "asset": "USD"}],
        [{"debit": "cash", "amount": "5", "asset": "{asset}"},
         {"credit": "a", "amount": "5", "asset": "JPY"}],
        [BOTH, {"debit": "x", "amount": "other"}],
    ],
)  # fmt: skip
def test_single_sides_that_could_differ_are_refused(postings: list[dict[str, Any]]) -> None:
    assert any("nothing proves that debits equal credits" in f.detail for f in findings(*postings))


def test_a_refusal_names_the_legs_and_the_difference() -> None:
    [finding] = findings(
        {"debit": "cash", "amount": "price"},
        {"credit": "a", "amount": "price - floor(price * rate)"},
        {"credit": "b", "amount": "half_up(price * rate)"},
    )
    assert finding.pointer == "/postings/2"
    for word in ("/postings/0 debits cash with price", "/postings/1 credits a", "/postings/2"):
        assert word in finding.detail
    assert "floor(price × rate) - half_up(price × rate)" in finding.detail


@pytest.mark.parametrize(
    ("posting", "pointer", "words"),
    [
        ({"amount": "price"}, "/postings/0", "whom to debit"),
        (BOTH | {"amount": "price * rate"}, "/postings/0", "may have a fraction"),
        (BOTH | {"amount": "price / 2"}, "/postings/0", "may have a fraction"),
        (BOTH | {"amount": "price + dollars"}, "/postings/0", "cannot be added"),
        (BOTH | {"amount": "price * other"}, "/postings/0", "cannot be multiplied"),
        (BOTH | {"amount": "floor(1 / price)"}, "/postings/0", "cannot be divided"),
        (BOTH | {"amount": "price + count"}, "/postings/0", "cannot be added"),
        (BOTH | {"amount": "prise"}, "/postings/0", "no amount, integer, rate or definition"),
        (BOTH | {"amount": "who"}, "/postings/0", "no amount, integer, rate or definition"),
        (BOTH | {"amount": "5"}, "/postings/0", "say its `asset`"),
        (BOTH | {"amount": "count"}, "/postings/0", "say its `asset`"),
        (BOTH | {"asset": "USD"}, "/postings/0", "not of USD"),
        (BOTH | {"asset": "{who}", "amount": "5"}, "/postings/0", "of that type"),
        (BOTH | {"asset": "x{asset}", "amount": "5"}, "/postings/0", "not an asset code"),
        (BOTH | {"debit": "sales"}, "/postings/0/credit", "on the other side already"),
        (BOTH | {"debit": "a b"}, "/postings/0/debit", "not an account path"),
        (BOTH | {"debit": "x:{nobody}"}, "/postings/0/debit", "no parameter or definition"),
        (BOTH | {"debit": "x:{flag}"}, "/postings/0/debit", "cannot stand in an account's path"),
        (BOTH | {"debit": "x:{who"}, "/postings/0/debit", "brace"),
        (BOTH | {"debit": "acc_{who}"}, "/postings/0/debit", "not an account path"),
        (BOTH | {"when": "count"}, "/postings/0", "no boolean"),
        (BOTH | {"when": "dyn(flag)"}, "/postings/0", "dyn"),
        (BOTH | {"credit": [{"account": "a"}]}, "/postings/0/credit/0", "either an `amount`"),
        (BOTH | {"credit": [{"account": "a", "share": "1", "rest": True}]},
         "/postings/0/credit/0", "either an `amount`"),
        (BOTH | {"credit": [{"account": "a", "amount": "other"}]}, "/postings/0/credit",
         "must take what is left"),
        (BOTH | {"credit": [{"account": "a", "rest": True}, {"account": "b", "rest": True}]},
         "/postings/0/credit", "must take what is left"),
        (BOTH | {"credit": [{"account": "a", "share": "60%"}, {"account": "b", "share": "30%"}]},
         "/postings/0/credit", "add up to 9/10, not 1"),
        (BOTH | {"credit": [{"account": "a", "share": "2/3"}, {"account": "b", "share": "2/3"},
                            {"account": "c", "rest": True}]}, "/postings/0/credit", "no rest"),
        (BOTH | {"credit": [{"account": "a", "share": "-1"}, {"account": "b", "share": "2"}]},
         "/postings/0/credit", "less than 0"),
        (BOTH | {"credit": [{"account": "a", "share": "0"}]}, "/postings/0/credit", "are 0"),
        (BOTH | {"credit": [{"account": "a", "share": "price"}]}, "/postings/0/credit/0",
         "a share is a number"),
        (BOTH | {"credit": [{"account": "a", "amount": "dollars"}, {"account": "b", "rest": True}]},
         "/postings/0/credit/0", "not of EUR"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_where_it_stands(
    posting: dict[str, Any], pointer: str, words: str
) -> None:
    found = findings(posting)
    assert any(f.pointer == pointer and words in f.detail for f in found), found


@pytest.mark.parametrize(
    ("rest", "pointer", "words"),
    [
        ({"let": {"a": "b", "b": "a"}}, "/let", "in a ring: a, b"),
        ({"let": {"price": "other"}}, "/let/price", "a parameter already"),
        ({"let": {"floor": "price"}}, "/let/floor", "a word of the language"),
        ({"let": {"A": "price"}}, "/let/A", "1 to 40 of a-z"),
        ({"let": {"a": "price / 0"}}, "/let/a", "divides by 0"),
        ({"let": {"a": {"amount": "price", "asset": "{who}"}}}, "/let/a", "not of the type asset"),
        ({"metadata": {"template": "x"}}, "/metadata/template", "written by Partita itself"),
        ({"metadata": {"a": "{nobody}"}}, "/metadata/a", "no parameter or definition"),
        ({"metadata": {"a": "{half}"}, "let": {"half": "price / 2"}}, "/metadata/a", "exact text"),
        ({"metadata": {"a[b]": "x"}}, "/metadata/a[b]", "without '['"),
        ({"external_id": "o-{nobody}"}, "/external_id", "no parameter or definition"),
        ({"type": "Card Payment"}, "/type", "regex"),
        ({"unknown": 1}, "/unknown", "no field"),
        ({"name": "Bad Name"}, "/name", "not a template's name"),
        ({"postings": []}, "/postings", "length"),
    ],
)
def test_what_is_wrong_around_the_postings_is_refused(
    rest: dict[str, Any], pointer: str, words: str
) -> None:
    with pytest.raises(TemplateInvalid) as caught:
        compiled(**({"postings": [BOTH]} | rest)) if "postings" in rest else compiled(BOTH, **rest)
    assert any(f.pointer == pointer and words in f.detail for f in caught.value.findings), (
        caught.value.findings
    )


def test_everything_wrong_with_the_postings_is_told_at_once() -> None:
    found = findings(BOTH | {"amount": "nothing"}, BOTH | {"debit": "a b"}, {"amount": "price"})
    assert [f.pointer for f in found] == ["/postings/0", "/postings/1/debit", "/postings/2"]


def test_every_reserved_word_is_refused_as_a_name() -> None:
    for word in RESERVED:
        parameters = PARAMETERS | {word: {"type": "text"}}
        assert findings(BOTH, parameters=parameters)[0].pointer == f"/parameters/{word}"


def test_a_document_is_written_the_same_whatever_the_order() -> None:
    one = scheme(BOTH, description="", let={"b": "a", "a": "price"})
    two = {"postings": [dict(reversed(BOTH.items()))], "let": {"a": "price", "b": "a"},
           "parameters": dict(reversed(PARAMETERS.items())), "name": "sample"}  # fmt: skip
    text = canonical(read_document(one))
    assert text == canonical(read_document(two))
    assert canonical(from_canonical(text)) == text
