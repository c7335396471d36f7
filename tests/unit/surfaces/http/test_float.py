"""Float over HTTP: what customers hold against what there is, now and in any past."""

from typing import Any

from tests.unit.surfaces.http.conftest import Client

ALICE, SHOP = "customers:alice:wallets:main:USD", "merchants:shop:wallets:main:USD"
BANK, OUT, FEES = "custody:ach:USD", "in_transit:ach:USD", "fees:card:USD"


async def moved(client: Client, debit: str, credit: str, amount: int, **more: Any) -> int:
    """Move so much, and say where the journal stands then."""
    legs = [
        {"account": path, "direction": side, "amount": str(amount), "asset": "USD"}
        for path, side in ((debit, "debit"), (credit, "credit"))
    ]
    answer = await client.post_transaction({"postings": legs, **more})
    assert answer.status == 201, answer.body
    return client.sequence


async def books(client: Client) -> int:
    """A chart, and money of each kind; the sequence before the last step."""
    await client.post("/v1/chart_of_accounts/import", {"ready": "neobank"})
    await moved(client, BANK, ALICE, 1000, effective_at="2026-01-05T00:00:00Z")
    await moved(client, ALICE, SHOP, 300)
    await moved(client, SHOP, FEES, 10)
    sequence = await moved(client, "bank:main", ALICE, 5)
    await moved(client, ALICE, OUT, 200)
    return sequence


FIGURES = ("customers", "custody", "in_transit", "awaiting", "surplus", "own", "others",
           "unclassified", "difference")  # fmt: skip


def figures(told: dict[str, Any]) -> list[int]:
    """The figures of the first asset."""
    return [int(told["data"][0][name]) for name in FIGURES]


async def test_what_customers_hold_is_explained_to_the_last_unit(client: Client) -> None:
    await books(client)
    told = (await client.get("/v1/float")).json
    assert (told["object"], told["chart"], told["chart_version"]) == ("float", "neobank", 1)
    assert figures(told) == [795, 1000, 200, 0, 5, 10, 0, 5, 0]
    usd = told["data"][0]
    assert (usd["asset"], usd["scale"], usd["customers_available"]) == ("USD", 2, "795")
    assert {c["class"]: (c["group"], c["side"], c["posted"]) for c in usd["classes"]} == {
        "customer": ("customers", "credit", "505"),
        "merchant": ("customers", "credit", "290"),
        "custody": ("custody", "debit", "1000"),
        "in_transit": ("in_transit", "credit", "200"),
        "fee": ("own", "credit", "10"),
        "unclassified": ("unclassified", "debit", "5"),
    }


async def test_a_hold_takes_from_what_is_available_and_not_from_what_is_held(
    client: Client,
) -> None:
    await books(client)
    placed = await client.post_transaction(
        {"account": ALICE, "amount": "105", "asset": "USD"}, address="/v1/holds"
    )
    assert placed.status == 201
    usd = (await client.get("/v1/float?asset=USD")).json["data"][0]
    assert (usd["customers"], usd["customers_available"]) == ("795", "690")


async def test_any_past_ties_too(client: Client) -> None:
    sequence = await books(client)
    before = (await client.get(f"/v1/float?as_of_sequence={sequence}")).json
    assert figures(before) == [995, 1000, 0, 0, 5, 10, 0, 5, 0]
    assert before["sequence"] == str(sequence)
    address = "/v1/float?basis=effective&as_of=2026-01-06T00:00:00Z"
    early = (await client.get(address)).json
    assert figures(early) == [1000, 1000, 0, 0, 0, 0, 0, 0, 0]
    assert (early["basis"], early["as_of"]) == ("effective", "2026-01-06T00:00:00.000000Z")
    for at in range(1, client.sequence + 1):
        told = (await client.get(f"/v1/float?as_of_sequence={at}")).json
        assert all(asset["difference"] == "0" for asset in told["data"])


async def test_a_past_is_read_by_the_chart_of_then(client: Client) -> None:
    sequence = await books(client)
    tree = {"all:{asset}": {"type": "asset", "class": "custody"}}
    await client.post(
        "/v1/chart_of_accounts/import", {"document": {"name": "bare", "accounts": tree}}
    )
    now = (await client.get("/v1/float")).json
    assert (now["chart"], now["chart_version"]) == ("bare", 2)
    assert [c["class"] for c in now["data"][0]["classes"]] == ["unclassified"]
    assert now["data"][0]["difference"] == "0"
    before = (await client.get(f"/v1/float?as_of_sequence={sequence}")).json
    assert (before["chart"], before["chart_version"]) == ("neobank", 1)
    assert figures(before)[0] == 995


async def test_an_asset_that_nobody_holds_has_no_block(client: Client) -> None:
    await books(client)
    assert (await client.get("/v1/float?asset=EUR")).json["data"] == []


async def test_a_past_that_is_none_is_refused(client: Client) -> None:
    for query, code in (
        ("as_of_sequence=99999", "invalid_request"),
        ("as_of=yesterday", "invalid_timestamp"),
        ("colour=red", "unknown_filter"),
    ):
        answer = await client.get(f"/v1/float?{query}")
        assert (answer.status, answer.code) == (400, code)
