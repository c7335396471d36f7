"""Books to try the rules on: accounts as they are wanted, commands in a line."""

from collections.abc import Iterator
from itertools import count

from partita.kernel.account import (
    NORMAL_SIDE,
    UNLIMITED,
    Account,
    AccountStatus,
    AccountType,
    Constraints,
    Side,
    Totals,
)
from partita.kernel.book import Book, Standing
from partita.kernel.commands import PostTransaction
from partita.kernel.decide import Context
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting

NOW = Moment.parse("2026-11-20T12:00:00Z")
EMPTY = Totals()


def standing(
    path: str,
    *,
    asset: str = "USD",
    type: AccountType = AccountType.LIABILITY,
    constraints: Constraints = UNLIMITED,
    status: AccountStatus = AccountStatus.OPEN,
    totals: Totals = EMPTY,
) -> Standing:
    """An account that stands like this; its id is its path in capitals."""
    account = Account(
        number=sum(path.encode()),
        id=identifier(path),
        path=path,
        type=type,
        normal_side=NORMAL_SIDE[type],
        asset=asset,
        constraints=constraints,
    )
    return Standing(account, status, 0 if totals == EMPTY else 1, totals)


def identifier(path: str) -> str:
    """The id of the account that `standing` puts at a path."""
    return f"acc_{path.upper()}"


def book_of(*standings: Standing) -> Book:
    """An open book that holds these accounts."""
    book = Book()
    book.is_open = True
    for each in standings:
        book.put(each)
    return book


def debit(account: str, amount: int, asset: str = "USD") -> Posting:
    """A leg on the debit side."""
    return Posting(account, Side.DEBIT, amount, asset)


def credit(account: str, amount: int, asset: str = "USD") -> Posting:
    """A leg on the credit side."""
    return Posting(account, Side.CREDIT, amount, asset)


def post(*postings: Posting, external_id: str | None = None) -> PostTransaction:
    """A wish to post these legs."""
    return PostTransaction(postings, external_id=external_id)


def context(sequence: int = 100) -> Context:
    """Noon, a sequence, ids that count."""
    numbers: Iterator[int] = count(1)
    return Context(NOW, sequence, lambda prefix: f"{prefix}{next(numbers)}")


def snapshot(book: Book) -> tuple[object, ...]:
    """Everything that a book holds, as values that later changes cannot reach."""
    standings = {
        reference: (id(s), s.account, s.status, s.version, s.totals)
        for reference, s in book.standings.items()
    }
    known = dict(book.assets), set(book.external_ids), dict(book.resources)
    return book.is_open, standings, *known
