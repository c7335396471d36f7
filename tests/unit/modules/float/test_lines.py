"""Float ties whatever is posted, and each class counts on its own side."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import NORMAL_SIDE, Account, AccountType, Side, Totals
from partita.modules.chart.ready import READY, ready_chart
from partita.modules.chart.roles import ROLES, AccountClass
from partita.modules.float.lines import BEARINGS, FloatBlock, FloatDoesNotTie, Group
from partita.modules.float.reading import blocks_of

SCALES = {"EUR": 2, "POINTS": 0}
Leg = tuple[str, str, str, int]
"""Debited account, credited account, asset, amount."""


def _blocks(legs: list[Leg], name: str = "neobank") -> dict[str, FloatBlock]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for debit, credit, asset, amount in legs:
        sums[debit, asset][0] += amount
        sums[credit, asset][1] += amount
    chart = ready_chart(name)
    found = []
    for number, ((path, asset), (debits, credits)) in enumerate(sorted(sums.items())):
        match = chart.match(path)
        kind = AccountType.ASSET if match is None else match.pattern.type
        account = Account(number, f"acc_{number}", path, kind, NORMAL_SIDE[kind], asset)
        found.append((account, Totals(debits, credits)))
    return {block.asset: block for block in blocks_of(found, chart, SCALES)}


ALICE, SHOP = "customers:alice:wallets:main:EUR", "merchants:shop:wallets:main:EUR"


def test_every_class_has_a_bearing() -> None:
    assert set(BEARINGS) == set(AccountClass)


def test_what_a_customer_paid_in_is_in_custody() -> None:
    block = _blocks([("custody:sepa:EUR", ALICE, "EUR", 100)])["EUR"]
    assert (block.customers, block.custody, block.surplus, block.difference) == (100, 100, 0, 0)


def test_what_is_on_its_way_out_is_owed_by_custody_and_no_longer_the_customers() -> None:
    legs = [
        ("custody:sepa:EUR", ALICE, "EUR", 100),
        (ALICE, "in_transit:sepa:EUR", "EUR", 30),
    ]
    block = _blocks(legs)["EUR"]
    assert (block.customers, block.in_transit, block.custody) == (70, 30, 100)
    assert block.surplus == 0


def test_what_is_awaited_stands_for_what_a_customer_was_given_already() -> None:
    block = _blocks([("awaiting:sepa:EUR", ALICE, "EUR", 40)])["EUR"]
    assert (block.customers, block.awaiting, block.custody, block.surplus) == (40, 40, 0, 0)


def test_a_fee_is_our_own_and_makes_a_surplus() -> None:
    legs = [("custody:sepa:EUR", ALICE, "EUR", 100), (ALICE, "fees:card:EUR", "EUR", 3)]
    block = _blocks(legs)["EUR"]
    assert (block.own, block.surplus, block.difference) == (3, 3, 0)


def test_points_that_were_given_away_are_a_shortfall_of_our_own() -> None:
    points = "customers:alice:points:main:POINTS"
    block = _blocks([("rewards:POINTS", points, "POINTS", 500)])["POINTS"]
    assert (block.customers, block.own, block.surplus) == (500, -500, -500)


def test_an_account_outside_the_chart_has_a_line_of_its_own_and_hides_nothing() -> None:
    block = _blocks([("old:bank", ALICE, "EUR", 9)])["EUR"]
    assert block.unclassified == 9
    assert [line.account_class for line in block.lines] == ["customer", "unclassified"]
    assert (block.surplus, block.difference) == (-9, 0)


def test_every_customer_class_is_among_what_customers_hold() -> None:
    legs = [
        ("custody:sepa:EUR", path, "EUR", amount)
        for path, amount in [
            (ALICE, 1), (SHOP, 2), ("customers:a:business:b:EUR", 4), ("customers:a:points:b:EUR", 8),
            ("customers:a:escrow:b:EUR", 16), ("escrow:EUR", 32), ("customers:a:reserve:EUR", 64),
            ("merchants:shop:settlement:EUR", 128),
        ]
    ]  # fmt: skip
    block = _blocks(legs)["EUR"]
    assert block.customers == 255
    assert {line.account_class: line.posted for line in block.lines} == {
        "customer": 1, "merchant": 2, "company": 4, "loyalty": 8, "escrow": 48, "reserve": 64,
        "settlement": 128, "custody": 255,
    }  # fmt: skip


def test_available_leaves_out_what_is_pending_on_its_way_out() -> None:
    chart = ready_chart()
    wallet = Account(1, "acc_1", ALICE, AccountType.LIABILITY, Side.CREDIT, "EUR")
    bank = Account(2, "acc_2", "custody:sepa:EUR", AccountType.ASSET, Side.DEBIT, "EUR")
    found = [(wallet, Totals(0, 100, 30, 5)), (bank, Totals(100, 0))]
    [block] = blocks_of(found, chart, SCALES)
    assert (block.customers, block.customers_available) == (100, 70)


def test_accounts_that_do_not_balance_do_not_tie() -> None:
    wallet = Account(1, "acc_1", ALICE, AccountType.LIABILITY, Side.CREDIT, "EUR")
    with pytest.raises(FloatDoesNotTie, match="EUR differ by -100"):
        blocks_of([(wallet, Totals(0, 100))], ready_chart(), SCALES)


_VALUES = {
    "customer": st.sampled_from(["cus_1", "cus_2"]), "wallet": st.sampled_from(["w1", "w2"]),
    "rail": st.sampled_from(["sepa", "ach"]), "kind": st.sampled_from(["card", "vat"]),
    "ledger": st.just("other"), "asset": st.just("EUR"), "traded": st.just("USD"),
}  # fmt: skip


@st.composite
def _paths(draw: st.DrawFn, name: str, asset: str) -> str:
    role = draw(st.sampled_from([*ROLES, None]))
    if role is None:
        return draw(st.sampled_from(["old:bank", "old:till"]))
    values = {variable: draw(_VALUES[variable]) for variable in ROLES[role]}
    return ready_chart(name).place(role, **{**values, "asset": asset})


@st.composite
def _walks(draw: st.DrawFn) -> tuple[str, list[Leg]]:
    name = draw(st.sampled_from(READY))
    legs = []
    for _ in range(draw(st.integers(1, 25))):
        asset = draw(st.sampled_from(sorted(SCALES)))
        debit, credit = (draw(_paths(name, asset)) for _ in "DC")
        legs.append((debit, credit, asset, draw(st.integers(1, 10**38 - 1))))
    return name, legs


@given(_walks())
def test_any_walk_over_the_accounts_of_a_chart_ties(walk: tuple[str, list[Leg]]) -> None:
    name, legs = walk
    for block in _blocks(legs, name).values():
        assert block.difference == 0
        assert sum(line.net for line in block.lines) == 0
        parts = block.custody - block.in_transit + block.awaiting + block.others
        assert block.customers == parts - block.own + block.unclassified
        assert {line.group for line in block.lines} <= set(Group)
