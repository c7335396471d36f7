"""What can happen to wallets and customers: the facts that this module records, one by one."""

from partita.engine.event_types import Happenings
from partita.modules.wallets.customer import CUSTOMER, Customer
from partita.modules.wallets.wallet import WALLET, Wallet

HAPPENINGS = (
    Happenings(
        CUSTOMER,
        Customer,
        {
            "created": "A customer came to be, a token that wallets belong to.",
            "wallet_added": "A customer has one wallet more.",
            "wallet_closed": "A customer has one wallet less.",
            "frozen": "All wallets of a customer were stopped, in the flow that it says.",
            "unfrozen": "The wallets of a customer go again, but for freezes of their own.",
            "closed": "A customer and all its wallets ended.",
        },
    ),
    Happenings(
        WALLET,
        Wallet,
        {
            "created": "A wallet came to be; so did sub-wallets, which name their parent.",
            "asset_added": "A wallet holds one asset more.",
            "subwallet_added": "A wallet has one sub-wallet more.",
            "subwallet_closed": "A wallet has one sub-wallet less.",
            "order_set": "The order in which a wallet and its sub-wallets are spent was set.",
            "frozen": "Money stopped moving in a wallet, in the flow that it says.",
            "unfrozen": "A freeze of a wallet was lifted.",
            "locked": "Nothing moves in a wallet until it is unlocked.",
            "unlocked": "A lock was lifted; what lay under it holds again.",
            "closed": "A wallet ended, empty.",
            "expired": "A sub-wallet came to its end; what was in it went to its parent.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
