"""Searching over HTTP: every filter, pages, freshness, and what is refused."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from partita.surfaces.trailing import bring_up
from partita.views.search import SEARCH
from tests.unit.surfaces.http.conftest import Client, transfer

URL = "/v1/search/transactions"


async def found(client: Client, **filters: str) -> list[str]:
    """The external ids of what a search finds, all pages one after the other, three in each."""
    bring_up(client.application, client.application.ledger("main").info, SEARCH)
    names: list[str] = []
    cursor = None
    while True:
        asked = filters | {"limit": "3"} | ({} if cursor is None else {"cursor": cursor})
        answer = await client.get(f"{URL}?{urlencode(asked)}")
        assert answer.status == 200, answer.body
        assert answer.json["as_of_sequence"] == str(client.sequence)
        names += [each["external_id"] for each in answer.json["data"]]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return names


async def fill(client: Client) -> dict[str, Any]:
    """Seven transactions; the sixth pending, the first reversed by the last."""
    made = {}
    for number, more in enumerate((
        {"type": "deposit", "metadata": {"note": "Café Müller, straße 5", "k": "1"}},
        {"metadata": {"note": "cafe", "k": "2"}},
        {"type": "fee", "effective_at": "2020-02-03T00:00:00Z", "metadata": {"k": "1"}},
        {"metadata": {"a&b": "100% 'quoted' & | ! ( ) <-> :*"}},
        {"type": "fee"},
        {"status": "pending"},
    ), start=1):  # fmt: skip
        body = transfer(str(100 * number), external_id=f"order-{number}", **more)
        answer = await client.post_transaction(body, f"key {number}")
        assert answer.status == 201, answer.body
        made[f"order-{number}"] = answer.json
    back = await client.post(
        f"/v1/transactions/{made['order-1']['id']}/reverse",
        {"external_id": "back-1", "reason": "Fraud!"},
        headers={"idempotency-key": "back"},
    )
    assert back.status in (200, 201), back.body
    return made


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "back-1 order-6 order-5 order-4 order-3 order-2 order-1"),
        ({"q": "CAFÉ"}, "order-2 order-1"),
        ({"q": "muller strasse"}, "order-1"),
        ({"q": "fraud"}, "back-1"),
        ({"q": "quoted & 100%"}, "order-4"),
        ({"q": "fee"}, "order-5 order-3"),
        ({"external_id": "order-3"}, "order-3"),
        ({"external_id": "order"}, ""),
        ({"external_id_prefix": "order-"}, "order-6 order-5 order-4 order-3 order-2 order-1"),
        ({"idempotency_key": "key 2"}, "order-2"),
        ({"type": "fee"}, "order-5 order-3"),
        ({"status": "pending"}, "order-6"),
        ({"status": "reversed"}, "order-1"),
        ({"status": "archived"}, ""),
        ({"asset": "USD", "amount": "300"}, "order-3"),
        ({"asset": "USD", "amount[gte]": "200", "amount[lt]": "400"}, "order-3 order-2"),
        ({"effective[lt]": "2021-01-01T00:00:00Z"}, "order-3"),
        ({"metadata[k]": "1"}, "order-3 order-1"),
        ({"metadata[k]": "1", "type": "fee"}, "order-3"),
        ({"metadata[a&b]": "100% 'quoted' & | ! ( ) <-> :*"}, "order-4"),
        ({"account_prefix": "customers", "type": "fee"}, "order-5 order-3"),
        ({"account": "customers:bob"}, ""),
        ({"id_prefix": "txn_0"}, "back-1 order-6 order-5 order-4 order-3 order-2 order-1"),
        ({"id_prefix": "acc_"}, ""),
    ],
)
async def test_filters(client: Client, filters: dict[str, str], expected: str) -> None:
    await fill(client)
    assert " ".join(await found(client, **filters)) == expected


async def test_a_pending_transaction_is_found_as_what_it_became(client: Client) -> None:
    made = await fill(client)
    place = f"/v1/transactions/{made['order-6']['id']}"
    posted = await client.post(f"{place}/post", {}, headers={"idempotency-key": "settle"})
    assert posted.status == 200, posted.body
    assert await found(client, status="pending") == []
    assert "order-6" in await found(client, status="posted")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("amount=5", "invalid_request"),
        ("amount=5x&asset=USD", "invalid_amount"),
        ("q=%20", "invalid_request"),
        ("q=%00", "invalid_request"),
        ("q=" + "+".join(f"w{n}" for n in range(17)), "invalid_request"),
        ("q=" + "a" * 501, "invalid_request"),
        ("metadata[k]=1&metadata[k]=2", "invalid_request"),
        ("metadata=1", "invalid_request"),
        ("metadata[a][b]=1", "unknown_filter"),
        ("metadata[gte", "invalid_request"),
        ("amount[gt]=1", "unknown_filter"),
        ("status=lost", "invalid_request"),
        ("account=customers:alice&account_prefix=customers", "invalid_request"),
        ("account=nobody", "not_found"),
        ("created[gte]=yesterday", "invalid_timestamp"),
        ("cursor=nonsense", "invalid_cursor"),
        ("min_sequence=1000000&wait=0", "replica_behind"),
        ("q=" + "a" * 1_000_000, "invalid_request"),
    ],
)
async def test_refusals(client: Client, query: str, code: str) -> None:
    answer = await client.get(
        f"{URL}?{quote(query, safe='=&[]%+:')}" if "%" not in query else f"{URL}?{query}"
    )
    assert answer.code == code, answer.body[:500]
