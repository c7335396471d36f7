"""Accounts over HTTP: opened, found, listed, frozen, closed."""

import pytest

from tests.unit.surfaces.http.conftest import Client, transfer


async def test_an_opened_account_is_told_in_full(client: Client) -> None:
    answer = await client.post("/v1/accounts", {
        "path": "customers:carol", "asset": "JPY", "type": "liability",
        "constraints": {"min_available": "0", "max_posted": "1000", "overdraft": "50"},
        "metadata": {"tier": "gold"},
    })  # fmt: skip
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/accounts/{told['id']}"
    assert answer.headers["ledger-sequence"] == str(client.sequence)
    assert told["id"].startswith("acc_")
    assert {name: told[name] for name in ("object", "path", "asset", "scale", "type", "normal_side")} == {
        "object": "account", "path": "customers:carol", "asset": "JPY", "scale": 0,
        "type": "liability", "normal_side": "credit",
    }  # fmt: skip
    assert told["constraints"] == {
        "min_posted": None, "max_posted": "1000", "min_available": "0", "max_available": None,
        "overdraft": "50",
    }  # fmt: skip
    assert (told["status"], told["version"]) == ("open", 0)
    assert told["metadata"] == {"tier": "gold"}
    assert set(told["balances"].values()) == {"0"}
    assert told["allowed_actions"] == ["freeze", "close"]


async def test_an_account_is_found_by_path_and_by_id(client: Client) -> None:
    by_path = await client.get("/v1/accounts/customers:alice")
    by_id = await client.get(f"/v1/accounts/{by_path.json['id']}")
    assert by_path.json == by_id.json


async def test_an_account_shows_where_it_stands(client: Client) -> None:
    await client.post_transaction(transfer("700"))
    told = (await client.get("/v1/accounts/customers:alice")).json
    assert told["version"] == 1
    assert told["balances"]["posted"] == told["balances"]["available"] == "700"


async def test_the_normal_side_may_be_turned(client: Client) -> None:
    body = {"path": "contra", "asset": "USD", "type": "asset", "normal_side": "credit"}
    assert (await client.post("/v1/accounts", body)).json["normal_side"] == "credit"


async def test_opening_under_a_key_is_answered_the_same_for_ever(client: Client) -> None:
    body = {"path": "customers:carol", "asset": "USD", "type": "liability"}
    key = {"idempotency-key": "open-carol"}
    first = await client.post("/v1/accounts", body, headers=key)
    await client.post("/v1/accounts/customers:carol/freeze")
    again = await client.post("/v1/accounts", body, headers=key)
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert (await client.post("/v1/accounts", body)).code == "path_taken"


async def test_status_changes_and_says_what_is_allowed(client: Client) -> None:
    frozen = await client.post("/v1/accounts/customers:bob/freeze", {"reason": "asked"})
    assert (frozen.status, frozen.json["status"]) == (200, "frozen")
    assert frozen.json["allowed_actions"] == ["unfreeze", "close"]
    assert frozen.headers["ledger-sequence"] == str(client.sequence)
    again = await client.post("/v1/accounts/customers:bob/freeze")
    assert (again.status, again.code) == (409, "invalid_state")
    assert again.json["allowed_actions"] == ["unfreeze", "close"]
    assert frozen.json["status"] == "frozen"
    thawed = await client.post("/v1/accounts/customers:bob/unfreeze")
    assert thawed.json["status"] == "open"
    closed = await client.post("/v1/accounts/customers:bob/close")
    assert (closed.json["status"], closed.json["allowed_actions"]) == ("closed", [])
    dead = await client.post("/v1/accounts/customers:bob/unfreeze")
    assert dead.json["allowed_actions"] == []


async def test_an_account_with_a_balance_is_not_closed(client: Client) -> None:
    await client.post_transaction(transfer())
    answer = await client.post("/v1/accounts/customers:alice/close")
    assert (answer.status, answer.code) == (422, "account_not_empty")


async def test_a_change_is_answered_as_of_itself_for_ever(client: Client) -> None:
    for amount in ("1", "2", "3", "4", "5"):
        await client.post_transaction(transfer(amount))
    key = {"idempotency-key": "freeze-alice"}
    first = await client.post("/v1/accounts/customers:alice/freeze", headers=key)
    await client.post("/v1/accounts/customers:alice/unfreeze")
    for amount in ("6", "7", "8"):
        await client.post_transaction(transfer(amount))
    again = await client.post("/v1/accounts/customers:alice/freeze", headers=key)
    assert again.body == first.body
    assert again.json["version"] == 5
    assert again.json["balances"]["posted"] == "15"


async def test_a_key_for_one_account_is_not_for_another(client: Client) -> None:
    key = {"idempotency-key": "freeze"}
    await client.post("/v1/accounts/customers:alice/freeze", headers=key)
    answer = await client.post("/v1/accounts/customers:bob/freeze", headers=key)
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


async def test_a_reason_is_a_text(client: Client) -> None:
    answer = await client.post("/v1/accounts/customers:bob/freeze", {"reason": 5})
    assert answer.json["errors"][0]["pointer"] == "/reason"
    assert (
        await client.post("/v1/accounts/customers:bob/freeze", {"why": "x"})
    ).code == "unknown_field"


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("", ["customers:bob", "customers:alice", "bank:main"]),
        ("path_prefix=customers", ["customers:bob", "customers:alice"]),
        ("path_prefix=customer", []),
        ("path_prefix=customers:alice", ["customers:alice"]),
        ("type=asset", ["bank:main"]),
        ("asset=EUR", []),
        ("status=frozen", ["customers:bob"]),
        ("status=open&type=liability", ["customers:alice"]),
    ],
)
async def test_accounts_are_listed_by_filters(client: Client, query: str, paths: list[str]) -> None:
    await client.post("/v1/accounts/customers:bob/freeze")
    answer = await client.get(f"/v1/accounts?{query}")
    assert [item["path"] for item in answer.json["data"]] == paths


async def test_a_list_is_the_accounts_themselves(client: Client) -> None:
    one = (await client.get("/v1/accounts/customers:bob")).json
    assert (await client.get("/v1/accounts?limit=1")).json["data"] == [one]


async def test_an_account_is_frozen_in_one_direction(client: Client) -> None:
    """Money still comes in; none goes out; and a second freeze stops what the first let through."""
    account = "/v1/accounts/customers:alice"
    frozen = await client.post(f"{account}/freeze", {"flow": "out", "reason": "card stolen"})
    assert (frozen.status, frozen.json["status"]) == (200, "frozen_out")
    assert frozen.json["allowed_actions"] == ["freeze", "unfreeze", "close"]
    assert (await client.get("/v1/accounts?status=frozen_out")).json["data"] == [frozen.json]
    into, legs = transfer("100"), transfer("50")["postings"]
    turned = (
        leg | {"direction": side} for leg, side in zip(legs, ("credit", "debit"), strict=True)
    )
    out_of = {"postings": list(turned)}
    assert (await client.post_transaction(into)).status == 201
    refused = await client.post_transaction(out_of)
    assert (refused.status, refused.json["code"]) == (422, "account_frozen")
    hold = {"account": "customers:alice", "amount": "1", "asset": "USD"}
    key = {"idempotency-key": "hold"}
    held = await client.post("/v1/holds", hold, headers=key)
    assert held.json["code"] == "account_frozen"
    again = await client.post(f"{account}/freeze", {"flow": "out"})
    assert (again.status, again.json["allowed_actions"]) == (409, ["unfreeze", "close"])
    both = await client.post(f"{account}/freeze", {"flow": "in"})
    assert both.json["status"] == "frozen"
    assert (await client.post_transaction(into)).json["code"] == "account_frozen"


async def test_a_freeze_in_no_direction_is_no_request(client: Client) -> None:
    answer = await client.post("/v1/accounts/customers:bob/freeze", {"flow": "sideways"})
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
