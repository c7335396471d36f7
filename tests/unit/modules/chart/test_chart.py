"""What a chart says of a path, and where it puts a role."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import AccountType, Constraints, Side, check_path
from partita.kernel.commands import OpenAccount
from partita.modules.chart.chart import Chart
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.chart.pattern import Pattern
from partita.modules.chart.ready import ready_chart
from tests.unit.modules.chart.charts import CUSTOMER, FEE, chart

WALLET = "customers:{customer}:wallets:{wallet}:{asset}"
FLOOR = {"min_available": "0"}
SMALL = chart(
    {
        WALLET: {**CUSTOMER, "role": "wallet.personal", "opens": True, "constraints": FLOOR},
        "customers:{customer}:notes": {**CUSTOMER, "asset": "EUR", "normal_side": "debit"},
        "fees:{kind}:{asset}": {**FEE, "role": "fees", "opens": True},
        "fees:other": {**FEE, "asset": "EUR", "role": "fees", "opens": True},
        "house": {"type": "equity", "class": "treasury"},
        "bank:{asset}:main": {"type": "asset", "class": "custody", "role": "custody"},
        "bank:euro": {"type": "asset", "class": "custody", "role": "custody", "asset": "EUR"},
    }
)


def test_a_path_matches_its_pattern_and_says_what_its_variables_are() -> None:
    found = SMALL.match("customers:cus_1:wallets:w-2:EUR")
    assert found is not None
    assert found.pattern.path == WALLET
    assert found.variables == {"customer": "cus_1", "wallet": "w-2", "asset": "EUR"}
    assert found.asset == "EUR"
    assert SMALL.role_of("customers:cus_1:wallets:w-2:EUR") == "wallet.personal"


@pytest.mark.parametrize(
    "path",
    [
        "", "customers", "customers:a", "customers:a:wallets:b", "customers:a:wallets:b:eur",
        "customers:a:wallets:b:EUR:c", "customers::wallets:b:EUR", "customers:a:pots:b:EUR",
        "customers:a b:wallets:c:EUR", "Customers:a:wallets:b:EUR", "fees:a:b", "bank:EUR",
        "acc_01K0000000000000000000000A",
    ],
)  # fmt: skip
def test_what_is_outside_matches_nothing_and_opens_nothing(path: str) -> None:
    assert SMALL.match(path) is None
    assert SMALL.opening(path) is None
    assert SMALL.role_of(path) is None


def test_an_account_opens_as_its_pattern_has_it() -> None:
    assert SMALL.opening("customers:a:wallets:b:EUR") == OpenAccount(
        "customers:a:wallets:b:EUR", "EUR", AccountType.LIABILITY,
        constraints=Constraints(min_available=0),
    )  # fmt: skip
    assert SMALL.opening("fees:other") == OpenAccount("fees:other", "EUR", AccountType.INCOME)


def test_what_does_not_open_by_itself_can_be_opened_on_purpose() -> None:
    assert SMALL.opening("customers:a:notes") is None
    found = SMALL.match("customers:a:notes")
    assert found is not None
    assert found.account() == OpenAccount(
        "customers:a:notes", "EUR", AccountType.LIABILITY, Side.DEBIT
    )
    house = SMALL.match("house")
    assert house is not None
    assert house.account() is None


def test_a_role_is_placed_by_its_variables() -> None:
    base = SMALL.place("wallet.personal", customer="a", wallet="b")
    assert base == "customers:a:wallets:b"
    full = SMALL.place("wallet.personal", customer="a", wallet="b", asset="EUR")
    assert full == "customers:a:wallets:b:EUR"
    assert SMALL.place("fees", kind="card", asset="USD") == "fees:card:USD"


def test_an_asset_by_name_goes_before_all_assets() -> None:
    assert SMALL.place("custody", rail="sepa", asset="EUR") == "bank:euro"
    assert SMALL.place("custody", rail="sepa", asset="USD") == "bank:USD:main"


def test_what_a_chart_does_not_tell_apart_is_left_out() -> None:
    assert SMALL.place("custody", rail="ach", asset="USD") == "bank:USD:main"


@pytest.mark.parametrize(
    ("role", "variables"),
    [
        ("treasury", {"asset": "EUR"}),
        ("fees", {"asset": "USD"}),
        ("wallet.personal", {"customer": "a", "asset": "EUR"}),
        ("custody", {"rail": "sepa"}),
    ],
)
def test_a_role_without_a_place_is_said_to_have_none(role: str, variables: dict[str, str]) -> None:
    with pytest.raises(RoleNotInChart, match=role):
        SMALL.place(role, **variables)


@pytest.mark.parametrize(
    ("role", "variables", "said"),
    [
        ("fee", {"kind": "card", "asset": "EUR"}, "no role 'fee'"),
        ("fees", {"sort": "card", "asset": "EUR"}, "no variable 'sort'"),
        ("fees", {"kind": "card:gold", "asset": "EUR"}, "kind"),
        ("fees", {"kind": "", "asset": "EUR"}, "kind"),
        ("fees", {"kind": "card", "asset": "eur"}, "asset"),
        ("fees", {"kind": "card\n", "asset": "EUR"}, "kind"),
    ],
)
def test_nothing_gets_into_a_path_that_is_no_segment(
    role: str, variables: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        SMALL.place(role, **variables)


_SEGMENTS = st.text("abcXYZ019_.-", min_size=1, max_size=10)
_ASSETS = st.sampled_from(["EUR", "USD", "POINTS", "X-1"])
_PATTERNS = st.tuples(st.sampled_from(["neobank", "remittance"]), st.integers(0, 28))


def _slow_match(chart: Chart, path: str) -> list[Pattern]:
    segments = path.split(":")
    return [
        pattern
        for pattern in chart.patterns
        if len(pattern.segments) == len(segments)
        and all(one.takes(text) for one, text in zip(pattern.segments, segments, strict=True))
    ]


@given(_PATTERNS, st.data())
def test_every_filled_pattern_is_matched_by_itself_alone(
    which: tuple[str, int], data: st.DataObject
) -> None:
    ready = ready_chart(which[0])
    pattern = ready.patterns[which[1]]
    values = {
        name: data.draw(_ASSETS if name == "asset" else _SEGMENTS) for name in pattern.variables
    }
    path = ":".join(values[s.text] if s.is_variable else s.text for s in pattern.segments)
    assert check_path(path) == path
    found = ready.match(path)
    assert found is not None
    assert (found.pattern, found.variables) == (pattern, values)
    for role in pattern.roles:
        assert ready.place(role, **values) == path
        base = {name: value for name, value in values.items() if name != "asset"}
        assert f"{ready.place(role, **base)}:{values['asset']}" == path


@given(st.lists(st.sampled_from(["a", "b", "EUR"]), min_size=1, max_size=4))
def test_the_tree_finds_what_comparing_all_patterns_finds(segments: list[str]) -> None:
    tangled = chart(
        {
            "a:{x}:b": CUSTOMER, "a:b:a": CUSTOMER, "a:{asset}:a": CUSTOMER, "a:{x}:EUR": CUSTOMER,
            "b:{x}": CUSTOMER, "a:{x}:{y}:{asset}": CUSTOMER, "a": CUSTOMER,
        }
    )  # fmt: skip
    path = ":".join(segments)
    found = tangled.match(path)
    assert ([] if found is None else [found.pattern]) == _slow_match(tangled, path)
