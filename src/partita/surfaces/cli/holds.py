"""`partita holds`: money of an account set aside, and what may be done to it."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.listing import ResourceFilter
from partita.journal.record import Record
from partita.kernel.amount import to_decimal
from partita.kernel.commands import (
    CaptureHold,
    ChangeHold,
    ExtendHold,
    IncrementHold,
    PlaceHold,
    ReleaseHold,
)
from partita.kernel.events import resource_in
from partita.kernel.holds import Hold, HoldStatus, LateCapture
from partita.surfaces.cli.amounts import whole_amount
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.post import NO_WORDS, Leg, Wording, both_sides
from partita.surfaces.cli.shapes import (
    as_recorded,
    for_programs,
    hold,
    hold_table,
    scales,
    transaction_lines,
)
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.cli.trailing import up_to_date
from partita.surfaces.http.shapes import exposure as shapes
from partita.views.hold_exposure import HOLD_EXPOSURE
from partita.views.reading.holds import Bucket, HoldFilter, hold_exposure

app = App(name="holds", help="Place, capture, increment, release, extend, list and show holds.")
_PAGE = 500
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Placing:
    """What the hold to place is like."""

    expires_at: Annotated[str | None, Parameter(help="When it expires; else never.")] = None
    overcapture_bps: Annotated[
        int, Parameter(help="How much more may be captured: 1000 is 10 %.")
    ] = 0
    late_capture: Annotated[
        LateCapture, Parameter(help="Whether it may be captured after it has expired.")
    ] = LateCapture.REFUSED
    external_id: Annotated[str | None, Parameter(help="Your own reference, once a ledger.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()

    def command(self, account: str, amount: str, asset: str) -> PlaceHold:
        """The command to place it."""
        if not 0 <= self.overcapture_bps <= 1_000_000:
            problem = f"--overcapture-bps {self.overcapture_bps} is no tolerance."
            raise CommandFailed(problem, "write 0 to 1000000.", status=USAGE)
        return PlaceHold(
            account,
            whole_amount(amount),
            asset,
            None if self.expires_at is None else exact(self.expires_at),
            self.overcapture_bps,
            self.late_capture,
            self.external_id,
            pairs(self.metadata),
        )


@app.command
def place(
    account: str, amount: str, asset: str, /, *, placing: Placing = Placing(),
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Set money of an account aside: partita holds place customers:alice 4000 USD."""
    with books(place) as open_books:
        record = asked(open_books, placing.command(account, amount, asset), asking)
        _print(open_books, record, asking, json=place.json)


def _print(open_books: Books, record: Record, asking: Asking, *, json: bool) -> None:
    kept = resource_in(record.event)
    assert isinstance(kept, Hold), "what happens to a hold leaves a hold"
    if json:
        emit(shown(hold(open_books, kept), record, asking))
    else:
        hold_table([kept], scales(open_books))


@Parameter(name="*")
@dataclass(frozen=True)
class Capturing:
    """Where the money goes: to one account, or by legs on the other side."""

    to: Annotated[str | None, Parameter(help="The account that gets it.")] = None
    amount: Annotated[str | None, Parameter(help="In minor units; else all that remains.")] = None
    debit: Annotated[list[Leg] | None, Parameter(negative="")] = None
    credit: Annotated[list[Leg] | None, Parameter(negative="")] = None
    final: Annotated[bool, Parameter(negative="", help="Release what remains afterwards.")] = False

    def command(self, hold: str, wording: Wording) -> CaptureHold:
        """The command to capture in this way."""
        legs = both_sides(self.debit or [], self.credit or [])
        if (self.to is None) == (not legs) or (legs and self.amount is not None):
            problem = "A capture goes to one account, or by legs with amounts of their own."
            raise CommandFailed(problem, "say --to ACCOUNT, or --credit legs.", status=USAGE)
        amount = None if self.amount is None else whole_amount(self.amount)
        return CaptureHold(hold, legs, self.to, amount, self.final, *wording.said())


@app.command
def capture(
    hold_id: str, /, *, capturing: Capturing = Capturing(), wording: Wording = NO_WORDS,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Spend held money: partita holds capture hld_… --to merchants:inn --amount 2500."""
    with books(place) as open_books:
        record = asked(open_books, capturing.command(hold_id, wording), asking)
        told, kept = as_recorded(open_books, record), resource_in(record.event)
        assert isinstance(kept, Hold), "a capture leaves a hold"
        if place.json:
            both = {"object": "capture", "hold": hold(open_books, kept)}
            emit(shown({**both, "transaction": for_programs(told)}, record, asking))
        else:
            transaction_lines(told)
            hold_table([kept], scales(open_books))


@app.command
def increment(
    hold_id: str, amount: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Hold so much more."""
    _change(place, IncrementHold(hold_id, whole_amount(amount)), asking)


@app.command
def release(
    hold_id: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    amount: Annotated[str | None, Parameter(help="So much; else all that remains.")] = None,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Let held money go."""
    freed = None if amount is None else whole_amount(amount)
    _change(place, ReleaseHold(hold_id, freed, reason), asking)


@app.command
def extend(
    hold_id: str, expires_at: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Have a hold expire at another moment; `never` is one too."""
    moment = None if expires_at == "never" else exact(expires_at)
    _change(place, ExtendHold(hold_id, moment), asking)


def _change(place: InLedger, command: ChangeHold, asking: Asking) -> None:
    with books(place) as open_books:
        record = asked(open_books, command, asking)
        _print(open_books, record, asking, json=place.json)


@Parameter(name="*")
@dataclass(frozen=True)
class Which:
    """Which holds to list."""

    account: Annotated[str | None, Parameter(help="Only those of this account.")] = None
    status: Annotated[HoldStatus | None, Parameter(help="Only this status.")] = None
    external_id: Annotated[str | None, Parameter(help="Only this reference.")] = None


@app.command(name="list")
def list_holds(
    *,
    which: Which = Which(),
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List holds, newest first."""
    state = None if which.status is None else which.status.value
    with books(place) as open_books:
        number = _number(open_books, which.account)
        wanted = ResourceFilter(Hold.kind, number, state, which.external_id)
        found = open_books.store.resources(open_books.info, wanted, None, min(limit, _PAGE))
        kept = [each for each in found if isinstance(each, Hold)]
        if place.json:
            emit_list(hold(open_books, each) for each in kept)
        else:
            hold_table(kept, scales(open_books))


def _number(open_books: Books, account: str | None) -> int | None:
    if account is None:
        return None
    standing = open_books.store.account(open_books.info, account)
    if standing is None:
        raise CommandFailed(f"There is no account {account!r}.", "see `partita accounts list`.")
    return standing.account.number


@app.command
def show(hold_id: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show a hold as it is now."""
    with books(place) as open_books:
        kept = open_books.store.resource(open_books.info, Hold.kind, hold_id)
        if not isinstance(kept, Hold):
            raise CommandFailed(f"There is no hold {hold_id!r}.", "see `partita holds list`.")
        if place.json:
            emit(hold(open_books, kept))
        else:
            hold_table([kept], scales(open_books))


@app.command
def exposure(
    *,
    account: Annotated[str | None, Parameter(help="Only those of this account.")] = None,
    asset: Annotated[str | None, Parameter(help="Only this asset.")] = None,
    by: Annotated[Bucket, Parameter(help="Sum by the day or the hour, of UTC.")] = Bucket.DAY,
    place: InLedger = IN_MAIN,
) -> None:
    """See what open holds set aside, by when they expire, and in all."""
    with books(place) as open_books:
        _number(open_books, account)
        which = HoldFilter(asset, account)
        found = hold_exposure(up_to_date(open_books, HOLD_EXPOSURE), which, by)
        known, told = scales(open_books), found.answer
    if place.json:
        buckets = [for_programs(shapes.hold_exposure(e, known[e.asset])) for e in told.buckets]
        totals = [for_programs(shapes.hold_total(e, known[e.asset])) for e in told.totals]
        emit({"data": buckets, "totals": totals, "as_of_sequence": str(found.sequence)})
        return
    lines = [(each, each.expires_in or "never") for each in told.buckets]
    lines += [(each, "in all") for each in told.totals]
    rows = (
        (each.asset, when, str(each.holds), to_decimal(each.remaining, known[each.asset]))
        for each, when in lines
    )
    table(("asset", "expires in", "holds", "remaining"), rows, right="holds remaining")
