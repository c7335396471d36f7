"""The ready charts: each has an account for everything that the business needs."""

from pathlib import Path

import pytest

from partita.adapters.formats.chart_file import read_chart_file, read_chart_text, write_chart
from partita.kernel.account import AccountType
from partita.modules.chart.comparing import compare
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.ready import READY, ready_chart, ready_text
from partita.modules.chart.roles import ROLES, AccountClass

VALUES = {
    "customer": "cus_1", "wallet": "wal_1", "rail": "sepa", "kind": "card", "ledger": "other",
    "traded": "USD",
    "asset": "EUR",
}  # fmt: skip
CUSTODIAL = ["customer", "merchant", "company", "treasury", "fee", "reserve", "escrow", "clearing",
             "in_transit", "awaiting", "custody", "suspense"]  # fmt: skip


@pytest.mark.parametrize("name", READY)
def test_every_role_has_a_place_that_opens_by_itself(name: str) -> None:
    chart = ready_chart(name)
    for role, variables in ROLES.items():
        path = chart.place(role, **{variable: VALUES[variable] for variable in variables})
        opening = chart.opening(path)
        assert opening is not None, f"{role} does not open"
        assert opening.asset == "EUR"
        assert role == chart.role_of(path)


@pytest.mark.parametrize("name", READY)
def test_every_class_that_a_business_is_asked_for_is_there(name: str) -> None:
    classes = {pattern.account_class for pattern in ready_chart(name).patterns}
    assert {AccountClass(word) for word in CUSTODIAL} <= classes


@pytest.mark.parametrize("name", READY)
def test_roles_of_different_wallets_and_rails_never_share_an_account(name: str) -> None:
    chart = ready_chart(name)
    paths = [
        chart.place(role, **{variable: VALUES[variable] for variable in variables})
        for role, variables in ROLES.items()
    ]
    assert len(set(paths)) == len(paths)
    assert chart.place("custody", rail="ach", asset="EUR") not in paths


@pytest.mark.parametrize("name", READY)
def test_what_customers_hold_is_owed_to_them_and_never_below_zero(name: str) -> None:
    for pattern in ready_chart(name).patterns:
        if any(role.startswith("wallet.") for role in pattern.roles):
            assert pattern.type is AccountType.LIABILITY
            assert pattern.constraints.min_available == 0
        if pattern.account_class is AccountClass.CUSTODY:
            assert pattern.type is AccountType.ASSET


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize("name", READY)
def test_a_chart_that_is_written_down_reads_the_same(name: str, *, is_json: bool) -> None:
    chart = ready_chart(name)
    again = read_chart_text(write_chart(chart.document, is_json=is_json), is_json=is_json)
    assert compare(chart, again).is_empty
    assert again.document == chart.document


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    yaml, json = tmp_path / "mine.yaml", tmp_path / "mine.json"
    yaml.write_text(ready_text("loyalty"))
    json.write_text(write_chart(ready_chart("loyalty").document, is_json=True))
    assert compare(read_chart_file(yaml), read_chart_file(json)).is_empty


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "not JSON"),
        ("a.json", '{"name": "a", "name": "b"}', "twice"),
        ("a.yaml", "a: [", "plain YAML"),
        ("a.yaml", "a: &x {}\nb: *x", "alias"),
        ("a.yaml", "a: " + "x" * 300_000, "too large"),
        ("a.yaml", "name: a\naccounts:\n  a: {type: asset}", "/accounts/a"),
    ],
)
def test_a_file_that_is_no_chart_says_why(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ChartInvalid, match=said):
        read_chart_file(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ChartInvalid, match=r"none\.yaml"):
        read_chart_file(tmp_path / "none.yaml")


def test_a_name_that_no_ready_chart_has_reads_no_file() -> None:
    with pytest.raises(KeyError):
        ready_text("../ready")
