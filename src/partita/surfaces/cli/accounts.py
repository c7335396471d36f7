"""`partita accounts`: the chart of accounts, and what may be done to one of them."""

from dataclasses import dataclass
from itertools import count
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.listing import AccountFilter
from partita.journal.record import Record
from partita.kernel.account import (
    AccountStatus,
    AccountType,
    Constraints,
    FreezeFlow,
    Side,
    check_path,
)
from partita.kernel.book import Standing
from partita.kernel.commands import (
    ChangeAccount,
    CloseAccount,
    FreezeAccount,
    OpenAccount,
    UnfreezeAccount,
)
from partita.kernel.events import AccountChanged, AccountOpened
from partita.surfaces.cli.activity import activity, days, dormant
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown, whole
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import account_table, accounts, scales
from partita.surfaces.cli.talk import emit, emit_list

app = App(name="accounts", help="List, show, open, freeze, unfreeze and close accounts.")
for _verb in (activity, days, dormant):
    app.command(_verb)
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]
Direction = Annotated[FreezeFlow, Parameter(help="What to stop: in, out or both.")]
_PAGE = 500


@Parameter(name="*")
@dataclass(frozen=True)
class Which:
    """Which accounts to list."""

    prefix: Annotated[str | None, Parameter(help="Only paths below this one.")] = None
    asset: Annotated[str | None, Parameter(help="Only this asset.")] = None
    type: Annotated[AccountType | None, Parameter(help="Only this type.")] = None
    status: Annotated[AccountStatus | None, Parameter(help="Only this status.")] = None


@app.command(name="list")
def list_accounts(
    *,
    which: Which = Which(),
    limit: Annotated[int, Parameter(help="At most so many, newest first; 0 is all.")] = 100,
    place: InLedger = IN_MAIN,
) -> None:
    """List accounts, newest first."""
    kind = None if which.type is None else which.type.value
    wanted = AccountFilter(which.prefix, which.asset, kind, which.status)
    with books(place) as open_books:
        standings = _found(open_books, wanted, limit)
        if place.json:
            emit_list(accounts(open_books, standings))
        else:
            account_table(standings, scales(open_books))


def _found(open_books: Books, which: AccountFilter, limit: int) -> list[Standing]:
    found: list[Standing] = []
    for _page in count():
        before = found[-1].account.number if found else None
        wanted = _PAGE if not limit else min(_PAGE, limit - len(found))
        page = open_books.store.accounts(open_books.info, which, before, wanted)
        found += page
        if len(page) < wanted or len(found) == limit:
            break
    return found


@app.command
def show(
    reference: str,
    /,
    *,
    place: InLedger = IN_MAIN,
) -> None:
    """Show one account, by path or id."""
    with books(place) as open_books:
        standing = _standing(open_books, reference)
        if place.json:
            emit(next(accounts(open_books, [standing])))
        else:
            account_table([standing], scales(open_books))


@Parameter(name="*")
@dataclass(frozen=True)
class Opening:
    """What the account to open is like."""

    asset: str
    type: AccountType
    normal_side: Annotated[Side | None, Parameter(help="Else the usual one of the type.")] = None
    min_available: Annotated[str | None, Parameter(help="Floor, in minor units.")] = None
    max_posted: Annotated[str | None, Parameter(help="Ceiling, in minor units.")] = None
    overdraft: Annotated[str, Parameter(help="Authorised overdraft, in minor units.")] = "0"
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()

    def command(self, path: str) -> OpenAccount:
        """The command to open it at a path."""
        floor, ceiling = self.min_available, self.max_posted
        limits = Constraints(
            min_available=None if floor is None else whole(floor, "--min-available"),
            max_posted=None if ceiling is None else whole(ceiling, "--max-posted"),
            overdraft=whole(self.overdraft, "--overdraft"),
        )
        metadata = pairs(self.metadata)
        return OpenAccount(path, self.asset, self.type, self.normal_side, limits, metadata)


@app.command(name="open")
def open_account(
    path: str, /, *, opening: Opening, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Open an account at a path, such as customers:alice."""
    try:
        check_path(path)
    except ValueError as error:
        raise CommandFailed(f"{path!r} is {error}.", "choose another path.", status=USAGE) from None
    with books(place, may_make=True) as open_books:
        record = asked(open_books, opening.command(path), asking)
        event = record.event
        assert isinstance(event, AccountOpened), "opening is answered by being opened"
        _show(open_books, Standing(event.account), (record, asking), json=place.json)


@app.command
def freeze(
    reference: str, /, *, flow: Direction = FreezeFlow.BOTH, reason: Reason = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Stop an account from taking postings, in one direction or both."""
    with books(place) as open_books:
        _change(open_books, FreezeAccount(reference, reason, flow), asking, json=place.json)


@app.command
def unfreeze(
    reference: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Let a frozen account take postings again."""
    with books(place) as open_books:
        _change(open_books, UnfreezeAccount(reference, reason), asking, json=place.json)


@app.command
def close(
    reference: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Close an empty account for ever."""
    with books(place) as open_books:
        _change(open_books, CloseAccount(reference, reason), asking, json=place.json)


def _change(open_books: Books, command: ChangeAccount, asking: Asking, *, json: bool) -> None:
    record = asked(open_books, command, asking)
    standing = _standing(open_books, command.account)
    assert isinstance(record.event, AccountChanged), "a change is answered by having changed"
    standing.status = record.event.status
    _show(open_books, standing, (record, asking), json=json)


def _standing(open_books: Books, reference: str) -> Standing:
    standing = open_books.store.account(open_books.info, reference)
    if standing is None:
        raise CommandFailed(
            f"There is no account {reference!r} in the ledger {open_books.info.name!r}.",
            "see `partita accounts list --prefix …`.",
        )
    return standing


def _show(
    open_books: Books, standing: Standing, told: tuple[Record, Asking], *, json: bool
) -> None:
    if json:
        emit(shown(next(accounts(open_books, [standing])), *told))
    else:
        account_table([standing], scales(open_books))
