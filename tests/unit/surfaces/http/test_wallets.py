"""Customers and wallets over HTTP: made, frozen, locked, swept; sub-wallets, what they hold, timelines."""

from typing import Any

import pytest

from tests.unit.surfaces.http.conftest import Client

_COUNT = iter(range(1, 1_000_000))


async def made(client: Client, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(url, body)
    assert answer.status == 201, answer.body
    return answer.json  # type: ignore[no-any-return]


async def wallet_of(client: Client, **more: Any) -> dict[str, Any]:
    """A wallet of a new customer."""
    customer = await made(client, "/v1/customers", {"kind": "person"})
    body = {"kind": "personal", "assets": ["USD"], "customer": customer["id"]} | more
    return await made(client, "/v1/wallets", body)


async def fund(client: Client, wallet: dict[str, Any], amount: int, asset: str = "USD") -> None:
    legs = [("bank:main", "debit"), (wallet["accounts"][asset], "credit")]
    body = {
        "postings": [
            {"account": path, "direction": side, "amount": str(amount), "asset": asset}
            for path, side in legs
        ]
    }
    key = {"idempotency-key": f"fund-{next(_COUNT)}"}
    assert (await client.post("/v1/transactions", body, headers=key)).status == 201


async def test_a_customer_is_made_found_and_listed(client: Client) -> None:
    body = {"kind": "business", "tier": "full", "external_id": "crm-7", "metadata": {"k": "v"}}
    answer = await client.post("/v1/customers", body)
    told = answer.json
    assert answer.headers["location"] == f"/v1/customers/{told['id']}"
    assert {name: told[name] for name in body} == body
    assert (told["object"], told["status"], told["wallet_ids"]) == ("customer", "active", [])
    assert told["allowed_actions"] == ["add_wallet", "freeze", "close"]
    assert (await client.get(f"/v1/customers/{told['id']}")).json == told
    for query in ("", "?status=active", "?external_id=crm-7"):
        assert (await client.get(f"/v1/customers{query}")).json["data"] == [told]
    assert (await client.get("/v1/customers?status=closed")).json["data"] == []
    assert (await client.get("/v1/customers?name=Alice")).status == 400


async def test_nothing_personal_is_taken_in(client: Client) -> None:
    answer = await client.post("/v1/customers", {"kind": "person", "name": "Alice"})
    assert (answer.status, answer.json["code"]) == (400, "unknown_field")


async def test_a_wallet_is_made_once_under_a_key(client: Client) -> None:
    body = {"kind": "personal", "assets": ["USD", "EUR"], "name": "main"}
    key = {"idempotency-key": "w"}
    first = await client.post("/v1/wallets", body, headers=key)
    again = await client.post("/v1/wallets", body, headers=key)
    assert (first.status, first.body) == (201, again.body)
    assert again.headers["idempotent-replayed"] == "true"
    told = first.json
    assert told["accounts"]["EUR"].endswith(f"{told['id']}:EUR")
    assert (told["status"], told["flow"], told["spend_order"]) == ("active", None, [told["id"]])
    taken = await client.post("/v1/wallets", body)
    assert (taken.status, taken.json["code"]) == (409, "title_taken")
    assert taken.json["existing_resource_id"] == told["id"]


async def test_wallets_are_listed_by_customer_and_status(client: Client) -> None:
    one, other = await wallet_of(client), await wallet_of(client)
    found = await client.get(f"/v1/wallets?customer={one['customer_id']}")
    assert found.json["data"] == [one]
    await client.post(f"/v1/wallets/{other['id']}/lock", {"reason": "why"})
    locked = (await client.get("/v1/wallets?status=locked")).json["data"]
    assert [each["id"] for each in locked] == [other["id"]]
    page = (await client.get("/v1/wallets?limit=1")).json
    rest = (await client.get(f"/v1/wallets?limit=1&cursor={page['next_cursor']}")).json
    assert [page["data"][0]["id"], rest["data"][0]["id"]] == [other["id"], one["id"]]


async def test_a_frozen_wallet_says_what_may_be_done(client: Client) -> None:
    wallet = await wallet_of(client)
    url = f"/v1/wallets/{wallet['id']}"
    assert (await client.post(f"{url}/freeze", {"flow": "out"})).status == 400, "it needs a reason"
    frozen = await client.post(f"{url}/freeze", {"flow": "out", "reason": "card stolen"})
    told = frozen.json
    assert (told["status"], told["flow"], told["own_flow"], told["reason"]) == (
        "frozen", "out", "out", "card stolen",
    )  # fmt: skip
    await fund(client, wallet, 5)
    again = await client.post(f"{url}/freeze", {"flow": "out", "reason": "again"})
    assert (again.status, again.json["code"]) == (409, "invalid_state")
    assert "freeze" not in again.json["allowed_actions"]
    assert "unfreeze" in again.json["allowed_actions"]
    account = (await client.get(f"/v1/accounts/{wallet['accounts']['USD']}")).json
    assert account["status"] == "frozen_out"
    assert (await client.post(f"{url}/unfreeze")).json["status"] == "active"


async def test_a_customers_freeze_is_inherited(client: Client) -> None:
    wallet = await wallet_of(client)
    whose = f"/v1/customers/{wallet['customer_id']}"
    frozen = await client.post(f"{whose}/freeze", {"reason": "alert"})
    assert (frozen.json["status"], frozen.json["flow"]) == ("frozen", "out")
    told = (await client.get(f"/v1/wallets/{wallet['id']}")).json
    assert (told["status"], told["inherited_flow"], told["own_flow"]) == ("frozen", "out", None)
    refused = await client.post(f"/v1/wallets/{wallet['id']}/unfreeze")
    assert refused.json["code"] == "invalid_state"
    assert (await client.post(f"{whose}/unfreeze", {"reason": "cleared"})).status == 200
    steps = (await client.get(f"{whose}/timeline")).json["data"]
    assert [step["type"] for step in steps] == [
        "customer.created", "customer.wallet_added", "customer.frozen", "customer.unfrozen",
    ]  # fmt: skip


async def test_balances_are_those_of_the_wallet_and_all_below_it(client: Client) -> None:
    wallet = await wallet_of(client, assets=["USD", "JPY"])
    url = f"/v1/wallets/{wallet['id']}"
    pot = await made(client, f"{url}/subwallets", {"purpose": "pot", "name": "p", "priority": 0})
    goal = await made(client, f"{url}/subwallets", {"purpose": "goal", "assets": ["USD"]})
    for each, amount in ((wallet, 100), (pot, 20), (goal, 3)):
        await fund(client, each, amount)
    hold = {"account": wallet["accounts"]["USD"], "amount": "30", "asset": "USD"}
    await client.post("/v1/holds", hold, headers={"idempotency-key": "h"})
    told = (await client.get(f"{url}/balances")).json
    usd, jpy = told["data"]
    assert (usd["asset"], usd["scale"], jpy["asset"], jpy["scale"]) == ("USD", 2, "JPY", 0)
    assert {n: usd[n] for n in ("posted", "held", "available", "spendable")} == {
        "posted": "123", "held": "30", "available": "93", "spendable": "90",
    }  # fmt: skip
    assert [(p["wallet_id"], p["turn"], p["available"]) for p in usd["parts"]] == [
        (pot["id"], 0, "20"), (wallet["id"], 1, "70"), (goal["id"], None, "3"),
    ]  # fmt: skip
    await client.post(f"/v1/wallets/{pot['id']}/freeze", {"reason": "why", "flow": "out"})
    usd = (await client.get(f"{url}/balances")).json["data"][0]
    assert (usd["available"], usd["spendable"]) == ("93", "70")
    below = (await client.get(f"{url}/subwallets")).json["data"]
    assert [each["id"] for each in below] == [goal["id"], pot["id"]]
    order = await client.post(f"{url}/spend_order", {"order": [goal["id"], wallet["id"]]})
    assert order.json["spend_order"] == [goal["id"], wallet["id"]]


async def test_closing_sweeps_or_says_what_is_left(client: Client) -> None:
    wallet, other = await wallet_of(client), await wallet_of(client)
    await fund(client, wallet, 9)
    url, key = f"/v1/wallets/{wallet['id']}/close", {"idempotency-key": "c1"}
    assert (await client.post(url)).json["code"] == "idempotency_key_missing"
    full = await client.post(url, headers=key)
    assert (full.status, full.json["code"]) == (409, "wallet_not_empty")
    closed = await client.post(
        url, {"sweep_to": other["id"], "reason": "moved"}, headers={"idempotency-key": "c2"}
    )
    assert (closed.status, closed.json["status"], closed.json["allowed_actions"]) == (
        200, "closed", [],
    )  # fmt: skip
    data = (await client.get(f"/v1/wallets/{other['id']}/balances")).json["data"]
    assert data[0]["posted"] == "9"
    steps = (await client.get(f"/v1/wallets/{wallet['id']}/timeline")).json["data"]
    assert [(step["type"], step["reason"]) for step in steps] == [
        ("wallet.created", None), ("wallet.closed", "moved"),
    ]  # fmt: skip
    assert any(part.startswith("txn_") for part in steps[-1]["parts"]), "the sweep is its part"
    assert steps[-1]["actor"] is not None


async def test_an_asset_is_added(client: Client) -> None:
    wallet = await wallet_of(client)
    url = f"/v1/wallets/{wallet['id']}/assets"
    assert (await client.post(url, {"asset": "JPY"})).json["assets"] == ["USD", "JPY"]
    assert (await client.post(url, {"asset": "XYZ"})).json["code"] == "asset_not_found"


@pytest.mark.parametrize("kind", ["customers", "wallets"])
@pytest.mark.parametrize("identifier", ["nobody", "wal_1", "cus_01M7W7N0R2QFH4PZWZ85JVAPF2"])
async def test_what_is_not_there_is_not_found(client: Client, kind: str, identifier: str) -> None:
    for rest in ("", "/timeline"):
        assert (await client.get(f"/v1/{kind}/{identifier}{rest}")).status == 404
    body = {"reason": "why"}
    assert (await client.post(f"/v1/{kind}/{identifier}/freeze", body)).status == 404


async def test_a_dry_run_writes_nothing(client: Client) -> None:
    wallet = await wallet_of(client)
    before = client.sequence
    tried = await client.post(f"/v1/wallets/{wallet['id']}/freeze?dry_run=true", {"reason": "why"})
    assert (tried.status, tried.json["status"], client.sequence) == (200, "frozen", before)
    assert (await client.get(f"/v1/wallets/{wallet['id']}")).json["status"] == "active"
