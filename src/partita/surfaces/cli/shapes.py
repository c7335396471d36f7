"""Accounts and transactions as the command line shows them: in JSON the shapes of the HTTP interface."""

from collections.abc import Iterator, Sequence

import msgspec

from partita.engine.ports import Wants
from partita.journal.record import Record
from partita.kernel.amount import to_decimal
from partita.kernel.asset import BUILT_IN
from partita.kernel.balance import balance
from partita.kernel.book import Standing
from partita.kernel.events import entries_in, resource_in
from partita.kernel.holds import Hold
from partita.kernel.pending import Transaction as State
from partita.kernel.pending import TransactionStatus
from partita.kernel.posting import Entry, Posting
from partita.surfaces.cli.place import Books
from partita.surfaces.cli.talk import table
from partita.surfaces.held import held_now
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.shapes import accounts as account_shapes
from partita.surfaces.http.shapes import holds as hold_shapes
from partita.surfaces.http.shapes import transactions as transaction_shapes
from partita.surfaces.http.shapes.transactions import Transaction


def scales(books: Books) -> dict[str, int]:
    """The scale of every asset that the ledger knows."""
    registered = books.store.assets(books.info)
    return {asset.code: asset.scale for asset in (*BUILT_IN.values(), *registered)}


def accounts(books: Books, standings: Sequence[Standing]) -> Iterator[dict[str, object]]:
    """Accounts and where they stand, with what is held of them, for programs."""
    known = scales(books)
    held = held_now(books.store, books.info, ((s.account, s.totals) for s in standings))
    for each in standings:
        yield account(each, known, held.get(each.account.number))


def account(
    standing: Standing, known: dict[str, int], held: int | None = None
) -> dict[str, object]:
    """An account and where it stands, for programs; `held` as far as that is known."""
    shape = account_shapes.account(standing, known[standing.account.asset], held)
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


def for_programs(shape: msgspec.Struct) -> dict[str, object]:
    """A shape of the HTTP interface as plain values."""
    plain: dict[str, object] = msgspec.to_builtins(shape)
    return plain


def as_recorded(books: Books, record: Record) -> Transaction:
    """A transaction as the record tells it that brought it into being."""
    return transaction_shapes.transaction(record, _facts(books, entries_in(record.event)))


def as_they_are(books: Books, records: Sequence[Record]) -> list[Transaction]:
    """Transactions as they are now, by the records that brought them into being."""
    found = books.store.resources_by_id(books.info, [record.event.id for record in records])
    states = {each.id: each for each in found if isinstance(each, State)}
    legs: list[Entry | Posting] = [e for record in records for e in entries_in(record.event)]
    legs += [leg for state in states.values() for leg in state.legs]
    facts, show = _facts(books, legs), transaction_shapes.transaction
    return [show(record, facts, states.get(record.event.id)) for record in records]


def as_step_left_it(books: Books, step: Record) -> Transaction:
    """A transaction as one step of its life left it."""
    state = resource_in(step.event)
    assert isinstance(state, State), "what happens to a transaction leaves a transaction"
    birth = books.store.record_by_id(books.info, state.id)
    assert birth is not None, "a transaction has a record that brought it into being"
    facts = _facts(books, (*state.legs, *entries_in(step.event)))
    return transaction_shapes.changed_transaction(birth, facts, state, step)


def _facts(books: Books, legs: Sequence[Entry | Posting]) -> Facts:
    paths = list({leg.account for leg in legs})
    loaded = books.store.load(books.info, Wants(accounts=paths))
    sides = {each.account.path: each.account.normal_side for each in loaded.standings}
    return Facts(sides, scales(books))


def transaction_lines(shown: Transaction) -> None:
    """Print a transaction for people."""
    words = (shown.type, shown.external_id, *(f"{k}={v}" for k, v in shown.metadata.items()))
    print(f"{shown.id}  sequence {shown.sequence}  {'  '.join(filter(None, words))}".rstrip())
    effective_at = shown.effective_at or "when it is posted"
    print(f"effective {effective_at}  recorded {shown.recorded_at}")
    for line in _life(shown):
        print(line)
    table(
        ("account", "direction", "amount", "asset"),
        (
            (p.account, p.direction.value, to_decimal(int(p.amount), p.scale), p.asset)
            for p in shown.postings
        ),
        right="amount",
    )


def _life(shown: Transaction) -> Iterator[str]:
    """What is to be said of a transaction that was not simply posted."""
    if shown.status is not TransactionStatus.POSTED or shown.version > 1:
        yield f"{shown.status.value}, version {shown.version}"
    if shown.hold_id is not None:
        yield f"captured from {shown.hold_id}"
    if shown.reverses_id is not None:
        yield f"reverses {shown.reverses_id}"
    if shown.reversed_by_ids:
        how = "in part" if shown.allowed_actions else "wholly"
        yield f"reversed {how} by {', '.join(shown.reversed_by_ids)}"
    if shown.reason is not None:
        yield f"reason: {shown.reason}"


def hold(books: Books, kept: Hold) -> dict[str, object]:
    """A hold for programs."""
    standing = books.store.account(books.info, kept.account)
    assert standing is not None, "a hold's account is in the chart"
    return for_programs(hold_shapes.hold(kept, standing.account, scales(books)[kept.asset]))


def hold_table(kept: Sequence[Hold], known: dict[str, int]) -> None:
    """Print holds for people."""
    columns = ("id", "status", "account", "asset", "amount", "captured", "remaining", "expires_at")
    rows = (
        (
            each.id, each.status.value, each.account, each.asset,
            *(to_decimal(n, known[each.asset]) for n in (each.amount, each.captured, each.remaining)),
            "-" if each.expires_at is None else each.expires_at.text(),
        )
        for each in kept
    )  # fmt: skip
    table(columns, rows, right="amount captured remaining")
