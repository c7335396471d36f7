"""Roles of rules in the ready charts: each has a place, and none that rules must not touch."""

import pytest

from partita.modules.chart.chart import read_chart
from partita.modules.chart.ready import ready_chart
from partita.modules.rules.errors import RuleFailed
from partita.modules.rules.roles import place_of, role


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("fees:card", "fees:card:EUR"),
        ("fees/card", "fees:card:EUR"),
        ("fees", "fees:general:EUR"),
        ("taxes/vat", "taxes:vat:EUR"),
        ("rewards", "rewards:EUR"),
    ],
)
def test_a_role_is_a_place_of_the_chart(text: str, path: str) -> None:
    assert place_of(ready_chart("neobank"), role(text), "EUR") == path


@pytest.mark.parametrize(
    "text", ["custody/sepa", "wallet.personal", "payables", "fees/a/b", "", "x"]
)
def test_what_is_not_the_houses_is_no_role_for_rules(text: str) -> None:
    with pytest.raises(ValueError, match=r"no role|no kind"):
        role(text)


def test_a_chart_without_such_a_place_has_no_answer() -> None:
    chart = read_chart(
        {"name": "bare", "accounts": {"cash:{asset}": {"type": "asset", "class": "custody"}}}
    )
    with pytest.raises(RuleFailed, match="no place for fees"):
        place_of(chart, "fees/card", "EUR")
