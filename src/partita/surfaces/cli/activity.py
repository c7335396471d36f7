"""`partita accounts activity`, `days`, `dormant`: what accounts did, day by day, and who rests."""

from typing import Annotated

from cyclopts import Parameter

from partita.kernel.account import Account
from partita.kernel.amount import to_decimal
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.cli.trailing import Span, up_to_date
from partita.surfaces.http.shapes import activity as shapes
from partita.surfaces.http.shapes import volumes as day_shapes
from partita.views import activity as view
from partita.views.reading import activity as reading
from partita.views.reading.volumes import account_days
from partita.views.volumes import VOLUMES

_ALWAYS = Span()


def _account(open_books: Books, reference: str) -> Account:
    standing = open_books.store.account(open_books.info, reference)
    if standing is None:
        raise CommandFailed(f"There is no account {reference!r}.", "see `partita accounts list`.")
    return standing.account


def activity(reference: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Print an account's first and last entry, how many there were, and how much on each side."""
    with books(place) as open_books:
        account = _account(open_books, reference)
        found = reading.activity(up_to_date(open_books, view.ACTIVITY), account)
        scale = scales(open_books)[account.asset]
    told = shapes.account_activity(found.answer, found.sequence, scale)
    if place.json:
        emit(for_programs(told))
        return
    print(f"{told.account}: {told.entries} entries in {told.asset}, as of {told.as_of_sequence}")
    print(f"debits {_shown(told.debits, scale)}, credits {_shown(told.credits, scale)}")
    for name, sign in (("first", told.first), ("last", told.last)):
        if sign is not None:
            times = f"effective {sign.effective_at}, recorded {sign.recorded_at}"
            print(f"{name}: {times}, sequence {sign.sequence}")


def days(
    reference: str,
    /,
    *,
    span: Span = _ALWAYS,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 30,
    place: InLedger = IN_MAIN,
) -> None:
    """Print what went through an account on each day on which anything did, newest first."""
    with books(place) as open_books:
        account, wanted = _account(open_books, reference), span.days()
        where = up_to_date(open_books, VOLUMES)
        found = account_days(where, account.path, wanted, None, limit)
        scale = scales(open_books)[account.asset]
    rows = [day_shapes.account_day(each, account.asset, scale) for each in found.answer]
    if place.json:
        emit_list(map(for_programs, rows))
        return
    figures = (
        (each.day, str(each.entries), _shown(each.debits, scale), _shown(each.credits, scale))
        for each in rows
    )
    table(("day", "entries", "debits", "credits"), figures, right="entries debits credits")


def dormant(
    since: str,
    /,
    *,
    asset: Annotated[str | None, Parameter(help="Only this asset.")] = None,
    prefix: Annotated[str | None, Parameter(help="Only paths at or below this one.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, the longest at rest first.")] = 50,
    place: InLedger = IN_MAIN,
) -> None:
    """List the accounts in which nothing was recorded since a day or a moment."""
    which = reading.DormantFilter(exact(since), asset, prefix)
    with books(place) as open_books:
        where = up_to_date(open_books, view.ACTIVITY)
        found = reading.dormant(where, which, None, limit)
        known = scales(open_books)
    rows = [shapes.dormant_account(each, known[each.activity.asset]) for each in found.answer]
    if place.json:
        emit_list(map(for_programs, rows))
        return
    figures = (
        (each.account, each.status, each.asset, _shown(each.balance, each.scale),
         str(each.entries), each.resting_since)
        for each in rows
    )  # fmt: skip
    columns = ("path", "status", "asset", "balance", "entries", "resting since")
    table(columns, figures, right="balance entries")


def _shown(units: str, scale: int) -> str:
    return to_decimal(int(units), scale)
