"""Search on the wire: filters of the query that become a question to the search view."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.search.question import Question, Wanted
from partita.surfaces.http.shapes.fields import (
    AccountReference,
    Amount,
    AssetCode,
    ExternalId,
    IdempotencyKey,
    Timestamp,
    TransactionType,
    amount_or_none,
    moment_or_none,
)
from partita.surfaces.http.shapes.trailing import TrailingListQuery, TrailingListShape
from partita.surfaces.http.shapes.transactions import Transaction

Beginning = Annotated[str, Meta(min_length=1, max_length=255)]


class SearchQuery(TrailingListQuery, frozen=True, kw_only=True):
    """What transactions must have; all conditions hold. Ranges are half-open.

    `q` is words that all occur in the metadata's values, the external id, the type or the reason,
    whatever their case and accents. `amount` is of any one leg, and needs `asset`.
    """

    q: Annotated[str, Meta(max_length=500, description="Words, all of which occur.")] | None = None
    id_prefix: Annotated[Beginning, Meta(description="How the id begins, `txn_…`.")] | None = None
    external_id: ExternalId | None = None
    external_id_prefix: (
        Annotated[Beginning, Meta(description="How the external id begins.")] | None
    ) = None
    idempotency_key: IdempotencyKey | None = None
    type: TransactionType | None = None
    status: Literal["pending", "posted", "archived", "reversed"] | None = None
    account: AccountReference | None = None
    account_prefix: (
        Annotated[Beginning, Meta(description="This account's path, or any below it.")] | None
    ) = None
    asset: AssetCode | None = None
    amount: Amount | None = None
    amount_from: Amount | None = msgspec.field(default=None, name="amount[gte]")
    amount_to: Amount | None = msgspec.field(default=None, name="amount[lt]")
    created_from: Timestamp | None = msgspec.field(default=None, name="created[gte]")
    created_to: Timestamp | None = msgspec.field(default=None, name="created[lt]")
    effective_from: Timestamp | None = msgspec.field(default=None, name="effective[gte]")
    effective_to: Timestamp | None = msgspec.field(default=None, name="effective[lt]")
    metadata: (
        Annotated[
            dict[str, str],
            Meta(description="`metadata[k]=v`: the value of a key of the metadata.", max_length=16),
        ]
        | None
    ) = None


class FoundList(TrailingListShape, frozen=True, kw_only=True):
    """A page of transactions that were found, newest first."""

    data: list[Transaction]


def question(query: SearchQuery, account: str | None) -> Question:
    """The question that a query is; `account` is the path of the one that it names.

    Raises:
        Refusal: an amount or a moment is none.
        SearchRefused: the question cannot be meant.
    """
    exact = amount_or_none(query.amount, "/amount")
    low, high = (
        amount_or_none(text, name)
        for text, name in ((query.amount_from, "/amount[gte]"), (query.amount_to, "/amount[lt]"))
    )
    return Question(
        id_prefix=query.id_prefix,
        external_id=query.external_id,
        external_id_prefix=query.external_id_prefix,
        idempotency_key=query.idempotency_key,
        type=query.type,
        status=None if query.status is None else Wanted(query.status),
        account=query.account_prefix if account is None else account,
        is_whole_account=account is not None,
        asset=query.asset,
        amount_from=low if exact is None else exact,
        amount_below=high if exact is None else exact + 1,
        effective_from=moment_or_none(query.effective_from),
        effective_to=moment_or_none(query.effective_to),
        recorded_from=moment_or_none(query.created_from),
        recorded_to=moment_or_none(query.created_to),
        metadata=tuple((query.metadata or {}).items()),
        text=query.q,
    ).checked()
