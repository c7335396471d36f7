"""The demo's chart of accounts: customers with wallets, merchants, and what a small bank needs."""

from collections.abc import Iterator

from partita.kernel.account import AccountType, Constraints
from partita.kernel.asset import Asset, AssetKind
from partita.kernel.commands import OpenAccount, RegisterAsset

CUSTOMERS = tuple(f"{number:04}" for number in range(1, 201))
WITH_EUROS = CUSTOMERS[::2]
WITH_ETHER = CUSTOMERS[::10]
MERCHANTS = (
    "bakery", "bookshop", "butcher", "chemist", "cinema", "dentist", "florist", "garage",
    "greengrocer", "hairdresser", "hotel", "kiosk", "museum", "optician", "pizzeria", "railway",
    "shoemaker", "supermarket", "tailor", "theatre",
)  # fmt: skip
POINTS, ETHER = "POINTS", "ETH"
ASSETS = (
    Asset(POINTS, 0, AssetKind.POINTS, issuer="the demo bank"),
    Asset(ETHER, 18, AssetKind.CRYPTO),
)
_FLOOR = Constraints(min_available=0)
_HOUSE: tuple[tuple[str, str, AccountType], ...] = (
    ("bank:usd", "USD", AccountType.ASSET),
    ("bank:eur", "EUR", AccountType.ASSET),
    ("custody:eth", ETHER, AccountType.ASSET),
    ("cards:settlement", "USD", AccountType.LIABILITY),
    ("fees:cards", "USD", AccountType.INCOME),
    ("fees:transfers", "USD", AccountType.INCOME),
    ("fees:exchange", "USD", AccountType.INCOME),
    ("interest:paid", "USD", AccountType.EXPENSE),
    ("positions:usd", "USD", AccountType.EQUITY),
    ("positions:eur", "EUR", AccountType.EQUITY),
    ("positions:eth", ETHER, AccountType.EQUITY),
    ("loyalty:programme", POINTS, AccountType.EXPENSE),
)


def wallet(customer: str, asset: str) -> str:
    """The path of a customer's wallet in an asset."""
    return f"customers:{customer}:wallets:{asset.lower()}"


def chart() -> Iterator[tuple[str, RegisterAsset | OpenAccount]]:
    """Every asset and account of the demo, each with its idempotency key."""
    for asset in ASSETS:
        yield f"demo:asset:{asset.code}", RegisterAsset(asset)
    for path, code, kind in _HOUSE:
        yield f"demo:open:{path}", OpenAccount(path, code, kind)
    for merchant in MERCHANTS:
        yield _customer_account(f"merchants:{merchant}", "USD")
    for customers, code in (
        (CUSTOMERS, "USD"), (WITH_EUROS, "EUR"), (WITH_ETHER, ETHER), (CUSTOMERS, POINTS),
    ):  # fmt: skip
        for customer in customers:
            yield _customer_account(wallet(customer, code), code)


def _customer_account(path: str, code: str) -> tuple[str, OpenAccount]:
    return f"demo:open:{path}", OpenAccount(path, code, AccountType.LIABILITY, constraints=_FLOOR)
