"""The table of what can be asked of customers and wallets, and who decides it."""

from partita.engine.business import Deciders
from partita.modules.wallets import acts, opening

DECIDERS: Deciders = {
    acts.CreateCustomer: opening.create_customer,
    acts.CreateWallet: opening.create_wallet,
    acts.CreateSubwallet: opening.create_subwallet,
    acts.AddAsset: opening.add_asset,
    acts.SetSpendOrder: opening.set_spend_order,
}
