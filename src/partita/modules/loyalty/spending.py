"""Deciding on a payment out of several sources: cash, pots, points and vouchers, in one transaction.

Points go back where they were issued, and the issuer pays what they are worth. Whatever is drawn on
is seen in the commit: a frozen sub-wallet is passed over, points that have ended are not there.
"""

from collections.abc import Generator, Iterable
from typing import Any, NamedTuple

import msgspec

from partita.engine.business import Desk, Look, Steps
from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.account import Side
from partita.kernel.balance import balance
from partita.kernel.commands import ChangeMatter, PostTransaction
from partita.kernel.matters import Matter
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.loyalty import acts
from partita.modules.loyalty.drawing import Drawn, Source, draw
from partita.modules.loyalty.granting import change_purse, house, purse_in
from partita.modules.loyalty.lots import Purse
from partita.modules.loyalty.program import PROGRAM, read_program
from partita.modules.wallets.keeping import wallet_of
from partita.modules.wallets.opening import use_asset
from partita.modules.wallets.wallet import WALLET, WALLET_PREFIX, Wallet, WalletKind, read_wallet

SPENDING, SPENDING_PREFIX = "spending", "spd_"


class Spending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment out of several sources, as it was made. It has no life beyond that."""

    id: str
    wallet: str
    destination: str
    asset: str
    amount: int
    transaction: str
    drawn: tuple[Drawn, ...]
    metadata: dict[str, str] = {}


class Reach(NamedTuple):
    """What a wallet can draw on for a payment: its sources in order, and the purses behind them."""

    sources: list[Source]
    purses: dict[str, Purse]


def spend(desk: Desk, act: acts.Spend) -> Steps:
    """Draw on each source in turn until the sum is there, and pay."""
    payer = wallet_of(desk, act.wallet)
    if isinstance(payer, Rejection):
        return payer
    account = yield from _destination(desk, act.destination, act.asset)
    if isinstance(account, Rejection):
        return account
    reach = yield from reach_of(desk, payer, act.asset, act.order or payer.spend_order)
    if isinstance(reach, Rejection):
        return reach
    drawn = draw(reach.sources, act.amount)
    if (missing := act.amount - sum(each.worth for each in drawn)) or not drawn:
        return _short(payer, act, missing)
    legs = postings_of(desk, drawn, account, act.asset)
    if isinstance(legs, Rejection):
        return legs
    posted = yield PostTransaction(legs, type="spending", metadata=act.metadata)
    for each in drawn:
        if (purse := reach.purses.get(each.account)) is not None:
            facts = {"spent": str(each.amount)}
            yield change_purse("spent", purse.spent(each.amount, desk.now), facts)
    made = Spending(
        id=desk.identity(SPENDING_PREFIX), wallet=payer.id, destination=account, asset=act.asset,
        amount=act.amount, transaction=posted.id, drawn=tuple(drawn), metadata=act.metadata,
    )  # fmt: skip
    yield ChangeMatter(
        type="spending.made", kind=SPENDING, id=made.id, is_new=True, status="posted",
        about=payer.id, body=encode_value(made), external_id=act.external_id,
    )  # fmt: skip
    return None


def reach_of(
    desk: Desk, wallet: Wallet, asset: str, order: Iterable[str]
) -> Generator[Any, Any, Reach | Rejection]:
    """What a wallet can draw on for a sum of this asset, in this order, by the rules of this moment.

    For deciders of other modules too: `draw(reach.sources, amount)` says what each one gives.
    """
    reach = Reach([], {})
    for identifier in order:
        if identifier not in (wallet.id, *wallet.pots):
            detail = f"{identifier} is neither {wallet.id} nor a sub-wallet of it."
            return Rejection(Code.WALLET_NOT_FOUND, detail, "/order")
        yield Look(resources=[identifier])
        source = read_wallet(desk.matter(WALLET, identifier))
        assert source is not None, "a wallet knows its sub-wallets"
        if source.flow is not None and source.flow.value != "in":
            continue
        if source.kind is WalletKind.LOYALTY:
            yield from _points(desk, source, asset, reach)
        elif asset in source.assets:
            path = source.account(asset)
            yield Look(accounts=[path])
            reach.sources.append(Source(path, asset, _available(desk, path)))
    return reach


def _points(desk: Desk, wallet: Wallet, asset: str, reach: Reach) -> Generator[Any, Any, None]:
    """The points and vouchers in a wallet that are worth something in this asset."""
    for kind in wallet.assets:
        yield Look(titles=[f"{PROGRAM}/{kind}"])
        program = read_program(desk.titled(PROGRAM, kind))
        if kind != asset and (program is None or program.money != asset):
            continue
        purse, is_new = yield from purse_in(desk, wallet, kind)
        path = wallet.account(kind)
        usable = min(_available(desk, path), purse.usable(desk.now))
        points, worth = (
            (1, 1) if program is None or kind == asset else (program.points, program.worth)
        )
        reach.sources.append(Source(path, kind, usable, points, worth))
        if not is_new:
            reach.purses[path] = purse


def _available(desk: Desk, path: str) -> int:
    standing = desk.account(path)
    assert standing is not None, f"{path} was looked at"
    floor = standing.account.constraints.min_available or 0
    figures = balance(standing.totals, standing.account.normal_side)
    return max(figures.available - floor, 0)


def postings_of(
    desk: Desk, drawn: Iterable[Drawn], account: str, asset: str
) -> tuple[Posting, ...] | Rejection:
    """The legs of a payment: each source gives, the issuer stands for points, one account gets it."""
    legs: list[Posting] = []
    whole = 0
    for each in drawn:
        whole += each.worth
        legs.append(Posting(each.account, Side.DEBIT, each.amount, each.asset))
        if each.asset == asset:
            continue
        issuer, payer = house(desk, "rewards", each.asset), house(desk, "rewards", asset)
        if isinstance(issuer, Rejection):
            return issuer
        if isinstance(payer, Rejection):
            return payer
        legs.append(Posting(issuer, Side.CREDIT, each.amount, each.asset))
        legs.append(Posting(payer, Side.DEBIT, each.worth, asset))
    return (*legs, Posting(account, Side.CREDIT, whole, asset))


def _destination(desk: Desk, reference: str, asset: str) -> Generator[Any, Any, str | Rejection]:
    if not reference.startswith(WALLET_PREFIX):
        return reference
    wallet = wallet_of(desk, reference)
    if isinstance(wallet, Rejection):
        return wallet
    ready = yield from use_asset(desk, wallet, asset)
    return ready if isinstance(ready, Rejection) else ready.account(asset)


def _short(payer: Wallet, act: acts.Spend, missing: int) -> Rejection:
    if act.amount < 1:
        return Rejection(Code.AMOUNT_OUT_OF_RANGE, "At least 1 can be paid.", "/amount")
    if payer.flow is not None and payer.flow.value != "in":
        detail = f"{payer.id} is {payer.state.value}: nothing may go out."
        return Rejection(Code.ACCOUNT_FROZEN, detail, "/wallet")
    detail = f"{payer.id} and what it draws on have {act.amount - missing} of {act.amount}"
    facts = {"short_by": str(missing), "asset": act.asset}
    return Rejection(Code.INSUFFICIENT_FUNDS, f"{detail} {act.asset}.", "/amount", facts)


_decode = value_decoder(Spending)


def read_spending(matter: Matter) -> Spending:
    """The payment that a matter keeps."""
    assert matter.kind == SPENDING, f"{matter.id} is no spending"
    return _decode(matter.body)
