"""Customers and wallets on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.account import FreezeFlow
from partita.kernel.balance import Balance
from partita.kernel.matters import Matter
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CustomerKind, CustomerState, read_customer
from partita.modules.wallets.reading import Holdings, Part
from partita.modules.wallets.wallet import (
    MOST_ASSETS,
    Purpose,
    WalletKind,
    WalletState,
    read_wallet,
)
from partita.surfaces.http.shapes.fields import (
    AssetCode,
    ExternalId,
    ListShape,
    Metadata,
    QueryShape,
    Reason,
    RequestShape,
    SignedAmount,
    Timestamp,
    moment_at,
    printable_or_none,
)

CustomerId = Annotated[
    str, Meta(min_length=1, max_length=255, description="A customer's id (`cus_…`).")
]
WalletId = Annotated[
    str, Meta(min_length=1, max_length=255, description="A wallet's id (`wal_…`).")
]
Name = Annotated[
    str,
    Meta(
        min_length=1, max_length=100, examples=["main"],
        description="What its owner calls it; once for each customer, or each parent.",
    ),
]  # fmt: skip
Assets = Annotated[list[AssetCode], Meta(max_length=MOST_ASSETS)]


class CustomerRequest(RequestShape, frozen=True, kw_only=True):
    """A customer to make: a token. No name, address or other personal data is kept here."""

    kind: CustomerKind
    tier: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class StopRequest(RequestShape, frozen=True, kw_only=True):
    """What to stop, and why: it is somebody's money."""

    reason: Reason
    flow: FreezeFlow = FreezeFlow.BOTH


class StopCustomerRequest(RequestShape, frozen=True, kw_only=True):
    """What to stop in all wallets (what goes out, unless told otherwise), and why."""

    reason: Reason
    flow: FreezeFlow = FreezeFlow.OUT


class UnstopRequest(RequestShape, frozen=True, kw_only=True):
    """Why it may go on; the whole body may be left out."""

    reason: Reason | None = None


class LockRequest(RequestShape, frozen=True, kw_only=True):
    """Why nothing may be done any more."""

    reason: Reason


class EndRequest(RequestShape, frozen=True, kw_only=True):
    """Why, and into which wallet whatever is left is swept; the whole body may be left out."""

    reason: Reason | None = None
    sweep_to: WalletId | None = None


class WalletRequest(RequestShape, frozen=True, kw_only=True):
    """A wallet to make. Without a `customer` it belongs to the house."""

    kind: WalletKind
    assets: Assets
    customer: CustomerId | None = None
    name: Name | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class SubwalletRequest(RequestShape, frozen=True, kw_only=True):
    """A sub-wallet to make: kind and assets are those of its parent, unless told otherwise.

    `priority` is its place in the spend order of its parent, 0 being the first; without one it is
    never drawn on by itself. At `expires_at` its money goes back to the parent and it is closed.
    """

    purpose: Purpose
    kind: WalletKind | None = None
    assets: Assets = msgspec.field(default_factory=list)
    name: Name | None = None
    priority: Annotated[int, Meta(ge=0, le=50)] | None = None
    expires_at: Timestamp | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class WalletAssetRequest(RequestShape, frozen=True, kw_only=True):
    """One more asset for a wallet."""

    asset: AssetCode


class OrderRequest(RequestShape, frozen=True, kw_only=True):
    """Which of a wallet and its sub-wallets a payment draws on, in turn."""

    order: Annotated[list[WalletId], Meta(max_length=51)]


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer: a token, and the wallets that are not closed."""

    id: str
    object: Literal["customer"] = "customer"
    kind: CustomerKind
    status: CustomerState
    flow: FreezeFlow | None
    reason: str | None
    tier: str | None
    wallet_ids: tuple[str, ...]
    external_id: str | None
    metadata: dict[str, str]
    created_at: Timestamp
    closed_at: Timestamp | None
    version: int
    allowed_actions: tuple[str, ...]


class CustomerList(ListShape, frozen=True, kw_only=True):
    """A page of customers, newest first."""

    data: list[Customer]


class CustomerQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: CustomerState | None = None
    external_id: ExternalId | None = None
    limit: str | None = None
    cursor: str | None = None


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet as it is now.

    `flow` is all that is stopped: by its own freeze (`own_flow`), by its customer or parent
    (`inherited_flow`), or by a lock. `accounts` are the paths of its accounts, by asset.
    """

    id: str
    object: Literal["wallet"] = "wallet"
    kind: WalletKind
    status: WalletState
    customer_id: str | None
    parent_id: str | None
    purpose: Purpose | None
    name: str | None
    assets: tuple[str, ...]
    accounts: dict[str, str]
    flow: FreezeFlow | None
    own_flow: FreezeFlow | None
    inherited_flow: FreezeFlow | None
    reason: str | None
    subwallet_ids: tuple[str, ...]
    spend_order: tuple[str, ...]
    external_id: str | None
    metadata: dict[str, str]
    created_at: Timestamp
    locked_at: Timestamp | None
    expires_at: Timestamp | None
    closed_at: Timestamp | None
    version: int
    allowed_actions: tuple[str, ...]


class WalletList(ListShape, frozen=True, kw_only=True):
    """A page of wallets, newest first."""

    data: list[Wallet]


class WalletQuery(QueryShape, frozen=True, kw_only=True):
    """Filters. `customer` finds the wallets of a customer, without those below them."""

    customer: CustomerId | None = None
    status: WalletState | None = None
    external_id: ExternalId | None = None
    limit: str | None = None
    cursor: str | None = None


class PartShape(msgspec.Struct, frozen=True, kw_only=True):
    """What one wallet holds: the one asked for, or a sub-wallet.

    `turn` is its place in the spend order; null if it is not drawn on by itself.
    """

    wallet_id: str
    name: str | None
    kind: WalletKind
    purpose: Purpose | None
    status: WalletState
    account: str
    turn: int | None
    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    held: SignedAmount | None
    available: SignedAmount


class AssetHoldings(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of one asset in all parts together; `spendable` is what a payment could draw."""

    asset: str
    scale: int
    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    held: SignedAmount | None
    available: SignedAmount
    spendable: SignedAmount
    parts: list[PartShape]


class WalletBalances(msgspec.Struct, frozen=True, kw_only=True):
    """All that a wallet and its sub-wallets hold, by asset: money, points, vouchers."""

    object: Literal["wallet_balances"] = "wallet_balances"
    wallet_id: str
    data: list[AssetHoldings]


def create_customer(request: CustomerRequest) -> acts.CreateCustomer:
    """The command that a request is."""
    return acts.CreateCustomer(
        kind=request.kind,
        tier=printable_or_none(request.tier, "/tier"),
        external_id=printable_or_none(request.external_id, "/external_id"),
        metadata=request.metadata,
    )


def create_wallet(request: WalletRequest) -> acts.CreateWallet:
    """The command that a request is."""
    return acts.CreateWallet(
        kind=request.kind,
        assets=tuple(request.assets),
        customer=printable_or_none(request.customer, "/customer"),
        name=printable_or_none(request.name, "/name"),
        external_id=printable_or_none(request.external_id, "/external_id"),
        metadata=request.metadata,
    )


def create_subwallet(parent: str, request: SubwalletRequest) -> acts.CreateSubwallet:
    """The command that a request is."""
    return acts.CreateSubwallet(
        wallet=parent,
        purpose=request.purpose,
        kind=request.kind,
        assets=tuple(request.assets),
        name=printable_or_none(request.name, "/name"),
        priority=request.priority,
        expires_at=moment_at(request.expires_at, "/expires_at"),
        external_id=printable_or_none(request.external_id, "/external_id"),
        metadata=request.metadata,
    )


def customer(matter: Matter) -> Customer:
    """A customer as it goes out."""
    kept = read_customer(matter)
    assert kept is not None, "a matter was given"
    return Customer(
        id=kept.id,
        kind=kept.kind,
        status=kept.state,
        flow=kept.stopped,
        reason=kept.reason,
        tier=kept.tier,
        wallet_ids=kept.wallets,
        external_id=matter.external_id,
        metadata=kept.metadata,
        created_at=kept.created_at.text(),
        closed_at=None if kept.closed_at is None else kept.closed_at.text(),
        version=matter.version,
        allowed_actions=kept.allowed_actions,
    )


def wallet(matter: Matter) -> Wallet:
    """A wallet as it goes out."""
    kept = read_wallet(matter)
    assert kept is not None, "a matter was given"
    moments = (kept.locked_at, kept.expires_at, kept.closed_at)
    locked_at, expires_at, closed_at = (None if at is None else at.text() for at in moments)
    return Wallet(
        id=kept.id,
        kind=kept.kind,
        status=kept.state,
        customer_id=kept.customer,
        parent_id=kept.parent,
        purpose=kept.purpose,
        name=kept.name,
        assets=kept.assets,
        accounts={asset: kept.account(asset) for asset in kept.assets},
        flow=kept.flow,
        own_flow=kept.stopped,
        inherited_flow=kept.inherited,
        reason=kept.reason,
        subwallet_ids=kept.pots,
        spend_order=kept.spend_order,
        external_id=matter.external_id,
        metadata=kept.metadata,
        created_at=kept.created_at.text(),
        locked_at=locked_at,
        expires_at=expires_at,
        closed_at=closed_at,
        version=matter.version,
        allowed_actions=kept.allowed_actions,
    )


def balances(found: Holdings, scales: dict[str, int]) -> WalletBalances:
    """What a wallet holds as it goes out."""
    return WalletBalances(
        wallet_id=found.wallet.id,
        data=[
            AssetHoldings(
                asset=asset,
                scale=scales[asset],
                spendable=str(found.spendable(asset)),
                parts=[_part(part) for part in found.of(asset)],
                **_figures(found.total(asset)),
            )
            for asset in found.assets
        ],
    )


def _part(part: Part) -> PartShape:
    whose = part.wallet
    return PartShape(
        wallet_id=whose.id, name=whose.name, kind=whose.kind, purpose=whose.purpose,
        status=whose.state, account=part.account, turn=part.turn, **_figures(part.balance),
    )  # fmt: skip


def _figures(figures: Balance) -> dict[str, str]:
    told = msgspec.structs.asdict(figures)
    return {name: None if figure is None else str(figure) for name, figure in told.items()}  # type: ignore[misc]
