"""`partita reports`: what an accountant asks of the books, as a table, CSV or JSON."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from partita.modules.fx.rates import MissingRate, RateError, RateSource, check_day
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.modules.reports.conversion import Base
from partita.modules.reports.rendering import to_csv, to_json, to_text
from partita.modules.reports.report import Kind, Report
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact, through
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import scales
from partita.surfaces.cli.talk import emit


class Format(Enum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class When:
    """Of which span, and as known when."""

    start: Annotated[
        str | None, Parameter(name="--from", help="Effective from a moment, or a day's beginning.")
    ] = None
    end: Annotated[
        str | None, Parameter(name="--to", help="Likewise, not included; left out: everything.")
    ] = None
    known_at: Annotated[
        str | None, Parameter(help="As known at a moment, or through the end of a day.")
    ] = None
    known_at_sequence: Annotated[
        int | None, Parameter(help="As known at a place in the journal.")
    ] = None

    def sequence(self, open_books: Books) -> int | None:
        """The place in the journal as of which it was known; None is now."""
        if self.known_at is None:
            return self.known_at_sequence
        if self.known_at_sequence is not None:
            problem = "--known-at and --known-at-sequence exclude each other."
            raise CommandFailed(problem, "say once what is to be known.", status=USAGE)
        return open_books.store.sequence_at(open_books.info, through(self.known_at))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Which accounts, and how deep."""

    asset: Annotated[str | None, Parameter(help="Only this asset.")] = None
    prefix: Annotated[
        str | None, Parameter(help="General ledger: only accounts at this path or below.")
    ] = None
    depth: Annotated[
        int | None, Parameter(help="Only so many segments of the chart; left out: all accounts.")
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Currency:
    """In which currency, by which rates."""

    base: Annotated[str | None, Parameter(help="Convert all to this asset.")] = None
    rates: Annotated[
        Path | None,
        Parameter(help="Rates: date,pair,rate as CSV, or the ECB's history; plain or gzip."),
    ] = None
    rates_on: Annotated[str | None, Parameter(help="The day of the rates, YYYY-MM-DD.")] = None
    provider: Annotated[
        str | None,
        Parameter(help="Without a file: whose of the ledger's own rates [the policy's]."),
    ] = None


def reports(
    kind: Kind,
    /,
    *,
    when: When = When(),
    which: Which = Which(),
    currency: Currency = Currency(),
    form: Annotated[Format, Parameter(name="--format")] = Format.TABLE,
    place: InLedger = IN_MAIN,
) -> None:
    """Print a report: trial-balance, general-ledger, income-statement or balance-sheet.

    Spans are half-open: --to 2026-01-01 ends with the year 2025, in UTC.
    """
    with books(place) as open_books:
        report = _made(open_books, kind, when, which, currency)
    if place.json or form is Format.JSON:
        emit(to_json(report))
    else:
        print(to_csv(report) if form is Format.CSV else to_text(report), end="")


def _made(open_books: Books, kind: Kind, when: When, which: Which, currency: Currency) -> Report:
    # Imported here: it leads to the engine, which no help text needs.
    from partita.modules.reports.making import Asked, Reporter, ReportRefused  # noqa: PLC0415

    known = scales(open_books)
    asked = Asked(
        kind=kind,
        start=None if when.start is None else exact(when.start),
        end=None if when.end is None else exact(when.end),
        sequence=when.sequence(open_books),
        asset=which.asset,
        prefix=which.prefix,
        depth=which.depth,
    )
    try:
        base = _base(open_books, currency, known)
        return Reporter(open_books.info, open_books.store, known).report(asked, base)
    except (ReportRefused, RateError) as error:
        raise CommandFailed(f"{error}.", "ask otherwise.", status=USAGE) from None
    except MissingRate as missing:
        mend = f"--rates-on {missing.last}" if missing.last else "bring a file that has it"
        raise CommandFailed(f"{missing}.", f"{mend}.") from None


def _base(open_books: Books, currency: Currency, known: dict[str, int]) -> Base | None:
    given = (currency.base, currency.rates_on, currency.rates, currency.provider)
    if given == (None, None, None, None):
        return None
    if currency.base is None or currency.rates_on is None:
        problem = "--base and --rates-on come together, with a file of --rates or without."
        raise CommandFailed(problem, "give both, or none.", status=USAGE)
    if currency.base not in known:
        problem = f"There is no asset {currency.base!r} in this ledger."
        raise CommandFailed(problem, "name one that is registered.", status=USAGE)
    return Base(currency.base, check_day(currency.rates_on), _source(open_books, currency), known)


def _source(open_books: Books, currency: Currency) -> RateSource:
    """The file that is named, else the rates that the ledger keeps."""
    if currency.rates is not None:
        from partita import wiring  # noqa: PLC0415 - it loads psycopg, for which no help waits

        return wiring.rate_table(currency.rates)
    store, info = open_books.store, open_books.info
    provider = currency.provider or policy_in_force(store, info).provider
    return LedgerRates(store, info, provider)
