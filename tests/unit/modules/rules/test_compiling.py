"""Documents of rules: what is none is refused, every guilty place at once, before it is kept."""

import pytest

from partita.modules.rules.document import canonical, from_canonical
from partita.modules.rules.effects import moves_of
from partita.modules.rules.errors import RuleInvalid
from tests.unit.modules.rules.paper import findings, rule

FEE = "fee: {to: fees, percentage: 1%}"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("when: a == b", "", "one effect"),
        (f"{FEE}\ndeny: {{reason: no}}", "", "here are 2"),
        ("fees: {to: fees}", "/fees", "no field 'fees'"),
        ("fee: {percentage: 1%}", "/fee", "missing required field `to`"),
        ("fee: {to: fees}", "/fee", "nothing is charged"),
        ("fee: {to: fees, percentage: -1%}", "/fee/percentage", "matching regex"),
        ("fee: {to: fees, percentage: 1e3}", "/fee/percentage", "matching regex"),
        ("fee: {to: fees, fixed: '030'}", "/fee/fixed", "matching regex"),
        ("fee: {to: fees, fixed: '30'}", "/fee", "by `asset`"),
        ("fee: {to: fees, percentage: 1%, cap: '5'}", "/fee", "by `asset`"),
        ("asset: EUR\nfee: {to: fees, min: '9', cap: '5'}", "/fee", "below `min`"),
        ("asset: EUR\nfee: {to: fees, percentage: 1%, cap: '0'}", "/fee", "or nothing"),
        ("fee: {to: fees, percentage: 1%, rounding: random}", "/fee/rounding", "random"),
        ("fee: {to: destination, percentage: 1%}", "/fee", "nothing moves"),
        ("fee: {to: 'Fees', percentage: 1%}", "/fee/to", "matching regex"),
        ("fee: {to: profits, percentage: 1%}", "/fee", "no role 'profits'"),
        ("fee: {to: 'custody:sepa', percentage: 1%}", "/fee", "no role 'custody'"),
        ("fee: {to: 'rewards:x', percentage: 1%}", "/fee", "no kind 'x'"),
        ("fee: {to: 'destination:x', percentage: 1%}", "/fee", "no role"),
        ("asset: EUR\ntax: {mode: included, fixed: '1'}", "/tax", "is a percentage"),
        ("reward: {percentage: 1%, asset: 'p oints'}", "/reward", "asset"),
        ("hold_funds: {business_days: '251'}", "/hold_funds/business_days", "<= 250"),
        ("hold_funds: {business_days: '1', holidays: [2026-02-30]}", "/hold_funds", "day"),
        ("hold_funds: {business_days: '1', at: '24:00'}", "/hold_funds/at", "matching regex"),
        (f"{FEE}\nwhen: amout == 1", "/when", "no name 'amout'"),
        (f"{FEE}\ntimezone: Mars/Olympus", "/timezone", "Europe/Zurich"),
        (f"{FEE}\nasset: 'no asset'", "/asset", "asset"),
        (f"{FEE}\non: captured", "/on", "matching regex"),
        (f"{FEE}\npriority: '10000'", "/priority", "<= 9999"),
        (f"{FEE}\nname: Card Fee", "/name", "matching regex"),
        (
            "template: {postings: [{amount: '5', asset: EUR, debit: destination}]}",
            "/template",
            "credit",
        ),
    ],
)
def test_what_is_no_rule_is_refused_where_it_is_wrong(text: str, place: str, words: str) -> None:
    found = findings(text)
    assert any(pointer.startswith(place) and words in found[pointer] for pointer in found), found


def test_several_places_are_told_at_once() -> None:
    assert set(findings(f"{FEE}\nwhen: nobody == 1\ntimezone: Nowhere")) == {"/when", "/timezone"}


def test_a_document_that_nests_too_deep_is_refused() -> None:
    with pytest.raises(RuleInvalid, match="deeper"):
        rule("fee: " + "[" * 40 + "]" * 40)


def test_a_document_comes_back_from_what_is_kept() -> None:
    document = rule("timezone: Asia/Tokyo\nhold_funds: {business_days: '2', weekend: []}").document
    assert from_canonical(canonical(document)) == document


def test_without_conditions_every_effect_works_without_cel() -> None:
    """`rule` has a language of its own here; only `when` and a template's `when` ask for one."""
    assert rule(FEE).condition is None


def test_a_template_that_could_be_unbalanced_is_refused() -> None:
    text = """
template:
  parameters: {amount: {type: amount, asset: EUR}}
  postings:
    - {amount: amount, debit: destination}
    - {amount: half_up(amount * 99%), credit: fees, asset: EUR}
"""
    assert "/template/postings" in "".join(findings(text))
    assert moves_of([]) == ()
