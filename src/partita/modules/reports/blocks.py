"""Trial balance, income statement and balance sheet out of positions: a block of lines for each asset.

Amounts stand on the side on which their section grows, so a contra account shows below zero. Sums are
of the accounts, never of branches, and what must balance is checked here each time.
"""

from collections.abc import Iterable, Sequence

import msgspec

from partita.kernel.account import NORMAL_SIDE, AccountType, Side
from partita.modules.reports.report import Block, Line, Position, Role
from partita.modules.reports.roll_up import roll_up

TRIAL_COLUMNS = ("debit", "credit")
ONE_COLUMN = ("amount",)
_NAMES = {
    AccountType.ASSET: "assets",
    AccountType.LIABILITY: "liabilities",
    AccountType.EQUITY: "equity",
    AccountType.INCOME: "income",
    AccountType.EXPENSE: "expenses",
}


class OutOfBalance(ArithmeticError):
    """Debits and credits of an asset differ: no journal that verifies leads here."""


class Form(msgspec.Struct, frozen=True):
    """How a block is made: to which depth of the chart, None for every account.

    If amounts were rounded on their way here, what that leaves has a line. Accounts with nothing
    in them are left out.
    """

    depth: int | None = None
    is_rounded: bool = False


def trial_balance(asset: str, scale: int, found: Iterable[Position], form: Form) -> Block:
    """Every account's net amount on its side, and both sums.

    Raises:
        OutOfBalance: the sums differ.
    """
    nets = [(position.account.path, position.net) for position in found if position.net]
    lines = roll_up([(path, (max(net, 0), max(-net, 0))) for path, net in nets], form.depth)
    debits, credits = (sum(max(side * net, 0) for _, net in nets) for side in (1, -1))
    gap = _gap(asset, debits - credits, form)
    if gap:
        lines.append(Line(Role.ROUNDING, "rounding", (max(gap, 0), max(-gap, 0))))
        debits, credits = debits + max(gap, 0), credits + max(-gap, 0)
    lines.append(Line(Role.TOTAL, "total", (debits, credits)))
    return Block(asset, scale, tuple(lines))


def income_statement(asset: str, scale: int, found: Iterable[Position], form: Form) -> Block:
    """Income less expenses; positions are of a span."""
    positions = tuple(found)
    income, earned = _section(AccountType.INCOME, positions, form)
    expenses, spent = _section(AccountType.EXPENSE, positions, form)
    result = Line(Role.EARNINGS, "earnings", (earned - spent,))
    return Block(asset, scale, (*income, *expenses, result))


def balance_sheet(asset: str, scale: int, found: Iterable[Position], form: Form) -> Block:
    """Assets; then liabilities, equity, and earnings: all income less all expenses until then.

    Raises:
        OutOfBalance: the two sides differ.
    """
    positions = tuple(found)
    sections = {kind: _section(kind, positions, form) for kind in AccountType}
    earnings = sections[AccountType.INCOME][1] - sections[AccountType.EXPENSE][1]
    equity, own = sections[AccountType.EQUITY]
    assets, liabilities = sections[AccountType.ASSET], sections[AccountType.LIABILITY]
    other_side = liabilities[1] + own + earnings
    gap = _gap(asset, other_side - assets[1], form)
    rounding = [Line(Role.ROUNDING, "rounding", (gap,))] if gap else []
    return Block(
        asset,
        scale,
        (
            *assets[0],
            *liabilities[0],
            *equity,
            Line(Role.EARNINGS, "current earnings", (earnings,)),
            *rounding,
            Line(Role.TOTAL, "total liabilities, equity and earnings", (other_side + gap,)),
        ),
    )


def _section(
    kind: AccountType, positions: Sequence[Position], form: Form
) -> tuple[list[Line], int]:
    """A section's heading, accounts and total, on the side where it grows; and the total."""
    sign = 1 if NORMAL_SIDE[kind] is Side.DEBIT else -1
    amounts = [
        (position.account.path, (sign * position.net,))
        for position in positions
        if position.account.type is kind and position.net
    ]
    total, name = sum(amount for _, (amount,) in amounts), _NAMES[kind]
    lines = [
        msgspec.structs.replace(line, depth=line.depth + 1) for line in roll_up(amounts, form.depth)
    ]
    heading, foot = Line(Role.SECTION, name, (None,)), Line(Role.TOTAL, f"total {name}", (total,))
    return [heading, *lines, foot], total


def _gap(asset: str, difference: int, form: Form) -> int:
    """What would undo the difference, which only rounding may have made."""
    if difference and not form.is_rounded:
        raise OutOfBalance(f"debits and credits of {asset} differ by {difference}")
    return -difference
