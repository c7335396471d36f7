"""Hold exposure: every hold that sets money aside now, in the order in which they expire.

One row for each, since a hold whose expiry is moved does not say where it was before; sums by hour
and by day are taken as the rows are read.
"""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.changes import Change, Put, Remove
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.events import HoldChanged
from partita.kernel.holds import Hold
from partita.views.days import hour_of

OPEN_HOLD = "open_hold"
BY_EXPIRY, BY_ACCOUNT = "expiry", "account"
NEVER = "never"
"""The hour of holds that do not expire: it stands behind all others."""
_CHANGES = frozenset(HoldChanged.__args__)

_TABLES = (
    Table(
        OPEN_HOLD,
        (
            Column("hold", Kind.TEXT),
            Column("asset", Kind.TEXT),
            Column("account", Kind.TEXT),
            Column("expires_in", Kind.TEXT),
            Column("remaining", Kind.INTEGER),
            Column("placed_at", Kind.MOMENT),
            Column("expires_at", Kind.MOMENT, optional=True),
        ),
        key=("hold",),
        keeping=Keeping.REPLACED,
        orders=(
            Order(BY_EXPIRY, ("asset", "expires_in")),
            Order(BY_ACCOUNT, ("account", "expires_in")),
        ),
    ),
)


def project(records: Iterable[Record]) -> Iterator[Change]:
    """The holds that records leave open, and those that they end."""
    last: dict[str, Hold] = {}
    for record in records:
        event = record.event
        if type(event) in _CHANGES:
            hold: Hold = event.hold  # type: ignore[union-attr]  # HoldChanged
            last[hold.id] = hold
    for hold in last.values():
        yield Put(OPEN_HOLD, _row(hold)) if hold.is_open else Remove(OPEN_HOLD, (hold.id,))


def _row(hold: Hold) -> tuple[str | int | None, ...]:
    expires_in = NEVER if hold.expires_at is None else hour_of(hold.expires_at)
    return (
        hold.id, hold.asset, hold.account, expires_in, hold.remaining, hold.placed_at,
        hold.expires_at,
    )  # fmt: skip


HOLD_EXPOSURE = View("hold_exposure", Pace.TRAILING, _TABLES, project)
