"""`partita customers`: tokens that wallets belong to."""

from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.wanting import Act
from partita.kernel.account import FreezeFlow
from partita.kernel.amount import to_decimal
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER, CustomerKind, CustomerState
from partita.modules.wallets.reading import Wanted, find
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.cli.trailing import up_to_date
from partita.surfaces.http.shapes import wallet_balances as owned
from partita.surfaces.http.shapes import wallets as shapes
from partita.views.reading.wallets import customer_balances
from partita.views.wallet_balances import WALLET_BALANCES

app = App(name="customers", help="Make, list, freeze and close customers.")
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]
External = Annotated[str | None, Parameter(help="Your own reference, once in the ledger.")]
Metadata = Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")]


@app.command
def create(
    kind: CustomerKind = CustomerKind.PERSON, /, *, tier: str | None = None,
    external_id: External = None, metadata: Metadata = (), asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Make a customer: a token. No name, address or the like is kept here."""
    act = acts.CreateCustomer(
        kind=kind, tier=tier, external_id=external_id, metadata=pairs(metadata)
    )
    _do(act, asking, place)


@app.command(name="list")
def list_customers(
    *, status: CustomerState | None = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 100,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """List customers, newest first."""
    wanted = Wanted(CUSTOMER, None if status is None else status.value)
    with books(place) as open_books:
        found = find(open_books.store, open_books.info, wanted, None, limit)
    if place.json:
        emit_list(for_programs(shapes.customer(each)) for each in found)
    else:
        _table(found)


@app.command
def show(customer: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one customer."""
    with books(place) as open_books:
        found = kept(open_books, CUSTOMER, customer)
    if place.json:
        emit(for_programs(shapes.customer(found)))
    else:
        _table([found])


@app.command
def freeze(
    customer: str, /, *, reason: Reason = None,
    flow: Annotated[FreezeFlow, Parameter(help="What to stop.")] = FreezeFlow.OUT,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Stop all wallets of a customer; by default nothing goes out."""
    _do(acts.FreezeCustomer(customer=customer, reason=reason, flow=flow), asking, place)


@app.command
def unfreeze(
    customer: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Lift a customer's freeze."""
    _do(acts.UnfreezeCustomer(customer=customer, reason=reason), asking, place)


@app.command
def close(
    customer: str, /, *, sweep_to: Annotated[str | None, Parameter(help="A wallet.")] = None,
    reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Close a customer with all wallets, which are empty or are swept into another."""
    _do(acts.CloseCustomer(customer=customer, reason=reason, sweep_to=sweep_to), asking, place)


def kept(open_books: Books, kind: str, identifier: str) -> Matter:
    """A matter by its id, as it is now.

    Raises:
        CommandFailed: there is none.
    """
    found = open_books.store.resource(open_books.info, kind, identifier)
    if isinstance(found, Matter):
        return found
    raise CommandFailed(
        f"There is no {kind} {identifier!r} in the ledger {open_books.info.name!r}.",
        f"see `partita {kind}s list`.",
    )


def _do(act: Act, asking: Asking, place: InLedger) -> None:
    with books(place, may_make=True) as open_books:
        record = asked(open_books, act, asking)
    event = record.event
    assert isinstance(event, MatterChanged), "a business command ends with its matter"
    if place.json:
        emit(shown(for_programs(shapes.customer(event.matter)), record, asking))
    else:
        _table([event.matter])


def _table(found: list[Matter]) -> None:
    columns = ("customer", "kind", "status", "tier", "wallets", "reason")
    rows = []
    for each in map(shapes.customer, found):
        status = each.status.value if each.flow is None else f"frozen {each.flow.value}"
        count = str(len(each.wallet_ids))
        rows.append((each.id, each.kind.value, status, each.tier or "", count, each.reason or ""))
    table(columns, rows, right="wallets")


@app.command
def balances(customer: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Print what a customer holds over all wallets, by asset."""
    with books(place) as open_books:
        identifier = kept(open_books, CUSTOMER, customer).id
        found = customer_balances(up_to_date(open_books, WALLET_BALANCES), identifier)
        known = scales(open_books)
    rows = [owned.customer_balance(each, known[each.asset]) for each in found.answer]
    if place.json:
        sequence = str(found.sequence)
        told = owned.CustomerBalances(customer_id=identifier, data=rows, as_of_sequence=sequence)
        emit(for_programs(told))
        return
    figures = (
        (
            each.asset, str(each.wallets), to_decimal(int(each.posted), each.scale),
            to_decimal(int(each.available), each.scale),
        )
        for each in rows
    )  # fmt: skip
    table(("asset", "wallets", "posted", "available"), figures, right="wallets posted available")
