"""Rendering: what arguments make of a template, and the refusals that only arguments can bring."""

from typing import Any

import pytest

from partita.kernel.moment import Moment
from partita.modules.templates.errors import (
    TEMPLATE_MEANINGS,
    TemplateArgumentInvalid,
    TemplateCode,
    TemplateRenderFailed,
)
from partita.modules.templates.template import Extras
from tests.unit.modules.templates.schemes import FIGURES, compiled, moved

BOTH = {"debit": "cash", "credit": "sales", "amount": "price"}


def split(*parts: dict[str, Any], amount: str = "price", **rest: Any) -> dict[str, Any]:
    """An item whose credit side is split, accounts named a, b, c and so on."""
    named = [{"account": "abcdefgh"[n]} | part for n, part in enumerate(parts)]
    return {"debit": "cash", "credit": named, "amount": amount, **rest}


@pytest.mark.parametrize(
    ("price", "parts", "given"),
    [
        ("100", [{"share": "1"}] * 3, [34, 33, 33]),
        ("100", [{"share": "1/3"}] * 3, [34, 33, 33]),
        ("100", [{"share": "1/3"}, {"share": "1/3"}, {"rest": True}], [33, 33, 34]),
        ("100", [{"rest": True}, {"share": "1/3"}, {"share": "1/3"}], [34, 33, 33]),
        ("101", [{"share": "rate"}, {"share": "1 - rate"}], [10, 91]),
        ("105", [{"share": "rate"}, {"share": "1 - rate"}], [11, 94]),
        ("100", [{"share": "1"}, {"share": "count"}], [25, 75]),
        ("100", [{"amount": "other"}, {"share": "50%"}, {"share": "50%"}], [10, 45, 45]),
        ("100", [{"amount": "half_up(price*12.5%)"}, {"rest": True}], [13, 87]),
        ("9" * 38, [{"share": "1/3"}, {"rest": True}], [int("3" * 38), int("6" * 38)]),
    ],
)
def test_a_split_gives_out_every_unit(
    price: str, parts: list[dict[str, Any]], given: list[int]
) -> None:
    rendered = moved(compiled(split(*parts)), price=price)
    assert [amount for _, side, amount, _ in rendered if side == "credit"] == given
    assert sum(given) == int(price)


@pytest.mark.parametrize(
    ("function", "figures"),
    [
        ("floor", [0, 0, 0, 1, 1, 1]),
        ("ceiling", [1, 1, 1, 2, 2, 2]),
        ("half_even", [0, 0, 1, 1, 2, 2]),
        ("half_up", [0, 1, 1, 1, 2, 2]),
    ],
)
def test_roundings_do_what_their_names_say(function: str, figures: list[int]) -> None:
    template = compiled(
        BOTH | {"amount": f"price + {function}(other / 4)"}, let={"unused": "price / 3"}
    )
    # 1/4, 2/4, 3/4, 5/4, 6/4, 7/4
    found = [
        moved(template, price="10", other=other)[0][2] - 10
        for other in ("1", "2", "3", "5", "6", "7")
    ]
    assert found == figures


def test_half_up_goes_away_from_zero_and_half_even_to_the_even_digit_below_zero_too() -> None:
    template = compiled(BOTH | {"amount": "price + half_up(-other / 2)"})
    assert moved(template, price="10", other="3")[0][2] == 8
    template = compiled(BOTH | {"amount": "price + half_even(-other / 2)"})
    assert [moved(template, price="10", other=o)[0][2] for o in ("1", "3", "5")] == [10, 8, 8]


def test_names_fill_accounts_assets_and_texts() -> None:
    template = compiled(
        {"debit": "{wallet}", "credit": "c:{who}:{asset}:{count}:{day}", "amount": "count",
         "asset": "{asset}"},
        external_id="{day}/{who}", type="test",
        metadata={"rate": "{rate}", "flag": "is {flag}", "cut": "{cut}"},
        let={"cut": "floor(price * rate)"},
    )  # fmt: skip
    command = template.render(FIGURES | {"count": 5})
    assert moved(template, count="5") == [
        ("wallets:main", "debit", 5, "JPY"),
        ("c:anna:JPY:5:2026-11-20", "credit", 5, "JPY"),
    ]
    assert command.external_id == "2026-11-20/anna"
    assert command.metadata == {"rate": "0.10", "flag": "is true", "cut": "100"}


def test_conditions_choose_lines() -> None:
    template = compiled(BOTH, {"debit": "x", "credit": "y", "amount": "other", "when": "flag"})
    assert len(moved(template)) == 4
    assert len(moved(template, flag="false")) == 2


def test_a_version_is_pinned_in_the_metadata() -> None:
    template = compiled(BOTH, metadata={"a": "b"})
    template.version = 3
    extras = Extras(external_id="o-1", effective_at=Moment(5), metadata={"c": "d"})
    command = template.render(FIGURES, extras)
    assert command.metadata == {
        "a": "b", "c": "d", "template": "sample", "template_version": "3",
    }  # fmt: skip
    assert (command.external_id, command.effective_at) == ("o-1", 5)


def test_extras_never_say_what_the_template_says() -> None:
    template = compiled(BOTH, metadata={"a": "b"}, external_id="{who}")
    extras = Extras(external_id="o-1", metadata={"a": "x", "template_version": "9"})
    with pytest.raises(TemplateArgumentInvalid) as caught:
        template.render(FIGURES, extras)
    pointers = [finding.pointer for finding in caught.value.findings]
    assert pointers == ["/metadata/a", "/metadata/template_version", "/external_id"]


def test_all_wrong_arguments_are_told_at_once() -> None:
    with pytest.raises(TemplateArgumentInvalid) as caught:
        compiled(BOTH).render({"price": 5, "other": "1", "tip": "1", "flag": "yes"})
    pointers = [finding.pointer for finding in caught.value.findings]
    assert sorted(pointers) == [
        "/arguments/dollars", "/arguments/flag", "/arguments/price", "/arguments/tip",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("postings", "arguments", "pointer", "words"),
    [
        ([BOTH], {"price": "0"}, "/postings/0/amount", "is 0"),
        ([BOTH | {"amount": "price - other"}], {"price": "1", "other": "2"}, "/postings/0/amount",
         "below 0"),
        ([BOTH | {"amount": "price * count"}], {"price": "9" * 38}, "/postings/0/amount",
         "38 digits"),
        ([BOTH | {"amount": "floor(price / count)"}], {"count": "0"}, "/postings/0",
         "divides by 0"),
        ([BOTH | {"skip_if_zero": True}], {"price": "0"}, "/postings", "no postings are left"),
        ([BOTH | {"debit": "x:{who}"}], {"who": "a:b"}, "/postings/0/debit", "has a ':'"),
        ([BOTH | {"debit": "x:{who}"}], {"who": "a b"}, "/postings/0/debit", "not an account path"),
        ([BOTH | {"when": "broken"}], {}, "/postings/0/when", "integer overflow"),
        ([split({"share": "1"}, {"share": "1"})], {"price": "1"}, "/postings/0/credit/1",
         "this part is 0"),
        ([split({"amount": "other"}, {"rest": True})], {"price": "9"}, "/postings/0/credit",
         "more than the whole"),
        ([split({"amount": "other - 50"}, {"rest": True})], {}, "/postings/0/credit/0", "below 0"),
        ([split({"share": "rate"}, {"rest": True})], {"rate": "101%"}, "/postings/0/credit",
         "more than 1"),
        ([split({"share": "rate"}, {"rest": True})], {"rate": "-1%"}, "/postings/0/credit",
         "less than 0"),
        ([split({"share": "rate"}, {"share": "50%"})], {}, "/postings/0/credit",
         "add up to 3/5, not 1"),
        ([split({"share": "count"})], {"count": "0"}, "/postings/0/credit", "all shares are 0"),
    ],
)  # fmt: skip
def test_arguments_that_lead_to_no_transaction_are_refused(
    postings: list[dict[str, Any]], arguments: dict[str, str], pointer: str, words: str
) -> None:
    template = compiled(*postings)
    with pytest.raises(TemplateRenderFailed) as caught:
        template.render(FIGURES | arguments)
    [finding] = caught.value.findings
    assert finding.pointer == pointer
    assert words in finding.detail


def test_a_definition_that_fails_is_named() -> None:
    template = compiled(BOTH, let={"each": "floor(price / count)"})
    with pytest.raises(TemplateRenderFailed, match="/let/each: this divides by 0"):
        template.render(FIGURES | {"count": "0"})


def test_texts_that_grow_too_long_are_refused() -> None:
    template = compiled(BOTH, metadata={"twice": "{who}{who}"}, external_id="{who}")
    with pytest.raises(TemplateRenderFailed, match="500 characters"):
        template.render(FIGURES | {"who": "x" * 251})
    template = compiled(BOTH, external_id="{who}")
    with pytest.raises(TemplateRenderFailed, match="external_id"):
        template.render(FIGURES | {"who": "x" * 256})


def test_every_code_has_a_cause_and_a_mend() -> None:
    assert set(TEMPLATE_MEANINGS) == set(TemplateCode)
