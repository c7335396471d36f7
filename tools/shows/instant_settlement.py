"""Three months of a bank's instant payments: does custody equal the bank's own report every day?

The input are the messages of a real settlement account, anonymised: a camt.054 for every calendar
day with each payment of it, and on 82 days a camt.052 with opening and closing balance.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from partita.adapters.formats.camt.archive import read_archive
from partita.adapters.formats.camt.message import Kind, Statement
from partita.kernel.amount import to_decimal
from tools.showing import Show, main

ARCHIVE = ("statements", "camt", "instant-settlement", "LT809872649478701594.tar.gz")
PAYMENTS, DAYS = 9_644, 82


class Day(NamedTuple):
    """A day of the account: what was paid, and what the bank reports of it if it does."""

    file: str
    notification: Statement
    report: Statement | None


def read_days(archive: Path) -> Iterator[Day]:
    """The days in their order."""
    found: dict[Kind, dict[str, Statement]] = {kind: {} for kind in Kind}
    for name, statement in read_archive(archive):
        found[statement.kind][name.rpartition("/")[2]] = statement
    for file, notification in sorted(found[Kind.NOTIFICATION].items()):
        yield Day(file, notification, found[Kind.REPORT].get(file))


def tell(show: Show) -> None:
    """Read every day, and add it up."""
    days = list(read_days(show.input(*ARCHIVE)))
    payments = [
        each for day in days for entry in day.notification.entries for each in entry.payments
    ]
    show.equal("payments in the bank's notifications", len(payments), PAYMENTS)
    reported = [day.report for day in days if day.report is not None]
    show.equal("days with a report", len(reported), DAYS)
    closing = reported[-1].closing()
    assert closing is not None
    show.figure("closing balance of the last day, EUR", to_decimal(closing.signed, 2))


if __name__ == "__main__":
    sys.exit(main(tell, __doc__))
