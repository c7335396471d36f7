"""Wallets: made, listed, frozen, locked, closed; sub-wallets, spend order, what they hold."""

import msgspec

from partita.engine.access import Scope
from partita.engine.wanting import Act
from partita.kernel.matters import Matter
from partita.modules.wallets import acts
from partita.modules.wallets.reading import Wanted, find, holdings
from partita.modules.wallets.wallet import WALLET, WALLET_PREFIX, read_wallet
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import (
    Things,
    changed,
    identifier,
    kept,
    timeline,
)
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import wallets as shapes
from partita.surfaces.http.shapes.ledgers import PlainQuery
from partita.surfaces.http.shapes.matters import MatterTimeline

_encode = msgspec.json.Encoder().encode
_TAG, _URL = "Wallets", "/v1/wallets"
_ONE = f"{_URL}/{{id:str}}"
THINGS = Things(WALLET, WALLET_PREFIX, _URL, "wallet")
_WRITES = {
    "tag": _TAG, "reply": shapes.Wallet, "scope": Scope.WRITE, "key": KeyRule.OPTIONAL,
}  # fmt: skip
_CODES = ("not_found", "wallet_not_found", "invalid_state")
_PAGES = ("invalid_cursor", "cursor_mismatch")


async def _done(call: Call, act: Act, location: str | None = None) -> Reply:
    return await changed(call, act, shapes.wallet, location)


def _id(call: Call) -> str:
    return identifier(call, THINGS)


@operation("POST", _URL, summary="Create a wallet", status=201, request=shapes.WalletRequest,
           description="With an account for each asset, where the chart in force has its place.",
           codes=("invalid_metadata", "customer_not_found", "invalid_state", "asset_not_found",
                  "title_taken", "external_id_taken", "account_outside_chart", "limit_exceeded"),
           example={"kind": "personal", "assets": ["USD", "EUR"]}, **_WRITES)  # fmt: skip
async def create_wallet(call: Call) -> Reply:
    """Make a wallet."""
    return await _done(call, shapes.create_wallet(call.body), _URL)


@operation("GET", _URL, tag=_TAG, summary="List wallets", description="Newest first.",
           query=shapes.WalletQuery, reply=shapes.WalletList, codes=_PAGES)  # fmt: skip
async def list_wallets(call: Call) -> Reply:
    """List wallets by filters."""
    query: shapes.WalletQuery = call.query
    status = None if query.status is None else query.status.value
    which = Wanted(WALLET, status, query.customer, query.external_id)
    return Reply(200, await call.read(_list, call, which, _URL, page(_URL, query)))


def _list(call: Call, which: Wanted, url: str, wanted: Page) -> bytes:
    found, has_more = wanted.cut(
        find(call.desk.store, call.info, which, wanted.number, wanted.limit + 1)
    )
    return _encode(
        shapes.WalletList(
            data=[shapes.wallet(each) for each in found],
            has_more=has_more,
            next_cursor=wanted.cursor(found[-1].number) if has_more else None,
            url=url,
        )
    )


@operation("GET", _ONE, tag=_TAG, summary="Get a wallet", reply=shapes.Wallet,
           codes=("not_found",))  # fmt: skip
async def get_wallet(call: Call) -> Reply:
    """Get one wallet."""
    return ok(shapes.wallet(await call.read(_kept, call)))


def _kept(call: Call) -> Matter:
    return kept(call, THINGS)


@operation("POST", f"{_ONE}/subwallets", summary="Create a sub-wallet", status=201,
           description="A wallet below this one: a pot, a goal, a reserve, points or vouchers.",
           request=shapes.SubwalletRequest,
           codes=(*_CODES, "invalid_metadata", "invalid_timestamp", "invalid_expiry",
                  "asset_not_found", "title_taken", "external_id_taken", "account_outside_chart",
                  "limit_exceeded"),
           example={"purpose": "pot", "name": "holidays", "priority": 1}, **_WRITES)  # fmt: skip
async def create_subwallet(call: Call) -> Reply:
    """Make a sub-wallet."""
    return await _done(call, shapes.create_subwallet(_id(call), call.body), _URL)


@operation("GET", f"{_ONE}/subwallets", tag=_TAG, summary="List sub-wallets",
           description="Those below a wallet, closed ones too, newest first.",
           query=PlainQuery, reply=shapes.WalletList, codes=("not_found", *_PAGES))  # fmt: skip
async def list_subwallets(call: Call) -> Reply:
    """List the sub-wallets of a wallet."""
    matter = await call.read(_kept, call)
    url = f"{_URL}/{matter.id}/subwallets"
    which = Wanted(WALLET, about=matter.id)
    return Reply(200, await call.read(_list, call, which, url, page(url, call.query)))


@operation("GET", f"{_ONE}/balances", tag=_TAG, summary="Get what a wallet holds",
           description="Of each asset: in the wallet and in all below it, at one moment, as it"
           " would be spent.", reply=shapes.WalletBalances, codes=("not_found",))  # fmt: skip
async def get_wallet_balances(call: Call) -> Reply:
    """Get what a wallet and its sub-wallets hold."""
    return ok(await call.read(_balances, call))


def _balances(call: Call) -> shapes.WalletBalances:
    wallet = read_wallet(_kept(call))
    assert wallet is not None, "what is kept can be read"
    found = holdings(call.desk.store, call.info, wallet)
    scales = {asset: call.opened.scale(asset) or 0 for asset in found.assets}
    return shapes.balances(found, scales)


@operation("GET", f"{_ONE}/timeline", tag=_TAG, summary="List what happened to a wallet",
           description="Oldest first.", query=PlainQuery, reply=MatterTimeline,
           codes=("not_found", *_PAGES))  # fmt: skip
async def list_wallet_timeline(call: Call) -> Reply:
    """List the steps of a wallet's life."""
    return await timeline(call, THINGS)


@operation("POST", f"{_ONE}/assets", summary="Add an asset to a wallet",
           request=shapes.WalletAssetRequest,
           codes=(*_CODES, "asset_not_found", "path_taken", "account_outside_chart",
                  "limit_exceeded"), example={"asset": "JPY"}, **_WRITES)  # fmt: skip
async def add_wallet_asset(call: Call) -> Reply:
    """Let a wallet hold one more asset."""
    return await _done(call, acts.AddAsset(wallet=_id(call), asset=call.body.asset))


@operation("POST", f"{_ONE}/spend_order", summary="Set the spend order of a wallet",
           description="Which of it and its sub-wallets a payment draws on, in turn; those not"
           " named are not drawn on by themselves.",
           request=shapes.OrderRequest, codes=_CODES, example={"order": []}, **_WRITES)  # fmt: skip
async def set_spend_order(call: Call) -> Reply:
    """Say in which order a wallet and its sub-wallets are spent."""
    return await _done(call, acts.SetSpendOrder(wallet=_id(call), order=tuple(call.body.order)))


@operation("POST", f"{_ONE}/freeze", summary="Freeze a wallet",
           description="Stops what goes in, what goes out, or both, here and in all below, in the"
           " same commit. A freeze over a freeze adds to it.",
           request=shapes.StopRequest, codes=_CODES,
           example={"reason": "card stolen", "flow": "out"}, **_WRITES)  # fmt: skip
async def freeze_wallet(call: Call) -> Reply:
    """Stop what goes into a wallet, out of it, or both."""
    body = call.body
    return await _done(
        call, acts.FreezeWallet(wallet=_id(call), reason=body.reason, flow=body.flow)
    )


@operation("POST", f"{_ONE}/unfreeze", summary="Unfreeze a wallet",
           description="Lifts its own freeze; what its customer or parent stops stays stopped.",
           request=shapes.UnstopRequest, codes=_CODES, example={"reason": "card replaced"},
           **_WRITES)  # fmt: skip
async def unfreeze_wallet(call: Call) -> Reply:
    """Lift a wallet's own freeze."""
    return await _done(call, acts.UnfreezeWallet(wallet=_id(call), reason=call.body.reason))


@operation("POST", f"{_ONE}/lock", summary="Lock a wallet",
           description="Nothing moves and nothing can be done with it until it is unlocked.",
           request=shapes.LockRequest, codes=_CODES,
           example={"reason": "wrong code three times"}, **_WRITES)  # fmt: skip
async def lock_wallet(call: Call) -> Reply:
    """Let nothing be done with a wallet."""
    return await _done(call, acts.LockWallet(wallet=_id(call), reason=call.body.reason))


@operation("POST", f"{_ONE}/unlock", summary="Unlock a wallet",
           description="A freeze that lay under the lock holds again.",
           request=shapes.UnstopRequest, codes=_CODES, example={"reason": "owner identified"},
           **_WRITES)  # fmt: skip
async def unlock_wallet(call: Call) -> Reply:
    """Lift a wallet's lock."""
    return await _done(call, acts.UnlockWallet(wallet=_id(call), reason=call.body.reason))


@operation("POST", f"{_ONE}/close", summary="Close a wallet",
           description="With all below it: they are empty, or are swept into the wallet `sweep_to`"
           " in the same commit. It stays closed for ever.",
           request=shapes.EndRequest, example={"reason": "moved away"},
           codes=(*_CODES, "wallet_not_empty", "wallet_closed", "account_frozen",
                  "asset_not_in_wallet", "limit_exceeded"),
           **_WRITES | {"key": KeyRule.REQUIRED})  # fmt: skip
async def close_wallet(call: Call) -> Reply:
    """Close a wallet and all below it."""
    body = call.body
    return await _done(
        call, acts.CloseWallet(wallet=_id(call), reason=body.reason, sweep_to=body.sweep_to)
    )


OPERATIONS = (
    create_wallet, list_wallets, get_wallet, create_subwallet, list_subwallets,
    get_wallet_balances, list_wallet_timeline, add_wallet_asset, set_spend_order,
    freeze_wallet, unfreeze_wallet, lock_wallet, unlock_wallet, close_wallet,
)  # fmt: skip
