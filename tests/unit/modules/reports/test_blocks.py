"""What an accountant reads in a trial balance, an income statement, a balance sheet: as tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import NORMAL_SIDE, Account, AccountType
from partita.modules.fx.rates import MissingRate, Rates
from partita.modules.reports import blocks
from partita.modules.reports.blocks import ONE_COLUMN, TRIAL_COLUMNS, Form, OutOfBalance
from partita.modules.reports.conversion import Base, converted
from partita.modules.reports.report import Position, Role
from tests.unit.modules.reports.tables import SCALES, lines, positions, shown

WALLET = """
    bank:main               asset      USD  1,500.00  debit
    bank:reserve            asset      USD    250.00  debit
    capital                 equity     USD    500.00  credit
    customers:alice         liability  USD    900.00  credit
    customers:bob           liability  USD    320.50  credit
    customers:bob:savings   liability  USD     50.00  credit
    customers:carol         liability  USD     10.00  debit
    customers:zoe           liability  USD      0.00  credit
    fees:card               income     USD     12.25  credit
    fees:transfer           income     USD      3.25  credit
    costs:network           expense    USD     26.00  debit
"""
EVERY_ACCOUNT, BRANCHES = Form(), Form(depth=1)


def test_a_trial_balance_has_each_account_on_its_side_and_equal_sums() -> None:
    block = blocks.trial_balance("USD", 2, positions(WALLET), EVERY_ACCOUNT)
    assert shown(block, TRIAL_COLUMNS) == lines("""
        USD                          debit   credit
        bank                       1750.00     0.00
          bank:main                1500.00     0.00
          bank:reserve              250.00     0.00
        capital                       0.00   500.00
        costs:network                26.00     0.00
        customers                    10.00  1270.50
          customers:alice             0.00   900.00
          customers:bob               0.00   370.50
            customers:bob             0.00   320.50
            customers:bob:savings     0.00    50.00
          customers:carol            10.00     0.00
        fees                          0.00    15.50
          fees:card                   0.00    12.25
          fees:transfer               0.00     3.25
        total                      1786.00  1786.00
    """)


def test_branches_alone_sum_up_what_is_below_them() -> None:
    block = blocks.trial_balance("USD", 2, positions(WALLET), BRANCHES)
    assert shown(block, TRIAL_COLUMNS) == lines("""
        USD          debit   credit
        bank       1750.00     0.00
        capital       0.00   500.00
        costs        26.00     0.00
        customers    10.00  1270.50
        fees          0.00    15.50
        total      1786.00  1786.00
    """)


def test_what_stands_at_the_cut_is_in_its_branch_and_shown_once() -> None:
    block = blocks.trial_balance("USD", 2, positions(WALLET), Form(depth=2))
    assert shown(block, TRIAL_COLUMNS) == lines("""
        USD                  debit   credit
        bank               1750.00     0.00
          bank:main        1500.00     0.00
          bank:reserve      250.00     0.00
        capital               0.00   500.00
        costs:network        26.00     0.00
        customers            10.00  1270.50
          customers:alice     0.00   900.00
          customers:bob       0.00   370.50
          customers:carol    10.00     0.00
        fees                  0.00    15.50
          fees:card           0.00    12.25
          fees:transfer       0.00     3.25
        total              1786.00  1786.00
    """)


def test_an_income_statement_is_income_less_expenses() -> None:
    block = blocks.income_statement("USD", 2, positions(WALLET), EVERY_ACCOUNT)
    assert shown(block, ONE_COLUMN) == lines("""
        USD                amount
        income
          fees              15.50
            fees:card       12.25
            fees:transfer    3.25
        total income        15.50
        expenses
          costs:network     26.00
        total expenses      26.00
        earnings           -10.50
    """)


def test_a_balance_sheet_has_what_was_earned_on_the_other_side() -> None:
    block = blocks.balance_sheet("USD", 2, positions(WALLET), BRANCHES)
    assert shown(block, ONE_COLUMN) == lines("""
        USD                                      amount
        assets
          bank                                  1750.00
        total assets                            1750.00
        liabilities
          customers                             1260.50
        total liabilities                       1260.50
        equity
          capital                                500.00
        total equity                             500.00
        current earnings                         -10.50
        total liabilities, equity and earnings  1750.00
    """)


def test_books_that_do_not_balance_are_no_report() -> None:
    wrong = positions(WALLET)[:-1]
    for make in (blocks.trial_balance, blocks.balance_sheet):
        with pytest.raises(OutOfBalance, match="26"):
            make("USD", 2, wrong, EVERY_ACCOUNT)


# In another currency.

ABROAD = """
    bank:eur         asset      EUR  10.01  debit
    customers:anna   liability  EUR   3.33  credit
    customers:bert   liability  EUR   3.34  credit
    customers:carl   liability  EUR   3.34  credit
    bank:yen         asset      JPY   1000  debit
    customers:dai    liability  JPY   1000  credit
"""
RATES = Rates([("2024-12-31", "EUR/USD", "1.0389"), ("2024-12-31", "EUR/JPY", "163.06")])


def in_dollars(table: str, day: str = "2024-12-31") -> list[Position]:
    return list(converted(positions(table), Base("USD", day, RATES, SCALES)))


def test_each_account_is_converted_once_and_rounding_has_a_line() -> None:
    block = blocks.trial_balance("USD", 2, in_dollars(ABROAD), Form(is_rounded=True))
    assert shown(block, TRIAL_COLUMNS) == lines("""
        USD               debit  credit
        bank              16.77    0.00
          bank:eur        10.40    0.00
          bank:yen         6.37    0.00
        customers          0.00   16.77
          customers:anna   0.00    3.46
          customers:bert   0.00    3.47
          customers:carl   0.00    3.47
          customers:dai    0.00    6.37
        total             16.77   16.77
    """)


THIRDS = """
    bank    asset      EUR  0.03  debit
    a       liability  EUR  0.01  credit
    b       liability  EUR  0.01  credit
    c       liability  EUR  0.01  credit
"""
DEAR = Rates([("2024-12-31", "EUR/USD", "1.4")])


@pytest.mark.parametrize("make", [blocks.trial_balance, blocks.balance_sheet])
def test_what_rounding_leaves_is_named_and_both_sides_are_equal(make: object) -> None:
    found = list(converted(positions(THIRDS), Base("USD", "2024-12-31", DEAR, SCALES)))
    assert make in (blocks.trial_balance, blocks.balance_sheet)
    block = make("USD", 2, found, Form(is_rounded=True))  # type: ignore[operator]
    rounding = [line.amounts for line in block.lines if line.role is Role.ROUNDING]
    assert rounding == ([(0, 1)] if make is blocks.trial_balance else [(1,)])  # 4 cents, not 3
    total = block.lines[-1].amounts
    assert set(total) == {4}


def test_a_missing_rate_is_refused_and_an_empty_account_needs_none() -> None:
    with pytest.raises(MissingRate, match="2024-12-31"):
        in_dollars(ABROAD, "2025-01-01")
    assert in_dollars("bank:pounds asset EUR 0.00 debit", "2025-01-01")[0].net == 0


AMOUNTS = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30)
KINDS = st.lists(st.sampled_from(list(AccountType)), min_size=31, max_size=31)


@given(AMOUNTS, KINDS, st.integers(1, 10**9))
def test_any_books_balance_in_any_currency(
    nets: list[int], kinds: list[AccountType], rate: int
) -> None:
    found = []
    for number, net in enumerate([*nets, -sum(nets)]):
        kind = kinds[number]
        account = Account(number, "", f"g{number % 3}:{number}", kind, NORMAL_SIDE[kind], "EUR")
        found.append(Position(account, max(net, 0), max(-net, 0)))
    rates = Rates([("2024-12-31", "EUR/JPY", f"{rate // 1000}.{rate % 1000 + 1:04d}")])
    into = list(converted(found, Base("JPY", "2024-12-31", rates, SCALES)))
    for positions_, form in ((found, Form()), (into, Form(is_rounded=True))):
        debits, credits = blocks.trial_balance("X", 2, positions_, form).lines[-1].amounts
        assert debits == credits
        sheet = blocks.balance_sheet("X", 2, positions_, form)
        totals = {line.label: line.amounts[0] for line in sheet.lines if line.role is Role.TOTAL}
        assert totals["total assets"] == totals["total liabilities, equity and earnings"]
        roundings = [line.amounts[0] for line in sheet.lines if line.role is Role.ROUNDING]
        assert all(abs(rest or 0) <= len(found) for rest in roundings)
