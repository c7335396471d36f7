"""Places: which accounts a deal is between, and which of the house's accounts take part in it.

Customers are named by their wallet, or by the path of any account; the house's accounts stand where
the chart in force says.
"""

import re
from collections.abc import Generator
from typing import Any, NamedTuple

import msgspec

from partita.engine.business import Desk, Look, Steps
from partita.kernel.account import check_path
from partita.kernel.asset import Asset
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.chart import Chart
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.wallets.keeping import wallet_of
from partita.modules.wallets.opening import use_asset
from partita.modules.wallets.wallet import WALLET_PREFIX

_WALLET = re.compile(rf"{WALLET_PREFIX}[0-9A-Z]{{26}}", re.ASCII)


class Places(msgspec.Struct, frozen=True):
    """The accounts of the customer's side, by their paths, and the wallets that they belong to.

    `receiver` is the wallet that gets the target asset, if it is one.
    """

    source: str
    target: str
    wallets: tuple[str, ...] = ()
    receiver: str | None = None


class House(NamedTuple):
    """The house's accounts in a deal, by their paths; what is of one asset is found by it."""

    fees: str
    treasury: str
    gains: str
    rounding: dict[str, str]
    positions: dict[str, str]
    costs: dict[str, str]


def is_wallet(reference: str) -> bool:
    """Whether a reference names a wallet; else it is the path of an account."""
    return reference.startswith(WALLET_PREFIX)


def is_place(reference: str) -> bool:
    """Whether anything could be called so: the id of a wallet, or the path of an account."""
    if is_wallet(reference):
        return _WALLET.fullmatch(reference) is not None
    try:
        check_path(reference)
    except ValueError:
        return False
    return True


def places(
    desk: Desk, source: str, destination: str | None, assets: tuple[Asset, Asset]
) -> Generator[Look, Any, Places | Rejection]:
    """The customer's accounts for both assets, or why there are none."""
    receiver = destination or source
    paid_from = _account(desk, source, assets[0].code, is_source=True)
    paid_to = _account(desk, receiver, assets[1].code, is_source=False)
    for found in (paid_from, paid_to):
        if isinstance(found, Rejection):
            return found
    assert isinstance(paid_from, str), "refused above"
    assert isinstance(paid_to, str), "refused above"
    named = dict.fromkeys(each for each in (source, receiver) if is_wallet(each))
    yield Look(accounts=(paid_from, paid_to))
    return Places(paid_from, paid_to, tuple(named), receiver if is_wallet(receiver) else None)


def receive(desk: Desk, where: Places, asset: str) -> Steps:
    """Let the wallet that gets the target asset hold it from now on, if it did not before."""
    if where.receiver is None:
        return None
    wallet = wallet_of(desk, where.receiver)
    if not isinstance(wallet, Rejection):
        wallet = yield from use_asset(desk, wallet, asset)
    return wallet if isinstance(wallet, Rejection) else None


def house(chart: Chart, source: str, target: str, base: str | None) -> House | Rejection:
    """Where the chart puts what a deal between two assets needs."""
    both = (source, target)
    try:
        return House(
            fees=chart.place("fees", kind="fx", asset=source),
            treasury=chart.place("treasury", asset=target),
            gains=chart.place("gains", asset=base or target),
            rounding={code: chart.place("rounding", asset=code) for code in both},
            positions={code: chart.place("position", asset=code) for code in both},
            costs={
                code: chart.place("position_costs", traded=code, asset=base or target)
                for code in both
            },
        )
    except RoleNotInChart as error:
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, str(error))


def _account(desk: Desk, reference: str, asset: str, *, is_source: bool) -> str | Rejection:
    if not is_place(reference):
        code = Code.WALLET_NOT_FOUND if is_wallet(reference) else Code.ACCOUNT_NOT_FOUND
        return Rejection(code, f"Nothing can be called {reference!r:.80}.")
    if not is_wallet(reference):
        return reference
    wallet = wallet_of(desk, reference)
    if isinstance(wallet, Rejection):
        return wallet
    if wallet.closed_at is not None:
        return Rejection(Code.WALLET_CLOSED, f"The wallet {reference!r} is closed.")
    if asset in wallet.assets or not is_source:
        return wallet.account(asset)
    detail = f"The wallet {reference!r} holds no {asset}."
    return Rejection(Code.ASSET_NOT_IN_WALLET, detail, None, {"assets": ",".join(wallet.assets)})
