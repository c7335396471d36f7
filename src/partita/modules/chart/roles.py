"""Roles: the places that business needs, by what they are for. A chart says where each of them is.

The variables of a role are all that is ever known when it is looked for. A chart may leave some
out (one custody account for all rails), and never asks for others.
"""

from collections.abc import Mapping
from enum import Enum

ASSET = "asset"
"""The variable that says what an account counts; its values are codes of assets."""


class AccountClass(Enum):
    """What an account is for. Reports of float sum by it; see docs/float.md."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    COMPANY = "company"
    LOYALTY = "loyalty"
    ESCROW = "escrow"
    RESERVE = "reserve"
    SETTLEMENT = "settlement"
    CUSTODY = "custody"
    IN_TRANSIT = "in_transit"
    AWAITING = "awaiting"
    CLEARING = "clearing"
    INTERLEDGER = "interledger"
    SUSPENSE = "suspense"
    CLAIM = "claim"
    PAYABLE = "payable"
    TAX = "tax"
    TREASURY = "treasury"
    FEE = "fee"
    REWARD = "reward"
    POSITION = "position"
    ROUNDING = "rounding"
    ADJUSTMENT = "adjustment"


_WALLET = ("customer", "wallet", ASSET)
_CUSTOMER = ("customer", ASSET)
_RAIL = ("rail", ASSET)
_KIND = ("kind", ASSET)
_HOUSE = (ASSET,)

ROLES: Mapping[str, tuple[str, ...]] = {
    "wallet.personal": _WALLET,
    "wallet.merchant": _WALLET,
    "wallet.company": _WALLET,
    "wallet.loyalty": _WALLET,
    "wallet.escrow": _WALLET,
    "wallet.settlement": _WALLET,
    "reserve": _CUSTOMER,
    "settlement": _CUSTOMER,
    "payables": _CUSTOMER,
    "escrow": _HOUSE,
    "custody": _RAIL,
    "in_transit": _RAIL,
    "awaiting": _RAIL,
    "clearing": _RAIL,
    "suspense": _HOUSE,
    "chargebacks": _HOUSE,
    "provisional": _HOUSE,
    "fees": _KIND,
    "taxes": _KIND,
    "rewards": _HOUSE,
    "breakage": _HOUSE,
    "treasury": _HOUSE,
    "capital": _HOUSE,
    "position": _HOUSE,
    "position_costs": ("traded", ASSET),
    "gains": _HOUSE,
    "rounding": _HOUSE,
    "adjustments": _HOUSE,
    "interledger": ("ledger", ASSET),
}
"""Every role, and the variables that it may have. docs/chart.md says what each is for."""
