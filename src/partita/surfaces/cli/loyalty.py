"""`partita loyalty`: what points are worth, grants, what there is, payments from several sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.listing import ResourceFilter
from partita.engine.wanting import Act
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.loyalty import acts
from partita.modules.loyalty.lots import POINTS
from partita.modules.loyalty.program import PROGRAM
from partita.modules.wallets.wallet import WALLET
from partita.surfaces.cli.amounts import whole_amount
from partita.surfaces.cli.customers import External, Reason, kept
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, shown
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes import loyalty as shapes

app = App(name="loyalty", help="Points and vouchers: set programs, grant, list, spend.")
_PAGE = 1_000


@Parameter(name="*")
@dataclass(frozen=True)
class Terms:
    """What points are worth, and for how long they are good."""

    points: Annotated[int, Parameter(help="So many points …")] = 1
    worth: Annotated[int, Parameter(help="… are worth so many minor units of the money.")] = 1
    days: Annotated[int | None, Parameter(help="They end so many days after a grant.")] = None


@app.command
def program(
    asset: str, money: str, /, *, terms: Terms = Terms(), asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Say what the points of an asset are worth: partita loyalty program PTS EUR --points 100."""
    act = acts.SetProgram(
        asset=asset,
        money=money,
        points=terms.points,
        worth=terms.worth,
        expires_after_days=terms.days,
    )
    matter, record = _do(act, asking, place)
    if place.json:
        emit(shown(for_programs(shapes.program(matter)), record, asking))
    else:
        _programs([matter])


@app.command
def programs(*, place: InLedger = IN_MAIN) -> None:
    """List programs, newest first."""
    with books(place) as open_books:
        reader, info = open_books.store, open_books.info
        found = reader.resources(info, ResourceFilter(PROGRAM), None, _PAGE)
    matters = [each for each in found if isinstance(each, Matter)]
    if place.json:
        emit_list(for_programs(shapes.program(each)) for each in matters)
    else:
        _programs(matters)


@Parameter(name="*")
@dataclass(frozen=True)
class Granting:
    """When what is granted ends, and what is said about it."""

    expires_at: Annotated[str | None, Parameter(help="Else as the program says.")] = None
    reason: Reason = None
    external_id: External = None


@app.command
def grant(
    wallet: str, amount: str, asset: str, /, *, granting: Granting = Granting(),
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Give points or a voucher to a loyalty wallet."""
    act = acts.Grant(
        wallet=wallet, amount=whole_amount(amount), asset=asset, reason=granting.reason,
        expires_at=None if granting.expires_at is None else exact(granting.expires_at),
        external_id=granting.external_id,
    )  # fmt: skip
    matter, record = _do(act, asking, place)
    if place.json:
        emit(shown(for_programs(shapes.points(matter)), record, asking))
    else:
        _points([matter])


@app.command
def points(wallet: str, /, *, place: InLedger = IN_MAIN) -> None:
    """List the points and vouchers of a wallet and of all below it, and when they end."""
    with books(place) as open_books:
        reader, info = open_books.store, open_books.info
        above = kept(open_books, WALLET, wallet)
        found = [
            each
            for identifier in (above.id, *above.related)
            for each in reader.resources(info, ResourceFilter(POINTS, about=identifier), None, 100)
            if isinstance(each, Matter)
        ]
    if place.json:
        emit_list(for_programs(shapes.points(each)) for each in found)
    else:
        _points(found)


@Parameter(name="*")
@dataclass(frozen=True)
class Paying:
    """Whom to pay, and from which sources in turn."""

    to: Annotated[str, Parameter(help="A wallet's id, or an account's path.")]
    order: Annotated[
        tuple[str, ...], Parameter(help="A source; may be repeated.", negative="")
    ] = ()
    external_id: External = None


@app.command
def spend(
    wallet: str, amount: str, asset: str, /, *, paying: Paying, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Pay one sum from a wallet and what is below it: cash, pots, points, vouchers, in order."""
    act = acts.Spend(
        wallet=wallet, destination=paying.to, amount=whole_amount(amount), asset=asset,
        order=paying.order, external_id=paying.external_id,
    )  # fmt: skip
    matter, record = _do(act, asking, place)
    made = shapes.spending(matter)
    if place.json:
        emit(shown(for_programs(made), record, asking))
        return
    rows = [(each.account, each.amount, each.asset, each.worth) for each in made.drawn]
    table(("from", "amount", "asset", f"worth {asset}"), rows, right=f"amount worth {asset}")


def _do(act: Act, asking: Asking, place: InLedger) -> tuple[Matter, Record]:
    with books(place, may_make=True) as open_books:
        record = asked(open_books, act, asking)
    event = record.event
    assert isinstance(event, MatterChanged), "a business command ends with its matter"
    return event.matter, record


def _programs(found: Sequence[Matter]) -> None:
    rows = []
    for each in map(shapes.program, found):
        days = (
            "never" if each.expires_after_days is None else f"after {each.expires_after_days} days"
        )
        rows.append((each.asset, str(each.points), str(each.worth), each.money, days))
    table(("asset", "points", "worth", "money", "ends"), rows, right="points worth")


def _points(found: Sequence[Matter]) -> None:
    rows = [
        (each.wallet_id, each.asset, lot.amount, lot.expires_at or "never")
        for each in map(shapes.points, found)
        for lot in each.lots
    ]
    table(("wallet", "asset", "amount", "ends"), rows, right="amount")
