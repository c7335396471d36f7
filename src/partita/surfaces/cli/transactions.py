"""`partita transactions`: what was posted or is pending, and what may be done to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.listing import TransactionFilter
from partita.journal.record import Record
from partita.kernel.commands import (
    ArchiveTransaction,
    ChangeTransaction,
    EditTransaction,
    ReverseTransaction,
    SettleTransaction,
)
from partita.kernel.events import TRANSACTION_EVENTS
from partita.kernel.periods import Late
from partita.surfaces.cli.amounts import whole_amount
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.post import (
    NO_WORDS,
    Credits,
    Debits,
    LateWay,
    Manner,
    Wording,
    both_sides,
    post,
    print_transaction,
)
from partita.surfaces.cli.shapes import (
    as_recorded,
    as_step_left_it,
    as_they_are,
    for_programs,
    transaction_lines,
)
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes.transactions import Transaction

app = App(
    name="transactions", help="List, show, pend, edit, settle, archive and reverse transactions."
)
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
        shown = as_they_are(open_books, records)
        if place.json:
            emit_list(map(for_programs, shown))
        else:
            columns = ("sequence", "id", "status", "type", "effective_at", "postings")
            table(columns, map(_row, shown), right="sequence postings")


def _number(open_books: Books, account: str | None) -> int | None:
    if account is None:
        return None
    standing = open_books.store.account(open_books.info, account)
    if standing is None:
        raise CommandFailed(f"There is no account {account!r}.", "see `partita accounts list`.")
    return standing.account.number


def _row(shown: Transaction) -> tuple[str, ...]:
    return (
        shown.sequence, shown.id, shown.status.value, shown.type or "-",
        shown.effective_at or "-", str(len(shown.postings)),
    )  # fmt: skip


@app.command
def show(
    reference: str,
    /,
    *,
    place: InLedger = IN_MAIN,
) -> None:
    """Show a transaction as it is now, by its id (txn_…) or its external id."""
    with books(place) as open_books:
        (shown,) = as_they_are(open_books, [_birth(open_books, reference)])
        if place.json:
            emit(for_programs(shown))
        else:
            transaction_lines(shown)


def _birth(open_books: Books, reference: str) -> Record:
    """The record that brought a transaction into being, by its id or its external id."""
    record = open_books.store.record_by_id(open_books.info, reference)
    if record is None:
        which = TransactionFilter(external_id=reference)
        found = open_books.store.transactions(open_books.info, which, None, 1)
        record = found[0] if found else None
    if record is None or not isinstance(record.event, TRANSACTION_EVENTS):
        mend = "see `partita transactions list`."
        raise CommandFailed(f"There is no transaction {reference!r}.", mend)
    return record


@app.command
def pend(
    *,
    debit: Debits,
    credit: Credits,
    wording: Wording = NO_WORDS,
    asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:
    """Set money aside on both sides of a transaction, to be settled or archived later."""
    manner = Manner(pending=True)
    post(debit=debit, credit=credit, wording=wording, manner=manner, asking=asking, place=place)


IfVersion = Annotated[int | None, Parameter(help="Only if this is still its version.")]
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]


@app.command
def settle(
    reference: str, /, *, if_version: IfVersion = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Post a pending transaction as it stands."""
    _change(place, reference, lambda found: SettleTransaction(found, if_version), asking)


@app.command
def archive(
    reference: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Give a pending transaction up: what it had set aside is free again."""
    _change(place, reference, lambda found: ArchiveTransaction(found, reason), asking)


@Parameter(name="*")
@dataclass(frozen=True)
class Edit:
    """What shall be otherwise; what is left out stays. New legs take the place of all old ones."""

    debit: Debits | None = None
    credit: Credits | None = None
    type: Annotated[str | None, Parameter(help="A word such as transfer.")] = None
    effective_at: Annotated[str | None, Parameter(help="When it counts.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()
    if_version: IfVersion = None

    def command(self, transaction: str) -> EditTransaction:
        """The command to change a transaction in this way."""
        legs = both_sides(self.debit or [], self.credit or []) or None
        moment = None if self.effective_at is None else exact(self.effective_at)
        metadata = pairs(self.metadata) or None
        return EditTransaction(transaction, legs, self.type, moment, metadata, self.if_version)


@app.command
def edit(
    reference: str, /, *, change: Edit = Edit(), asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Change a pending transaction; every version is kept."""
    if change == Edit(if_version=change.if_version):
        raise CommandFailed("This changes nothing.", "say what shall be otherwise.", status=USAGE)
    _change(place, reference, change.command, asking)


def _change(
    place: InLedger, reference: str, command: Callable[[str], ChangeTransaction], asking: Asking
) -> None:
    with books(place) as open_books:
        found = _birth(open_books, reference)
        record = asked(open_books, command(found.event.id), asking)
        told = as_step_left_it(open_books, record)
        print_transaction(told, (record, asking), json=place.json)


@Parameter(name="*")
@dataclass(frozen=True)
class Reversal:
    """How much to take back, and what is said about it. Without an amount or legs: all."""

    amount: Annotated[
        str | None, Parameter(help="Of a transaction with two legs, in minor units.")
    ] = None
    leg: Annotated[
        list[tuple[int, str]] | None,
        Parameter(help="PLACE AMOUNT: so much of that leg, from 0.", negative=""),
    ] = None
    reason: Reason = None
    external_id: Annotated[str | None, Parameter(help="Your own reference, once a ledger.")] = None
    effective_at: Annotated[str | None, Parameter(help="When it counts; else now.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()
    late: LateWay = Late.REFUSE

    def command(self, transaction: Transaction) -> ReverseTransaction:
        """The command to take a transaction back in this way."""
        amounts = None
        if self.leg is not None:
            amounts = tuple((place, whole_amount(text)) for place, text in self.leg)
        if self.amount is not None:
            if len(transaction.postings) != 2 or amounts is not None:
                problem = "--amount is for a transaction of two legs, and goes without --leg."
                raise CommandFailed(problem, "say --leg PLACE AMOUNT for each.", status=USAGE)
            amounts = ((0, whole_amount(self.amount)), (1, whole_amount(self.amount)))
        moment = None if self.effective_at is None else exact(self.effective_at)
        said = (self.reason, self.external_id, moment, pairs(self.metadata))
        return ReverseTransaction(transaction.id, amounts, *said, self.late)


@app.command
def reverse(
    reference: str, /, *, reversal: Reversal = Reversal(), asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Take a posted transaction back, all that is left of it or a part, by another transaction."""
    with books(place) as open_books:
        (found,) = as_they_are(open_books, [_birth(open_books, reference)])
        record = asked(open_books, reversal.command(found), asking)
        told = as_recorded(open_books, record)
        print_transaction(told, (record, asking), json=place.json)
