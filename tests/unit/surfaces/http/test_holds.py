"""Holds over HTTP: placed, spent in parts, let go; what is held cannot be spent twice."""

from typing import Any

import pytest

from partita.kernel.moment import Moment
from tests.plugins.steering import StandingClock
from tests.unit.surfaces.http.conftest import Answer, Client, transfer

LATER, MUCH_LATER = "2026-11-27T12:00:00Z", "2026-12-20T12:00:00Z"


@pytest.fixture
async def rich(client: Client) -> Client:
    """A client, and 100.00 dollars on carol's account, which cannot be overdrawn."""
    opened = {
        "path": "customers:carol", "asset": "USD", "type": "liability",
        "constraints": {"min_available": "0"},
    }  # fmt: skip
    await client.post("/v1/accounts", opened)
    body = transfer("10000")
    body["postings"][1]["account"] = "customers:carol"
    assert (await client.post_transaction(body)).status == 201
    return client


async def place(client: Client, amount: str = "4000", **more: Any) -> dict[str, Any]:
    """A hold on carol's account."""
    body = {"account": "customers:carol", "amount": amount, "asset": "USD"} | more
    answer = await client.post_transaction(body, address="/v1/holds")
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


async def tell(client: Client, hold: dict[str, Any], action: str, **body: Any) -> Answer:
    """Do something to a hold."""
    return await client.post_transaction(body, address=f"/v1/holds/{hold['id']}/{action}")


async def available(client: Client) -> str:
    """What carol may spend."""
    found: str = (await client.get("/v1/accounts/customers:carol/balances")).json["available"]
    return found


async def test_a_placed_hold_is_told_in_full(rich: Client) -> None:
    carol = (await rich.get("/v1/accounts/customers:carol")).json
    body = {
        "account": carol["id"], "amount": "4000", "asset": "USD", "expires_at": LATER,
        "overcapture_bps": 1000, "external_id": "auth-1", "metadata": {"shop": "12"},
    }  # fmt: skip
    answer = await rich.post_transaction(body, address="/v1/holds")
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/holds/{told['id']}"
    assert answer.headers["ledger-sequence"] == told["sequence"] == str(rich.sequence)
    assert told.pop("id").startswith("hld_")
    assert told.pop("created_at") < LATER
    assert told == {
        "object": "hold", "status": "placed", "account": "customers:carol",
        "account_id": carol["id"], "asset": "USD", "scale": 2, "amount": "4000", "captured": "0",
        "released": "0", "expired": "0", "remaining": "4000", "capturable": "4400",
        "expires_at": "2026-11-27T12:00:00.000000Z", "overcapture_bps": 1000,
        "late_capture": "refused", "external_id": "auth-1", "metadata": {"shop": "12"},
        "sequence": str(rich.sequence),
        "allowed_actions": ["capture", "increment", "release", "extend"],
    }  # fmt: skip
    assert (await rich.get(answer.headers["location"])).json == answer.json
    assert await available(rich) == "6000"


async def test_what_is_held_cannot_be_spent(rich: Client) -> None:
    await place(rich, "4000")
    body = transfer("6001")
    body["postings"][0] = {
        "account": "customers:carol", "direction": "debit", "amount": "6001", "asset": "USD",
    }  # fmt: skip
    assert (await rich.post_transaction(body)).code == "insufficient_funds"
    more = {"account": "customers:carol", "amount": "6001", "asset": "USD"}
    refused = await rich.post_transaction(more, address="/v1/holds")
    assert (refused.status, refused.code) == (422, "insufficient_funds")
    assert refused.json["errors"][0]["pointer"] == "/amount"


async def test_a_capture_is_a_transaction(rich: Client) -> None:
    hold = await place(rich, "4000")
    answer = await tell(rich, hold, "capture", destination="bank:main", amount="1500", type="card")
    after, shown = answer.json["hold"], answer.json["transaction"]
    assert answer.status == 200
    assert answer.headers["location"] == f"/v1/transactions/{shown['id']}"
    assert (after["status"], after["captured"], after["remaining"]) == (
        "partially_captured", "1500", "2500",
    )  # fmt: skip
    assert (shown["status"], shown["type"], shown["hold_id"]) == ("posted", "card", hold["id"])
    assert [(p["account"], p["direction"], p["amount"]) for p in shown["postings"]] == [
        ("bank:main", "credit", "1500"), ("customers:carol", "debit", "1500"),
    ]  # fmt: skip
    assert shown["postings"][1]["balance_after"]["available"] == "6000"
    assert (await rich.get(answer.headers["location"])).json == shown
    listed = (await rich.get("/v1/transactions?account=customers:carol")).json["data"]
    assert listed[0] == shown


async def test_a_capture_without_an_amount_takes_what_remains(rich: Client) -> None:
    hold = await place(rich, "4000", overcapture_bps=2000)
    await tell(rich, hold, "capture", destination="bank:main", amount="1000")
    done = (await tell(rich, hold, "capture", destination="bank:main")).json["hold"]
    assert (done["status"], done["captured"], done["allowed_actions"]) == ("captured", "4000", [])
    again = await tell(rich, hold, "capture", destination="bank:main")
    assert (again.status, again.code, again.json["allowed_actions"]) == (409, "invalid_state", [])


async def test_a_replayed_capture_is_answered_with_the_same_bytes(rich: Client) -> None:
    hold = await place(rich)
    address, body = f"/v1/holds/{hold['id']}/capture", {"destination": "bank:main"}
    first = await rich.post_transaction(body, "capture-1", address)
    again = await rich.post_transaction(body, "capture-1", address)
    assert first.body == again.body
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_capture_may_be_split(rich: Client) -> None:
    hold = await place(rich, "4000")
    legs = [
        {"account": "bank:main", "direction": "credit", "amount": "2900", "asset": "USD"},
        {"account": "customers:bob", "direction": "credit", "amount": "100", "asset": "USD"},
    ]
    answer = await tell(rich, hold, "capture", postings=legs, final=True)
    after = answer.json["hold"]
    assert (after["captured"], after["released"], after["remaining"]) == ("3000", "1000", "0")
    assert len(answer.json["transaction"]["postings"]) == 3
    assert await available(rich) == "7000"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid_request", None),
        ({"destination": "bank:main", "postings": []}, "invalid_request", "/postings"),
        ({"destination": "nobody"}, "account_not_found", "/destination"),
        ({"destination": "bank:main", "amount": "0"}, "amount_out_of_range", "/amount"),
        ({"destination": "bank:main", "amount": "4001"}, "capture_exceeds_hold", "/amount"),
        ({"destination": "customers:carol"}, "same_account", None),
        ({"destination": "bank:main", "amount": 5}, "invalid_amount", "/amount"),
    ],
)
async def test_a_capture_that_cannot_be(
    body: dict[str, Any], code: str, pointer: str | None, rich: Client
) -> None:
    hold = await place(rich, "4000")
    refused = await tell(rich, hold, "capture", **body)
    assert refused.code == code, refused.body
    if pointer is not None:
        assert refused.json["errors"][0]["pointer"] == pointer
    assert (await rich.get(f"/v1/holds/{hold['id']}")).json == hold


async def test_a_hold_grows_shrinks_and_ends(rich: Client) -> None:
    hold = await place(rich, "4000")
    assert (await tell(rich, hold, "increment", amount="1000")).json["amount"] == "5000"
    assert (await tell(rich, hold, "release", amount="2000")).json["remaining"] == "3000"
    assert (await tell(rich, hold, "increment", amount="7001")).code == "insufficient_funds"
    assert (await tell(rich, hold, "release", amount="3001")).code == "release_exceeds_hold"
    assert (await tell(rich, hold, "release", amount="0")).code == "amount_out_of_range"
    done = (await tell(rich, hold, "release", reason="order cancelled")).json
    assert (done["status"], done["released"], done["remaining"]) == ("released", "5000", "0")
    assert await available(rich) == "10000"


async def test_time_ends_a_hold_and_extending_puts_it_off(rich: Client) -> None:
    first, second = await place(rich, expires_at=LATER), await place(rich, expires_at=LATER)
    extended = await tell(rich, second, "extend", expires_at=MUCH_LATER)
    assert extended.json["expires_at"] == "2026-12-20T12:00:00.000000Z"
    clock = rich.application.clock
    assert isinstance(clock, StandingClock)
    clock.moment = Moment.parse(LATER)
    refused = await tell(rich, first, "capture", destination="bank:main")
    assert (refused.code, refused.json["facts"]["status"]) == ("invalid_state", "expired")
    assert (await rich.get(f"/v1/holds/{first['id']}")).json["expired"] == "4000"
    assert (await rich.get(f"/v1/holds/{second['id']}")).json["status"] == "placed"
    assert (await tell(rich, second, "extend", expires_at=LATER)).code == "invalid_expiry"
    assert (await tell(rich, second, "extend", expires_at=None)).json["expires_at"] is None


async def test_a_late_capture_needs_leave_and_money(rich: Client) -> None:
    hold = await place(rich, expires_at=LATER, late_capture="allowed")
    clock = rich.application.clock
    assert isinstance(clock, StandingClock)
    clock.moment = Moment.parse(LATER)
    await place(rich, "7000")
    late = await tell(rich, hold, "capture", destination="bank:main")
    assert late.code == "insufficient_funds"
    done = await tell(rich, hold, "capture", destination="bank:main", amount="3000")
    assert (done.json["hold"]["status"], done.json["hold"]["captured"]) == ("expired", "3000")
    assert await available(rich) == "0"


async def test_holds_are_listed_and_filtered(rich: Client) -> None:
    first = await place(rich, "1000", external_id="a")
    second = await place(rich, "2000")
    third = await place(rich, "3000")
    await tell(rich, third, "release")

    async def found(query: str) -> list[str]:
        answer = await rich.get(f"/v1/holds?{query}")
        assert answer.status == 200, answer.body
        return [each["id"] for each in answer.json["data"]]

    assert await found("") == [third["id"], second["id"], first["id"]]
    assert await found("status=placed") == [second["id"], first["id"]]
    assert await found("external_id=a") == [first["id"]]
    assert await found("account=customers:carol&status=released") == [third["id"]]
    assert await found("account=customers:bob") == []
    page = (await rich.get("/v1/holds?limit=2")).json
    rest = (await rich.get(f"/v1/holds?limit=2&cursor={page['next_cursor']}")).json
    assert (page["has_more"], rest["has_more"], len(rest["data"])) == (True, False, 1)
    assert (await rich.get("/v1/holds?account=nobody")).status == 404
    assert (await rich.get("/v1/holds?state=placed")).code == "unknown_filter"


@pytest.mark.parametrize("reference", ["hld_1", "nobody", "hld_01M7W7N0R2QFH4PZWZ85JVAPF2"])
async def test_an_unknown_hold_is_404(reference: str, rich: Client) -> None:
    assert (await rich.get(f"/v1/holds/{reference}")).status == 404
    refused = await tell(rich, {"id": reference}, "release")
    assert refused.status == 404


async def test_a_dry_run_holds_nothing(rich: Client) -> None:
    hold = await place(rich)
    before = rich.sequence
    address = f"/v1/holds/{hold['id']}/capture?dry_run=true"
    answer = await rich.post(address, {"destination": "bank:main"})
    assert (answer.status, answer.headers["dry-run"]) == (200, "true")
    assert "location" not in answer.headers
    assert "id" not in answer.json["transaction"]
    assert answer.json["hold"]["id"] == hold["id"]
    assert answer.json["hold"]["status"] == "captured"
    refused = await rich.post(address, {"destination": "nobody"})
    assert (refused.code, refused.headers["dry-run"]) == ("account_not_found", "true")
    assert rich.sequence == before
    assert (await rich.get(f"/v1/holds/{hold['id']}")).json == hold


async def test_what_is_held_is_told_apart_from_what_else_is_pending(rich: Client) -> None:
    hold = await place(rich, "4000")
    pending = transfer("700", status="pending")
    pending["postings"][0]["account"] = "customers:carol"
    pending["postings"][1]["account"] = "customers:bob"
    assert (await rich.post_transaction(pending)).status == 201

    async def held() -> set[tuple[str, str]]:
        carol = "/v1/accounts/customers:carol"
        one = (await rich.get(carol)).json["balances"]
        now = (await rich.get(f"{carol}/balances")).json
        accounts = (await rich.get("/v1/accounts")).json["data"]
        (listed,) = [a["balances"] for a in accounts if a["path"] == "customers:carol"]
        every = (await rich.get("/v1/balances")).json["data"]
        (balance,) = [b for b in every if b["account"] == "customers:carol"]
        return {(each["pending_out"], each["held"]) for each in (one, now, listed, balance)}

    assert await held() == {("4700", "4000")}
    await tell(rich, hold, "capture", destination="bank:main", amount="1000")
    assert await held() == {("3700", "3000")}
    await tell(rich, hold, "release")
    assert await held() == {("700", "0")}
    past = f"/v1/accounts/customers:carol/balances?as_of_sequence={hold['sequence']}"
    assert (await rich.get(past)).json["held"] is None  # the register does not tell them apart
