"""Trailing views over HTTP: own writes are seen, pages make the whole, nonsense is refused."""

import asyncio
import base64
import json
from typing import Any

import pytest

from partita.wiring import Application
from tests.unit.surfaces.http.conftest import Client

DAY, TIME = "2026-11-20", "2026-11-20T10:00:00Z"
BANK, FEES = "custody:ach:USD", "fees:card:USD"


@pytest.fixture
async def followed(client: Client, application: Application) -> Client:
    """A client of a server that keeps its views up."""
    application.trail()
    await client.post("/v1/chart_of_accounts/import", {"ready": "neobank"})
    return client


async def moved(client: Client, debit: str, credit: str, amount: int, **more: Any) -> str:
    """Move so much; the sequence that says so."""
    legs = [
        {"account": path, "direction": side, "amount": str(amount), "asset": "USD"}
        for path, side in ((debit, "debit"), (credit, "credit"))
    ]
    answer = await client.post_transaction({"postings": legs, "effective_at": TIME, **more})
    assert answer.status == 201, answer.body
    return answer.headers["ledger-sequence"]


async def wallet(client: Client, customer: str | None = None) -> dict[str, Any]:
    """A wallet of somebody."""
    made = await client.post(
        "/v1/wallets", {"kind": "personal", "assets": ["USD"], "customer": customer}
    )
    assert made.status == 201, made.body
    return made.json


async def test_volumes_say_what_was_moved_and_what_of_it_were_fees(followed: Client) -> None:
    await moved(followed, BANK, "customers:a:wallets:w:USD", 1000, type="deposit")
    await moved(followed, "customers:a:wallets:w:USD", FEES, 30, type="card")
    sequence = await moved(followed, "customers:a:wallets:w:USD", FEES, 5)
    url = f"/v1/reports/volumes?min_sequence={sequence}"
    answer = await followed.get(url)
    assert answer.status == 200, answer.body
    assert [(r["type"], r["transactions"], r["volume"], r["fees"]) for r in answer.json["data"]] == [
        ("deposit", 1, "1000", "0"), ("card", 1, "30", "30"), (None, 1, "5", "5"),
    ]  # fmt: skip
    assert {(r["day"], r["asset"], r["scale"]) for r in answer.json["data"]} == {(DAY, "USD", 2)}
    assert int(answer.json["as_of_sequence"]) >= int(sequence)
    (whole,) = (await followed.get(f"{url}&by=asset&asset=USD")).json["data"]
    assert (whole["type"], whole["transactions"], whole["volume"], whole["fees"]) == (
        None, 3, "1035", "35"
    )  # fmt: skip
    assert (await followed.get(f"{url}&first_day=2026-11-21")).json["data"] == []
    recorded = await followed.get(f"{url}&basis=recorded&type=card")
    assert [row["volume"] for row in recorded.json["data"]] == ["30"]


async def test_pages_go_on_where_the_last_one_ended(followed: Client) -> None:
    for day in range(1, 8):
        at = f"2026-10-{day:02}T23:59:59Z"
        await moved(followed, BANK, "customers:a:wallets:w:USD", day, type="in", effective_at=at)
    sequence = followed.sequence
    found, cursor = [], ""
    while True:
        page = await followed.get(
            f"/v1/reports/volumes?min_sequence={sequence}&limit=3{cursor}&wait=5s"
        )
        found += [row["volume"] for row in page.json["data"]]
        if not page.json["has_more"]:
            break
        cursor = f"&cursor={page.json['next_cursor']}"
    assert found == ["7", "6", "5", "4", "3", "2", "1"]
    other = await followed.get(f"/v1/reports/volumes?asset=USD{cursor}")
    assert (other.status, other.code) == (400, "cursor_mismatch")


async def test_movers_come_busiest_first_and_in_pages(followed: Client) -> None:
    for n, amount in enumerate((50, 700, 3)):
        await moved(followed, BANK, f"customers:c{n}:wallets:w:USD", amount)
    url = f"/v1/reports/movers?asset=USD&first_day={DAY}&min_sequence={followed.sequence}"
    rows = (await followed.get(url)).json["data"]
    assert [(row["account"][:12], row["moved"], row["entries"]) for row in rows] == [
        ("custody:ach:", "753", 3), ("customers:c1", "700", 1), ("customers:c0", "50", 1),
        ("customers:c2", "3", 1),
    ]  # fmt: skip
    first = (await followed.get(f"{url}&path_prefix=customers&limit=1")).json
    assert [row["credits"] for row in first["data"]] == ["700"]
    second = await followed.get(
        f"{url}&path_prefix=customers&limit=1&cursor={first['next_cursor']}"
    )
    assert [row["credits"] for row in second.json["data"]] == ["50"]
    assert (await followed.get(url.replace("USD", "EUR"))).json["data"] == []


async def test_an_account_shows_its_life_and_its_days(followed: Client) -> None:
    path = "customers:a:wallets:w:USD"
    first = await moved(followed, BANK, path, 40)
    last = await moved(followed, path, BANK, 15, effective_at="2026-11-19T00:00:00Z")
    done = (await followed.get(f"/v1/accounts/{path}/activity?min_sequence={last}")).json
    assert (done["entries"], done["debits"], done["credits"]) == (2, "15", "40")
    assert (done["first"]["sequence"], done["last"]["sequence"]) == (first, last)
    assert done["last"]["effective_at"] == "2026-11-19T00:00:00.000000Z"
    url = f"/v1/accounts/{path}/activity/days"
    days = (await followed.get(f"{url}?min_sequence={last}&limit=1")).json
    assert [(d["day"], d["debits"], d["credits"]) for d in days["data"]] == [(DAY, "0", "40")]
    more = (
        await followed.get(f"{url}?min_sequence={last}&limit=1&cursor={days['next_cursor']}")
    ).json
    assert [(d["day"], d["debits"]) for d in more["data"]] == [("2026-11-19", "15")]
    assert not more["has_more"]
    assert (await followed.get("/v1/accounts/nobody/activity")).status == 404
    assert (await followed.get("/v1/accounts/nobody/activity/days")).status == 404
    silent = (await followed.get(f"/v1/accounts/bank:main/activity?min_sequence={last}")).json
    assert (silent["entries"], silent["first"], silent["last"]) == (0, None, None)


async def test_the_dormant_are_listed_and_the_closed_are_not(followed: Client) -> None:
    sequence = await moved(followed, BANK, "customers:alice", 9)
    closed = await followed.post("/v1/accounts/customers:bob/close", {})
    assert closed.status == 200, closed.body
    url = f"/v1/reports/dormant_accounts?min_sequence={followed.sequence}"
    rows = (await followed.get(f"{url}&since=2026-12-01T00:00:00Z")).json["data"]
    assert [row["account"] for row in rows] == ["bank:main", BANK, "customers:alice"]
    assert [(row["balance"], row["entries"]) for row in rows] == [("0", 0), ("9", 1), ("9", 1)]
    assert rows[2]["last"]["sequence"] == sequence
    some = (await followed.get(f"{url}&since=2026-12-01T00:00:00Z&limit=2")).json
    more = await followed.get(
        f"{url}&since=2026-12-01T00:00:00Z&limit=2&cursor={some['next_cursor']}"
    )
    assert [row["account"] for row in more.json["data"]] == ["customers:alice"]
    assert (await followed.get(f"{url}&since=2026-01-01T00:00:00Z")).json["data"] == []
    missing = await followed.get(url)
    assert (missing.status, missing.code) == (400, "invalid_request")


async def test_open_holds_are_summed_by_expiry(followed: Client) -> None:
    await moved(followed, BANK, "customers:alice", 900)
    for n, (amount, expires_at) in enumerate(
        (
            (10, "2099-01-01T10:00:00Z"),
            (20, "2099-01-01T23:59:59Z"),
            (5, "2099-01-02T00:00:00Z"),
            (7, None),
        )
    ):
        body = {"account": "customers:alice", "amount": str(amount), "asset": "USD"}
        body |= {} if expires_at is None else {"expires_at": expires_at}
        placed = await followed.post("/v1/holds", body, headers={"idempotency-key": f"hold-{n}"})
        assert placed.status == 201, placed.body
    url = f"/v1/holds/exposure?min_sequence={followed.sequence}"
    told = (await followed.get(url)).json
    assert [(r["expires_in"], r["holds"], r["remaining"]) for r in told["data"]] == [
        ("2099-01-01", 2, "30"), ("2099-01-02", 1, "5"), (None, 1, "7"),
    ]  # fmt: skip
    assert told["totals"] == [{"asset": "USD", "scale": 2, "holds": 4, "remaining": "42"}]
    hours = (await followed.get(f"{url}&by=hour&account=customers:alice&limit=2")).json
    assert [r["expires_in"] for r in hours["data"]] == ["2099-01-01T10", "2099-01-01T23"]
    rest = await followed.get(
        f"{url}&by=hour&account=customers:alice&limit=2&cursor={hours['next_cursor']}"
    )
    assert [r["expires_in"] for r in rest.json["data"]] == ["2099-01-02T00", None]
    assert rest.json["totals"] == told["totals"]
    assert (await followed.get(f"{url}&account=customers:bob")).json["data"] == []
    assert (await followed.get(f"{url}&account=nobody")).status == 404


async def test_wallets_are_found_by_owner_and_by_size(followed: Client) -> None:
    customer = (await followed.post("/v1/customers", {"kind": "person"})).json["id"]
    own = [await wallet(followed, customer) for _ in range(3)]
    other = await wallet(
        followed, (await followed.post("/v1/customers", {"kind": "person"})).json["id"]
    )
    for n, each in enumerate([*own, other]):
        await moved(followed, BANK, each["accounts"]["USD"], 10 * (n + 1))
    fresh = f"min_sequence={followed.sequence}"
    held = (await followed.get(f"/v1/customers/{customer}/balances?{fresh}")).json
    assert [(r["asset"], r["wallets"], r["posted"], r["available"]) for r in held["data"]] == [
        ("USD", 3, "60", "60")
    ]
    rows = (await followed.get(f"/v1/wallet_balances?asset=USD&{fresh}")).json["data"]
    assert [row["posted"] for row in rows] == ["40", "30", "20", "10"]
    assert rows[0]["wallet_id"] == other["id"]
    url = f"/v1/wallet_balances?customer={customer}&limit=2&{fresh}"
    some = (await followed.get(url)).json
    more = (await followed.get(f"{url}&cursor={some['next_cursor']}")).json
    found = {row["wallet_id"]: row["posted"] for row in (*some["data"], *more["data"])}
    assert found == {each["id"]: str(10 * (n + 1)) for n, each in enumerate(own)}
    one = (await followed.get(f"/v1/wallet_balances?wallet={own[1]['id']}&{fresh}")).json["data"]
    assert [(row["wallet_id"], row["posted"], row["customer_id"]) for row in one] == [
        (own[1]["id"], "20", customer)
    ]
    assert (await followed.get("/v1/customers/cus_none/balances")).status == 404


async def test_who_is_behind_is_waited_for_and_then_told(client: Client) -> None:
    """Nobody keeps the views up here, until somebody begins to."""
    behind = await client.get(f"/v1/reports/volumes?min_sequence={client.sequence}&wait=0")
    assert (behind.status, behind.code) == (409, "replica_behind")
    assert behind.json["retryable"]
    assert behind.json["retry_after_ms"] == 500
    assert behind.json["facts"] == {
        "view": "volumes", "sequence": "0", "min_sequence": str(client.sequence)
    }  # fmt: skip
    at_once = await client.get("/v1/reports/volumes")
    assert (at_once.status, at_once.json["as_of_sequence"]) == (200, "0")
    waiting = asyncio.create_task(
        client.get(f"/v1/reports/volumes?min_sequence={client.sequence}&wait=30")
    )
    await asyncio.sleep(0.1)
    assert not waiting.done()
    client.application.trail()
    assert (await waiting).json["as_of_sequence"] == str(client.sequence)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/v1/reports/volumes?day=2026-11-20", "unknown_filter"),
        ("/v1/reports/volumes?first_day=20261120", "invalid_request"),
        ("/v1/reports/volumes?first_day=2026-02-30", "invalid_request"),
        ("/v1/reports/volumes?by=account", "invalid_request"),
        ("/v1/reports/volumes?wait=31", "invalid_request"),
        ("/v1/reports/volumes?min_sequence=-1", "invalid_request"),
        ("/v1/reports/volumes?cursor=nonsense", "invalid_cursor"),
        ("/v1/reports/movers?asset=USD", "invalid_request"),
        ("/v1/reports/movers?first_day=2026-11-20", "invalid_request"),
        ("/v1/reports/movers?asset=USD&first_day=2026-11-20&last_day=2026-11-19", "invalid_request"),
        ("/v1/reports/movers?asset=USD&first_day=2020-11-20&last_day=2026-11-19", "invalid_request"),
        ("/v1/reports/movers?asset=USD&first_day=2026-11-20&path_prefix=a::b", "invalid_request"),
        ("/v1/reports/dormant_accounts?since=yesterday", "invalid_timestamp"),
        ("/v1/holds/exposure?by=minute", "invalid_request"),
        ("/v1/holds/exposure?status=placed", "unknown_filter"),
        ("/v1/wallet_balances", "invalid_request"),
        ("/v1/wallet_balances?customer=cus_1&wallet=wal_1", "invalid_request"),
    ],
)  # fmt: skip
async def test_questions_without_sense_are_refused(client: Client, address: str, code: str) -> None:
    answer = await client.get(address)
    assert (answer.status, answer.code) == (400, code), answer.body


async def test_a_cursor_that_was_tampered_with_is_refused(followed: Client) -> None:
    for amount in (1, 2):
        await moved(followed, BANK, f"customers:c{amount}:wallets:w:USD", amount)
    url = f"/v1/reports/movers?asset=USD&first_day={DAY}&limit=1&min_sequence={followed.sequence}"
    cursor = (await followed.get(url)).json["next_cursor"]
    filters, _place = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    for place in ("x y", "1", "1 a b", ""):
        forged = base64.urlsafe_b64encode(json.dumps([filters, place]).encode()).decode()
        answer = await followed.get(f"{url}&cursor={forged.rstrip('=')}")
        assert (answer.status, answer.code) == (400, "invalid_cursor")
