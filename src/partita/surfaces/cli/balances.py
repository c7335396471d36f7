"""`partita balances`: what every account holds, now, as it was recorded, or by effective time."""

import csv
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, NamedTuple

from cyclopts import Parameter

from partita.kernel.account import Account, Totals
from partita.kernel.amount import to_decimal
from partita.kernel.balance import balance
from partita.kernel.moment import Moment
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import through
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import scales
from partita.surfaces.cli.talk import emit_list, table


class Format(Enum):
    """How balances are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Line(NamedTuple):
    """One balance: minor units on the account's normal side."""

    account: str
    asset: str
    posted: int


@Parameter(name="*")
@dataclass(frozen=True)
class When:
    """As of when; one of the three, else now."""

    effective_at: Annotated[
        str | None, Parameter(help="By effective time: a moment, or through the end of a day.")
    ] = None
    as_of: Annotated[
        str | None, Parameter(help="As recorded: a moment, or through the end of a day.")
    ] = None
    as_of_sequence: Annotated[int | None, Parameter(help="As of a place in the journal.")] = None

    def check(self) -> None:
        """Refuse more than one."""
        given = (self.effective_at, self.as_of, self.as_of_sequence)
        if sum(choice is not None for choice in given) > 1:
            problem = "--effective-at, --as-of and --as-of-sequence are different questions."
            raise CommandFailed(problem, "ask one of them.", status=USAGE)


def balances(
    *,
    when: When = When(),
    prefix: Annotated[str | None, Parameter(help="Only paths below this one.")] = None,
    form: Annotated[Format, Parameter(name="--format")] = Format.TABLE,
    place: InLedger = IN_MAIN,
) -> None:
    """Print the balance of every account, by path. Days end in UTC; moments are inclusive.

    In CSV and JSON amounts are whole minor units on the account's normal side; the table shows
    them with their decimals.
    """
    when.check()
    effective = None if when.effective_at is None else through(when.effective_at)
    recorded = None if when.as_of is None else through(when.as_of)
    with books(place) as open_books:
        sequence = when.as_of_sequence
        if recorded is not None:
            sequence = open_books.store.sequence_at(open_books.info, recorded)
        # Closed before the store is, also if nobody reads on: it holds a connection.
        with closing(_totals(open_books, effective, sequence)) as found:
            lines = (
                Line(account.path, account.asset, balance(totals, account.normal_side).posted)
                for account, totals in found
                if prefix is None or f"{account.path}:".startswith(f"{prefix}:")
            )
            _print(lines, Format.JSON if place.json else form, scales(open_books))


def _totals(
    open_books: Books, effective: Moment | None, sequence: int | None
) -> Generator[tuple[Account, Totals], None, None]:
    store, info = open_books.store, open_books.info
    for standing, totals in store.trial_balance(info, effective):
        account = standing.account
        if sequence is None:
            yield account, totals
        elif account.number <= sequence:
            yield account, store.totals_at(info, account.number, sequence)


def _print(found: Iterator[Line], form: Format, known: dict[str, int]) -> None:
    if form is Format.JSON:
        emit_list({**line._asdict(), "posted": str(line.posted)} for line in found)
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(Line._fields)
        writer.writerows(found)
    else:
        rows = (
            (line.account, line.asset, to_decimal(line.posted, known[line.asset])) for line in found
        )
        table(Line._fields, rows, right="posted")
