"""Books and reports as an accountant writes them: tables in text, read into positions and out again.

bank:main        asset      USD  1,000.00 debit
customers:alice  liability  USD    900.00 credit
"""

from collections.abc import Mapping

from partita.kernel.account import NORMAL_SIDE, Account, AccountType
from partita.kernel.amount import from_decimal
from partita.modules.reports.rendering import to_text
from partita.modules.reports.report import Block, Kind, Position, Report, Span

SCALES: Mapping[str, int] = {"USD": 2, "EUR": 2, "JPY": 0, "BTC": 8}


def positions(table: str) -> list[Position]:
    """The positions that the table says."""
    found = []
    for number, row in enumerate(filter(None, map(str.strip, table.splitlines())), 1):
        path, kind, asset, figure, side = row.split()
        amount = from_decimal(figure.replace(",", ""), SCALES[asset])
        type_ = AccountType(kind)
        account = Account(number, f"acc_{number}", path, type_, NORMAL_SIDE[type_], asset)
        sides = (amount, 0) if side == "debit" else (0, amount)
        found.append(Position(account, *sides))
    return found


def shown(block: Block, columns: tuple[str, ...]) -> list[str]:
    """A block as its reader sees it, without the title."""
    report = Report(Kind.TRIAL_BALANCE, "main", Span(None, None, 1), columns, (block,))
    return to_text(report).splitlines()[2:]


def lines(table: str) -> list[str]:
    """A table in a test, without what the test's indentation added."""
    rows = table.strip("\n").splitlines()
    margin = len(rows[0]) - len(rows[0].lstrip())
    return [row[margin:].rstrip() for row in rows if row.strip()]
