"""A small bank over HTTP: who has what, and a good request for each type of payment."""

from typing import Any

from tests.scenarios.http.caller import Caller, Said

ALICE, BOB = "customers:alice:wallets:main:USD", "customers:bob:wallets:main:USD"
SHOP = "merchants:shop:wallets:main:USD"
MONEY = {"amount": "1000", "asset": "USD"}
BEGINNINGS: dict[str, dict[str, Any]] = {
    "transfers": {"source": ALICE, "destination": BOB, **MONEY},
    "deposits": {"destination": ALICE, **MONEY},
    "withdrawals": {"source": ALICE, **MONEY},
    "payments": {"source": ALICE, "destination": SHOP, **MONEY},
    "fees": {"source": ALICE, **MONEY},
    "taxes": {"source": ALICE, **MONEY},
    "rewards": {"destination": ALICE, **MONEY},
    "adjustments": {"source": ALICE, "destination": BOB, "reason": "a mistake", **MONEY},
}
"""A good request for each type that moves money by itself."""


def made(said: Said) -> dict[str, Any]:
    """The body of an answer that is no refusal."""
    assert said.status in (200, 201), said.body
    body: dict[str, Any] = said.body
    return body


def pay(call: Caller, begin: str, amount: str = "1000") -> str:
    """Have alice pay the shop; the payment's id."""
    body = {"source": ALICE, "destination": SHOP, "amount": amount, "asset": "USD", "begin": begin}
    return str(made(call.post("/v1/payments", body))["id"])


def codes(answers: list[Said]) -> list[str | None]:
    """The codes of all refusals, each once."""
    return sorted({said.code for said in answers if said.code is not None}, key=str)


def accepted(answers: list[Said]) -> list[Said]:
    """Those that were no refusals."""
    return [said for said in answers if said.status < 300]
