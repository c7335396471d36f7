"""Lists: one shape, pages that fit together, cursors that refuse to be bent."""

import base64
from typing import Any

import pytest

from tests.unit.surfaces.http.conftest import Client, transfer

LISTS = [
    "/v1/transactions", "/v1/accounts", "/v1/accounts/customers:alice/entries", "/v1/assets",
    "/v1/journal", "/v1/ledgers",
]  # fmt: skip


async def fill(client: Client) -> None:
    for n in range(7):
        await client.post_transaction(transfer(external_id=f"e{n}"))


@pytest.mark.parametrize("address", LISTS)
async def test_every_list_has_the_same_shape(client: Client, address: str) -> None:
    await fill(client)
    answer = (await client.get(address)).json
    assert set(answer) == {"object", "data", "has_more", "next_cursor", "prev_cursor", "url"}
    assert (answer["object"], answer["url"], answer["prev_cursor"]) == ("list", address, None)
    assert len(answer["data"]) <= 50
    assert answer["has_more"] == (answer["next_cursor"] is not None)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_fit_together(client: Client, address: str, limit: int) -> None:
    await fill(client)
    whole = (await client.get(f"{address}?limit=20")).json["data"]
    pages: list[Any] = []
    query = f"limit={limit}"
    while len(pages) < len(whole):
        page = (await client.get(f"{address}?{query}")).json
        assert len(page["data"]) <= limit
        pages += page["data"]
        if not page["has_more"]:
            break
        query = f"limit={limit}&cursor={page['next_cursor']}"
    assert pages[: len(whole)] == whole


async def test_rows_that_come_meanwhile_do_not_shift_a_page(client: Client) -> None:
    await fill(client)
    first = (await client.get("/v1/transactions?limit=3")).json
    await client.post_transaction(transfer(external_id="late"))
    second = (await client.get(f"/v1/transactions?limit=3&cursor={first['next_cursor']}")).json
    assert [item["external_id"] for item in second["data"]] == ["e3", "e2", "e1"]


async def test_a_larger_limit_is_taken_as_the_largest(client: Client) -> None:
    answer = await client.get("/v1/assets?limit=100000")
    assert answer.status == 200
    assert len(answer.json["data"]) > 50


async def test_a_cursor_belongs_to_its_filters(client: Client) -> None:
    await fill(client)
    cursor = (await client.get("/v1/transactions?limit=1")).json["next_cursor"]
    for address in (
        f"/v1/transactions?account=bank:main&cursor={cursor}",
        f"/v1/accounts?cursor={cursor}",
        f"/v1/accounts/customers:alice/entries?cursor={cursor}",
    ):
        answer = await client.get(address)
        assert (answer.status, answer.code) == (400, "cursor_mismatch")
    assert (await client.get(f"/v1/transactions?limit=5&cursor={cursor}")).status == 200


def bent(cursor: str, place: str) -> str:
    """A cursor whose place is another."""
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    filters = text.split('"')[1]
    return base64.urlsafe_b64encode(f'["{filters}","{place}"]'.encode()).decode().rstrip("=")


@pytest.mark.parametrize("place", ["x", "-1", "", "1.5", "9" * 40, "'; --", "\uff11"])
async def test_a_bent_cursor_is_refused(client: Client, place: str) -> None:
    await fill(client)
    cursor = (await client.get("/v1/transactions?limit=1")).json["next_cursor"]
    answer = await client.get(f"/v1/transactions?limit=1&cursor={bent(cursor, place)}")
    assert (answer.status, answer.code) == (400, "invalid_cursor")
