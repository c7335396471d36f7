"""What makes a chart, what does not, and that every mistake is told at its exact place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import AccountType, Constraints, Side
from partita.modules.chart.chart import read_chart
from partita.modules.chart.document import canonical, from_canonical, read_document
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.roles import AccountClass
from tests.unit.modules.chart.charts import CUSTOMER, FEE, chart, document, findings, places

WALLET = "customers:{customer}:wallets:{wallet}:{asset}"


def test_a_pattern_has_its_variables_type_class_and_usual_side() -> None:
    [pattern] = chart({WALLET: CUSTOMER}).patterns
    assert pattern.path == WALLET
    assert pattern.variables == ("customer", "wallet", "asset")
    assert pattern.type is AccountType.LIABILITY
    assert pattern.account_class is AccountClass.CUSTOMER
    assert pattern.normal_side is Side.CREDIT
    assert not pattern.opens


def test_what_a_branch_says_goes_down_to_its_accounts() -> None:
    tree = {
        "customers:{customer}": {
            **CUSTOMER,
            "opens": True,
            "constraints": {"min_available": "0"},
            "accounts": {
                "wallets": {"accounts": {"{wallet}:{asset}": {}}},
                "escrow:{asset}": {"class": "escrow", "constraints": {}, "opens": False},
            },
        }
    }
    wallet, escrow = chart(tree).patterns
    assert wallet.path == WALLET
    assert wallet.opens
    assert wallet.constraints == Constraints(min_available=0)
    assert escrow.account_class is AccountClass.ESCROW
    assert not escrow.opens
    assert not escrow.constraints.is_set


def test_another_type_has_its_own_usual_side_below_an_unusual_one() -> None:
    tree = {
        "a": {
            **CUSTOMER,
            "normal_side": "debit",
            "accounts": {"b:{asset}": {}, "c:{asset}": {"type": "income", "class": "fee"}},
        }
    }
    unusual, usual = chart(tree).patterns
    assert unusual.normal_side is Side.DEBIT
    assert usual.normal_side is Side.CREDIT


def test_limits_are_whole_minor_units_of_any_size() -> None:
    limits = {"min_posted": "-" + "9" * 38, "max_available": "7", "overdraft": "10"}
    [pattern] = chart({"a:{asset}": {**CUSTOMER, "constraints": limits}}).patterns
    assert pattern.constraints == Constraints(min_posted=1 - 10**38, max_available=7, overdraft=10)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([], ""),
        ({"accounts": {"a": CUSTOMER}}, ""),
        ({"name": "Small", "accounts": {"a": CUSTOMER}}, "/name"),
        ({"name": "small"}, "/accounts"),
        ({"name": "small", "accounts": []}, "/accounts"),
        ({"name": "small", "accounts": {}}, "/accounts"),
        ({"name": "small", "colour": "red", "accounts": {"a": CUSTOMER}}, "/colour"),
        (document(a={**CUSTOMER, "tpye": "x"}), "/accounts/a/tpye"),
        (document(a={**CUSTOMER, "type": "money"}), "/accounts/a/type"),
        (document(a={**CUSTOMER, "class": "pets"}), "/accounts/a/class"),
        (document(a={**CUSTOMER, "opens": "maybe"}), "/accounts/a/opens"),
        (document(a={**CUSTOMER, "constraints": {"min_available": 0}}),
         "/accounts/a/constraints/min_available"),
        (document(a={**CUSTOMER, "constraints": {"min_available": "1.5"}}),
         "/accounts/a/constraints/min_available"),
        (document(a={**CUSTOMER, "constraints": {"floor": "0"}}), "/accounts/a/constraints/floor"),
        (document(a={**CUSTOMER, "constraints": {"overdraft": "-1"}}),
         "/accounts/a/constraints/overdraft"),
        (document(a={**CUSTOMER, "accounts": {"{b}": {"accounts": {"c/d": {}}}}}),
         "/accounts/a/accounts/{b}/accounts/c~1d"),
        (document(a={**CUSTOMER, "accounts": {"{b}": {"accounts": {"c": []}}}}),
         "/accounts/a/accounts/{b}/accounts/c"),
        (document(a={"type": "asset"}), "/accounts/a"),
        (document(a={"class": "custody"}), "/accounts/a"),
        (document(a={**CUSTOMER, "asset": "eur"}), "/accounts/a/asset"),
        (document(a={**CUSTOMER, "accounts": {"{asset}": {"asset": "EUR"}}}),
         "/accounts/a/accounts/{asset}/asset"),
        (document(a={**CUSTOMER, "opens": True}), "/accounts/a"),
        (document(a={**CUSTOMER, "accounts": {"{b}:{b}": {}}}), "/accounts/a/accounts/{b}:{b}"),
        ({"name": "small", "accounts": {"{customer}:{asset}": CUSTOMER}},
         "/accounts/{customer}:{asset}"),
        (document(acc_a=CUSTOMER), "/accounts/acc_a"),
        (document(a={**CUSTOMER, "accounts": {":".join("abcdefghijkl"): {}}}),
         "/accounts/a/accounts/a:b:c:d:e:f:g:h:i:j:k:l"),
        (document(a={**CUSTOMER, "asset": "EUR", "role": "pets"}), "/accounts/a/role"),
        (document(a={**CUSTOMER, "role": "treasury"}), "/accounts/a/role"),
        (document(a={**CUSTOMER, "role": "treasury", "accounts": {"{asset}": {}}}),
         "/accounts/a/role"),
        (document(a={**CUSTOMER, "accounts": {"{dog}:{asset}": {"role": "treasury"}}}),
         "/accounts/a/accounts/{dog}:{asset}/role"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(value: Any, place: str) -> None:
    assert places(value) == [place]


@pytest.mark.parametrize("key", ["", ":", "a:", "a b", "{a", "a}", "{}", "{A}", "a{b}", "ä", "a\n"])
def test_what_is_no_segment_is_refused(key: str) -> None:
    [(place, detail)] = findings(document(root={**CUSTOMER, "accounts": {key: {}}}))
    assert place == f"/accounts/root/accounts/{key}"
    assert "segment" in detail


def test_all_mistakes_are_told_at_once() -> None:
    value = document(a={"type": "asset"}, b={"class": "fee"}, c={**FEE, "asset": "x"})
    assert places(value) == ["/accounts/a", "/accounts/b", "/accounts/c/asset"]
    value = document(a={"type": "money"}, b={"colour": "red"})
    assert places(value) == ["/accounts/a/type", "/accounts/b/colour"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a:{x}", "a:{y}"),
        ("a:{x}", "a:b"),
        ("a:{x}", "a:{asset}"),
        ("a:{asset}", "a:EUR"),
        ("a:{x}:c", "a:b:{y}"),
    ],
)
def test_two_patterns_of_one_path_are_ambiguous(one: str, other: str) -> None:
    [(place, detail)] = findings(document(**{one: CUSTOMER, other: FEE}))
    assert place == f"/accounts/{other}"
    assert one in detail
    assert other in detail


@pytest.mark.parametrize(
    ("one", "other"),
    [("a:{x}", "b:{x}"), ("a:{x}", "a:{x}:b"), ("a:{x}:b", "a:{x}:c"), ("a:{asset}", "a:eur")],
)
def test_two_patterns_that_no_path_matches_both_stand_side_by_side(one: str, other: str) -> None:
    assert len(chart({one: CUSTOMER, other: FEE}).patterns) == 2


def test_a_role_stands_once_for_the_same_variables() -> None:
    twice = document(
        **{"a:{kind}:{asset}": {**FEE, "role": "fees"}, "b:{asset}:{kind}": {**FEE, "role": "fees"}}
    )
    [(place, detail)] = findings(twice)
    assert place == "/accounts/b:{asset}:{kind}/role"
    assert "a:{kind}:{asset}" in detail
    assert places(document(**{"a:{asset}": {**FEE, "role": ["fees", "fees"]}})) == [
        "/accounts/a:{asset}/role"
    ]


def test_a_role_stands_again_for_other_variables_or_an_asset_by_name() -> None:
    several = {
        "a:{kind}:{asset}": {**FEE, "role": "fees"},
        "b:{asset}": {**FEE, "role": "fees"},
        "c:euro": {**FEE, "role": "fees", "asset": "EUR"},
    }
    assert len(chart(several).patterns) == 3


def test_what_nests_too_deep_or_is_too_much_is_refused() -> None:
    value: dict[str, Any] = dict(CUSTOMER)
    for _ in range(1_000):
        value = {"accounts": {"a": value}}
    assert places({"name": "small", **value}) == [""]
    many = {f"a{number}": CUSTOMER for number in range(501)}
    assert places(document(**many)) == ["/accounts"]
    wordy = {f"a{number}": {**CUSTOMER, "description": "x" * 500} for number in range(80)}
    assert places(document(**wordy)) == [""]


def test_texts_of_yaml_are_read_as_what_they_say() -> None:
    value = document(a={**CUSTOMER, "asset": "EUR", "opens": "true"})
    [pattern] = read_chart(value, are_texts=True).patterns
    assert pattern.opens
    assert findings(value)[0][0] == "/accounts/a/opens"


_WORDS = st.sampled_from(
    ["name", "accounts", "type", "asset", "class", "role", "opens", "constraints", "a", "a:{b}",
     "{b}", "{asset}", "min_available", "liability", "customer", "0", "true", "treasury", "\0", ":"]
)  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=5),
    max_leaves=20,
)


@given(_VALUES, _VALUES, st.booleans())
def test_any_value_is_a_chart_or_is_told_where_it_is_none(
    value: Any, tree: Any, are_texts: bool
) -> None:
    for each in (value, {"name": "a", "accounts": tree}):
        pointers: list[str] = []
        try:
            document = read_chart(each, are_texts=are_texts).document
            assert from_canonical(canonical(document)) == document
        except ChartInvalid as error:
            pointers = [finding.pointer for finding in error.findings]
        assert all(pointer == "" or pointer.startswith("/") for pointer in pointers)


def test_a_document_comes_back_as_it_was_from_its_canonical_form() -> None:
    value = document(a={**CUSTOMER, "accounts": {"{asset}": {"role": "treasury", "opens": True}}})
    written = canonical(read_document(value))
    assert from_canonical(written) == read_document(value)
    assert canonical(from_canonical(written)) == written
    shuffled = {"accounts": value["accounts"], "name": "small", "strict": False}
    assert canonical(read_document(shuffled)) == written
