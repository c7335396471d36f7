"""What a new chart changes, and which accounts it leaves outside."""

from partita.kernel.account import Account, AccountType, Side
from partita.modules.chart.comparing import Change, Misfit, compare, fit
from partita.modules.chart.ready import READY, ready_chart
from tests.unit.modules.chart.charts import CUSTOMER, FEE, chart

BEFORE = chart({"a:{x}:{asset}": CUSTOMER, "b:{asset}": FEE, "c:{asset}": FEE})
AFTER = chart(
    {
        "a:{y}:{asset}": {**CUSTOMER, "opens": True},
        "b:{asset}": {**FEE, "constraints": {"min_posted": "0"}, "role": "treasury"},
        "d:{asset}": FEE,
    },
    strict=True,
)


def _account(path: str, asset: str = "EUR", kind: AccountType = AccountType.INCOME) -> Account:
    side = Side.CREDIT if kind is not AccountType.ASSET else Side.DEBIT
    return Account(1, "acc_1", path, kind, side, asset)


def test_added_removed_and_changed_patterns_are_told_apart() -> None:
    difference = compare(BEFORE, AFTER)
    assert [pattern.path for pattern in difference.added] == ["d:{asset}"]
    assert [pattern.path for pattern in difference.removed] == ["c:{asset}"]
    assert difference.changed == (
        Change("", "strict", False, True),
        Change("a:{y}:{asset}", "path", "a:{x}:{asset}", "a:{y}:{asset}"),
        Change("a:{y}:{asset}", "opens", False, True),
        Change("b:{asset}", "roles", [], ["treasury"]),
        Change("b:{asset}", "constraints", {}, {"min_posted": "0"}),
    )


def test_a_chart_does_not_differ_from_itself_and_wholly_from_none() -> None:
    for name in READY:
        ready = ready_chart(name)
        assert compare(ready, ready).is_empty
        first = compare(None, ready)
        assert first.added == ready.patterns
        assert not first.removed
        assert not first.changed


def test_accounts_fit_are_lost_or_were_outside_before() -> None:
    accounts = [_account("b:EUR"), _account("c:EUR"), _account("x:y")]
    found = fit(accounts, AFTER, BEFORE)
    assert found.matched == 1
    assert found.lost == ("c:EUR",)
    assert found.outside == ("x:y",)
    assert fit(accounts, AFTER).outside == ("c:EUR", "x:y")


def test_an_account_of_another_type_or_asset_than_its_pattern_is_a_misfit() -> None:
    accounts = [_account("b:EUR", "USD"), _account("d:EUR", kind=AccountType.ASSET)]
    assert fit(accounts, AFTER).misfits == (
        Misfit("b:EUR", "asset", "USD", "EUR"),
        Misfit("d:EUR", "type", "asset", "income"),
        Misfit("d:EUR", "normal_side", "debit", "credit"),
    )
