"""Liability roots and proofs on the wire."""

from typing import Literal

import msgspec

from partita.kernel.account import check_path
from partita.modules.liabilities.proving import USUAL_PREFIX, ProveLiabilities, SealedRoot
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.accounts import PathPrefix
from partita.surfaces.http.shapes.fields import (
    AccountReference,
    Amount,
    AssetCode,
    ListShape,
    QueryShape,
    RequestShape,
    Timestamp,
)


class LiabilityRequest(RequestShape, frozen=True, kw_only=True):
    """Over which accounts: those of type liability in the asset, at the prefix or below it."""

    asset: AssetCode
    prefix: PathPrefix = USUAL_PREFIX


class Figures(msgspec.Struct, frozen=True):
    """How many accounts have a leaf; how many are below zero, where a leaf has 0, and by how much."""

    accounts: int
    overdrawn_accounts: int
    overdrawn: Amount


class LiabilityRoot(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed root. `epoch` is the sequence as of which balances were read, `sequence` its record's.

    `figures` are of the tree as kept here, and null if it is not.
    """

    object: Literal["liability_root"] = "liability_root"
    id: str
    asset: str
    scale: int
    prefix: str
    epoch: str
    journal_root: str
    leaves: str
    total: Amount
    root: str
    sequence: str
    recorded_at: Timestamp
    record_leaf: str
    figures: Figures | None


class LiabilityRootList(ListShape, frozen=True, kw_only=True):
    """A page of roots, newest first."""

    data: list[LiabilityRoot]


class LiabilityQuery(QueryShape, frozen=True, kw_only=True):
    """Filters: by asset, by prefix as it was given."""

    asset: AssetCode | None = None
    prefix: PathPrefix | None = None
    limit: str | None = None
    cursor: str | None = None


class LeafQuery(QueryShape, frozen=True, kw_only=True):
    """Whose proof: an account by path or id. It must be given."""

    account_id: AccountReference | None = None


def wanted(request: LiabilityRequest) -> ProveLiabilities:
    """What a request asks for.

    Raises:
        Refusal: the prefix cannot be one.
    """
    try:
        return ProveLiabilities(request.asset, check_path(request.prefix))
    except ValueError as error:
        detail = f"{request.prefix[:60]!r} is {error}."
        raise Refusal("invalid_request", detail, pointer="/prefix") from None


def liability_root(sealed: SealedRoot, scale: int) -> LiabilityRoot:
    """The reply that a sealed root is."""
    root, record, tree = sealed.root, sealed.record, sealed.tree
    return LiabilityRoot(
        id=sealed.id,
        asset=root.asset,
        scale=scale,
        prefix=root.prefix,
        epoch=str(root.epoch),
        journal_root=root.journal_root,
        leaves=str(root.leaves),
        total=str(root.total),
        root=root.root,
        sequence=str(record.sequence),
        recorded_at=record.recorded_at.text(),
        record_leaf=record.leaf.hex(),
        figures=None
        if tree is None
        else Figures(tree.accounts, tree.overdrawn_accounts, str(tree.overdrawn)),
    )
