"""`partita limits`: how much and how often, within a window of time; and who is near."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.listing import ResourceFilter
from partita.engine.nearness import Near, Wanted, ledger_now, nearest
from partita.journal.record import Record
from partita.kernel.amount import to_decimal
from partita.kernel.commands import ArchiveLimit, SetLimit
from partita.kernel.events import resource_in
from partita.kernel.rule_checks import RuleInvalid, check_limit
from partita.kernel.velocity_limits import (
    Flow,
    Limit,
    LimitScope,
    LimitStatus,
    Window,
    WindowKind,
)
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown, whole
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes import limits as shapes

app = App(name="limits", help="Set, list, show and archive velocity limits; see who is near.")
_PAGE = 500


@Parameter(name="*")
@dataclass(frozen=True)
class Bounds:
    """What the limit says: on what, within which window, how much at most."""

    asset: Annotated[str, Parameter(help="What amounts count in.")]
    window: Annotated[WindowKind, Parameter(help="How long what is used counts.")]
    account: Annotated[
        str | None, Parameter(help="A path or a pattern, such as 'customers:*:card'.")
    ] = None
    each_value_of: Annotated[str | None, Parameter(help="A metadata key instead.")] = None
    seconds: Annotated[int, Parameter(help="The length of a rolling window.")] = 0
    utc_offset_minutes: Annotated[
        int, Parameter(help="Where the calendar's days begin: 60 for UTC+1.")
    ] = 0
    flow: Annotated[Flow, Parameter(help="What leaves the account, or what comes in.")] = Flow.OUT
    max_amount: Annotated[str | None, Parameter(help="In minor units.")] = None
    max_count: Annotated[int | None, Parameter(help="So many times.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()

    def command(self, title: str) -> SetLimit:
        """The command to put it in force."""
        if (self.account is None) == (self.each_value_of is None):
            problem = "A limit is on accounts, or on the values of a metadata key."
            raise CommandFailed(problem, "say --account or --each-value-of.", status=USAGE)
        scope = LimitScope.METADATA if self.account is None else LimitScope.ACCOUNT
        wanted = SetLimit(
            title,
            scope,
            self.account or self.each_value_of or "",
            self.asset,
            Window(self.window, self.seconds, self.utc_offset_minutes),
            self.flow,
            None if self.max_amount is None else whole(self.max_amount, "--max-amount"),
            self.max_count,
            pairs(self.metadata),
        )
        try:
            return check_limit(wanted)
        except RuleInvalid as error:
            mend = f"mend {error.field.rpartition('/')[2].replace('_', ' ')}."
            raise CommandFailed(f"This makes no limit: {error}.", mend, status=USAGE) from None


@app.command(name="set")
def set_limit(
    title: str, /, *, bounds: Bounds, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Put a limit in force, or change the one of this title; what was used stays used.

    partita limits set "card per day" --account "customers:*" --asset USD --window day --max-amount 50000
    """
    with books(place) as open_books:
        record = asked(open_books, bounds.command(title), asking)
        _print(open_books, record, asking, json=place.json)


@app.command
def archive(reference: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN) -> None:
    """Take a limit out of force, by its title or its id."""
    with books(place) as open_books:
        record = asked(open_books, ArchiveLimit(reference), asking)
        _print(open_books, record, asking, json=place.json)


def _print(open_books: Books, record: Record, asking: Asking, *, json: bool) -> None:
    kept = resource_in(record.event)
    assert isinstance(kept, Limit), "what happens to a limit leaves a limit"
    if json:
        emit(shown(_for_programs(open_books, kept), record, asking))
    else:
        _table(open_books, [kept])


def _for_programs(open_books: Books, kept: Limit) -> dict[str, object]:
    return for_programs(shapes.limit(kept, scales(open_books)[kept.asset]))


def _table(open_books: Books, limits: list[Limit]) -> None:
    known = scales(open_books)
    columns = ("title", "status", "on", "window", "flow", "max amount", "max count", "id")
    rows = (
        (
            limit.title, limit.status.value,
            limit.subject if limit.scope is LimitScope.ACCOUNT else f"each {limit.subject}",
            _window(limit.window), limit.flow.value,
            "-" if limit.max_amount is None
            else f"{to_decimal(limit.max_amount, known[limit.asset])} {limit.asset}",
            "-" if limit.max_count is None else str(limit.max_count), limit.id,
        )
        for limit in limits
    )  # fmt: skip
    table(columns, rows, right="amount count")


def _window(window: Window) -> str:
    if window.kind is WindowKind.ROLLING:
        return f"{window.seconds} s"
    offset = window.utc_offset_minutes
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    return f"{window.kind.value} (UTC{f'{sign}{hours:02}:{minutes:02}' if offset else ''})"


@app.command(name="list")
def list_limits(
    *,
    status: Annotated[LimitStatus | None, Parameter(help="Only this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List velocity limits, newest first."""
    state = None if status is None else status.value
    with books(place) as open_books:
        which = ResourceFilter(Limit.kind, state=state)
        found = open_books.store.resources(open_books.info, which, None, min(limit, _PAGE))
        kept = [each for each in found if isinstance(each, Limit)]
        if place.json:
            emit_list(_for_programs(open_books, each) for each in kept)
        else:
            _table(open_books, kept)


def _limit(open_books: Books, reference: str) -> Limit:
    """A limit by its id, or the newest of a title."""
    store, info = open_books.store, open_books.info
    which = ResourceFilter(Limit.kind, name=reference)
    found = [store.resource(info, Limit.kind, reference), *store.resources(info, which, None, 1)]
    kept = next((each for each in found if isinstance(each, Limit)), None)
    if kept is None:
        raise CommandFailed(f"There is no limit {reference!r}.", "see `partita limits list`.")
    return kept


@app.command
def show(reference: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show a limit as it is now, by its title or its id."""
    with books(place) as open_books:
        kept = _limit(open_books, reference)
        if place.json:
            emit(_for_programs(open_books, kept))
        else:
            _table(open_books, [kept])


@app.command
def usage(
    reference: str,
    /,
    *,
    near: Annotated[int, Parameter(help="Only who has used so many percent or more.")] = 0,
    limit: Annotated[int, Parameter(help="At most so many, the nearest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """See who has used how much of a limit within the window as it is now, the nearest first."""
    with books(place) as open_books:
        kept, store = _limit(open_books, reference), open_books.store
        now = ledger_now(store, open_books.info, open_books.application.clock.now())
        found = nearest(store, open_books.info, kept, now, Wanted(near, None, limit))
        scale = scales(open_books)[kept.asset]
        if place.json:
            emit_list(for_programs(shapes.usage(each, kept, scale)) for each in found)
        else:
            columns = ("subject", "percent", "amount", "times", "room at")
            rows = (_near_row(each, scale) for each in found)
            table(columns, rows, right="percent amount times")


def _near_row(near: Near, scale: int) -> tuple[str, ...]:
    room_at = "now" if near.room_at is None else near.room_at.text()
    return (
        near.subject, str(near.percent), to_decimal(near.amount, scale), str(near.count), room_at,
    )  # fmt: skip
