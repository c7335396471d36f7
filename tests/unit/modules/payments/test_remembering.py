"""Wallets that were named of late stay in memory, and are never older than what is written."""

from typing import Any

import pytest

from partita.engine.ledger import Ledger
from partita.engine.ports import Wants
from partita.kernel.account import FreezeFlow
from partita.kernel.events import MatterChanged
from partita.kernel.rejections import Code
from partita.modules.payments.acts import CreateDeposit, CreateTransfer
from partita.modules.wallets.acts import FreezeWallet, LockWallet, UnfreezeWallet, UnlockWallet
from partita.wiring import BUSINESS
from tests.plugins.steering import SeededEntropy, ask_one
from tests.unit.engine.bookkeeping import accepted, refused
from tests.unit.modules.payments.till import Till


def test_what_another_process_did_to_a_wallet_is_seen(till: Till) -> None:
    source, destination = till.wallet("USD"), till.wallet("USD")
    till.begin(CreateDeposit(destination=source, amount=500, asset="USD"))
    pay = CreateTransfer(source=source, destination=destination, amount=5, asset="USD")
    till.begin(pay)
    other = Ledger(till.info, till.store, till.clock, SeededEntropy(42), business=BUSINESS)
    accepted(ask_one(other, FreezeWallet(wallet=source, flow=FreezeFlow.OUT, reason="lost phone")))
    assert till.refusal(pay).code is Code.ACCOUNT_FROZEN
    accepted(ask_one(other, UnfreezeWallet(wallet=source, reason="found")))
    till.begin(pay)
    # The wallet itself is the other one's newest too: its versions go on, none comes twice.
    locked = accepted(ask_one(till.ledger, LockWallet(wallet=source, reason="asked to"))).event
    assert isinstance(locked, MatterChanged)
    assert locked.matter.version == 4
    accepted(ask_one(till.ledger, UnlockWallet(wallet=source, reason="asked to")))
    accepted(
        ask_one(till.ledger, FreezeWallet(wallet=source, flow=FreezeFlow.OUT, reason="lost phone"))
    )
    assert refused(ask_one(other, pay)) is Code.ACCOUNT_FROZEN
    other.close()


def test_a_wallet_is_not_asked_for_again(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    source, destination = till.wallet("USD"), till.wallet("USD")
    till.begin(CreateDeposit(destination=source, amount=500, asset="USD"))
    asked: list[str] = []
    load = till.store.load

    def watched(info: Any, wants: Wants) -> Any:
        asked.extend(wants.resources)
        return load(info, wants)

    monkeypatch.setattr(till.store, "load", watched)
    pay = CreateTransfer(source=source, destination=destination, amount=5, asset="USD")
    till.begin(pay)
    till.begin(pay)
    asked.clear()
    till.begin(pay)
    assert asked == []
