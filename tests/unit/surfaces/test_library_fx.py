"""Foreign exchange in the library, with the same answers as every other face."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

import partita
from partita.kernel.rejections import Code
from partita.modules.fx.books import NoBaseAsset
from partita.modules.fx.conversions import read_conversion
from partita.modules.fx.deal import Terms
from partita.modules.fx.policy import Policy, PolicyInvalid
from partita.modules.fx.rates import MissingRate, RateError
from partita.surfaces.library import LibraryLedger, Rejected, credit, debit

DAY = "2024-12-31"
EXCHANGE = Terms(
    source="alice:EUR", destination="alice:USD", source_asset="EUR", target_asset="USD",
    amount=10_000, day=DAY,
)  # fmt: skip


@pytest_asyncio.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    async with partita.open(memory=True) as opened:
        await opened.open_account("vault", "EUR", "asset")
        await opened.open_account("alice:EUR", "EUR", "liability")
        await opened.open_account("alice:USD", "USD", "liability")
        await opened.post(debit("vault", 100_000, "EUR"), credit("alice:EUR", 100_000, "EUR"))
        await opened.set_fx_policy(Policy(base="EUR", provider="ecb"))
        await opened.publish_rates("ecb", DAY, {"EUR/USD": "1.0389"})
        yield opened


async def test_an_exchange_and_its_reversal(ledger: LibraryLedger) -> None:
    tried = await ledger.exchange(EXCHANGE, dry_run=True)
    assert (await ledger.balance("alice:USD")).posted == 0
    made = await ledger.exchange(EXCHANGE, key="once", metadata={"why": "trip"})
    assert made == await ledger.exchange(EXCHANGE, key="once", metadata={"why": "trip"})
    assert read_conversion(made).deal == read_conversion(tried).deal
    assert (await ledger.balance("alice:USD")).posted == 10_389
    back = await ledger.reverse_exchange(made, reason="typing error")
    assert (back.status, (await ledger.balance("alice:USD")).posted) == ("reversed", 0)
    assert [each.id for each in await ledger.fx_conversions("reversed")] == [made.id]


async def test_a_quote_is_accepted_once(ledger: LibraryLedger) -> None:
    quote = await ledger.quote(EXCHANGE, seconds=60)
    made = await ledger.accept_quote(quote)
    assert read_conversion(made).quote == quote.id
    with pytest.raises(Rejected) as refused:
        await ledger.accept_quote(quote.id)
    assert refused.value.rejection.code is Code.INVALID_STATE
    assert [each.status for each in await ledger.fx_quotes()] == ["accepted"]


async def test_a_rate_that_moved_or_is_missing_is_refused(ledger: LibraryLedger) -> None:
    with pytest.raises(Rejected) as moved:
        await ledger.exchange(EXCHANGE, expected_rate="1.05", tolerance_bps=100)
    assert moved.value.rejection.code is Code.RATE_MOVED
    assert (await ledger.fx_rate("USD", "EUR", day=DAY)).text == "10000/10389"
    with pytest.raises(MissingRate, match=DAY):
        await ledger.fx_rate("USD", "EUR", day="2025-01-01")
    with pytest.raises(MissingRate):
        await ledger.fx_rate("USD", "EUR", provider="bank")


async def test_positions_are_revalued(ledger: LibraryLedger) -> None:
    await ledger.exchange(EXCHANGE)
    await ledger.publish_rates("bank", DAY, {"EUR/USD": "1.05"})
    assert (await ledger.revalue(DAY)).unrealised == 0
    assert (await ledger.revalue(DAY, provider="bank")).unrealised == 10_000 - 9_894
    assert (await ledger.fx_policy()).base == "EUR"


async def test_without_a_base_asset_nothing_is_valued() -> None:
    async with partita.open(memory=True) as opened:
        with pytest.raises(NoBaseAsset):
            await opened.revalue(DAY)


async def test_a_file_of_rates_is_imported_once(ledger: LibraryLedger, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("Date,USD,\n2024-12-31,1.0389,\n2024-12-30,1.0444,\n")
    assert (await ledger.import_rates(file)).replayed_days == 0
    assert (await ledger.import_rates(file)).replayed_days == 2
    assert (await ledger.fx_rate("EUR", "USD", day="2024-12-30")).text == "1.0444"


async def test_what_makes_no_sense_is_refused_before_it_is_asked(ledger: LibraryLedger) -> None:
    with pytest.raises(PolicyInvalid):
        await ledger.set_fx_policy(Policy(base="EUR", lifetime_seconds=0))
    with pytest.raises(RateError):
        await ledger.publish_rates("ecb", "someday", {"EUR/USD": "1"})
    with pytest.raises(ValueError, match="partita"):
        await ledger.exchange(EXCHANGE, metadata={"partita.fx_rate": "2"})
