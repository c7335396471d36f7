"""The chart of accounts in the library: the same answers as over HTTP and on the command line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

import partita
from partita.engine.errors import NotFound
from partita.kernel.rejections import Code
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.ready import ready_chart, ready_text
from partita.surfaces.library import LibraryLedger, Rejected, credit, debit


@pytest_asyncio.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    async with partita.open(memory=True) as opened:
        yield opened


async def test_a_chart_is_applied_read_and_retired(ledger: LibraryLedger) -> None:
    assert (await ledger.chart()).status == "built_in"
    applied = await ledger.apply_chart("marketplace", if_version=0)
    assert (applied.version, applied.status) == (1, "active")
    assert await ledger.apply_chart("marketplace") == applied
    assert (await ledger.retire_chart(reason="moved")).status == "retired"
    assert (await ledger.chart(1)).chart.document.name == "marketplace"
    with pytest.raises(NotFound):
        await ledger.chart(3)
    with pytest.raises(Rejected) as caught:
        await ledger.retire_chart()
    assert caught.value.rejection.code is Code.INVALID_STATE


async def test_a_chart_comes_in_any_form(ledger: LibraryLedger, tmp_path: Path) -> None:
    file = tmp_path / "chart.yaml"
    file.write_text(ready_text("loyalty"))
    chart = ready_chart("loyalty")
    for source in ("loyalty", file, chart, chart.document):
        assert (await ledger.apply_chart(source)).version == 1
    values = {"name": "a", "accounts": {"a:{asset}": {"type": "asset", "class": "custody"}}}
    survey = await ledger.survey_chart(values)
    assert [pattern.path for pattern in survey.difference.added] == ["a:{asset}"]
    tried = await ledger.apply_chart(values, dry_run=True)
    assert (tried.version, (await ledger.chart()).version) == (2, 1)
    with pytest.raises(ChartInvalid):
        await ledger.apply_chart({"name": "a", "accounts": {}})


async def test_what_is_posted_opens_its_accounts(ledger: LibraryLedger) -> None:
    await ledger.apply_chart("neobank")
    wallet = (await ledger.chart()).chart.place(
        "wallet.personal", customer="alice", wallet="main", asset="EUR"
    )
    await ledger.post(debit("custody:sepa:EUR", 500, "EUR"), credit(wallet, 500, "EUR"))
    assert (await ledger.balance(wallet)).available == 500


async def test_float_is_read_now_and_in_a_past(ledger: LibraryLedger) -> None:
    await ledger.apply_chart("neobank")
    wallet = "customers:alice:wallets:main:EUR"
    first = await ledger.post(debit("custody:sepa:EUR", 500, "EUR"), credit(wallet, 500, "EUR"))
    await ledger.post(debit(wallet, 20, "EUR"), credit("fees:card:EUR", 20, "EUR"))
    [block] = (await ledger.float("EUR")).blocks
    assert (block.customers, block.custody, block.surplus, block.own) == (480, 500, 20, 20)
    for past in ({"as_of_sequence": first.sequence}, {"known_at": first.recorded_at}):
        [block] = (await ledger.float(**past)).blocks  # type: ignore[arg-type]
        assert (block.customers, block.surplus, block.difference) == (500, 0, 0)
    with pytest.raises(ValueError, match="one question"):
        await ledger.float(known_at=first.recorded_at, as_of_sequence=1)
