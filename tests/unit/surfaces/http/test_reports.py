"""Reports over HTTP, in all three forms."""

import csv
import io

import msgspec
import pytest

from partita.modules.reports.report import Kind
from partita.surfaces.http.shapes.reports import Report
from tests.unit.surfaces.http.conftest import Client, transfer


@pytest.fixture(autouse=True)
async def deposits(client: Client) -> None:
    """Alice is owed 5.00 since the fifth of January, and 7.00 since the tenth."""
    for number, (day, amount) in enumerate((("05", "500"), ("10", "200"))):
        body = transfer(amount, effective_at=f"2026-01-{day}T00:00:00Z")
        answer = await client.post_transaction(body, f"d{number}")
        assert answer.status == 201, answer.body


@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
async def test_every_kind_has_the_form_that_is_documented(client: Client, kind: str) -> None:
    answer = await client.get(f"/v1/reports/{kind}")
    assert answer.status == 200, answer.body
    found = msgspec.json.decode(answer.body, type=Report)
    assert (found.kind.value, found.ledger, found.blocks[0].asset) == (kind, "main", "USD")
    assert all(len(line.amounts) == len(found.columns) for line in found.blocks[0].lines)


async def test_effective_and_known_moments_are_two_axes(client: Client) -> None:
    url = "/v1/reports/trial_balance?to=2026-01-10T00:00:00Z"

    async def total(more: str = "") -> list[str]:
        blocks = (await client.get(f"{url}{more}")).json["blocks"]
        return blocks[0]["lines"][-1]["amounts"] if blocks else []

    assert await total() == ["500", "500"]
    assert await total(f"&known_at_sequence={client.sequence - 2}") == []
    assert await total(f"&known_at_sequence={client.sequence}") == ["500", "500"]
    assert await total("&known_at=2020-01-01T00:00:00Z") == []
    assert await total("&known_at=2100-01-01T00:00:00Z") == ["500", "500"]


async def test_csv_and_text_have_the_same_lines(client: Client) -> None:
    answer = await client.get("/v1/reports/balance_sheet/csv?to=2026-01-10T00:00:00Z")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [row["amount"] for row in rows if row["label"] == "total assets"] == ["5.00"]
    answer = await client.get("/v1/reports/balance_sheet/text?to=2026-01-10T00:00:00Z")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "total assets" in answer.body.decode()


async def test_a_base_currency_needs_its_rate_and_day(client: Client) -> None:
    url = "/v1/reports/balance_sheet"
    good = await client.get(f"{url}?base=EUR&rates=EUR/USD:1.4&rates_on=2026-01-09")
    assert good.status == 200, good.body
    assert (good.json["base"], good.json["rates_on"]) == ("EUR", "2026-01-09")
    assert good.json["blocks"][0]["lines"][-1]["amounts"] == ["500"]
    missing = await client.get(f"{url}?base=EUR&rates=EUR/CZK:25&rates_on=2026-01-09")
    assert (missing.status, missing.code) == (400, "invalid_request")
    assert "USD/EUR of 2026-01-09" in missing.json["detail"]


async def test_a_base_currency_by_the_ledgers_own_rates(client: Client) -> None:
    published = {"provider": "bank", "day": "2026-01-09", "rates": {"EUR/USD": "1.4"}}
    assert (await client.post("/v1/fx_rates", published)).status == 201
    url = "/v1/reports/balance_sheet?base=EUR&provider=bank&rates_on="
    good = await client.get(f"{url}2026-01-09")
    assert good.json["blocks"][0]["lines"][-1]["amounts"] == ["500"]
    missing = await client.get(f"{url}2026-01-10")
    assert (missing.status, missing.code) == (400, "invalid_request")
    assert "2026-01-09" in missing.json["detail"]
    assert (await client.get("/v1/reports/balance_sheet?provider=bank")).status == 400


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("trial_balance?from=2026-01-01T00:00:00Z", 400, "invalid_request"),
        ("trial_balance?depth=0", 400, "invalid_request"),
        ("trial_balance?depth=one", 400, "invalid_request"),
        ("trial_balance?prefix=customers", 400, "invalid_request"),
        ("trial_balance?to=yesterday", 400, "invalid_timestamp"),
        ("trial_balance?known_at_sequence=1000", 404, "not_found"),
        ("trial_balance?known_at_sequence=1&known_at=2026-01-01T00:00:00Z", 400, "invalid_request"),
        ("trial_balance?base=EUR", 400, "invalid_request"),
        ("trial_balance?base=NONE&rates=EUR/USD:1&rates_on=2026-01-01", 400, "invalid_request"),
        ("trial_balance?base=EUR&rates=EUR/USD&rates_on=2026-01-01", 400, "invalid_request"),
        ("trial_balance?base=EUR&rates=EUR/USD:1&rates_on=tomorrow", 400, "invalid_request"),
        ("trial_balance?colour=red", 400, "unknown_filter"),
        ("cash_flow", 404, "not_found"),
    ],
)
async def test_what_cannot_be_made_is_refused(
    client: Client, query: str, status: int, code: str
) -> None:
    for form in ("", "/csv", "/text"):
        path, mark, rest = query.partition("?")
        answer = await client.get(f"/v1/reports/{path}{form}{mark}{rest}")
        assert (answer.status, answer.code) == (status, code), answer.body
