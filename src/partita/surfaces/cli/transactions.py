"""`partita transactions`: what was posted."""

from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.ports import TransactionFilter
from partita.journal.record import Record
from partita.kernel.events import TransactionPosted
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import scales, transaction, transaction_lines
from partita.surfaces.cli.talk import emit, emit_list, table

app = App(name="transactions", help="List and show transactions.")
_PAGE = 500


@app.command(name="list")
def list_transactions(
    *,
    account: Annotated[str | None, Parameter(help="Only those of this account.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List transactions, newest first."""
    with books(place) as open_books:
        which = TransactionFilter(account=_number(open_books, account))
        records = open_books.store.transactions(open_books.info, which, None, min(limit, _PAGE))
        known = scales(open_books)
        if place.json:
            emit_list(transaction(open_books, record, known) for record in records)
        else:
            columns = ("sequence", "id", "type", "effective_at", "postings")
            table(columns, map(_row, records), right="sequence postings")


def _number(open_books: Books, account: str | None) -> int | None:
    if account is None:
        return None
    standing = open_books.store.account(open_books.info, account)
    if standing is None:
        raise CommandFailed(f"There is no account {account!r}.", "see `partita accounts list`.")
    return standing.account.number


def _row(record: Record) -> tuple[str, ...]:
    event = record.event
    assert isinstance(event, TransactionPosted), "the store gives transactions only"
    return (
        str(record.sequence), event.id, event.type or "-", event.effective_at.text(),
        str(len(event.entries)),
    )  # fmt: skip


@app.command
def show(
    reference: str,
    /,
    *,
    place: InLedger = IN_MAIN,
) -> None:
    """Show a transaction, by its id (txn_…) or its external id."""
    with books(place) as open_books:
        record = open_books.store.record_by_id(open_books.info, reference)
        if record is None:
            which = TransactionFilter(external_id=reference)
            found = open_books.store.transactions(open_books.info, which, None, 1)
            record = found[0] if found else None
        if record is None or not isinstance(record.event, TransactionPosted):
            raise CommandFailed(
                f"There is no transaction {reference!r}.", "see `partita transactions list`."
            )
        known = scales(open_books)
        if place.json:
            emit(transaction(open_books, record, known))
        else:
            transaction_lines(record, known)
