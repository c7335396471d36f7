"""Rails in the library: seen, set, run and steered by methods, on the same code as everywhere."""

from collections.abc import AsyncIterator

import pytest

import partita
from partita.engine.errors import NotFound
from partita.modules.payments.acts import CreateDeposit, CreateWithdrawal
from partita.modules.rails.kept_message import read_message
from partita.modules.rails.office import SandboxOnly
from partita.modules.rails.order import read_order
from partita.surfaces.library import LibraryLedger, Rejected

ALICE = "customers:alice:wallets:main:EUR"


@pytest.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    async with partita.open(memory=True, sandbox=True) as opened:
        yield opened


async def test_a_withdrawal_is_carried_when_the_rails_are_run(ledger: LibraryLedger) -> None:
    await ledger.submit(CreateDeposit(destination=ALICE, amount=900, asset="EUR"))
    act = CreateWithdrawal(source=ALICE, amount=700, asset="EUR", rail="simulator")
    await ledger.submit(act)
    while await ledger.run_rails():
        pass
    (matter,) = await ledger.submissions(status="closed")
    order = read_order(matter)
    told = await ledger.rail_messages(payment=order.submission.payment)
    assert [read_message(each).message.type.value for each in told] == ["settled", "accepted"]


async def test_a_rail_is_set(ledger: LibraryLedger) -> None:
    assert [rail.name for rail in await ledger.rails()] == ["book", "simulator"]
    assert not (await ledger.disable_rail("simulator", fallback="book")).is_enabled
    assert (await ledger.enable_rail("simulator")).fallback == "book"
    assert (await ledger.disable_rail("simulator", dry_run=True)).is_enabled
    with pytest.raises(NotFound):
        await ledger.enable_rail("nobody")
    with pytest.raises(Rejected):
        await ledger.enable_rail("book", fallback="book")


async def test_a_sandbox_is_steered_and_nothing_else_is(ledger: LibraryLedger) -> None:
    told = await ledger.simulate_rail(
        "simulator", "receive", amount=5, asset="EUR", beneficiary=ALICE
    )
    assert told is not None
    await ledger.run_rails()
    (kept,) = await ledger.rail_messages()
    assert read_message(kept).message == told
    async with partita.open(memory=True) as real:
        with pytest.raises(SandboxOnly):
            await real.simulate_rail("simulator", "outage")
