"""Payments in the library: begun, taken further, found, and told step by step."""

from collections.abc import AsyncIterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.payments.acts import ChargeFee
from partita.modules.payments.lifecycle import State, Status
from partita.surfaces.library import LibraryLedger, Rejected
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock

ALICE, BOB = "customers:alice:wallets:main:USD", "customers:bob:wallets:main:USD"


@pytest.fixture
async def ledger(memory_store: MemoryStore) -> AsyncIterator[LibraryLedger]:
    clock = StandingClock(step_microseconds=1)
    built = Application(memory_store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    library = LibraryLedger(built, built.open_ledger("main"))
    await library.deposit(ALICE, 10_000, "USD")
    yield library
    built.close()


async def test_money_is_moved_and_found(ledger: LibraryLedger) -> None:
    made = await ledger.transfer(ALICE, BOB, "500", "USD", splits={"fees:wire:USD": 20}, key="k")
    assert (
        await ledger.transfer(ALICE, BOB, "500", "USD", splits={"fees:wire:USD": 20}, key="k")
        == made
    )
    assert await ledger.payment(made.id) == made
    assert await ledger.payments("transfer", status="settled") == [made]
    assert (await ledger.balance(BOB)).posted == 480
    assert await ledger.payment("nothing") is None
    tried = await ledger.transfer(ALICE, BOB, 1, "USD", dry_run=True)
    assert await ledger.payment(tried.id) is None


async def test_a_payment_goes_its_way(ledger: LibraryLedger) -> None:
    held = await ledger.pay(ALICE, BOB, 1_000, "USD", begin="authorize")
    part = await ledger.advance(held, "capture", amount="300")
    assert (part.state, part.captured) == (State.PARTIALLY_CAPTURED, 300)
    await ledger.advance(part, "cancel", reason="out of stock")
    refund = await ledger.refund(held, 100)
    dispute = await ledger.dispute(held, 200, is_credited=True)
    assert (await ledger.advance(dispute, "win")).state is State.WON
    assert await ledger.payments("refund", about=held.id) == [refund]
    steps = await ledger.payment_timeline(held)
    assert [step.matter.status for step in steps][:3] == [
        "authorized", "partially_captured", "settled",
    ]  # fmt: skip
    with pytest.raises(Rejected) as refused:
        await ledger.advance(held, "capture")
    assert refused.value.rejection.code is Code.INVALID_STATE


async def test_what_has_no_method_of_its_own_begins_by_its_command(ledger: LibraryLedger) -> None:
    fee = await ledger.begin(ChargeFee(source=ALICE, amount=5, asset="USD", kind="card"))
    assert fee.status is Status.SETTLED
    out = await ledger.withdraw(ALICE, 50, "USD", beneficiary="acct-7")
    assert (await ledger.advance(out, "cancel")).status is Status.CANCELED
    later = Moment.parse("2026-12-01T00:00:00Z")
    assert (await ledger.transfer(ALICE, BOB, 5, "USD", scheduled_at=later)).wakes == later
