"""Accounts and transactions as the command line shows them: in JSON the shapes of the HTTP interface."""

import msgspec

from partita.journal.record import Record
from partita.kernel.amount import to_decimal
from partita.kernel.asset import BUILT_IN
from partita.kernel.balance import balance
from partita.kernel.book import Standing
from partita.kernel.events import TransactionPosted
from partita.surfaces.cli.place import Books
from partita.surfaces.cli.talk import table
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.shapes import accounts as account_shapes
from partita.surfaces.http.shapes import transactions as transaction_shapes


def scales(books: Books) -> dict[str, int]:
    """The scale of every asset that the ledger knows."""
    registered = books.store.assets(books.info)
    return {asset.code: asset.scale for asset in (*BUILT_IN.values(), *registered)}


def account(standing: Standing, known: dict[str, int]) -> dict[str, object]:
    """An account and where it stands, for programs."""
    shape = account_shapes.account(standing, known[standing.account.asset])
    shown: dict[str, object] = msgspec.to_builtins(shape)
    return shown


def account_row(standing: Standing, known: dict[str, int]) -> tuple[str, ...]:
    """path, type, status, asset, posted and available with their decimals."""
    opened, scale = standing.account, known[standing.account.asset]
    figures = balance(standing.totals, opened.normal_side)
    return (
        opened.path, opened.type.value, standing.status.value, opened.asset,
        to_decimal(figures.posted, scale), to_decimal(figures.available, scale),
    )  # fmt: skip


def account_table(standings: list[Standing], known: dict[str, int]) -> None:
    """Print accounts for people."""
    columns = ("path", "type", "status", "asset", "posted", "available")
    rows = (account_row(standing, known) for standing in standings)
    table(columns, rows, right="posted available")


def transaction(books: Books, record: Record, known: dict[str, int]) -> dict[str, object]:
    """A transaction with its accounts' balances after it, for programs."""
    event = record.event
    assert isinstance(event, TransactionPosted), "only transactions are shown as transactions"
    sides = {}
    for path in {entry.account for entry in event.entries}:
        standing = books.store.account(books.info, path)
        assert standing is not None, "an entry's account is in the chart"
        sides[path] = standing.account.normal_side
    shape = transaction_shapes.transaction(record, Facts(sides, known))
    shown: dict[str, object] = msgspec.to_builtins(shape)
    return shown


def transaction_lines(record: Record, known: dict[str, int]) -> None:
    """Print a transaction for people."""
    event = record.event
    assert isinstance(event, TransactionPosted), "only transactions are shown as transactions"
    words = (event.type, event.external_id, *(f"{k}={v}" for k, v in event.metadata.items()))
    print(f"{event.id}  sequence {record.sequence}  {'  '.join(filter(None, words))}".rstrip())
    print(f"effective {event.effective_at.text()}  recorded {record.recorded_at.text()}")
    table(
        ("account", "direction", "amount", "asset"),
        (
            (e.account, e.direction.value, to_decimal(e.amount, known[e.asset]), e.asset)
            for e in event.entries
        ),
        right="amount",
    )
