"""`partita fx rates`: import a file of rates, publish some by hand, show them."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.engine.listing import ResourceFilter
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.fx.deal import day_of
from partita.modules.fx.ledger_rates import (
    KIND,
    DayOfRates,
    PublishRates,
    check_rates,
    figures_of,
    missing,
)
from partita.modules.fx.rates import ALWAYS, MissingRate, RateError, check_day
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, RefusedByRules, asked, pairs, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import fx_replies as shapes

app = App(name="rates", help="Import, publish, list and show exchange rates.")
_PAGE = 500


@app.command(name="import")
def import_rates(file: Path, /, *, place: InLedger = IN_MAIN) -> None:
    """Publish all days of a file: the ECB's history, or columns date,pair,rate; plain or gzip.

    Stopped half-way it goes on there; the same file a second time changes nothing.
    """
    # Imported here: both lead to psycopg, for which no help text should wait.
    from partita import wiring  # noqa: PLC0415
    from partita.modules.fx.publishing import publish_table  # noqa: PLC0415

    try:
        found = wiring.rate_table(file)
        with (
            books(place, may_make=True) as open_books,
            progress(f"rates of {file.name}", "days") as advance,
        ):
            report = publish_table(open_books.ledger, found, advance)
    except RateError as error:
        raise CommandFailed(f"{error}.", "bring a file of rates.", status=USAGE) from None
    told = msgspec.to_builtins(report)
    if place.json:
        emit(told | {"seconds": round(report.seconds, 3)})
        return
    for name in ("provider", "days", "figures", "replayed_days", "first_day", "last_day"):
        print(f"{name}: {told[name]}")
    say(f"{report.rate:,.0f} figures/s.")


@app.command
def publish(
    figures: Annotated[tuple[str, ...], Parameter(help="PAIR=FIGURE, such as EUR/USD=1.0389")], /,
    *, day: Annotated[str, Parameter(help="YYYY-MM-DD, or always.")],
    provider: Annotated[str, Parameter(help="Who says so.")] = "manual",
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Keep what a provider says of a day: partita fx rates publish EUR/USD=1.0389 --day 2024-12-31."""
    try:
        wish = check_rates(PublishRates(provider, (DayOfRates(day, pairs(figures)),)))
    except RateError as error:
        raise CommandFailed(f"{error}.", "mend that rate.", status=USAGE) from None
    with books(place) as open_books:
        record = asked(open_books, wish, asking)
        assert isinstance(record.event, MatterChanged), "a business command ends with its matter"
        kept = record.event.matter
        if place.json:
            emit(shown(for_programs(shapes.rates(kept)), record, asking))
        else:
            _table([kept])


@app.command(name="list")
def list_rates(
    *, provider: Annotated[str | None, Parameter(help="Only this provider's.")] = None,
    limit: Annotated[int, Parameter(help="At most so many days, the last published first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """List the days that have rates, the last one published first."""
    with books(place) as open_books:
        which = ResourceFilter(KIND, about=provider)
        found = open_books.store.resources(open_books.info, which, None, min(limit, _PAGE))
        kept = [each for each in found if isinstance(each, Matter)]
        if place.json:
            emit_list(for_programs(shapes.rates(each)) for each in kept)
        else:
            _table(kept)


def _table(kept: list[Matter]) -> None:
    columns = ("provider", "day", "rates", "version", "figures")
    days = ((each, figures_of(each)) for each in kept)
    rows = (
        (
            str(each.about), found.day, str(len(found.figures)), str(each.version),
            " ".join(f"{pair} {figure}" for pair, figure in list(found.figures.items())[:4]),
        )
        for each, found in days
    )  # fmt: skip
    table(columns, rows, right="rates version")


@app.command
def show(
    pair: Annotated[str, Parameter(help="Such as EUR/USD.")], /, *,
    day: Annotated[str | None, Parameter(help="Of which day [today].")] = None,
    provider: Annotated[str | None, Parameter(help="Whose [the policy's].")] = None,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Show a rate as a conversion would take it; a day without one names the last that has one."""
    source, mark, target = pair.partition("/")
    if not mark:
        raise CommandFailed(f"{pair!r} is no pair.", "write it like EUR/USD.", status=USAGE)
    with books(place) as open_books:
        whose, when = provider or _provider(open_books), _day(day, open_books)
        try:
            rate = LedgerRates(open_books.store, open_books.info, whose).told(when, source, target)
        except MissingRate as error:
            raise RefusedByRules(missing(whose, error)) from None
    if place.json:
        emit(for_programs(shapes.rate(rate)))
    else:
        said = f"({rate.provider}, {rate.published})"
        print(f"1 {rate.source} = {rate.text} {rate.target} {said}")


def _provider(open_books: Books) -> str:
    return policy_in_force(open_books.store, open_books.info).provider


def _day(day: str | None, open_books: Books) -> str:
    if day is None:
        return day_of(open_books.application.clock.now())
    try:
        return day if day == ALWAYS else check_day(day)
    except RateError as error:
        raise CommandFailed(f"{error}.", "write it like 2024-12-31.", status=USAGE) from None
