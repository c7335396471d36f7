"""Assets: the units of value a ledger counts in. ISO 4217 is built in, others are registered."""

import re
from enum import Enum

import msgspec

from partita.kernel.currencies import ISO_4217

LARGEST_SCALE = 30
_CODE = re.compile(r"[A-Z][A-Z0-9._-]{0,23}", re.ASCII)


class AssetKind(Enum):
    """What sort of value the asset is."""

    FIAT = "fiat"
    CRYPTO = "crypto"
    POINTS = "points"
    CUSTOM = "custom"


class Asset(msgspec.Struct, frozen=True):
    """One asset: its code and how many decimals its minor unit has (`scale`, 0 to 30)."""

    code: str
    scale: int
    kind: AssetKind = AssetKind.CUSTOM
    issuer: str | None = None
    metadata: dict[str, str] = {}


def is_code(code: str) -> bool:
    """Whether the code may name an asset."""
    return _CODE.fullmatch(code) is not None


def check_code(code: str) -> str:
    """Return the code if it may name an asset, else raise ValueError with the rule."""
    if not is_code(code):
        raise ValueError(
            "not an asset code; use 1 to 24 of A-Z, 0-9, '.', '_', '-', beginning with a letter"
        )
    return code


BUILT_IN: dict[str, Asset] = {
    code: Asset(code=code, scale=scale, kind=AssetKind.FIAT)
    for code, (scale, _number, _name) in ISO_4217.items()
}
"""Every currency of ISO 4217 that has a minor unit; known to each ledger without registering."""
