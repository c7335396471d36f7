"""How events of customers and wallets are made to happen."""

import asyncio
from collections.abc import Mapping

from partita.modules.wallets.customer import Customer
from partita.modules.wallets.wallet import Wallet
from partita.surfaces.triggering.stage import ASSET, REASON, Play, Stage

_OTHER_ASSET = "EUR"
_BRIEFLY_SECONDS = 1.0


async def _customer(stage: Stage) -> Customer:
    return await stage.ledger.create_customer(external_id=stage.name("customer"))


async def _freeze_customer(stage: Stage) -> Customer:
    customer = await _customer(stage)
    return await stage.ledger.freeze_customer(customer.id, REASON)


async def _unfreeze_customer(stage: Stage) -> None:
    await stage.ledger.unfreeze_customer((await _freeze_customer(stage)).id, REASON)


async def _close_customer(stage: Stage) -> None:
    await stage.ledger.close_customer((await _customer(stage)).id, REASON)


async def _wallet(stage: Stage) -> Wallet:
    customer = await _customer(stage)
    return await stage.ledger.create_wallet("personal", [ASSET], customer=customer.id, name="main")


async def _add_asset(stage: Stage) -> None:
    await stage.ledger.add_wallet_asset((await _wallet(stage)).id, _OTHER_ASSET)


async def _subwallet(stage: Stage) -> Wallet:
    return await stage.ledger.create_subwallet((await _wallet(stage)).id, name="pot")


async def _close_subwallet(stage: Stage) -> None:
    await stage.ledger.close_wallet((await _subwallet(stage)).id, REASON)


async def _order(stage: Stage) -> None:
    pot = await _subwallet(stage)
    assert pot.parent is not None, "a sub-wallet has a parent"
    await stage.ledger.set_spend_order(pot.parent, [pot.parent, pot.id])


async def _expire(stage: Stage) -> None:
    wallet = await _wallet(stage)
    ends = stage.later(_BRIEFLY_SECONDS)
    await stage.ledger.create_subwallet(wallet.id, name="pot", expires_at=ends)
    await asyncio.sleep(_BRIEFLY_SECONDS)
    await stage.ledger.run_processes()


async def _freeze(stage: Stage) -> Wallet:
    return await stage.ledger.freeze_wallet((await _wallet(stage)).id, REASON)


async def _unfreeze(stage: Stage) -> None:
    await stage.ledger.unfreeze_wallet((await _freeze(stage)).id, REASON)


async def _lock(stage: Stage) -> Wallet:
    return await stage.ledger.lock_wallet((await _wallet(stage)).id, REASON)


async def _unlock(stage: Stage) -> None:
    await stage.ledger.unlock_wallet((await _lock(stage)).id, REASON)


async def _close(stage: Stage) -> None:
    await stage.ledger.close_wallet((await _wallet(stage)).id, REASON)


PLAYS: Mapping[str, Play] = {
    "customer.created": _customer,
    "customer.wallet_added": _wallet,
    "customer.wallet_closed": _close,
    "customer.frozen": _freeze_customer,
    "customer.unfrozen": _unfreeze_customer,
    "customer.closed": _close_customer,
    "wallet.created": _wallet,
    "wallet.asset_added": _add_asset,
    "wallet.subwallet_added": _subwallet,
    "wallet.subwallet_closed": _close_subwallet,
    "wallet.order_set": _order,
    "wallet.expired": _expire,
    "wallet.frozen": _freeze,
    "wallet.unfrozen": _unfreeze,
    "wallet.locked": _lock,
    "wallet.unlocked": _unlock,
    "wallet.closed": _close,
}
"""What is done for each type of event to happen."""
