"""Inline views: their rows are a pure function of the records, and the stores hold the same."""

from partita.engine.ledger import Ledger
from partita.kernel.account import AccountStatus, AccountType, Side
from partita.kernel.asset import Asset
from partita.kernel.commands import (
    CloseAccount,
    FreezeAccount,
    OpenAccount,
    PostTransaction,
    RegisterAsset,
)
from partita.kernel.posting import Posting
from partita.views import ASSETS, CHART, INLINE, REGISTER
from partita.views.chart import AccountAdded, StatusChanged
from partita.wiring import Application
from tests.plugins.steering import ask_one

MILES = Asset(code="MILES", scale=0)


def some_history(ledger: Ledger) -> None:
    """A registered asset, three accounts, two transactions, a freeze and a close."""
    ask_one(ledger, RegisterAsset(MILES))
    for path in ("a", "b", "c"):
        ask_one(ledger, OpenAccount(path, "MILES", AccountType.LIABILITY))
    for amount in (5, 7):
        legs = (
            Posting("a", Side.DEBIT, amount, "MILES"),
            Posting("b", Side.CREDIT, amount, "MILES"),
        )
        ask_one(ledger, PostTransaction(legs))
    ask_one(ledger, FreezeAccount("a"))
    ask_one(ledger, CloseAccount("c"))


def test_a_store_holds_the_rows_that_replay_gives(application: Application, ledger: Ledger) -> None:
    some_history(ledger)
    store, info = application.store, ledger.info
    records = store.records(info, 0, 100)
    added = [c.account for c in CHART.project(records) if isinstance(c, AccountAdded)]
    for account in added:
        expected = [row for row in REGISTER.project(records) if row.entry.number == account.number]
        assert store.entries(info, account.number, None, 100)[::-1] == expected
    assert store.assets(info) == list(ASSETS.project(records)) == [MILES]


def test_the_chart_says_what_changes(application: Application, ledger: Ledger) -> None:
    some_history(ledger)
    records = application.store.records(ledger.info, 0, 100)
    changes = [c for c in CHART.project(records) if isinstance(c, StatusChanged)]
    assert [c.status for c in changes] == [AccountStatus.FROZEN, AccountStatus.CLOSED]
    for change, path in zip(changes, ("a", "c"), strict=True):
        standing = application.store.account(ledger.info, path)
        assert standing is not None
        assert (standing.account.number, standing.status) == (change.number, change.status)


def test_every_inline_view_has_its_own_table() -> None:
    assert len({view.tables for view in INLINE}) == len({view.name for view in INLINE}) == 4
