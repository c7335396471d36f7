"""The table of what can be asked of customers and wallets, and who decides it."""

from partita.engine.business import Deciders
from partita.modules.wallets import acts, closing, opening, stopping

DECIDERS: Deciders = {
    acts.CreateCustomer: opening.create_customer,
    acts.FreezeCustomer: stopping.freeze_customer,
    acts.UnfreezeCustomer: stopping.unfreeze_customer,
    acts.CloseCustomer: closing.close_customer,
    acts.CreateWallet: opening.create_wallet,
    acts.CreateSubwallet: opening.create_subwallet,
    acts.AddAsset: opening.add_asset,
    acts.SetSpendOrder: opening.set_spend_order,
    acts.FreezeWallet: stopping.freeze,
    acts.UnfreezeWallet: stopping.unfreeze,
    acts.LockWallet: stopping.lock,
    acts.UnlockWallet: stopping.unlock,
    acts.CloseWallet: closing.close_wallet,
    acts.ExpireSubwallet: closing.expire_subwallet,
}
