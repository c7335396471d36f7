"""`partita periods`: accounting periods, and how open they are."""

from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.listing import ResourceFilter
from partita.kernel.commands import (
    ChangePeriod,
    ClosePeriod,
    OpenPeriod,
    ReopenPeriod,
    SoftClosePeriod,
)
from partita.kernel.events import resource_in
from partita.kernel.periods import Period, PeriodStatus
from partita.kernel.rule_checks import RuleInvalid, check_period
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes import periods as shapes

app = App(name="periods", help="Open, list, close and reopen accounting periods.")
_PAGE = 500
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]


@app.command(name="open")
def open_period(
    title: str, begins_at: str, ends_at: str, /, *,
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = (),
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Name a span of time, its end not included: partita periods open 2026-10 2026-10-01 2026-11-01."""
    wish = OpenPeriod(title, exact(begins_at), exact(ends_at), pairs(metadata))
    try:
        check_period(wish)
    except RuleInvalid as error:
        mend = "write its title, its beginning, and where the next one begins."
        raise CommandFailed(f"This makes no period: {error}.", mend, status=USAGE) from None
    _do(place, wish, asking)


@app.command(name="soft-close")
def soft_close(
    period: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Let nothing but adjustments into a period, which its title or its id names."""
    _do(place, SoftClosePeriod(period, reason), asking)


@app.command
def reopen(
    period: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Open a softly closed period again."""
    _do(place, ReopenPeriod(period, reason), asking)


@app.command
def close(
    period: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Let nothing into a period, for ever."""
    _do(place, ClosePeriod(period, reason), asking)


def _do(place: InLedger, wish: OpenPeriod | ChangePeriod, asking: Asking) -> None:
    with books(place) as open_books:
        record = asked(open_books, wish, asking)
        kept = resource_in(record.event)
        assert isinstance(kept, Period), "what happens to a period leaves a period"
        if place.json:
            emit(shown(for_programs(shapes.period(kept)), record, asking))
        else:
            _table([kept])


def _table(periods: list[Period]) -> None:
    columns = ("title", "status", "begins at", "ends at", "reason", "id")
    rows = (
        (
            each.title, each.status.value, each.begins_at.text(), each.ends_at.text(),
            each.reason or "-", each.id,
        )
        for each in periods
    )  # fmt: skip
    table(columns, rows)


@app.command(name="list")
def list_periods(
    *,
    status: Annotated[PeriodStatus | None, Parameter(help="Only this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, the last one opened first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List accounting periods, the last one opened first."""
    with books(place) as open_books:
        kept = _found(open_books, status, min(limit, _PAGE))
        if place.json:
            emit_list(for_programs(shapes.period(each)) for each in kept)
        else:
            _table(kept)


def _found(open_books: Books, status: PeriodStatus | None, limit: int) -> list[Period]:
    which = ResourceFilter(Period.kind, state=None if status is None else status.value)
    found = open_books.store.resources(open_books.info, which, None, limit)
    return [each for each in found if isinstance(each, Period)]
