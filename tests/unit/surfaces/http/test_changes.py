"""What may be done to transactions over HTTP: pending ones, reversals, versions, conditions."""

from typing import Any

import pytest

from tests.unit.surfaces.http.conftest import Answer, Client, transfer


async def pend(client: Client, amount: str = "500", **more: Any) -> dict[str, Any]:
    """A pending transaction from the bank to alice."""
    answer = await client.post_transaction(transfer(amount, status="pending", **more))
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


async def tell(client: Client, told: dict[str, Any], action: str, **body: Any) -> Answer:
    """Do something to a transaction."""
    return await client.post_transaction(body, address=f"/v1/transactions/{told['id']}/{action}")


async def edit(client: Client, told: dict[str, Any], version: str | None, **body: Any) -> Answer:
    """Edit a pending transaction."""
    headers = {"idempotency-key": f"edit {client.sequence} {version}"}
    headers |= {} if version is None else {"if-match": version}
    return await client.send("PATCH", f"/v1/transactions/{told['id']}", body, headers=headers)


async def figures(client: Client, account: str = "customers:alice") -> tuple[str, str, str]:
    """Posted, pending in, available."""
    found = (await client.get(f"/v1/accounts/{account}/balances")).json
    return found["posted"], found["pending_in"], found["available"]


async def get(client: Client, told: dict[str, Any]) -> dict[str, Any]:
    """A transaction as it is now, which the list must show in the same way."""
    answer = await client.get(f"/v1/transactions/{told['id']}")
    listed = (await client.get("/v1/transactions")).json["data"]
    assert answer.json in listed
    now: dict[str, Any] = answer.json
    assert answer.headers["etag"] == f'"{now["version"]}"'
    return now


async def test_a_pending_transaction_sets_aside_and_moves_nothing(client: Client) -> None:
    told = await pend(client, "500", type="invoice")
    assert (told["status"], told["version"], told["posted_sequence"]) == ("pending", 1, None)
    assert told["effective_at"] is None
    assert told["allowed_actions"] == ["post", "edit", "archive"]
    assert told["postings"][1]["amount"] == "500"
    assert told["postings"][1]["balance_after"]["pending_in"] == "500"
    assert await figures(client) == ("0", "500", "0")
    assert await get(client, told) == told


async def test_posting_a_pending_transaction(client: Client) -> None:
    told = await pend(client)
    answer = await tell(client, told, "post", if_version=1)
    posted = answer.json
    assert (answer.status, answer.headers["etag"]) == (200, '"1"')
    assert (posted["id"], posted["status"]) == (told["id"], "posted")
    assert posted["sequence"] == told["sequence"]
    assert posted["posted_sequence"] == answer.headers["ledger-sequence"] == str(client.sequence)
    assert posted["allowed_actions"] == ["reverse"]
    assert posted["postings"][1]["balance_after"]["posted"] == "500"
    assert await figures(client) == ("500", "0", "500")
    now = await get(client, told)
    assert now["postings"][1]["balance_after"] is None
    assert now["status"] == "posted"
    again = await tell(client, told, "post")
    assert (again.status, again.code, again.json["allowed_actions"]) == (
        409, "invalid_state", ["reverse"],
    )  # fmt: skip


async def test_an_edit_needs_the_version_that_was_seen(client: Client) -> None:
    told = await pend(client)
    assert (await edit(client, told, None, type="x")).status == 428
    assert (await edit(client, told, "one", type="x")).code == "invalid_request"
    assert (await edit(client, told, '"1"')).code == "invalid_request"
    first = await edit(client, told, '"1"', postings=transfer("700")["postings"])
    assert (first.status, first.json["version"], first.headers["etag"]) == (200, 2, '"2"')
    assert first.json["postings"][1]["balance_after"]["pending_in"] == "700"
    stale = await edit(client, told, '"1"', type="x")
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert stale.json["facts"]["version"] == "2"
    assert (await edit(client, told, "2", metadata={"a": "b"})).json["version"] == 3
    assert (await edit(client, told, "*", type="late")).json["version"] == 4
    assert (await tell(client, told, "post", if_version=3)).code == "version_conflict"
    assert await figures(client) == ("0", "700", "0")
    now = await get(client, told)
    assert (now["version"], now["type"], now["metadata"]) == (4, "late", {"a": "b"})
    assert now["postings"][1]["amount"] == "700"


async def test_every_version_is_kept(client: Client) -> None:
    told = await pend(client, "500")
    await edit(client, told, "1", postings=transfer("700")["postings"])
    await edit(client, told, "2", type="late")
    await tell(client, told, "post")
    found = (await client.get(f"/v1/transactions/{told['id']}/versions")).json["data"]
    assert [(v["version"], v["type"], v["postings"][0]["amount"]) for v in found] == [
        (1, None, "500"), (2, None, "700"), (3, "late", "700"),
    ]  # fmt: skip
    page = (await client.get(f"/v1/transactions/{told['id']}/versions?limit=1")).json
    assert (len(page["data"]), page["has_more"]) == (1, True)
    other = await client.post_transaction(transfer())
    address = f"/v1/transactions/{other.json['id']}/versions"
    assert (await client.get(address)).json["data"] == []


async def test_an_archived_transaction_sets_nothing_aside(client: Client) -> None:
    told = await pend(client)
    answer = await tell(client, told, "archive", reason="invoice withdrawn")
    assert (answer.json["status"], answer.json["reason"]) == ("archived", "invoice withdrawn")
    assert answer.json["allowed_actions"] == []
    assert await figures(client) == ("0", "0", "0")
    assert (await tell(client, told, "archive")).code == "invalid_state"
    assert (await get(client, told))["status"] == "archived"


async def test_the_key_of_a_pending_one_is_that_of_a_posted_one(client: Client) -> None:
    await client.post_transaction(transfer(), "k")
    assert (await client.post_transaction(transfer(status="pending"), "k")).code == (
        "idempotency_key_reused"
    )


async def test_a_reversal_takes_all_back(client: Client) -> None:
    told = (await client.post_transaction(transfer("500", type="sale"))).json
    answer = await tell(client, told, "reverse", reason="returned", external_id="r-1")
    back = answer.json
    assert (answer.status, answer.headers["location"]) == (201, f"/v1/transactions/{back['id']}")
    assert (back["status"], back["reverses_id"], back["reason"]) == (
        "posted", told["id"], "returned",
    )  # fmt: skip
    assert (back["type"], back["external_id"], back["allowed_actions"]) == ("sale", "r-1", [])
    assert [(p["account"], p["direction"], p["amount"]) for p in back["postings"]] == [
        ("bank:main", "credit", "500"), ("customers:alice", "debit", "500"),
    ]  # fmt: skip
    assert await figures(client) == ("0", "0", "0")
    assert await get(client, back) == back
    now = await get(client, told)
    assert (now["reversed_by_ids"], now["allowed_actions"]) == ([back["id"]], [])
    assert [p["reversed"] for p in now["postings"]] == ["500", "500"]
    assert now["postings"][0]["balance_after"] == told["postings"][0]["balance_after"]
    again = await tell(client, told, "reverse")
    assert (again.status, again.code) == (409, "already_reversed")
    assert again.json["existing_resource_id"] == back["id"]
    assert (await tell(client, back, "reverse")).code == "invalid_state"


async def test_a_reversal_under_the_same_key_is_answered_again(client: Client) -> None:
    told = (await client.post_transaction(transfer())).json
    address = f"/v1/transactions/{told['id']}/reverse"
    first = await client.post_transaction({"amount": "200"}, "back-1", address)
    again = await client.post_transaction({"amount": "200"}, "back-1", address)
    assert first.body == again.body
    assert again.headers["idempotent-replayed"] == "true"
    assert await figures(client) == ("300", "0", "300")


async def test_reversals_in_part_never_exceed_the_whole(client: Client) -> None:
    told = (await client.post_transaction(transfer("500"))).json
    assert (await tell(client, told, "reverse", amount="200")).status == 201
    over = await tell(client, told, "reverse", amount="301")
    assert (over.status, over.code) == (422, "reversal_exceeds_transaction")
    assert over.json["errors"][0]["pointer"] == "/amount"
    parts = [{"posting": 0, "amount": "100"}, {"posting": 1, "amount": "100"}]
    assert (await tell(client, told, "reverse", postings=parts)).status == 201
    parts = [{"posting": n, "amount": "201"} for n in (0, 1)]
    over = await tell(client, told, "reverse", postings=parts)
    assert over.json["errors"][0]["pointer"] == "/postings/0"
    parts = [{"posting": 0, "amount": "1"}, {"posting": 0, "amount": "1"}]
    assert (await tell(client, told, "reverse", postings=parts)).status == 422
    rest = (await tell(client, told, "reverse")).json
    assert rest["postings"][0]["amount"] == "200"
    assert len((await get(client, told))["reversed_by_ids"]) == 3


async def test_an_amount_is_for_two_legs(client: Client) -> None:
    body = transfer("500")
    body["postings"][1]["amount"] = "400"
    body["postings"].append(
        {"account": "customers:bob", "direction": "credit", "amount": "100", "asset": "USD"}
    )
    told = (await client.post_transaction(body)).json
    refused = await tell(client, told, "reverse", amount="100")
    assert (refused.status, refused.code) == (400, "invalid_request")
    parts = [{"posting": 0, "amount": "100"}, {"posting": 2, "amount": "100"}]
    assert (await tell(client, told, "reverse", postings=parts)).status == 201
    uneven = [{"posting": 0, "amount": "100"}, {"posting": 1, "amount": "99"}]
    refused = await tell(client, told, "reverse", postings=uneven)
    assert refused.code == "unbalanced_transaction"
    both = await tell(client, told, "reverse", postings=uneven, amount="1")
    assert both.code == "invalid_request"


@pytest.mark.parametrize("action", ["post", "archive", "reverse", "timeline", "versions"])
@pytest.mark.parametrize("reference", ["txn_1", "nobody", "txn_01M7W7N0R2QFH4PZWZ85JVAPF2"])
async def test_an_unknown_transaction_is_404(action: str, reference: str, client: Client) -> None:
    address = f"/v1/transactions/{reference}/{action}"
    if action in ("timeline", "versions"):
        assert (await client.get(address)).status == 404
    else:
        assert (await client.post_transaction({}, address=address)).status == 404


async def test_a_timeline_tells_every_step(client: Client) -> None:
    told = await pend(client, "500")
    await edit(client, told, "1", type="late")
    await tell(client, told, "post")
    back = (await tell(client, told, "reverse", amount="100", reason="a part")).json
    found = (await client.get(f"/v1/transactions/{told['id']}/timeline")).json["data"]
    assert [step["type"] for step in found] == [
        "transaction.pended", "transaction.edited", "transaction.settled", "transaction.reversed",
    ]  # fmt: skip
    assert [step["transaction"]["status"] for step in found] == ["pending"] * 2 + ["posted"] * 2
    assert (found[3]["transaction_id"], found[3]["reason"]) == (back["id"], "a part")
    assert found[0]["actor"].startswith("key_")
    ordinary = (await client.post_transaction(transfer())).json
    await tell(client, ordinary, "reverse")
    address = f"/v1/transactions/{ordinary['id']}/timeline"
    first = (await client.get(f"{address}?limit=1")).json
    rest = (await client.get(f"{address}?limit=1&cursor={first['next_cursor']}")).json
    assert [step["type"] for step in first["data"] + rest["data"]] == [
        "transaction.posted", "transaction.reversed",
    ]  # fmt: skip
    assert first["data"][0]["transaction"] == ordinary
    assert rest["has_more"] is False


async def test_a_hold_tells_its_captures(client: Client) -> None:
    await client.post_transaction(transfer("500"))
    body = {"account": "customers:alice", "amount": "300", "asset": "USD"}
    hold = (await client.post_transaction(body, address="/v1/holds")).json
    address = f"/v1/holds/{hold['id']}"
    spent = {"destination": "bank:main", "amount": "100"}
    capture = (await client.post_transaction(spent, address=f"{address}/capture")).json
    await client.post_transaction({"reason": "done"}, address=f"{address}/release")
    found = (await client.get(f"{address}/timeline")).json["data"]
    assert [step["type"] for step in found] == ["hold.placed", "hold.captured", "hold.released"]
    assert [step["transaction_id"] for step in found] == [None, capture["transaction"]["id"], None]
    assert [step["hold"]["remaining"] for step in found] == ["300", "200", "0"]
    assert found[0]["hold"] == hold
    assert found[2]["reason"] == "done"
    # A capture is a transaction like any other, and can be reversed.
    back = await tell(client, capture["transaction"], "reverse")
    assert back.json["reverses_id"] == capture["transaction"]["id"]
    steps = await client.get(f"/v1/transactions/{capture['transaction']['id']}/timeline")
    assert [step["type"] for step in steps.json["data"]] == [
        "hold.captured",
        "transaction.reversed",
    ]


def conditional(amount: str, **conditions: Any) -> dict[str, Any]:
    """A body that takes so much from alice under conditions."""
    body = transfer(amount)
    bank, alice = body["postings"]
    bank["direction"], alice["direction"] = alice["direction"], bank["direction"]
    alice |= conditions
    return body


async def test_a_balance_condition_is_judged_afterwards(client: Client) -> None:
    await client.post_transaction(transfer("500"))
    floor = {"available": {"gte": "100"}}
    refused = await client.post_transaction(conditional("401", if_balance=floor))
    assert (refused.status, refused.code) == (422, "balance_condition_failed")
    assert refused.json["errors"][0]["pointer"] == "/postings/1/if_balance/available"
    assert refused.json["facts"]["after"] == "99"
    done = await client.post_transaction(conditional("400", if_balance=floor))
    assert done.status == 201


async def test_a_version_condition_finds_who_was_faster(client: Client) -> None:
    first = (await client.post_transaction(transfer("500"))).json
    seen = first["postings"][1]["account_version"]
    assert (await client.post_transaction(conditional("1", if_version=seen))).status == 201
    refused = await client.post_transaction(conditional("1", if_version=seen))
    assert (refused.status, refused.code) == (409, "version_conflict")
    assert refused.json["facts"]["version"] == str(seen + 1)


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        ({"if_balance": {"held": {"gte": "0"}}}, "unknown_field"),
        ({"if_balance": {"posted": {"ge": "0"}}}, "unknown_field"),
        ({"if_balance": {"posted": {"gte": 0}}}, "invalid_amount"),
        ({"if_balance": {"posted": {"gte": "0.5"}}}, "invalid_amount"),
        ({"if_version": "1"}, "invalid_request"),
        ({"if_version": -1}, "invalid_request"),
    ],
)
async def test_a_condition_that_is_none(
    conditions: dict[str, Any], code: str, client: Client
) -> None:
    refused = await client.post_transaction(conditional("1", **conditions))
    assert (refused.status, refused.code) == (400, code)


async def test_a_pending_transaction_takes_no_conditions(client: Client) -> None:
    body = conditional("1", if_version=0) | {"status": "pending"}
    assert (await client.post_transaction(body)).code == "invalid_request"


async def test_a_batch_may_have_pending_ones(client: Client) -> None:
    body = {"mode": "atomic", "transactions": [transfer("5"), transfer("6", status="pending")]}
    answer = await client.post_transaction(body, address="/v1/transactions/batch")
    results = [result["transaction"]["status"] for result in answer.json["results"]]
    assert results == ["posted", "pending"]
    tried = await client.post("/v1/transactions/batch?dry_run=true", body)
    assert [set(r) for r in tried.json["results"]] == [{"status", "transaction"}] * 2
    assert all("id" not in r["transaction"] for r in tried.json["results"])
