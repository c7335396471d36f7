"""Backtests: what a rule would have done to payments that were made, one by one and in sum."""

from partita.kernel.moment import Moment
from partita.modules.rules.backtesting import Past, Span, backtest
from tests.unit.modules.rules.paper import NOW, occasion, rule

SPAN = Span(Moment.parse("2026-11-01T00:00:00Z"), Moment.parse("2026-12-01T00:00:00Z"), NOW)


def _history(*amounts: int) -> list[Past]:
    return [Past(f"pay_{n}", occasion(amount)) for n, amount in enumerate(amounts)]


def test_a_fee_for_each_payment_and_in_total() -> None:
    fee = rule('asset: EUR\nfee: {to: "fees:card", percentage: 1.5%, fixed: "30", cap: "500"}')
    report = backtest(fee, _history(1, 10_000, 1_000_000), SPAN)
    assert [(line.payment, line.fact.moves[0].amount) for line in report.lines] == [
        ("pay_0", 30),
        ("pay_1", 180),
        ("pay_2", 500),
    ]
    summary = report.summary
    assert (summary.payments, summary.touched, summary.totals) == (3, 3, {"EUR": "710"})
    assert (summary.at, summary.begins_at, summary.ends_at) == (NOW, *SPAN[:2])


def test_a_monthly_cap_counts_through_the_span() -> None:
    reward = rule("reward: {asset: POINTS, percentage: 5%, cap_per_month: '2000'}")
    report = backtest(reward, _history(30_000, 8_000, 4_000, 50_000), SPAN)
    assert report.summary.totals == {"POINTS": "2000"}
    assert (report.summary.payments, report.summary.touched) == (4, 3)


def test_refusals_and_failures_are_counted_and_said() -> None:
    deny = rule("when: amount == 7\ndeny: {reason: seven}")
    report = backtest(deny, _history(7, 8, 7), SPAN)
    assert (report.summary.denied, report.summary.touched, report.summary.totals) == (2, 2, {})
    assert report.lines[0].fact.detail == "seven"
    assert backtest(rule("when: broken\ndeny: {reason: x}"), _history(1), SPAN).summary.failed == 1


def test_only_payments_that_it_is_for_are_looked_at() -> None:
    fee = rule("on: refund.succeeded\nfee: {to: fees, percentage: 1%}")
    assert backtest(fee, _history(1, 2), SPAN).summary.payments == 0


def test_a_tax_of_fees_is_of_the_fees_in_force() -> None:
    tax = rule("name: vat\npriority: '200'\ntax: {mode: added, of: fees, percentage: 20%}")
    fee = rule("name: fee\nfee: {to: fees, percentage: 10%}")
    broken = rule("name: odd\nwhen: broken\nfee: {to: fees, percentage: 10%}")
    report = backtest(tax, _history(1_000), SPAN, beside=[fee, broken])
    assert report.summary.totals == {"EUR": "20"}
