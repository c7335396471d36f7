"""Velocity limits over HTTP: set, changed, archived; who is near; what would pass is refused."""

from typing import Any

import pytest

from partita.kernel.moment import Moment
from tests.plugins.steering import StandingClock
from tests.unit.surfaces.http.conftest import Client, transfer

DAILY: dict[str, Any] = {
    "title": "card per day", "scope": "account", "subject": "customers:*", "asset": "USD",
    "window": {"kind": "day"}, "max_amount": "1000", "max_count": 3,
}  # fmt: skip
MICROSECONDS_OF_A_DAY = 86_400_000_000


async def put(client: Client, **changes: Any) -> dict[str, Any]:
    """Set the daily limit with these changes."""
    answer = await client.post("/v1/limits", DAILY | changes)
    assert answer.status in {200, 201}, answer.body
    told: dict[str, Any] = answer.json
    return told


def clock_of(client: Client) -> StandingClock:
    """The clock of the ledger."""
    clock = client.application.clock
    assert isinstance(clock, StandingClock)
    return clock


def spend(amount: str, account: str = "customers:alice", **more: Any) -> dict[str, Any]:
    """A body that takes so much from a customer."""
    body = transfer(amount, **more)
    body["postings"][0]["direction"], body["postings"][1]["direction"] = "credit", "debit"
    body["postings"][1]["account"] = account
    return body


async def test_a_limit_is_told_in_full(client: Client) -> None:
    answer = await client.post("/v1/limits", DAILY | {"metadata": {"policy": "7"}})
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/limits/{told['id']}"
    assert answer.headers["ledger-sequence"] == told.pop("sequence") == str(client.sequence)
    assert told.pop("id").startswith("lim_")
    assert told == DAILY | {
        "object": "limit", "status": "active", "version": 1, "scale": 2, "flow": "out",
        "window": {"kind": "day", "seconds": None, "utc_offset_minutes": 0},
        "metadata": {"policy": "7"}, "allowed_actions": ["archive"],
    }  # fmt: skip
    assert (await client.get(answer.headers["location"])).body == answer.body


async def test_the_same_title_changes_the_limit_and_keeps_what_was_used(client: Client) -> None:
    first = await put(client)
    assert (await client.post_transaction(spend("600"))).status == 201
    answer = await client.post("/v1/limits", DAILY | {"max_amount": "500"})
    assert (answer.status, answer.json["version"], answer.json["id"]) == (200, 2, first["id"])
    assert "location" not in answer.headers
    (near,) = (await client.get(f"/v1/limits/{first['id']}/usage")).json["data"]
    assert (near["used_amount"], near["percent"]) == ("600", 120)


async def test_more_than_the_limit_is_refused_and_says_when_there_is_room(
    client: Client,
) -> None:
    limit = await put(client)
    assert (await client.post_transaction(spend("600"))).status == 201
    refused = await client.post_transaction(spend("401"))
    assert (refused.status, refused.code) == (422, "velocity_exceeded")
    facts = refused.json["facts"]
    assert (facts["limit"], facts["subject"]) == (limit["id"], "customers:alice")
    assert (facts["used_amount"], facts["max_amount"]) == ("600", "1000")
    assert (await client.post_transaction(spend("400"))).status == 201
    assert (await client.post_transaction(spend("1000", "customers:bob"))).status == 201
    clock_of(client).moment = Moment.parse(facts["room_at"])
    assert (await client.post_transaction(spend("401"))).status == 201


async def test_who_is_near_comes_first_page_by_page(client: Client) -> None:
    limit = await put(client)
    spent = {"a": 150, "b": 1000, "c": 799, "d": 800, "e": 150}
    for name, amount in spent.items():
        account = {"path": f"customers:{name}", "asset": "USD", "type": "liability"}
        await client.post("/v1/accounts", account)
        body = spend(str(amount), f"customers:{name}")
        assert (await client.post_transaction(body)).status == 201
    url = f"/v1/limits/{limit['id']}/usage"
    shown = (await client.get(url)).json
    assert [near["subject"][-1] for near in shown["data"]] == ["b", "d", "c", "a", "e"]
    assert [near["percent"] for near in shown["data"]] == [100, 80, 79, 33, 33]
    close = (await client.get(f"{url}?near=80")).json
    assert close["data"] == shown["data"][:2]
    paged, cursor = [], ""
    while cursor is not None:
        part = (await client.get(f"{url}?limit=2{cursor and '&cursor='}{cursor}")).json
        paged += part["data"]
        cursor = part["next_cursor"]
    assert paged == shown["data"]
    first, second, *_ = shown["data"]
    assert second["room_at"] is None
    assert first["room_at"] == "2026-11-21T00:00:00.000000Z"
    assert first["window_starts_at"] == "2026-11-20T00:00:00.000000Z"


async def test_what_has_left_the_window_is_not_shown(client: Client) -> None:
    limit = await put(client)
    await client.post_transaction(spend("5"))
    clock_of(client).moment = Moment(clock_of(client).moment + MICROSECONDS_OF_A_DAY)
    assert (await client.get(f"/v1/limits/{limit['id']}/usage")).json["data"] == []


async def test_an_archived_limit_stands_in_nobodys_way(client: Client) -> None:
    limit = await put(client, max_amount="1")
    url = f"/v1/limits/{limit['id']}/archive"
    answer = await client.post(url, headers={"idempotency-key": "once"})
    assert (answer.status, answer.json["status"], answer.json["allowed_actions"]) == (
        200, "archived", [],
    )  # fmt: skip
    assert (await client.post(url, headers={"idempotency-key": "once"})).body == answer.body
    assert (await client.post(url)).code == "limit_not_found"
    assert (await client.post_transaction(spend("500"))).status == 201
    anew = await put(client)
    assert (anew["version"], anew["id"] != limit["id"]) == (1, True)
    listed = (await client.get("/v1/limits?status=archived")).json["data"]
    assert [each["id"] for each in listed] == [limit["id"]]
    assert [each["id"] for each in (await client.get("/v1/limits")).json["data"]] == [
        anew["id"], limit["id"],
    ]  # fmt: skip


ROLLING = {"kind": "rolling", "seconds": 60}
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("no bound", {"max_amount": None, "max_count": None}, "invalid_request", "/max_amount"),
    ("nothing at all", {"max_amount": "0"}, "invalid_request", "/max_amount"),
    ("an amount below zero", {"max_amount": "-1"}, "invalid_amount", "/max_amount"),
    ("an amount as a number", {"max_amount": 5}, "invalid_amount", "/max_amount"),
    ("never", {"max_count": 0}, "invalid_request", "/max_count"),
    ("rolling without seconds", {"window": {"kind": "rolling"}}, "invalid_request",
     "/window/seconds"),
    ("rolling for no time", {"window": ROLLING | {"seconds": 0}}, "invalid_request",
     "/window/seconds"),
    ("rolling too long", {"window": ROLLING | {"seconds": 315_576_001}}, "invalid_request",
     "/window/seconds"),
    ("rolling with an offset", {"window": ROLLING | {"utc_offset_minutes": 60}},
     "invalid_request", "/window/utc_offset_minutes"),
    ("a day with seconds", {"window": {"kind": "day", "seconds": 60}}, "invalid_request",
     "/window/seconds"),
    ("an offset too far", {"window": {"kind": "day", "utc_offset_minutes": 841}},
     "invalid_request", "/window/utc_offset_minutes"),
    ("a year", {"window": {"kind": "year"}}, "invalid_request", "/window/kind"),
    ("stars inside", {"subject": "customers:**:card"}, "invalid_request", "/subject"),
    ("a star in a word", {"subject": "customers:al*"}, "invalid_request", "/subject"),
    ("an empty segment", {"subject": "customers::card"}, "invalid_request", "/subject"),
    ("the ledger's own key", {"scope": "metadata", "subject": "partita.late_for"},
     "invalid_request", "/subject"),
    ("brackets in a key", {"scope": "metadata", "subject": "a[b]"}, "invalid_request",
     "/subject"),
    ("a long key", {"scope": "metadata", "subject": "k" * 41}, "invalid_request", "/subject"),
    ("the flow of a value", {"scope": "metadata", "subject": "card", "flow": "in"},
     "invalid_request", "/flow"),
    ("a title of spaces", {"title": " "}, "invalid_request", "/title"),
    ("an unknown asset", {"asset": "NONE"}, "asset_not_found", "/asset"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "pointer"), [w[1:] for w in WRONG],
                         ids=[w[0] for w in WRONG])  # fmt: skip
async def test_a_limit_that_makes_no_sense_is_refused(
    client: Client, changes: dict[str, Any], code: str, pointer: str
) -> None:
    before = client.sequence
    answer = await client.post("/v1/limits", DAILY | changes)
    assert (answer.code, answer.json["errors"][0]["pointer"]) == (code, pointer), answer.body
    assert client.sequence == before


@pytest.mark.parametrize("changes", [
    {"window": ROLLING | {"seconds": 315_576_000}}, {"subject": "**"}, {"subject": "*:**"},
    {"window": {"kind": "month", "utc_offset_minutes": -840}}, {"flow": "in"},
    {"scope": "metadata", "subject": "device"}, {"max_amount": None}, {"max_count": None},
    {"max_amount": "9" * 38},
])  # fmt: skip
async def test_a_limit_at_the_edge_of_sense_is_kept(
    client: Client, changes: dict[str, Any]
) -> None:
    assert (await put(client, **changes))["version"] == 1


async def test_a_limit_can_be_tried_out(client: Client) -> None:
    before = client.sequence
    tried = await client.post("/v1/limits?dry_run=true", DAILY)
    assert (tried.status, tried.headers["dry-run"], client.sequence) == (201, "true", before)
    assert {"id", "sequence"}.isdisjoint(tried.json)
    limit = await put(client)
    spent = await client.send("POST", "/v1/transactions?dry_run=true", spend("900"))
    assert spent.status == 201
    assert (await client.get(f"/v1/limits/{limit['id']}/usage")).json["data"] == []
    over = await client.send("POST", "/v1/transactions?dry_run=true", spend("1001"))
    assert over.code == "velocity_exceeded"


@pytest.mark.parametrize("address", [
    "/v1/limits/lim_1", "/v1/limits/lim_00000000000000000000000000", "/v1/limits/x/usage",
])  # fmt: skip
async def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert (await client.get(address)).code == "not_found"


async def test_nobody_forges_what_the_ledger_notes(client: Client) -> None:
    forged = transfer("5", metadata={"partita.late_for": "prd_1"})
    assert (await client.post_transaction(forged)).code == "invalid_metadata"
