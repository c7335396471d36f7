"""`partita volumes` and `partita movers`: what was moved day by day, the fees, and by whom."""

from typing import Annotated

from cyclopts import Parameter

from partita.kernel.amount import to_decimal
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit_list, table
from partita.surfaces.cli.trailing import Span, up_to_date, wrong_days
from partita.surfaces.http.shapes import volumes as shapes
from partita.views.movers import MOVERS
from partita.views.reading import movers as mover_reading
from partita.views.reading import volumes as reading
from partita.views.volumes import VOLUMES

_ALWAYS = Span()


def show_volumes(
    *,
    span: Span = _ALWAYS,
    asset: Annotated[str | None, Parameter(help="Only this asset.")] = None,
    type: Annotated[str | None, Parameter(help="Only this type of transactions.")] = None,
    by: Annotated[
        reading.Grouping, Parameter(help="Tell types apart, or sum them by asset.")
    ] = reading.Grouping.TYPE,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 50,
    place: InLedger = IN_MAIN,
) -> None:
    """Print what was moved day by day, by asset and type of transaction, and what of it were fees."""
    which = reading.VolumeFilter(span.days(), asset, type, by)
    with books(place) as open_books:
        found = reading.volumes(up_to_date(open_books, VOLUMES), which, None, limit)
        known = scales(open_books)
    rows = [shapes.daily_volume(each, known[each.asset]) for each in found.answer]
    if place.json:
        emit_list(map(for_programs, rows))
        return
    figures = (
        (each.day, each.asset, each.type or "-", str(each.transactions),
         to_decimal(int(each.volume), each.scale), to_decimal(int(each.fees), each.scale))
        for each in rows
    )  # fmt: skip
    columns = ("day", "asset", "type", "transactions", "volume", "fees")
    table(columns, figures, right="transactions volume fees")


def show_movers(
    asset: str,
    first_day: str,
    last_day: str | None = None,
    /,
    *,
    prefix: Annotated[str | None, Parameter(help="Only paths at or below this one.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, the busiest first.")] = 10,
    place: InLedger = IN_MAIN,
) -> None:
    """Print the accounts through which most went on a day, or from one day to another."""
    which = mover_reading.MoverFilter(asset, first_day, last_day or first_day, prefix)
    try:
        which.checked()
    except ValueError as error:
        raise wrong_days(error) from None
    with books(place) as open_books:
        found = mover_reading.movers(up_to_date(open_books, MOVERS), which, None, limit)
        known = scales(open_books)
    rows = [shapes.mover(each, asset, known[asset]) for each in found.answer]
    if place.json:
        emit_list(map(for_programs, rows))
        return
    figures = (
        (each.account, str(each.entries),
         *(to_decimal(int(n), each.scale) for n in (each.debits, each.credits, each.moved)))
        for each in rows
    )  # fmt: skip
    columns = ("account", "entries", "debits", "credits", "moved")
    table(columns, figures, right="entries debits credits moved")
