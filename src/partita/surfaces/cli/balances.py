"""`partita balances`: what every account holds, now or in any past."""

import csv
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, NamedTuple

from cyclopts import App, Parameter

from partita.engine.as_of import AsOf
from partita.kernel.account import Account, Totals
from partita.kernel.amount import to_decimal
from partita.kernel.balance import balance
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
    """Which past: effective when, known when; neither is now."""

    effective_at: Annotated[
        str | None, Parameter(help="By effective time: a moment, or through the end of a day.")
    ] = None
    known_at: Annotated[
        str | None, Parameter(help="As known at a moment, or through the end of a day.")
    ] = None
    known_at_sequence: Annotated[
        int | None, Parameter(help="As known at a place in the journal.")
    ] = None
    as_of: Annotated[str | None, Parameter(help="The same as --known-at.")] = None
    as_of_sequence: Annotated[int | None, Parameter(help="The same as --known-at-sequence.")] = None

    def check(self) -> None:
        """Refuse two answers to one question."""
        known = (self.known_at, self.known_at_sequence, self.as_of, self.as_of_sequence)
        if sum(choice is not None for choice in known) > 1:
            problem = (
                "--known-at, --known-at-sequence, --as-of and --as-of-sequence exclude each other."
            )
            raise CommandFailed(problem, "say once what is to be known.", status=USAGE)

    def past(self, open_books: Books) -> AsOf | None:
        """The past as the store is asked; None is now."""
        moment = self.known_at or self.as_of
        sequence = self.as_of_sequence if self.known_at_sequence is None else self.known_at_sequence
        if moment is not None:
            sequence = open_books.store.sequence_at(open_books.info, through(moment))
        effective = None if self.effective_at is None else through(self.effective_at)
        return None if effective is None and sequence is None else AsOf(effective, sequence)


app = App(name="balances", help="Print balances: now, in any past, and how they came about.")


@app.default
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
    # Closed before the store is, also if nobody reads on: it may hold a connection.
    with (
        books(place) as open_books,
        closing(_totals(open_books, when.past(open_books))) as found,
    ):
        lines = (
            Line(account.path, account.asset, balance(totals, account.normal_side).posted)
            for account, totals in found
            if prefix is None or f"{account.path}:".startswith(f"{prefix}:")
        )
        _print(lines, Format.JSON if place.json else form, scales(open_books))


def _totals(open_books: Books, as_of: AsOf | None) -> Generator[tuple[Account, Totals], None, None]:
    for standing, totals in open_books.store.trial_balance(open_books.info, as_of):
        yield standing.account, totals


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


app.command("partita.surfaces.cli.balance_history:show", name="history")
app.command("partita.surfaces.cli.balance_history:difference", name="difference")
app.command("partita.surfaces.cli.balance_blocks:rebuild", name="rebuild")
