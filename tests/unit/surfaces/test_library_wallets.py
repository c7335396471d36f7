"""Customers and wallets inside a program."""

from collections.abc import AsyncIterator

import pytest

import partita
from partita.engine.errors import NotFound
from partita.kernel.asset import Asset
from partita.kernel.commands import RegisterAsset
from partita.kernel.events import MatterChanged
from partita.modules.wallets.wallet import WalletState
from partita.surfaces.library import LibraryLedger, Rejected


@pytest.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    """A ledger in memory, with a bank."""
    async with partita.open(memory=True) as opened:
        await opened.open_account("bank", "USD", "asset")
        yield opened


async def fund(ledger: LibraryLedger, path: str, amount: int) -> None:
    """Money from the bank."""
    await ledger.post(partita.debit("bank", amount, "USD"), partita.credit(path, amount, "USD"))


async def test_a_wallet_with_a_pot(ledger: LibraryLedger) -> None:
    customer = await ledger.create_customer("person", tier="full")
    wallet = await ledger.create_wallet("personal", ["USD"], customer=customer.id, name="main")
    pot = await ledger.create_subwallet(wallet.id, "pot", name="holidays", priority=0)
    await fund(ledger, wallet.account("USD"), 70)
    await fund(ledger, pot.account("USD"), 30)
    found = await ledger.wallet_balances(wallet.id)
    assert (found.total("USD").posted, found.spendable("USD")) == (100, 100)
    assert [part.wallet.name for part in found.of("USD")] == ["holidays", "main"]
    assert [each.id for each in await ledger.wallets(customer=customer.id)] == [wallet.id]
    assert [each.id for each in await ledger.wallets(parent=wallet.id)] == [pot.id]
    ordered = await ledger.set_spend_order(wallet.id, [wallet.id])
    assert ordered.spend_order == (wallet.id,)
    assert (await ledger.add_wallet_asset(wallet.id, "EUR")).assets == ("USD", "EUR")


async def test_stopping_and_closing(ledger: LibraryLedger) -> None:
    customer = await ledger.create_customer()
    wallet = await ledger.create_wallet("personal", ["USD"], customer=customer.id)
    heir = await ledger.create_wallet("company", ["USD"])
    await fund(ledger, wallet.account("USD"), 5)
    await ledger.freeze_wallet(wallet.id, "stolen", "out")
    with pytest.raises(Rejected, match="account_frozen"):
        await fund_back(ledger, wallet.account("USD"))
    assert (await ledger.unfreeze_wallet(wallet.id)).state is WalletState.ACTIVE
    assert (await ledger.lock_wallet(wallet.id, "why")).state is WalletState.LOCKED
    assert (await ledger.unlock_wallet(wallet.id)).state is WalletState.ACTIVE
    frozen = await ledger.freeze_customer(customer.id, "alert", dry_run=True)
    assert frozen.stopped is not None
    assert (await ledger.customer(customer.id)).stopped is None
    await ledger.freeze_customer(customer.id, "alert")
    assert (await ledger.wallet(wallet.id)).state is WalletState.FROZEN
    await ledger.unfreeze_customer(customer.id)
    with pytest.raises(Rejected, match="wallet_not_empty"):
        await ledger.close_wallet(wallet.id)
    closed = await ledger.close_wallet(wallet.id, "left", sweep_to=heir.id)
    assert closed.state is WalletState.CLOSED
    await ledger.close_customer(customer.id)
    assert [c.state.value for c in await ledger.customers()] == ["closed"]
    events = [record.event for record in await ledger.wallet_timeline(wallet.id)]
    types = [event.type for event in events if isinstance(event, MatterChanged)]
    assert (types[0], types[-1]) == ("wallet.created", "wallet.closed")


async def fund_back(ledger: LibraryLedger, path: str) -> None:
    """Money back to the bank."""
    await ledger.post(partita.debit(path, 1, "USD"), partita.credit("bank", 1, "USD"))


async def test_nobody_is_found(ledger: LibraryLedger) -> None:
    with pytest.raises(NotFound):
        await ledger.wallet("wal_nobody")
    with pytest.raises(Rejected, match="wallet_not_found"):
        await ledger.lock_wallet("wal_nobody", "why")
    with pytest.raises(ValueError, match="nothing is called"):
        await ledger.lock_wallet("a\0", "why")


async def test_points_beside_cash(ledger: LibraryLedger) -> None:
    await ledger.submit(RegisterAsset(Asset("PTS", 0)))
    program = await ledger.set_loyalty_program("PTS", "USD", points=100)
    assert (program.points, program.worth) == (100, 1)
    wallet = await ledger.create_wallet("personal", ["USD"])
    pot = await ledger.create_subwallet(
        wallet.id, "points", kind="loyalty", assets=["PTS"], priority=0
    )
    purse = await ledger.grant_points(pot.id, 700, "PTS", reason="welcome")
    assert [(lot.amount, lot.expires_at) for lot in purse.lots] == [(700, None)]
    await fund(ledger, wallet.account("USD"), 10)
    spent = await ledger.spend(wallet.id, "bank", "12", "USD")
    assert [(drawn.asset, drawn.amount, drawn.worth) for drawn in spent.drawn] == [
        ("PTS", 700, 7), ("USD", 5, 5),
    ]  # fmt: skip
    assert [each.lots for each in await ledger.points(pot.id)] == [()]
