"""Rules of payments in the library: the same commands, the same code, by methods."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import partita
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.rules.errors import RuleInvalid
from partita.modules.rules.occasion import Occasion
from partita.surfaces.library import LibraryLedger, Rejected

FEE = {
    "name": "card-fee", "on": "payment.captured", "asset": "USD",
    "fee": {"to": "fees/card", "percentage": "1.5%", "fixed": "30", "cap": "500"},
}  # fmt: skip
BEGIN = Moment.parse("2026-01-01T00:00:00Z")


@pytest.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    async with partita.open(memory=True) as opened:
        yield opened


async def test_a_rule_is_saved_tried_promoted_rolled_back_and_retired(
    ledger: LibraryLedger, tmp_path: Path
) -> None:
    draft = await ledger.save_rule(FEE)
    assert (draft.title, draft.status) == ("card-fee", "draft")
    assert await ledger.save_rule(FEE) == draft
    with pytest.raises(Rejected) as refused:
        await ledger.promote_rule("card-fee")
    assert refused.value.rejection.code is Code.RULE_NOT_BACKTESTED
    trial = await ledger.backtest_rule("card-fee", BEGIN)
    assert (trial.version, trial.report.summary.payments) == (1, 0)
    assert (await ledger.promote_rule("card-fee", dry_run=True)).status == "active"
    assert (await ledger.shadow_rule("card-fee")).status == "shadow"
    active = await ledger.promote_rule("card-fee")
    assert [each.id for each in await ledger.rules("active")] == [active.id]
    file = tmp_path / "fee.yaml"
    file.write_text("name: card-fee\non: payment.captured\nfee: {to: fees, percentage: 2%}")
    await ledger.save_rule(file)
    await ledger.promote_rule("card-fee", without_backtest=True)
    occasion = Occasion(
        event="payment.captured", kind="payment", amount=10_000, asset="USD", now=BEGIN
    )
    assert [m.amount for m in (await ledger.quote_fees(occasion)).moves] == [200]
    await ledger.roll_back_rule("card-fee", reason="too dear")
    assert [m.amount for m in (await ledger.quote_fees(occasion)).moves] == [180]
    assert (await ledger.retire_rule("card-fee")).status == "retired"
    assert (await ledger.quote_fees(occasion)).moves == ()


async def test_what_is_no_rule_is_refused(ledger: LibraryLedger) -> None:
    with pytest.raises(RuleInvalid, match="nothing is charged"):
        await ledger.save_rule(FEE | {"fee": {"to": "fees"}})
