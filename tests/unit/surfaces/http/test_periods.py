"""Accounting periods over HTTP: what is closed takes nothing more, and what comes late is moved."""

from typing import Any

import pytest

from tests.unit.surfaces.http.conftest import Answer, Client, transfer

OCTOBER = {
    "title": "2026-10", "begins_at": "2026-10-01T00:00:00Z", "ends_at": "2026-11-01T00:00:00Z",
}  # fmt: skip
LATE = "2026-10-31T23:59:59.999999Z"


async def october(client: Client, *actions: str) -> dict[str, Any]:
    """October, after these were done to it."""
    answer = await client.post("/v1/periods", OCTOBER)
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    for action in actions:
        answer = await client.post(f"/v1/periods/{told['id']}/{action}", {"reason": action})
        assert answer.status == 200, answer.body
        told = answer.json
    return told


async def post_late(client: Client, **more: Any) -> Answer:
    """A transaction that counts in the last microsecond of October."""
    return await client.post_transaction(transfer("500", effective_at=LATE, **more))


async def test_a_period_is_told_in_full(client: Client) -> None:
    answer = await client.post("/v1/periods", OCTOBER | {"metadata": {"by": "ann"}})
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/periods/{told['id']}"
    assert (await client.get(answer.headers["location"])).json == told
    assert (await client.get("/v1/periods?title=2026-10&status=open")).json["data"] == [told]
    assert told.pop("id").startswith("prd_")
    assert told.pop("sequence") == str(client.sequence)
    assert told == {
        "object": "period", "title": "2026-10", "status": "open",
        "begins_at": "2026-10-01T00:00:00.000000Z", "ends_at": "2026-11-01T00:00:00.000000Z",
        "reason": None, "metadata": {"by": "ann"}, "allowed_actions": ["soft_close", "close"],
    }  # fmt: skip


async def test_a_soft_close_lets_adjustments_in_and_a_hard_one_nothing(client: Client) -> None:
    period = await october(client, "soft_close")
    refused = await post_late(client)
    assert (refused.status, refused.code) == (422, "period_closed")
    assert refused.json["facts"]["period"] == period["id"]
    adjusted = await post_late(client, late="adjust")
    assert (adjusted.status, adjusted.json["effective_at"]) == (201, LATE)
    closed = await client.post(f"/v1/periods/{period['id']}/close")
    assert (closed.json["status"], closed.json["allowed_actions"]) == ("closed", [])
    assert (await post_late(client, late="adjust")).code == "period_closed"
    again = await client.post(f"/v1/periods/{period['id']}/reopen")
    assert (again.status, again.code) == (409, "invalid_state")


async def test_a_late_transaction_is_moved_and_points_back(client: Client) -> None:
    period = await october(client, "close")
    moved = await post_late(client, late="move", metadata={"invoice": "7"})
    assert (moved.status, moved.json["effective_at"]) == (201, "2026-11-01T00:00:00.000000Z")
    assert moved.json["metadata"] == {
        "invoice": "7", "partita.late_for": period["id"], "partita.effective_at": LATE,
    }  # fmt: skip
    assert (await client.get(f"/v1/transactions/{moved.json['id']}")).json == moved.json


async def test_a_reversal_can_be_late_too(client: Client) -> None:
    original = (await post_late(client)).json["id"]
    await october(client, "close")
    url, body = f"/v1/transactions/{original}/reverse", {"effective_at": LATE}
    assert (await client.post_transaction(body, address=url)).code == "period_closed"
    moved = await client.post_transaction(body | {"late": "move"}, address=url)
    assert moved.json["effective_at"] == "2026-11-01T00:00:00.000000Z"
    assert moved.json["metadata"]["partita.effective_at"] == LATE


async def test_a_pending_transaction_is_not_late_yet(client: Client) -> None:
    answer = await post_late(client, late="move", status="pending")
    assert (answer.code, answer.json["errors"][0]["pointer"]) == ("invalid_request", "/late")


async def test_a_reopened_period_takes_everything_again(client: Client) -> None:
    period = await october(client, "soft_close", "reopen")
    assert (period["status"], period["reason"]) == ("open", "reopen")
    assert (await post_late(client)).status == 201


async def test_periods_share_no_moment_and_no_title(client: Client) -> None:
    first = await october(client)
    overlapping = OCTOBER | {"title": "x", "begins_at": LATE, "ends_at": "2026-12-01T00:00:00Z"}
    answer = await client.post("/v1/periods", overlapping)
    assert (answer.status, answer.code) == (409, "period_overlaps")
    assert answer.json["existing_resource_id"] == first["id"]
    adjacent = overlapping | {"begins_at": OCTOBER["ends_at"]}
    assert (await client.post("/v1/periods", adjacent)).status == 201
    backwards = OCTOBER | {"ends_at": OCTOBER["begins_at"]}
    refused = await client.post("/v1/periods", backwards)
    assert (refused.code, refused.json["errors"][0]["pointer"]) == ("invalid_request", "/ends_at")
    no_moment = await client.post("/v1/periods", OCTOBER | {"begins_at": "October"})
    assert (no_moment.code, no_moment.json["errors"][0]["pointer"]) == (
        "invalid_timestamp", "/begins_at",
    )  # fmt: skip


async def test_closing_can_be_tried_out(client: Client) -> None:
    period, before = await october(client), client.sequence
    tried = await client.post(f"/v1/periods/{period['id']}/close?dry_run=true")
    assert (tried.json["status"], tried.headers["dry-run"]) == ("closed", "true")
    assert tried.json["id"] == period["id"]
    assert client.sequence == before
    assert (await post_late(client)).status == 201


@pytest.mark.parametrize("action", ["soft_close", "reopen", "close"])
async def test_what_is_not_there_cannot_be_changed(client: Client, action: str) -> None:
    unknown = await client.post(f"/v1/periods/prd_{'0' * 26}/{action}")
    assert (unknown.status, unknown.code) == (404, "period_not_found")
    assert (await client.post(f"/v1/periods/october/{action}")).code == "not_found"
    assert (await client.get(f"/v1/periods/prd_{'0' * 26}")).code == "not_found"


async def test_a_template_posts_late_as_it_is_told(client: Client) -> None:
    scheme = {
        "name": "fee", "parameters": {"price": {"type": "amount", "asset": "USD"}},
        "postings": [{"debit": "customers:alice", "amount": "price"},
                     {"credit": "bank:main", "amount": "price"}],
    }  # fmt: skip
    assert (await client.post("/v1/transaction_templates", scheme)).status == 201
    period = await october(client, "close")
    url, body = "/v1/transaction_templates/fee/post", {"arguments": {"price": "5"}}
    body["effective_at"] = LATE  # type: ignore[assignment]
    assert (await client.post_transaction(body, address=url)).code == "period_closed"
    moved = await client.post_transaction(body | {"late": "move"}, address=url)
    assert moved.json["metadata"]["partita.late_for"] == period["id"]


async def test_a_batch_says_of_each_what_becomes_of_it(client: Client) -> None:
    await october(client, "soft_close")
    items = [transfer("1", effective_at=LATE, late=late) for late in ("adjust", "move", "refuse")]
    url = "/v1/transactions/batch"
    body = {"mode": "independent", "transactions": items}
    done = (await client.post_transaction(body, address=url)).json["results"]
    assert [each["status"] for each in done] == [201, 201, 422]
    assert done[2]["problem"]["errors"][0]["pointer"] == "/transactions/2/effective_at"
    refused = await client.post_transaction(body | {"mode": "atomic"}, address=url)
    assert refused.code == "period_closed"
