"""Transaction search: which transactions mention which terms.

`project` gives a row for each record that makes or changes a transaction, with its terms. Terms only
come: one that an edit took away is found for nothing, and looked at once more. So a status is told by
what happened, and a pending transaction is one that was pended, and neither posted nor archived.

Fresh rows are *gathered* into loose rows, 2,048 at a time: sorted mentions in 256 buckets of terms.
Loose rows of a whole stretch of 65,536 sequences are *bound* into 4,096 buckets; terms that 32 places
or more of it have become *frequent*: sets of places. Tending does both (`engine.search.tending`).
"""

from collections.abc import Iterable, Iterator

from partita.engine.search.mentions import packed
from partita.engine.search.question import ID_PREFIX, words_in
from partita.engine.search.tending import tend
from partita.engine.search.terms import (
    amount_terms,
    id_terms,
    moment_terms,
    term,
    text_terms,
    usual_term,
)
from partita.engine.trailing.changes import Put
from partita.engine.trailing.tables import Column, Keeping, Kind, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel import events
from partita.kernel.pending import Transaction
from partita.kernel.transacting import transaction_of

FRESH = Table(
    "fresh",
    (
        Column("sequence", Kind.COUNT),
        Column("transaction", Kind.COUNT),
        Column("terms", Kind.BYTES),
    ),
    ("sequence", "transaction"),
    Keeping.REPLACED,
)
LOOSE = Table(
    "loose",
    (
        Column("bucket", Kind.COUNT),
        Column("stretch", Kind.COUNT),
        Column("upto", Kind.COUNT),
        Column("mentions", Kind.BYTES),
    ),
    ("bucket", "stretch", "upto"),
    Keeping.REPLACED,
)
BOUND = Table(
    "bound",
    (Column("bucket", Kind.COUNT), Column("stretch", Kind.COUNT), Column("mentions", Kind.BYTES)),
    ("bucket", "stretch"),
    Keeping.REPLACED,
)
FREQUENT = Table(
    "frequent",
    (Column("term", Kind.COUNT), Column("stretch", Kind.COUNT), Column("places", Kind.BYTES)),
    ("term", "stretch"),
    Keeping.REPLACED,
)
STRETCHES = Table(
    "stretches",
    (Column("stretch", Kind.COUNT), Column("groups", Kind.COUNT), Column("bound", Kind.COUNT)),
    ("stretch",),
    Keeping.REPLACED,
)


def project(records: Iterable[Record]) -> Iterator[Put]:
    """The terms of the transactions that records make or change."""
    for record in records:
        for sequence, terms in terms_of(record):
            yield Put("fresh", (record.sequence, sequence, packed(sorted(set(terms)))))


def terms_of(record: Record) -> Iterator[tuple[int, Iterable[int]]]:
    """The transactions that a record is about, by their sequences, and what is to be mentioned."""
    event = record.event
    if isinstance(event, events.TRANSACTION_EVENTS):
        made = transaction_of(event, record.sequence)
        assert made is not None, "these events are transactions"
        reason = event.reason if isinstance(event, events.TransactionReversed) else None
        began = "pended" if isinstance(event, events.TransactionPended) else "posted"
        yield record.sequence, _terms(made, began, record.cause.key, reason)
    if isinstance(event, events.TransactionReversed):
        yield event.transaction.number, (usual_term("status", "reversed"),)
    elif isinstance(event, events.TransactionSettled):
        yield event.transaction.number, _terms(event.transaction, "posted", None, None)
    elif isinstance(event, events.TransactionArchived):
        now = event.transaction
        yield now.number, _terms(now, "archived", None, now.reason)
    elif isinstance(event, events.TransactionEdited):
        yield event.transaction.number, _terms(event.transaction, "pended", None, None)


def _terms(
    transaction: Transaction, status: str, key: str | None, reason: str | None
) -> Iterator[int]:
    it = transaction
    yield usual_term("status", status)
    if it.type is not None:
        yield usual_term("type", it.type)
    for leg in it.legs:
        yield from _leg_terms(leg.account, leg.asset)
    for asset, amount in {(leg.asset, leg.amount) for leg in it.legs}:
        yield from amount_terms(asset, amount)
    if it.effective_at is not None:
        yield from moment_terms("effective", it.effective_at)
    yield from id_terms("id", it.id.removeprefix(ID_PREFIX))
    if it.external_id is not None:
        yield term("external_id", it.external_id)
        yield from text_terms("external_id", it.external_id)
    if key is not None:
        yield term("key", key)
    for name, value in it.metadata.items():
        yield term("metadata", name, value)
    for word in set(words_in(it, reason)):
        yield term("word", word)


def _leg_terms(account: str, asset: str) -> Iterator[int]:
    yield usual_term("asset", asset)
    yield usual_term("account", account)
    yield usual_term("under", account)
    end = account.rfind(":")
    while end > 0:
        account = account[:end]
        yield usual_term("under", account)
        end = account.rfind(":")


SEARCH = View(
    "search", Pace.TRAILING, (FRESH, LOOSE, BOUND, FREQUENT, STRETCHES), project, tend=tend
)
