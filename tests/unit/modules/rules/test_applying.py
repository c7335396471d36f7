"""Rules over payments: what is charged, given, held and refused, in tables of figures."""

import pytest

from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.rules.occasion import Counter, RuleOutcome
from partita.modules.rules.rule import RuleStatus
from tests.unit.modules.rules.paper import Month, applied, moved, rule

CARD_FEE = """
name: card-fee
asset: EUR
fee: {to: "fees:card", percentage: 1.5%, fixed: "30", cap: "500"}
"""
CASHBACK = """
name: cashback
reward: {asset: POINTS, percentage: 5%, cap_per_month: "2000"}
"""
THREE_DAYS = """
name: three-days
timezone: Europe/Zurich
hold_funds: {business_days: 3, holidays: ["2026-12-25", "2027-01-01"]}
"""


@pytest.mark.parametrize(
    ("amount", "fee"),
    [  # 1.5 % + 0.30, at most 5.00, to the nearest cent, ties to the even one
        (1, 30),
        (33, 30),  # 0.495 of a cent
        (34, 31),  # 0.51
        (100, 32),  # 1.5 of a cent goes to 2
        (300, 34),  # 4.5 goes to 4
        (10_000, 180),
        (31_299, 499),
        (31_333, 500),
        (31_334, 500),
        (1_000_000, 500),
    ],
)
def test_a_fee_of_one_and_a_half_percent_and_thirty_capped_at_five_hundred(
    amount: int, fee: int
) -> None:
    assert moved(applied(rule(CARD_FEE), amount=amount)) == [f"destination -> fees/card {fee} EUR"]


@pytest.mark.parametrize(
    ("rounding", "fees"),
    [
        ("floor", [30, 31, 34]),
        ("ceiling", [31, 32, 35]),
        ("half_up", [30, 32, 35]),
        ("half_even", [30, 32, 34]),
    ],
)
def test_rounding_is_by_name(rounding: str, fees: list[int]) -> None:
    fee = rule(
        f'asset: EUR\nfee: {{to: fees, percentage: 1.5%, fixed: "30", rounding: {rounding}}}'
    )
    assert [applied(fee, amount=n).moves[0].amount for n in (20, 100, 300)] == fees


def test_a_fee_has_a_floor_too() -> None:
    fee = rule('asset: EUR\nfee: {to: fees, percentage: 1%, min: "25"}')
    assert [applied(fee, amount=n).moves[0].amount for n in (100, 2_500, 2_600)] == [25, 25, 26]


def test_five_percent_cashback_up_to_two_thousand_a_month() -> None:
    month = Month(rule(CASHBACK))
    days = [("01", 10_000), ("02", 20_000), ("20", 8_000), ("21", 4_000), ("30", 50_000)]
    given = [
        month.pay(amount, now=Moment.parse(f"2026-11-{day}T12:00:00Z")).moves
        for day, amount in days
    ]
    assert [sum(m.amount for m in moves) for moves in given] == [500, 1_000, 400, 100, 0]
    december = month.pay(10_000, now=Moment.parse("2026-12-01T00:00:00Z"))
    assert moved(december) == ["rewards -> source 500 POINTS"]
    other = month.pay(10_000, subject="cus_boris")
    assert moved(other) == ["rewards -> source 500 POINTS"]
    assert month.counters == {
        "cashback/cus_anna/2026-11": Counter(5, 2_000),
        "cashback/cus_anna/2026-12": Counter(1, 500),
        "cashback/cus_boris/2026-11": Counter(1, 500),
    }


def test_the_month_is_that_of_the_rules_time_zone() -> None:
    month = Month(rule(CASHBACK + "timezone: Asia/Tokyo"))
    month.pay(10_000, now=Moment.parse("2026-11-30T15:00:00Z"))
    assert list(month.counters) == ["cashback/cus_anna/2026-12"]


def test_a_cap_for_one_payment_and_one_for_the_month() -> None:
    reward = "reward: {asset: POINTS, percentage: 10%, cap: '300', cap_per_month: '500'}"
    month = Month(rule(reward))
    given = [sum(m.amount for m in month.pay(n).moves) for n in (1_000, 9_000, 9_000, 9_000)]
    assert given == [100, 300, 100, 0]


@pytest.mark.parametrize(
    ("paid", "free"),
    [
        # a Monday: Thursday
        ("2026-11-16T09:00:00Z", "2026-11-18T23:00:00.000000Z"),
        # a Thursday: Friday, Monday, Tuesday
        ("2026-11-19T09:00:00Z", "2026-11-23T23:00:00.000000Z"),
        # late on a Friday in London is Saturday in Zurich: Monday, Tuesday, Wednesday all the same
        ("2026-11-20T23:30:00Z", "2026-11-24T23:00:00.000000Z"),
        # before Christmas, a Friday: Monday, Tuesday, Wednesday
        ("2026-12-24T09:00:00Z", "2026-12-29T23:00:00.000000Z"),
        # over New Year, a Friday: Thursday, Monday, Tuesday
        ("2026-12-30T09:00:00Z", "2027-01-04T23:00:00.000000Z"),
        # over the change of clocks on Sunday 29 March: midnight is an hour earlier in UTC
        ("2026-03-26T09:00:00Z", "2026-03-30T22:00:00.000000Z"),
    ],
)
def test_funds_after_three_business_days(paid: str, free: str) -> None:
    result = applied(rule(THREE_DAYS), now=Moment.parse(paid))
    assert result.holds_until is not None
    assert (result.holds_until.text(), result.moves) == (free, ())


def test_the_longest_hold_counts() -> None:
    one, three = rule("name: one\nhold_funds: {business_days: '1'}"), rule(THREE_DAYS)
    both = applied(one, three).holds_until
    assert both == applied(three).holds_until == applied(three, one).holds_until


@pytest.mark.parametrize(
    ("tax", "move"),
    [
        ("{mode: included, percentage: 8.1%}", "destination -> taxes 749 EUR"),
        ("{mode: added, percentage: 8.1%}", "source -> taxes 810 EUR"),
        ("{mode: added, percentage: 8.1%, to: 'taxes:vat'}", "source -> taxes/vat 810 EUR"),
    ],
)
def test_a_tax_is_included_or_added(tax: str, move: str) -> None:
    assert moved(applied(rule(f"tax: {tax}"))) == [move]


def test_a_tax_can_be_of_the_fees_before_it() -> None:
    tax = rule(
        "name: vat\npriority: '200'\ntax: {mode: added, of: fees, percentage: 20%, from: destination}"
    )
    assert moved(applied(tax, rule(CARD_FEE))) == [
        "destination -> fees/card 180 EUR",
        "destination -> taxes 36 EUR",
    ]
    assert moved(applied(tax)) == []


def test_a_refusal_names_the_rule_and_moves_nothing() -> None:
    deny = rule("name: no-games\nwhen: kind == 'payment'\ndeny: {reason: games are not served}")
    result = applied(rule(CARD_FEE), deny)
    assert result.denied is not None
    assert result.denied.code is Code.RULE_DENIED
    assert result.denied.facts == {"rule": "no-games", "version": "1"}
    assert "games are not served" in result.denied.detail
    assert (result.moves, result.uses) == ((), ())
    assert [fact.outcome for fact in result.facts] == [RuleOutcome.APPLIED, RuleOutcome.DENIED]


def test_rules_run_by_priority_then_by_name() -> None:
    rules = [
        rule(
            f"{{name: {name}, priority: '{place}', asset: EUR, fee: {{to: fees/{name}, fixed: '1'}}}}"
        )
        for name, place in [("b", 100), ("a", 100), ("z", 1)]
    ]
    assert [move.credit for move in applied(*rules).moves] == ["fees/z", "fees/a", "fees/b"]


@pytest.mark.parametrize(
    "event", ["payment.captured", "payment.partially_captured", "payment.paid"]
)
def test_captured_is_captured_in_part_or_at_once_too(event: str) -> None:
    assert len(applied(rule(CARD_FEE), event=event).moves) == 1
    at_once = applied(rule("on: payment.paid\ndeny: {reason: no}"), event=event)
    assert (at_once.denied is not None) is (event == "payment.paid")


def test_a_rule_is_asked_only_about_its_event_and_asset() -> None:
    fee = rule(CARD_FEE)
    assert applied(fee, event="payment.authorized").facts == ()
    assert applied(fee, asset="USD").facts == ()
    assert applied(rule("when: rail == 'sepa'\nfee: {to: fees, percentage: 1%}")).facts == ()


def test_a_failing_rule_fails_the_payment_by_its_name_or_is_skipped() -> None:
    text = "name: shaky\nwhen: broken\nfee: {to: fees, percentage: 1%}"
    failed = applied(rule(CARD_FEE), rule(text))
    assert failed.denied is not None
    assert failed.denied.code is Code.RULE_FAILED
    assert failed.denied.facts == {"rule": "shaky", "version": "1"}
    assert "integer overflow" in failed.denied.detail
    assert failed.moves == ()
    skipped = applied(rule(CARD_FEE), rule(text + "\non_failure: skip"))
    assert skipped.denied is None
    assert moved(skipped) == ["destination -> fees/card 180 EUR"]
    fact = skipped.facts[-1]
    assert (fact.name, fact.outcome, fact.detail) == (
        "shaky",
        RuleOutcome.SKIPPED,
        "integer overflow",
    )


def test_a_monthly_cap_without_a_customer_has_no_answer() -> None:
    result = applied(rule(CASHBACK), subject=None)
    assert result.denied is not None
    assert result.denied.code is Code.RULE_FAILED


def test_a_charge_beyond_38_digits_has_no_answer() -> None:
    result = applied(rule("fee: {to: fees, percentage: 200%}"), amount=10**38 - 1)
    assert result.denied is not None
    assert "38 digits" in result.denied.detail


def test_a_figure_too_large_for_a_condition_has_no_answer() -> None:
    result = applied(rule("when: rail == 'card'\ndeny: {reason: no}"), amount=2**63)
    assert result.denied is not None
    assert result.denied.code is Code.RULE_FAILED


@pytest.mark.parametrize(
    "text",
    [CARD_FEE, CASHBACK, THREE_DAYS, "deny: {reason: no}", "when: broken\ndeny: {reason: no}"],
)
def test_a_rule_in_shadow_is_recorded_and_moves_nothing(text: str) -> None:
    result = applied(rule(text, RuleStatus.SHADOW, version=4))
    assert (result.moves, result.denied, result.holds_until) == ((), None, None)
    (fact,) = result.facts
    assert (fact.outcome, fact.version) == (RuleOutcome.SHADOWED, 4)
    would_be = applied(rule(text, version=4)).facts[0]
    assert (fact.moves, fact.holds_until) == (would_be.moves, would_be.holds_until)


def test_a_version_in_shadow_counts_for_itself() -> None:
    month = Month(rule(CASHBACK), rule(CASHBACK, RuleStatus.SHADOW, version=2))
    month.pay(10_000)
    assert month.counters == {
        "cashback/cus_anna/2026-11": Counter(1, 500),
        "cashback@2/cus_anna/2026-11": Counter(1, 500),
    }


@pytest.mark.parametrize("status", [RuleStatus.DRAFT, RuleStatus.RETIRED])
def test_what_is_not_in_force_says_nothing(status: RuleStatus) -> None:
    assert applied(rule(CARD_FEE, status)).facts == ()


def test_a_fact_tells_what_was_in_force_and_what_it_was_told() -> None:
    (fact,) = applied(rule(CARD_FEE + "when: rail == 'card'", version=7)).facts
    assert (fact.rule, fact.name, fact.version, fact.effect) == ("rul_1", "card-fee", 7, "fee")
    assert fact.inputs == {
        "event": "payment.captured",
        "amount": "10000",
        "asset": "EUR",
        "when": "rail == 'card'",
    }


def test_a_template_splits_what_it_was_proved_to_balance() -> None:
    text = """
name: referral
template:
  parameters: {amount: {type: amount, asset: "{asset}"}, asset: {type: asset}, agent: {type: text}}
  let: {cut: half_even(amount * 3%)}
  postings:
    - amount: cut
      debit: destination
      credit: [{account: "fees:{agent}", share: 50%}, {account: fees, rest: true}]
"""
    result = applied(rule(text), amount=1_010, metadata={"agent": "zoe"})
    assert moved(result) == ["destination -> fees/zoe 15 EUR", "destination -> fees 15 EUR"]
    missing = applied(rule(text), amount=1_010)
    assert missing.denied is not None
    assert "agent" in missing.denied.detail
