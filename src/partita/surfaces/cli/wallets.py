"""`partita wallets`: made, frozen, locked, closed; sub-wallets, spend order, what they hold."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.wanting import Act
from partita.kernel.account import FreezeFlow
from partita.kernel.amount import to_decimal
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.wallets import acts
from partita.modules.wallets.reading import Wanted, find, holdings
from partita.modules.wallets.wallet import WALLET, Purpose, WalletKind, WalletState, read_wallet
from partita.surfaces.cli.customers import External, Metadata, Reason, kept
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.cli.trailing import up_to_date
from partita.surfaces.http.shapes import wallet_balances as owned_shapes
from partita.surfaces.http.shapes import wallets as shapes
from partita.surfaces.http.shapes.matters import step
from partita.views.reading.wallets import Owner, wallet_balances
from partita.views.wallet_balances import WALLET_BALANCES

app = App(name="wallets", help="Make, list, freeze, lock and close wallets; see what they hold.")
Assets = Annotated[tuple[str, ...], Parameter(help="An asset; may be repeated.", negative="")]


@Parameter(name="*")
@dataclass(frozen=True)
class Naming:
    """What a new wallet is called."""

    name: Annotated[str | None, Parameter(help="Once for each owner.")] = None
    external_id: External = None
    metadata: Metadata = ()


@app.command
def create(
    kind: WalletKind, /, *, asset: Assets = (),
    customer: Annotated[str | None, Parameter(help="Else it belongs to the house.")] = None,
    naming: Naming = Naming(), asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Make a wallet, with an account for each asset."""
    act = acts.CreateWallet(
        kind=kind, assets=asset, customer=customer, name=naming.name,
        external_id=naming.external_id, metadata=pairs(naming.metadata),
    )  # fmt: skip
    _do(act, asking, place)


@Parameter(name="*")
@dataclass(frozen=True)
class Placing:
    """What a sub-wallet holds, where it stands below its parent, and until when."""

    asset: Assets = ()
    kind: Annotated[WalletKind | None, Parameter(help="Else the parent's.")] = None
    priority: Annotated[int | None, Parameter(help="Place in the spend order, 0 first.")] = None
    expires_at: Annotated[str | None, Parameter(help="Then its money goes back.")] = None


@app.command
def pot(
    parent: str, purpose: Purpose = Purpose.POT, /, *, placing: Placing = Placing(), naming: Naming = Naming(), asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Make a sub-wallet below a wallet: a pot, a goal, a reserve, points, vouchers."""
    act = acts.CreateSubwallet(
        wallet=parent, purpose=purpose, assets=placing.asset, kind=placing.kind,
        priority=placing.priority, expires_at=None if placing.expires_at is None else exact(placing.expires_at),
        name=naming.name, external_id=naming.external_id, metadata=pairs(naming.metadata),
    )  # fmt: skip
    _do(act, asking, place)


@app.command(name="list")
def list_wallets(
    *, customer: Annotated[str | None, Parameter(help="Only this customer's.")] = None,
    parent: Annotated[str | None, Parameter(help="Only those below this wallet.")] = None,
    status: WalletState | None = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 100,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """List wallets, newest first."""
    wanted = Wanted(WALLET, None if status is None else status.value, parent or customer)
    with books(place) as open_books:
        found = find(open_books.store, open_books.info, wanted, None, limit)
    if place.json:
        emit_list(for_programs(shapes.wallet(each)) for each in found)
    else:
        _table(found)


@app.command
def show(wallet: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one wallet."""
    with books(place) as open_books:
        found = kept(open_books, WALLET, wallet)
    if place.json:
        emit(for_programs(shapes.wallet(found)))
    else:
        _table([found])


@app.command
def balances(wallet: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Print what a wallet and all below it hold, as it would be spent."""
    with books(place) as open_books:
        whose = read_wallet(kept(open_books, WALLET, wallet))
        assert whose is not None, "what is kept can be read"
        found = holdings(open_books.store, open_books.info, whose)
        told = shapes.balances(found, dict(scales(open_books)))
    if place.json:
        emit(for_programs(told))
        return
    rows = []
    for each in told.data:
        for part in each.parts:
            turn = "" if part.turn is None else str(part.turn)
            what = part.name or (part.purpose.value if part.purpose else "(itself)")
            rows.append((each.asset, what, turn, part.posted, part.available, part.status.value))
        rows.append((each.asset, "total", "", each.posted, each.available, ""))
    columns = ("asset", "where", "turn", "posted", "available", "status")
    table(columns, rows, right="turn posted available")


@app.command
def timeline(wallet: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Print what happened to a wallet, oldest first."""
    with books(place) as open_books:
        identifier = kept(open_books, WALLET, wallet).id
        records = open_books.store.records_about(open_books.info, identifier, 0, 1_000)
    steps = [step(record) for record in records]
    if place.json:
        emit_list(for_programs(each) for each in steps)
        return
    rows = [(s.recorded_at, s.type, s.status, s.actor or "", s.reason or "") for s in steps]
    table(("at", "what", "status", "by", "reason"), rows)


@app.command(name="add-asset")
def add_asset(
    wallet: str, asset: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Let a wallet hold one more asset."""
    _do(acts.AddAsset(wallet=wallet, asset=asset), asking, place)


@app.command
def order(
    wallet: str, /, *turns: str, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Say which of a wallet and its sub-wallets are spent, in turn, by their ids."""
    _do(acts.SetSpendOrder(wallet=wallet, order=turns), asking, place)


@app.command
def freeze(
    wallet: str, /, *, reason: Reason = None,
    flow: Annotated[FreezeFlow, Parameter(help="What to stop.")] = FreezeFlow.BOTH,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Stop what goes into a wallet and all below it, out of it, or both."""
    _do(acts.FreezeWallet(wallet=wallet, reason=reason, flow=flow), asking, place)


@app.command
def unfreeze(
    wallet: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Lift a wallet's own freeze."""
    _do(acts.UnfreezeWallet(wallet=wallet, reason=reason), asking, place)


@app.command
def lock(
    wallet: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Let nothing be done with a wallet until it is unlocked."""
    _do(acts.LockWallet(wallet=wallet, reason=reason), asking, place)


@app.command
def unlock(
    wallet: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Lift a wallet's lock."""
    _do(acts.UnlockWallet(wallet=wallet, reason=reason), asking, place)


@app.command
def close(
    wallet: str, /, *, sweep_to: Annotated[str | None, Parameter(help="A wallet.")] = None,
    reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Close a wallet and all below it, which are empty or are swept into another."""
    _do(acts.CloseWallet(wallet=wallet, reason=reason, sweep_to=sweep_to), asking, place)


def _do(act: Act, asking: Asking, place: InLedger) -> None:
    with books(place, may_make=True) as open_books:
        record = asked(open_books, act, asking)
    event = record.event
    assert isinstance(event, MatterChanged), "a business command ends with its matter"
    if place.json:
        emit(shown(for_programs(shapes.wallet(event.matter)), record, asking))
    else:
        _table([event.matter])


def _table(found: list[Matter]) -> None:
    columns = ("wallet", "kind", "name", "status", "assets", "customer")
    rows = []
    for each in map(shapes.wallet, found):
        status = (
            each.status.value if each.flow is None else f"{each.status.value} {each.flow.value}"
        )
        kind = each.kind.value if each.purpose is None else each.purpose.value
        whose = each.customer_id or "the house"
        rows.append((each.id, kind, each.name or "", status, ",".join(each.assets), whose))
    table(columns, rows)


@app.command
def held(
    *,
    customer: Annotated[str | None, Parameter(help="Of this customer.")] = None,
    wallet: Annotated[str | None, Parameter(help="Of this wallet.")] = None,
    asset: Annotated[str | None, Parameter(help="In this asset; alone: the biggest.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """Print what wallets hold: those of a customer by asset, or the biggest of an asset."""
    if customer is not None and wallet is not None:
        raise CommandFailed("--customer and --wallet exclude each other.", "say one.", status=USAGE)
    if (customer, wallet, asset) == (None, None, None):
        problem = "Nothing says whose wallets are meant."
        raise CommandFailed(problem, "say --customer, --wallet or --asset.", status=USAGE)
    with books(place) as open_books:
        owner = Owner(customer, wallet, asset)
        seen = wallet_balances(up_to_date(open_books, WALLET_BALANCES), owner, None, limit)
        known = scales(open_books)
    rows = [owned_shapes.owned_balance(each, known[each.asset]) for each in seen.answer]
    if place.json:
        emit_list(map(for_programs, rows))
        return
    figures = (
        (
            each.wallet_id, each.customer_id or "-", each.asset, each.wallet_status,
            to_decimal(int(each.posted), each.scale), to_decimal(int(each.available), each.scale),
        )
        for each in rows
    )  # fmt: skip
    columns = ("wallet", "customer", "asset", "status", "posted", "available")
    table(columns, figures, right="posted available")
