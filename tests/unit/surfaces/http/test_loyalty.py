"""Points and vouchers over HTTP: a program, a grant, one payment out of points and cash."""

from typing import Any

import pytest

from tests.unit.surfaces.http.conftest import Client
from tests.unit.surfaces.http.test_wallets import fund, made, wallet_of


def key(text: str) -> dict[str, str]:
    return {"idempotency-key": text}


async def household(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """A wallet with 10.00 USD, and 5,050 points below it that are spent first."""
    await made(client, "/v1/assets", {"code": "PTS", "scale": 0, "type": "points"})
    program = {"asset": "PTS", "money": "USD", "points": 100, "worth": 1, "expires_after_days": 9}
    await made(client, "/v1/loyalty_programs", program)
    wallet = await wallet_of(client)
    await fund(client, wallet, 1_000)
    pot = {"purpose": "points", "kind": "loyalty", "assets": ["PTS"], "priority": 0}
    points = await made(client, f"/v1/wallets/{wallet['id']}/subwallets", pot)
    body = {"asset": "PTS", "amount": "5050", "reason": "welcome"}
    granted = await client.post(f"/v1/wallets/{points['id']}/grants", body, headers=key("g"))
    assert (granted.status, granted.json["lots"][0]["amount"]) == (200, "5050")
    return wallet, points


async def test_one_payment_draws_on_points_and_cash(client: Client) -> None:
    wallet, points = await household(client)
    url = f"/v1/wallets/{wallet['id']}"
    body = {"destination": "bank:main", "asset": "USD", "amount": "300"}
    paid = await client.post(f"{url}/spend", body, headers=key("s"))
    told = paid.json
    assert (paid.status, told["object"], told["wallet_id"]) == (201, "spending", wallet["id"])
    assert [(d["account"], d["amount"], d["worth"]) for d in told["drawn"]] == [
        (points["accounts"]["PTS"], "5000", "50"), (wallet["accounts"]["USD"], "250", "250"),
    ]  # fmt: skip
    again = await client.post(f"{url}/spend", body, headers=key("s"))
    assert (again.body, again.headers["idempotent-replayed"]) == (paid.body, "true")
    assert (await client.get(paid.headers["location"])).json == told
    assert (await client.get(f"{url}/spendings")).json["data"] == [told]
    left = (await client.get(f"{url}/points")).json["data"]
    assert [(p["asset"], [lot["amount"] for lot in p["lots"]]) for p in left] == [("PTS", ["50"])]
    assert (await client.get(f"/v1/transactions/{told['transaction_id']}")).status == 200
    usd = (await client.get(f"{url}/balances")).json["data"]
    assert {each["asset"]: each["spendable"] for each in usd} == {"USD": "750", "PTS": "50"}
    short = await client.post(f"{url}/spend", body | {"amount": "751"}, headers=key("t"))
    assert (short.status, short.json["code"]) == (422, "insufficient_funds")


async def test_programs_are_listed_and_set_again(client: Client) -> None:
    await household(client)
    (program,) = (await client.get("/v1/loyalty_programs")).json["data"]
    assert (program["points"], program["worth"], program["version"]) == (100, 1, 1)
    body = {"asset": "PTS", "money": "USD", "points": 50}
    again = await made(client, "/v1/loyalty_programs", body)
    assert (again["id"], again["points"], again["version"]) == (program["id"], 50, 2)
    assert (await client.get(f"/v1/loyalty_programs/{program['id']}")).json == again


@pytest.mark.parametrize("what", ["loyalty_programs/lpr_1", "spendings/nobody"])
async def test_what_is_not_there_is_not_found(client: Client, what: str) -> None:
    assert (await client.get(f"/v1/{what}")).status == 404
