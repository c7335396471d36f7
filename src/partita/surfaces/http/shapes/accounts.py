"""Accounts on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.account import (
    LONGEST_PATH,
    NORMAL_SIDE,
    AccountStatus,
    AccountType,
    Constraints,
    FreezeFlow,
    Side,
    check_path,
)
from partita.kernel.account import (
    Account as AccountOfKernel,
)
from partita.kernel.book import Standing
from partita.kernel.commands import OpenAccount
from partita.kernel.decide import ALLOWED_ACTIONS
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.balances import Figures, figures
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ListShape,
    Metadata,
    QueryShape,
    Reason,
    RequestShape,
    SignedAmount,
    Timestamp,
    amount,
)

PATH_PATTERN = "[A-Za-z0-9_.-]{1,64}(:[A-Za-z0-9_.-]{1,64}){0,11}"
"""The form of a path, as the kernel checks it (compared by test)."""
PathPrefix = Annotated[
    str,
    Meta(
        pattern=rf"^{PATH_PATTERN}$(?!\n)",
        max_length=LONGEST_PATH,
        description="The first segments of a path, whole ones.",
        examples=["customers"],
    ),
]
AccountPath = Annotated[
    str,
    Meta(
        description="1 to 12 segments joined by ':', each 1 to 64 of A-Z a-z 0-9 _ . -",
        examples=["customers:alice"],
        extra_json_schema={"pattern": f"^(?!acc_){PATH_PATTERN}$", "maxLength": LONGEST_PATH},
    ),
]


class ConstraintsRequest(RequestShape, frozen=True, kw_only=True):
    """Floors and ceilings in minor units on the account's normal side; null or absent is none.

    `overdraft` lowers both floors by so much.
    """

    min_posted: SignedAmount | None = None
    max_posted: SignedAmount | None = None
    min_available: SignedAmount | None = None
    max_available: SignedAmount | None = None
    overdraft: Amount = "0"


class AccountRequest(RequestShape, frozen=True, kw_only=True):
    """An account to open. `normal_side` defaults to the usual one of the type."""

    path: AccountPath
    asset: AssetCode
    type: AccountType
    normal_side: Side | None = None
    constraints: ConstraintsRequest = ConstraintsRequest()
    metadata: Metadata = msgspec.field(default_factory=dict)


class ReasonRequest(RequestShape, frozen=True, kw_only=True):
    """Why the account's status changes; the whole body may be left out."""

    reason: Reason | None = None


class FreezeRequest(RequestShape, frozen=True, kw_only=True):
    """What to stop, by default both directions, and why; the whole body may be left out."""

    reason: Reason | None = None
    flow: FreezeFlow = FreezeFlow.BOTH


class ConstraintsReply(msgspec.Struct, frozen=True):
    """The account's limits; null is no limit."""

    min_posted: SignedAmount | None
    max_posted: SignedAmount | None
    min_available: SignedAmount | None
    max_available: SignedAmount | None
    overdraft: Amount


class Account(msgspec.Struct, frozen=True):
    """An account and where it stands. `version` counts its entries."""

    id: str
    object: Literal["account"]
    path: str
    asset: str
    scale: int
    type: AccountType
    normal_side: Side
    status: AccountStatus
    constraints: ConstraintsReply
    metadata: dict[str, str]
    created_at: Timestamp
    version: int
    balances: Figures
    allowed_actions: tuple[str, ...]


class AccountList(ListShape, frozen=True, kw_only=True):
    """A page of accounts, newest first."""

    data: list[Account]


class AccountQuery(QueryShape, frozen=True, kw_only=True):
    """Filters. `path_prefix` takes whole segments: `customers` finds `customers:alice`."""

    path_prefix: PathPrefix | None = None
    asset: AssetCode | None = None
    type: AccountType | None = None
    status: AccountStatus | None = None
    limit: str | None = None
    cursor: str | None = None


def command(request: AccountRequest) -> OpenAccount:
    """The command that a request is.

    Raises:
        Refusal: the path or a limit is not what it must be.
    """
    try:
        path = check_path(request.path)
    except ValueError as error:
        detail = f"{request.path[:60]!r} is {error}."
        raise Refusal("invalid_request", detail, pointer="/path") from None
    return OpenAccount(
        path=path,
        asset=request.asset,
        type=request.type,
        normal_side=request.normal_side or NORMAL_SIDE[request.type],
        constraints=_constraints(request.constraints),
        metadata=request.metadata,
    )


def _constraints(asked: ConstraintsRequest) -> Constraints:
    def bound(text: str | None) -> int | None:
        return None if text is None else int(text)

    return Constraints(
        min_posted=bound(asked.min_posted),
        max_posted=bound(asked.max_posted),
        min_available=bound(asked.min_available),
        max_available=bound(asked.max_available),
        overdraft=amount(asked.overdraft, "/constraints/overdraft"),
    )


def account(standing: Standing, scale: int, held: int | None = None) -> Account:
    """The reply that says how an account stands; `held` as far as that is known."""
    opened = standing.account
    return Account(
        opened.id,
        "account",
        opened.path,
        opened.asset,
        scale,
        opened.type,
        opened.normal_side,
        standing.status,
        _limits(opened),
        opened.metadata,
        opened.opened_at.text(),
        standing.version,
        figures(standing.totals, opened.normal_side, held),
        ALLOWED_ACTIONS[standing.status],
    )


def _limits(opened: AccountOfKernel) -> ConstraintsReply:
    def text(bound: int | None) -> str | None:
        return None if bound is None else str(bound)

    limits = opened.constraints
    return ConstraintsReply(
        text(limits.min_posted),
        text(limits.max_posted),
        text(limits.min_available),
        text(limits.max_available),
        str(limits.overdraft),
    )
