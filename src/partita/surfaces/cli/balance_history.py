"""`partita balances history` and `difference`: what went through an account, and when."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from partita.engine import history
from partita.engine.as_of import Basis
from partita.engine.history import UTC_ZONE, Interval, Span, Turnover
from partita.kernel.account import Account
from partita.kernel.amount import to_decimal
from partita.kernel.moment import Moment
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact, through
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import scales
from partita.surfaces.cli.talk import emit, emit_list, table

LARGEST_HISTORY = 10_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("from", "opening", "inflow", "outflow", "closing")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which span of time, on which of the two axes, and as known when."""

    start: Annotated[
        str, Parameter(name="--from", help="A moment, or a day: its beginning in the time zone.")
    ]
    end: Annotated[
        str | None, Parameter(name="--to", help="Likewise, not included; left out: now.")
    ] = None
    timezone: Annotated[str, Parameter(help="Of days and intervals, such as Europe/Prague.")] = (
        UTC_ZONE
    )
    basis: Annotated[Basis, Parameter(help="By which of the two times.")] = Basis.RECORDED
    known_at: Annotated[
        str | None, Parameter(help="As known at a moment; with --basis effective.")
    ] = None
    known_at_sequence: Annotated[
        int | None, Parameter(help="As known at a place in the journal; likewise.")
    ] = None

    def zone(self) -> ZoneInfo:
        """The time zone that is named."""
        try:
            return history.zone(self.timezone)
        except ValueError as error:
            raise CommandFailed(f"{error}.", "see the IANA database.", status=USAGE) from None

    def span(self, open_books: Books) -> Span:
        """The span as the store is asked."""
        if self.known_at is not None and self.known_at_sequence is not None:
            problem = "--known-at and --known-at-sequence exclude each other."
            raise CommandFailed(problem, "say once what is to be known.", status=USAGE)
        sequence = self.known_at_sequence
        if self.known_at is not None:
            sequence = open_books.store.sequence_at(open_books.info, through(self.known_at))
        if sequence is not None and self.basis is Basis.RECORDED:
            problem = "What was known is what a question by recorded time is about."
            raise CommandFailed(problem, "add --basis effective.", status=USAGE)
        start = _moment(self.start, self.zone())
        now = max(open_books.application.clock.now(), start)
        end = now if self.end is None else _moment(self.end, self.zone())
        if end < start:
            raise CommandFailed("--to is before --from.", "exchange them.", status=USAGE)
        return Span(start, end, self.basis, sequence)


def show(
    reference: str,
    /,
    *,
    asked: Asked,
    interval: Annotated[Interval, Parameter(help="How long its intervals are.")] = Interval.DAY,
    place: InLedger = IN_MAIN,
) -> None:
    """Print an account's opening, inflow, outflow and closing, interval by interval."""
    where = asked.zone()
    with books(place) as open_books:
        span, account = asked.span(open_books), _account(open_books, reference)
        ends = history.page_of(interval, where, span, LARGEST_HISTORY)
        if ends[-1] < span.end:
            problem = f"That is a history of more than {LARGEST_HISTORY:,} intervals."
            raise CommandFailed(problem, "ask for a shorter span, or longer intervals.")
        side = (account.number, account.normal_side)
        turnovers = history.history(open_books.store, open_books.info, side, span, ends)
        _print(turnovers, where, scales(open_books)[account.asset], json=place.json)


def difference(reference: str, /, *, asked: Asked, place: InLedger = IN_MAIN) -> None:
    """Print what went in and out of an account between two moments."""
    with books(place) as open_books:
        span, account = asked.span(open_books), _account(open_books, reference)
        side = (account.number, account.normal_side)
        turnover = history.difference(open_books.store, open_books.info, side, span)
        if place.json:
            emit(_json(turnover))
        else:
            _print([turnover], asked.zone(), scales(open_books)[account.asset], json=False)


def _print(turnovers: list[Turnover], where: ZoneInfo, scale: int, *, json: bool) -> None:
    if json:
        emit_list(_json(turnover) for turnover in turnovers)
        return
    rows = (
        (
            _local(turnover.start, where),
            *(
                to_decimal(figure, scale)
                for figure in (
                    turnover.opening,
                    turnover.inflow,
                    turnover.outflow,
                    turnover.closing,
                )
            ),
        )
        for turnover in turnovers
    )
    table(_COLUMNS, rows, right="opening inflow outflow closing")


def _json(turnover: Turnover) -> dict[str, Any]:
    figures = {name: str(getattr(turnover, name)) for name in _COLUMNS[1:]}
    return {"start": turnover.start.text(), "end": turnover.end.text(), **figures}


def _local(moment: Moment, where: ZoneInfo) -> str:
    time = (_EPOCH + timedelta(microseconds=moment)).astimezone(where)
    return time.isoformat(timespec="minutes")


def _moment(text: str, where: ZoneInfo) -> Moment:
    """A moment; a bare day begins when the date changes in the time zone."""
    if _DAY.fullmatch(text) is None:
        return exact(text)
    try:
        return history.begin_of(date.fromisoformat(text), where)
    except ValueError as error:
        raise CommandFailed(
            f"{text!r}: {error}.", "write it like 2026-11-20.", status=USAGE
        ) from None


def _account(open_books: Books, reference: str) -> Account:
    standing = open_books.store.account(open_books.info, reference)
    if standing is None:
        raise CommandFailed(
            f"There is no account {reference!r} in the ledger {open_books.info.name!r}.",
            "see `partita accounts list --prefix …`.",
        )
    return standing.account
