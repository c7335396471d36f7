"""Conditions on the wire: what must be true of a posting's account for anything to be recorded."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from partita.kernel.conditions import BalanceCondition, Condition, Field, Operator
from partita.surfaces.http.shapes.fields import RequestShape, SignedAmount


class BoundsRequest(RequestShape, frozen=True, kw_only=True):
    """Bounds that one figure must keep, all of those that are given."""

    gte: SignedAmount | None = None
    lte: SignedAmount | None = None
    gt: SignedAmount | None = None
    lt: SignedAmount | None = None
    eq: SignedAmount | None = None


class BalanceConditionRequest(RequestShape, frozen=True, kw_only=True):
    """What the account's balance must be like afterwards, in minor units on its normal side."""

    posted: BoundsRequest | None = None
    pending_in: BoundsRequest | None = None
    pending_out: BoundsRequest | None = None
    available: BoundsRequest | None = None


class _Conditional(Protocol):
    """A posting of a request that may have conditions."""

    @property
    def if_version(self) -> int | None: ...

    @property
    def if_balance(self) -> BalanceConditionRequest | None: ...


def conditions(postings: Sequence[_Conditional]) -> tuple[Condition, ...]:
    """The conditions that the postings of a request have."""
    return tuple(
        Condition(n, posting.if_version, tuple(_bounds(posting.if_balance)))
        for n, posting in enumerate(postings)
        if posting.if_version is not None or posting.if_balance is not None
    )


def _bounds(asked: BalanceConditionRequest | None) -> Iterator[BalanceCondition]:
    for field in Field if asked is not None else ():
        bounds: BoundsRequest | None = getattr(asked, field.value)
        if bounds is not None:
            for name, text in msgspec.structs.asdict(bounds).items():
                if text is not None:
                    yield BalanceCondition(field, Operator(name), int(text))
