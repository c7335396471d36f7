"""Deciding on points: what they are worth, that they are given, that they end."""

from collections.abc import Generator
from typing import Any

from partita.engine.business import Desk, Look, Steps
from partita.kernel.account import Side
from partita.kernel.commands import ChangeMatter, PostTransaction
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.chart.in_force import chart_of
from partita.modules.loyalty import acts
from partita.modules.loyalty.lots import (
    POINTS,
    POINTS_PREFIX,
    Purse,
    purse_body,
    purse_title,
    read_purse,
)
from partita.modules.loyalty.program import (
    LONGEST_DAYS,
    PROGRAM,
    PROGRAM_PREFIX,
    Program,
    program_body,
    read_program,
)
from partita.modules.wallets.keeping import wallet_of
from partita.modules.wallets.opening import use_asset
from partita.modules.wallets.wallet import Wallet, WalletKind

_DAY = 86_400_000_000


def set_program(desk: Desk, act: acts.SetProgram) -> Steps:
    """A new program, or other terms from now on."""
    wrong = _unsound(desk, act)
    if wrong is not None:
        return wrong
    before = desk.titled(PROGRAM, act.asset)
    identifier = desk.identity(PROGRAM_PREFIX) if before is None else before.id
    program = Program(
        id=identifier, asset=act.asset, money=act.money, points=act.points, worth=act.worth,
        expires_after_days=act.expires_after_days,
    )  # fmt: skip
    yield ChangeMatter(
        type="program.set", kind=PROGRAM, id=identifier, is_new=before is None, status="active",
        title=act.asset, body=program_body(program), reason=act.reason,
    )  # fmt: skip
    return None


def _unsound(desk: Desk, act: acts.SetProgram) -> Rejection | None:
    for asset, pointer in ((act.asset, "/asset"), (act.money, "/money")):
        if desk.asset(asset) is None:
            detail = f"There is no asset {asset!r} in this ledger."
            return Rejection(Code.ASSET_NOT_FOUND, detail, pointer)
    if act.points < 1 or act.worth < 1:
        detail = f"{act.points} points would be worth {act.worth}; both are 1 at least."
        return Rejection(
            Code.AMOUNT_OUT_OF_RANGE, detail, "/points" if act.points < 1 else "/worth"
        )
    days = act.expires_after_days
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        detail = f"Points end after 1 to {LONGEST_DAYS} days, not {days}."
        return Rejection(Code.INVALID_EXPIRY, detail, "/expires_after_days")
    return None


def grant(desk: Desk, act: acts.Grant) -> Steps:
    """Points come into a loyalty wallet, and are a lot with an end."""
    wallet = loyalty_wallet(desk, act.wallet)
    if isinstance(wallet, Rejection):
        return wallet
    program = read_program(desk.titled(PROGRAM, act.asset))
    ends = act.expires_at
    if ends is None and program is not None and program.expires_after_days is not None:
        ends = Moment(desk.now + program.expires_after_days * _DAY)
    if ends is not None and ends <= desk.now:
        detail = f"They would end at {ends.text()}, which is past."
        return Rejection(Code.INVALID_EXPIRY, detail, "/expires_at")
    ready = yield from use_asset(desk, wallet, act.asset)
    if isinstance(ready, Rejection):
        return ready
    issuer = house(desk, "rewards", act.asset)
    if isinstance(issuer, Rejection):
        return issuer
    account = ready.account(act.asset)
    before, is_new = yield from purse_in(desk, ready, act.asset)
    yield move((issuer, account), act.amount, act.asset, "grant", act.metadata)
    purse = before.granted(act.amount, ends)
    facts = {"granted": str(act.amount)} | ({} if ends is None else {"expires_at": ends.text()})
    yield change_purse(
        "granted", purse, facts, is_new=is_new, reason=act.reason, external_id=act.external_id
    )
    return None


def expire(desk: Desk, act: acts.ExpirePoints) -> Steps:
    """What has ended and was not spent becomes breakage."""
    before = read_purse(desk.matter(POINTS, act.purse))
    if before is None:
        return Rejection(Code.MATTER_NOT_FOUND, f"There are no points {act.purse!r} here.")
    yield Look(accounts=[before.account])
    standing = desk.account(before.account)
    assert standing is not None, "a purse's account is open"
    purse = before.caught_up(standing.totals)
    free = purse.total - standing.totals.pending_debits
    ended = min(purse.ended(desk.now), free)
    if ended <= 0 and purse == before:
        facts = {"status": _status(before), "allowed_actions": ""}
        return Rejection(Code.INVALID_STATE, "Nothing has ended that is free.", None, facts)
    if ended > 0:
        breakage = house(desk, "breakage", purse.asset)
        if isinstance(breakage, Rejection):
            return breakage
        yield move((purse.account, breakage), ended, purse.asset, "breakage", {})
        purse = purse.expired(ended)
    yield change_purse("expired", purse, {"expired": str(max(ended, 0))})
    return None


def loyalty_wallet(desk: Desk, identifier: str) -> Wallet | Rejection:
    """A wallet that may have points in it."""
    wallet = wallet_of(desk, identifier)
    if isinstance(wallet, Rejection):
        return wallet
    if wallet.closed_at is not None:
        return Rejection(Code.WALLET_CLOSED, f"{wallet.id} is closed.")
    if wallet.kind is not WalletKind.LOYALTY:
        detail = f"{wallet.id} is of kind {wallet.kind.value}; points and vouchers are in loyalty."
        return Rejection(Code.ASSET_NOT_IN_WALLET, detail, "/wallet")
    return wallet


def purse_in(desk: Desk, wallet: Wallet, asset: str) -> Generator[Any, Any, tuple[Purse, bool]]:
    """The purse of an asset in a wallet, up to date with its account; and whether it is new."""
    account, title = wallet.account(asset), purse_title(wallet.id, asset)
    yield Look(accounts=[account], titles=[f"{POINTS}/{title}"])
    standing = desk.account(account)
    assert standing is not None, "the wallet has this asset"
    kept = read_purse(desk.titled(POINTS, title))
    purse = kept or Purse(
        id=desk.identity(POINTS_PREFIX), wallet=wallet.id, asset=asset, account=account
    )
    return purse.caught_up(standing.totals), kept is None


def house(desk: Desk, role: str, asset: str) -> str | Rejection:
    """The path of an account of our own."""
    try:
        return chart_of(desk).place(role, asset=asset)
    except RoleNotInChart as error:
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, str(error))


def move(
    way: tuple[str, str], amount: int, asset: str, type_: str, metadata: dict[str, str]
) -> PostTransaction:
    """A transaction from one account to another: the first is debited."""
    debit, credit = way
    legs = (Posting(debit, Side.DEBIT, amount, asset), Posting(credit, Side.CREDIT, amount, asset))
    return PostTransaction(legs, type=type_, metadata=metadata)


def change_purse(
    what: str, purse: Purse, facts: dict[str, str], *, is_new: bool = False,
    reason: str | None = None, external_id: str | None = None,
) -> ChangeMatter:  # fmt: skip
    """The purse as it is now; `what` happened to it."""
    return ChangeMatter(
        type=f"points.{what}",
        kind=POINTS,
        id=purse.id,
        is_new=is_new,
        status=_status(purse),
        title=purse_title(purse.wallet, purse.asset),
        about=purse.wallet,
        body=purse_body(purse),
        account_paths=(purse.account,),
        wakes_at=purse.wakes_at,
        facts=facts,
        reason=reason,
        external_id=external_id,
    )


def _status(purse: Purse) -> str:
    return "active" if purse.lots else "empty"
