"""`partita ledgers`: the ledgers of an installation, and money that goes from one to another."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.errors import PartitaError
from partita.engine.outcome import Outcome
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.modules.ledger_transfers.sending import Asker
from partita.modules.ledger_transfers.transfer import LedgerTransfer, Order, read
from partita.surfaces.cli.amounts import whole_amount
from partita.surfaces.cli.deciding import (
    ACTOR,
    IN_EARNEST,
    Asking,
    accepted,
    fresh_key,
    pairs,
    shown,
)
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import HERE, IN_MAIN, Books, InLedger, Place, books, opened
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import ledger_transfers as shapes

app = App(name="ledgers", help="List ledgers; transfer money between two of them.")
_PAGE = 500


@app.command(name="list")
def list_ledgers(*, place: Place = HERE) -> None:
    """List the ledgers there are, with the length of each journal."""
    with opened(place) as application:
        store = application.store
        heads = [(info, store.head(info)) for info in store.ledgers()]
    if place.json:
        emit_list({"name": info.name, "records": str(head.sequence)} for info, head in heads)
        return
    rows = [(info.name, str(head.sequence)) for info, head in heads]
    table(("ledger", "records"), rows, right="records")


@Parameter(name="*")
@dataclass(frozen=True)
class Wording:
    """Where the money goes, and what is said about it."""

    to_ledger: Annotated[str, Parameter(help="The ledger that gets it.")]
    to: Annotated[str, Parameter(help="The account there that gets it.")]
    external_id: Annotated[str | None, Parameter(help="Your own reference.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()


@app.command
def transfer(
    source: str, amount: str, asset: str, /, *,
    wording: Wording, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Move money to another ledger: partita ledgers transfer bank 500 USD --to-ledger loyalty --to alice."""
    order = Order(
        source_ledger=place.ledger,
        destination_ledger=wording.to_ledger,
        source=source,
        destination=wording.to,
        amount=whole_amount(amount),
        asset=asset,
        external_id=wording.external_id,
        metadata=pairs(wording.metadata),
    )
    with books(place) as open_books:
        record = accepted(_sent(open_books, order, asking)).record
    kept = resource_in(record.event)
    assert isinstance(kept, Matter), "a transfer is answered by its matter"
    if asking.dry_run:
        say("Dry run: nothing was written.")
    if place.json:
        emit(shown(for_programs(shapes.ledger_transfer(read(kept))), record, asking))
    else:
        _table([read(kept)])


def _sent(open_books: Books, order: Order, asking: Asking) -> Outcome:
    """What became of the sending side.

    Raises:
        CommandFailed: both sides are one ledger.
        PartitaError: nothing is known; the key, which is told then, will answer next time.
    """
    key = asking.key or fresh_key()
    asker = Asker(key, ACTOR, None, asking.dry_run)
    try:
        return open_books.application.ledger_transfers.send(order, asker)[0]
    except ValueError as error:
        raise CommandFailed(f"{error}.", "name another one by --to-ledger.", status=USAGE) from None
    except PartitaError as error:
        if error.retryable:
            say(f"partita: to try again without doing it twice, add --key {key}")
        raise


@app.command
def transfers(
    *,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List transfers from and to a ledger, newest first."""
    with books(place) as open_books:
        made = open_books.application.ledger_transfers
        found = made.newest(open_books.info, None, min(limit, _PAGE))
    if place.json:
        emit_list(for_programs(shapes.ledger_transfer(each)) for each in found)
    else:
        _table(found)


@app.command
def show(transfer_id: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one transfer, as this ledger keeps it."""
    with books(place) as open_books:
        found = open_books.application.ledger_transfers.get(open_books.info, transfer_id)
    if place.json:
        emit(for_programs(shapes.ledger_transfer(found)))
    else:
        _table([found])


def _table(found: list[LedgerTransfer]) -> None:
    columns = ("at", "from", "account", "to", "account", "amount", "asset", "id")
    rows = []
    for each in found:
        order = each.terms.order
        rows.append((
            each.created_at.text(), order.source_ledger, order.source,
            order.destination_ledger, order.destination, str(order.amount), order.asset, each.id,
        ))  # fmt: skip
    table(columns, rows, right="amount")
