"""What is asked of the transactions, and whether one is an answer.

`needs` says it in terms: sets that are joined, of which all must hold. Those find every answer and few
others; `admits` decides, on the transaction as it is now.
"""

from enum import Enum
from typing import NamedTuple, Self

import msgspec

from partita.engine.errors import SearchRefused
from partita.engine.search.terms import (
    Span,
    amount_spans,
    id_span,
    moment_spans,
    only,
    term,
    text_span,
)
from partita.engine.search.words import words_of
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction, TransactionStatus

MOST_WORDS, LONGEST_TEXT = 16, 500
"""Nobody needs more to find a transaction; each word costs a look at the whole index."""
ID_PREFIX = "txn_"


class Wanted(Enum):
    """The status that is looked for. A reversed transaction is a posted one that was taken back."""

    PENDING = "pending"
    POSTED = "posted"
    ARCHIVED = "archived"
    REVERSED = "reversed"


class Question(msgspec.Struct, frozen=True):
    """Which transactions are looked for: all conditions hold; None and () ask for nothing.

    Ranges are half-open, amounts in minor units of `asset`, of any one leg. `account` is the account
    of this path or any below it, `is_whole_account` this one alone. Every word of `text` occurs in the
    metadata's values, the external id, the type or the reason.
    """

    id_prefix: str | None = None
    external_id: str | None = None
    external_id_prefix: str | None = None
    idempotency_key: str | None = None
    type: str | None = None
    status: Wanted | None = None
    account: str | None = None
    is_whole_account: bool = False
    asset: str | None = None
    amount_from: int | None = None
    amount_below: int | None = None
    effective_from: Moment | None = None
    effective_to: Moment | None = None
    recorded_from: Moment | None = None
    recorded_to: Moment | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    text: str | None = None

    def checked(self) -> Self:
        """The question itself, if it can be meant.

        Raises:
            SearchRefused: the message says what, and the mend.
        """
        if self.has_amount and self.asset is None:
            raise SearchRefused("amount needs asset: amounts are minor units of one asset.")
        if self.text is not None and len(self.text) > LONGEST_TEXT:
            raise SearchRefused(f"A text to look for has at most {LONGEST_TEXT} characters.")
        if self.text is not None and not self.words:
            raise SearchRefused("A text to look for has a letter or a digit.")
        if len(self.words) > MOST_WORDS:
            raise SearchRefused(f"At most {MOST_WORDS} words are looked for at once.")
        return self

    @property
    def has_amount(self) -> bool:
        """Whether amounts are looked at."""
        return self.amount_from is not None or self.amount_below is not None

    @property
    def words(self) -> list[str]:
        """The words that must occur, each once."""
        return list(dict.fromkeys(words_of(self.text))) if self.text is not None else []


class Found(NamedTuple):
    """A transaction as it is now, with what its record says beside it."""

    transaction: Transaction
    recorded_at: Moment
    idempotency_key: str | None
    reason: str | None


class Need(NamedTuple):
    """One condition: a term of `spans`, and none of `without`."""

    spans: tuple[Span, ...]
    without: tuple[Span, ...] = ()


_PENDED, _POSTED, _ARCHIVED, _REVERSED = (
    only(term("status", each)) for each in ("pended", "posted", "archived", "reversed")
)
_NEED_OF_STATUS = {
    Wanted.PENDING: Need((_PENDED,), (_POSTED, _ARCHIVED)),
    Wanted.POSTED: Need((_POSTED,)),
    Wanted.ARCHIVED: Need((_ARCHIVED,)),
    Wanted.REVERSED: Need((_REVERSED,)),
}
ANY = Need((_POSTED, _PENDED))
"""What every transaction has."""


def needs(asked: Question) -> list[Need] | None:
    """What answers have; None if nothing can be one. The recorded range is not among them."""
    asked.checked()
    found = [_alone("word", word) for word in asked.words]
    found += [_alone("metadata", key, value) for key, value in asked.metadata]
    found += [_alone(what, value) for what, value in _exact(asked) if value is not None]
    if asked.status is not None:
        found.append(_NEED_OF_STATUS[asked.status])
    if asked.external_id_prefix:
        found.append(Need((text_span("external_id", asked.external_id_prefix),)))
    if asked.has_amount:
        assert asked.asset is not None, "checked above"
        spans = amount_spans(asked.asset, asked.amount_from, asked.amount_below)
        found.append(Need(tuple(spans)))
    if asked.effective_from is not None or asked.effective_to is not None:
        spans = moment_spans("effective", asked.effective_from, asked.effective_to)
        found.append(Need(tuple(spans)))
    if asked.id_prefix is not None:
        letters = asked.id_prefix.removeprefix(ID_PREFIX)
        span = id_span("id", letters)
        if span is None and not ID_PREFIX.startswith(asked.id_prefix):
            return None
        found += [] if span is None else [Need((span,))]
    return None if any(not need.spans for need in found) else found or [ANY]


def _exact(asked: Question) -> tuple[tuple[str, str | None], ...]:
    return (
        ("external_id", asked.external_id),
        ("key", asked.idempotency_key),
        ("type", asked.type),
        ("account" if asked.is_whole_account else "under", asked.account),
        ("asset", None if asked.has_amount else asked.asset),
    )


def _alone(*parts: str) -> Need:
    return Need((only(term(*parts)),))


def admits(asked: Question, found: Found) -> bool:
    """Whether a transaction is an answer."""
    it = found.transaction
    return all((
        it.id.startswith(asked.id_prefix or ""),
        asked.external_id in (None, it.external_id),
        (it.external_id or "").startswith(asked.external_id_prefix or ""),
        asked.idempotency_key in (None, found.idempotency_key),
        asked.type in (None, it.type),
        asked.status is None or _has_status(it, asked.status),
        asked.account is None or any(_is_at(leg.account, asked) for leg in it.legs),
        asked.asset is None or any(leg.asset == asked.asset for leg in it.legs),
        not asked.has_amount or any(
            leg.asset == asked.asset and _within(leg.amount, asked.amount_from, asked.amount_below)
            for leg in it.legs
        ),
        _within(it.effective_at, asked.effective_from, asked.effective_to),
        _within(found.recorded_at, asked.recorded_from, asked.recorded_to),
        all(it.metadata.get(key) == value for key, value in asked.metadata),
        asked.text is None or set(asked.words) <= set(words_in(it, found.reason)),
    ))  # fmt: skip


def words_in(transaction: Transaction, reason: str | None) -> list[str]:
    """The words by which a transaction is found."""
    texts = (*transaction.metadata.values(), transaction.external_id, transaction.type, reason)
    return [word for text in texts if text for word in words_of(text)]


def _has_status(transaction: Transaction, wanted: Wanted) -> bool:
    if wanted is Wanted.REVERSED:
        return bool(transaction.reversed_by)
    return transaction.status is TransactionStatus(wanted.value)


def _is_at(path: str, asked: Question) -> bool:
    if path == asked.account:
        return True
    return not asked.is_whole_account and path.startswith(f"{asked.account}:")


def _within(value: int | None, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value < high)
