"""Foreign exchange over HTTP: rates, quotes, conversions, and what positions are worth."""

from typing import Any

import pytest

from partita.kernel.moment import Moment
from tests.unit.surfaces.http.conftest import Answer, Client

TODAY = "2026-11-20"
POLICY = {"base": "EUR", "provider": "ecb", "quote_seconds": 60}
EXCHANGE = {
    "source": "alice:EUR", "destination": "alice:USD", "source_asset": "EUR",
    "target_asset": "USD", "amount": "10000", "spread_bps": 50, "fee": "100",
}  # fmt: skip
RATE = {
    "object": "fx_rate", "pair": "EUR/USD", "rate": "1.0389", "provider": "ecb",
    "published": TODAY,
}  # fmt: skip


@pytest.fixture
async def house(client: Client) -> Client:
    """Alice has 1,000 euros; the ECB's rates of two days are known."""
    for path, kind, asset in (("vault", "asset", "EUR"), ("alice:EUR", "liability", "EUR"),
                              ("alice:USD", "liability", "USD")):  # fmt: skip
        await client.post("/v1/accounts", {"path": path, "asset": asset, "type": kind})
    legs = [
        {"account": "vault", "direction": "debit", "amount": "100000", "asset": "EUR"},
        {"account": "alice:EUR", "direction": "credit", "amount": "100000", "asset": "EUR"},
    ]
    assert (await client.post_transaction({"postings": legs})).status == 201
    assert (await client.send("PUT", "/v1/fx_policy", POLICY)).status == 200
    for day, rate in (("2026-11-18", "1.05"), (TODAY, "1.0389")):
        assert (await publish(client, day, {"EUR/USD": rate})).status == 201
    return client


async def publish(client: Client, day: str, rates: dict[str, str]) -> Answer:
    return await client.post("/v1/fx_rates", {"provider": "ecb", "day": day, "rates": rates})


async def exchange(client: Client, **more: Any) -> Answer:
    return await client.post_transaction(EXCHANGE | more, address="/v1/fx_conversions")


async def balance(client: Client, path: str) -> str:
    told: str = (await client.get(f"/v1/accounts/{path}/balances")).json["posted"]
    return told


async def test_a_policy_is_set_and_told(house: Client) -> None:
    told = {"object": "fx_policy", "rounding": "half_even", "spread_bps": 0} | POLICY
    assert (await house.get("/v1/fx_policy")).json == told
    other = await house.send("PUT", "/v1/fx_policy", POLICY | {"base": "USD"})
    assert (other.status, other.code) == (409, "invalid_state")
    same = await house.send("PUT", "/v1/fx_policy", POLICY | {"rounding": "floor"})
    assert same.json == told | {"rounding": "floor"}


async def test_rates_are_published_listed_and_corrected(house: Client) -> None:
    answer = await publish(house, TODAY, {"EUR/JPY": "163.06"})
    told = answer.json
    assert told["rates"] == {"EUR/USD": "1.0389", "EUR/JPY": "163.06"}
    assert (told["version"], told["provider"], told["day"]) == (2, "ecb", TODAY)
    assert answer.headers["location"] == f"/v1/fx_rates/{told['id']}"
    assert (await house.get(answer.headers["location"])).json == told
    listed = (await house.get("/v1/fx_rates?provider=ecb")).json["data"]
    assert [each["day"] for each in listed] == [TODAY, "2026-11-18"]
    one = (await house.get(f"/v1/fx_rates?provider=ecb&day={TODAY}")).json["data"]
    assert one == [told]
    assert (await house.get(f"/v1/fx_rates?day={TODAY}")).code == "invalid_request"


@pytest.mark.parametrize(
    ("day", "rates"),
    [
        ("2026-02-30", {"EUR/USD": "1"}), ("2026-11-20", {"EUR/EUR": "1"}),
        ("2026-11-20", {"EUR/USD": "0"}), ("2026-11-20", {"EURUSD": "1"}),
        ("2026-11-20", {"EUR/USD": "1e3"}), ("2026-11-20", {}), ("someday", {"EUR/USD": "1"}),
    ],
)  # fmt: skip
async def test_what_is_no_rate_is_refused(client: Client, day: str, rates: dict[str, str]) -> None:
    before = client.sequence
    assert (await publish(client, day, rates)).status == 400
    assert client.sequence == before


async def test_a_rate_is_told_or_the_last_day_that_has_one(house: Client) -> None:
    asked = "/v1/fx_rate?pair=EUR/USD"
    assert (await house.get(asked)).json == RATE
    back = await house.get("/v1/fx_rate?pair=USD/EUR&day=2026-11-18")
    assert (back.json["rate"], back.json["published"]) == ("20/21", "2026-11-18")
    missing = await house.get(f"{asked}&day=2026-11-19")
    assert (missing.status, missing.code) == (422, "rate_missing")
    assert missing.json["facts"]["last_day"] == "2026-11-18"
    assert "2026-11-18" in missing.json["detail"]


@pytest.mark.parametrize("query", ["", "?pair=EURUSD", "?pair=EUR/USD&day=tomorrow"])
async def test_what_asks_for_no_rate_is_refused(house: Client, query: str) -> None:
    assert (await house.get(f"/v1/fx_rate{query}")).status == 400


async def test_a_conversion_is_told_in_full(house: Client) -> None:
    answer = await exchange(house, metadata={"why": "trip"})
    told = answer.json
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"/v1/fx_conversions/{told['id']}"
    assert (await house.get(answer.headers["location"])).json == told
    assert (await house.get("/v1/fx_conversions?status=settled")).json["data"] == [told]
    posted = (await house.get(f"/v1/transactions/{told['transaction_id']}")).json
    assert posted["metadata"]["partita.fx_rate"] == "1.0389"
    for name in ("id", "sequence", "transaction_id"):
        told.pop(name)
    assert told == {
        "object": "fx_conversion", "status": "settled", "version": 1, "external_id": None,
        "quote_id": None, "reversal_transaction_id": None, "side": "source", "wallet_ids": [],
        "source_account": "alice:EUR", "target_account": "alice:USD",
        "source": {"amount": "10000", "asset": "EUR", "scale": 2},
        "fee": {"amount": "100", "asset": "EUR", "scale": 2},
        "target": {"amount": "10234", "asset": "USD", "scale": 2},
        "spread": {"amount": "51", "asset": "USD", "scale": 2},
        "spread_bps": 50, "rounding": "half_even", "rate": RATE,
        "remainders": [
            {"account": "rounding:EUR", "amount": "0", "asset": "EUR"},
            {"account": "rounding:USD", "amount": "0", "asset": "USD"},
        ],
        "gained": {"amount": "0", "asset": "EUR", "scale": 2}, "gains_account": "gains:EUR",
        "metadata": {"why": "trip"}, "allowed_actions": ["reverse"],
    }  # fmt: skip


async def test_a_dry_run_of_an_exchange_writes_nothing(house: Client) -> None:
    before = house.sequence
    dry = await house.post("/v1/fx_conversions?dry_run=true", EXCHANGE)
    assert (dry.status, house.sequence) == (201, before)
    assert dry.json["target"]["amount"] == "10234"
    assert "id" not in dry.json
    assert "transaction_id" not in dry.json


async def test_a_conversion_is_reversed_once_at_its_rate(house: Client) -> None:
    made = (await exchange(house)).json
    await publish(house, TODAY, {"EUR/USD": "2"})
    url = f"/v1/fx_conversions/{made['id']}/reverse"
    back = await house.post(url, {"reason": "typing error"})
    assert (back.status, back.json["status"], back.json["rate"]) == (200, "reversed", RATE)
    assert await balance(house, "alice:EUR") == "100000"
    assert await balance(house, "alice:USD") == "0"
    again = await house.post(url)
    assert (again.status, again.code, again.json["allowed_actions"]) == (409, "invalid_state", [])
    steps = (await house.get(f"/v1/fx_conversions/{made['id']}/timeline")).json["data"]
    assert [(each["type"], each["reason"]) for each in steps] == [
        ("fx_conversion.settled", None), ("fx_conversion.reversed", "typing error"),
    ]  # fmt: skip
    assert made["transaction_id"] in steps[0]["parts"]
    assert steps[0]["facts"] == {"rate": "1.0389", "gained": "0"}


async def test_a_quote_is_accepted_at_its_rate_or_expires(house: Client) -> None:
    made = await house.post("/v1/fx_quotes", EXCHANGE)
    quote = made.json
    assert (made.status, quote["status"]) == (201, "open")
    assert quote["allowed_actions"] == ["accept"]
    await publish(house, TODAY, {"EUR/USD": "2"})
    url = f"/v1/fx_quotes/{quote['id']}"
    done = await house.post_transaction({}, address=f"{url}/accept")
    assert (done.status, done.json["quote_id"]) == (201, quote["id"])
    assert done.json["target"] == quote["target"]
    after = (await house.get(url)).json
    assert (after["status"], after["conversion_id"]) == ("accepted", done.json["id"])
    second = await house.post_transaction({}, address=f"{url}/accept")
    assert (second.status, second.code) == (409, "invalid_state")
    late = (await house.post("/v1/fx_quotes", EXCHANGE | {"seconds": 1})).json
    clock: Any = house.application.clock
    clock.moment = Moment(clock.moment + 2_000_000)
    assert (await house.get(f"/v1/fx_quotes/{late['id']}")).json["status"] == "expired"
    refused = await house.post_transaction({}, address=f"/v1/fx_quotes/{late['id']}/accept")
    assert (refused.status, refused.code) == (422, "quote_expired")
    assert [each["id"] for each in (await house.get("/v1/fx_quotes")).json["data"]] == [
        late["id"], quote["id"],
    ]  # fmt: skip


async def test_a_rate_that_moved_is_refused(house: Client) -> None:
    refused = await exchange(house, expected_rate="1.05", tolerance_bps=10)
    assert (refused.status, refused.code) == (422, "rate_moved")
    assert refused.json["facts"]["rate"] == "1.0389"
    assert (await exchange(house, expected_rate="1.039", tolerance_bps=10)).status == 201


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"amount": "0"}, 422, "amount_out_of_range"),
        ({"amount": "1.5"}, 400, "invalid_amount"),
        ({"day": "2026-11-19"}, 422, "rate_missing"),
        ({"day": "yesterday"}, 400, "invalid_request"),
        ({"target_asset": "XYZ"}, 422, "asset_not_found"),
        ({"amount": "100001"}, 422, "insufficient_funds"),
        ({"expected_rate": "0"}, 400, "invalid_request"),
        ({"colour": "red"}, 400, "unknown_field"),
    ],
)
async def test_what_cannot_be_exchanged_changes_nothing(
    house: Client, more: dict[str, str], status: int, code: str
) -> None:
    limits = {"constraints": {"min_available": "0"}}
    await house.post("/v1/accounts", {"path": "poor", "asset": "EUR", "type": "liability"} | limits)
    before = house.sequence
    given = {"source": "poor"} if code == "insufficient_funds" else {}
    refused = await exchange(house, **more, **given)
    assert (refused.status, refused.code) == (status, code)
    assert house.sequence == before


async def test_what_is_not_there_is_not_found(house: Client) -> None:
    for address in ("/v1/fx_quotes/fxq_1", "/v1/fx_conversions/fxc_1", "/v1/fx_rates/x",
                    "/v1/fx_conversions/fxc_00000000000000000000000000/timeline"):  # fmt: skip
        assert (await house.get(address)).status == 404


async def test_open_positions_are_revalued(house: Client) -> None:
    await exchange(house, fee="0", spread_bps=0)
    told = (await house.get("/v1/fx_revaluation?day=2026-11-18")).json
    rate = {
        "object": "fx_rate", "pair": "USD/EUR", "rate": "20/21", "provider": "ecb",
        "published": "2026-11-18",
    }  # fmt: skip
    assert told == {
        "object": "fx_revaluation", "base": "EUR", "scale": 2, "day": "2026-11-18",
        "provider": "ecb", "cost": "-10000", "worth": "-9894", "unrealised": "106",
        "realised": "0",
        "lines": [{
            "asset": "USD", "scale": 2, "quantity": "-10389", "rate": rate, "cost": "-10000",
            "worth": "-9894", "unrealised": "106",
        }],
    }  # fmt: skip
    assert (await house.get("/v1/fx_revaluation?day=2026-11-19")).code == "rate_missing"
    before = (await house.get(f"/v1/fx_revaluation?to={TODAY}T00:00:00Z")).json
    assert before["lines"] == []


async def test_without_a_base_asset_nothing_is_valued(client: Client) -> None:
    assert (await client.get("/v1/fx_revaluation")).code == "invalid_request"
