"""Trailing views inside a program: what one has just written is waited for, and seen."""

from collections.abc import AsyncIterator

import pytest

import partita
from partita.engine.errors import NotFound, ReplicaBehind
from partita.kernel.moment import Moment
from partita.surfaces.library import LibraryLedger

DAY = "2026-11-20"
NOON = Moment.parse(f"{DAY}T12:00:00Z")


@pytest.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    """A ledger in memory, with a bank, an account for fees and a customer's wallet."""
    async with partita.open(memory=True) as opened:
        await opened.open_account("bank", "USD", "asset")
        await opened.open_account("fees:card:USD", "USD", "income")
        yield opened


async def test_own_writes_are_seen(ledger: LibraryLedger) -> None:
    customer = await ledger.create_customer("person")
    wallet = await ledger.create_wallet("personal", ["USD"], customer=customer.id)
    path = wallet.account("USD")
    record = await ledger.post(
        partita.debit("bank", 70, "USD"), partita.credit(path, 68, "USD"),
        partita.credit("fees:card:USD", 2, "USD"), type="deposit", effective_at=NOON,
    )  # fmt: skip
    own = {"min_sequence": record.sequence}
    (row,) = (await ledger.daily_volumes(DAY, DAY, **own)).answer
    assert (row.type, row.transactions, row.volume, row.fees) == ("deposit", 1, 70, 2)
    movers = await ledger.top_movers("USD", DAY, **own)
    assert [(each.account, each.moved) for each in movers.answer][:2] == [("bank", 70), (path, 68)]
    assert movers.sequence >= record.sequence
    done = (await ledger.account_activity(path, **own)).answer
    assert (done.entries, done.credits, done.last) == (1, 68, done.first)
    (day,) = (await ledger.account_days(path, **own)).answer
    assert (day.day, day.entries, day.credits) == (DAY, 1, 68)
    (held,) = (await ledger.customer_balances(customer.id, **own)).answer
    assert (held.asset, held.wallets, held.balance.posted) == ("USD", 1, 68)
    (biggest,) = (await ledger.biggest_wallets("USD", **own)).answer
    (owned,) = (await ledger.owned_balances(wallet=wallet.id, **own)).answer
    assert biggest == owned
    hold = await ledger.hold(path, 8, "USD", expires_at=Moment.parse("2099-01-02T00:00:00Z"))
    own = {"min_sequence": hold.number}
    (bucket,) = (await ledger.hold_exposure(account=path, **own)).answer.buckets
    assert (bucket.expires_in, bucket.holds, bucket.remaining) == ("2099-01-02", 1, 8)
    resting = await ledger.dormant_accounts(Moment.parse("2099-01-01T00:00:00Z"), **own)
    assert {each.activity.account for each in resting.answer} == {"bank", "fees:card:USD", path}


async def test_what_is_not_there_yet_is_not_waited_for_in_vain(ledger: LibraryLedger) -> None:
    with pytest.raises(ReplicaBehind):
        await ledger.daily_volumes(min_sequence=10_000, wait_seconds=0.05)


async def test_questions_without_sense_are_refused(ledger: LibraryLedger) -> None:
    with pytest.raises(ValueError, match="write it like 2026-11-20"):
        await ledger.daily_volumes("20261120")
    with pytest.raises(ValueError, match="no day of the calendar"):
        await ledger.top_movers("USD", "2026-02-30")
    with pytest.raises(ValueError, match="1 to 366"):
        await ledger.top_movers("USD", "2024-01-01", "2026-01-01")
    with pytest.raises(ValueError, match="1 to 366"):
        await ledger.top_movers("USD", "2026-01-02", "2026-01-01")
    with pytest.raises(ValueError, match="a customer or a wallet"):
        await ledger.owned_balances()
    with pytest.raises(NotFound):
        await ledger.account_activity("nobody")
