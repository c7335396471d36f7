"""Wallet balances: what wallets hold by owner and asset is what went through their accounts."""

from collections import defaultdict

from partita.engine.listing import ResourceFilter
from partita.kernel.matters import Matter
from partita.modules.wallets.reading import holdings
from partita.modules.wallets.wallet import WALLET, Wallet, read_wallet
from partita.views.reading.wallets import (
    Owner,
    customer_balances,
    wallet_balances,
)
from tests.unit.views import plain_views
from tests.unit.views.journals import Journal, days, followed, lived

ALL = 1_000_000


def wallets(journal: Journal) -> list[Wallet]:
    """All wallets as they are now."""
    found = journal.store.resources(journal.info, ResourceFilter(WALLET), None, ALL)
    read = [read_wallet(each) for each in found if isinstance(each, Matter)]
    return [wallet for wallet in read if wallet is not None]


def test_wallets_hold_what_their_accounts_hold() -> None:
    found = followed(lived())
    everyone = wallets(found)
    for wallet in everyone:
        rows, sequence = wallet_balances(found.place, Owner(wallet=wallet.id), None, ALL)
        own = {p.asset: p for p in holdings(found.store, found.info, wallet).parts
               if p.wallet.id == wallet.id}  # fmt: skip
        assert {row.asset for row in rows} == set(wallet.assets)
        for row in rows:
            part = own[row.asset]
            figures = (row.balance.posted, row.balance.pending_out, row.balance.available)
            now = part.balance
            assert figures == (now.posted, now.pending_out, now.available)
            assert (row.account, row.status) == (part.account, wallet.state.value)
        assert sequence == found.records[-1].sequence
    assert len(everyone) > 10


def test_a_customer_holds_the_sum_over_all_wallets() -> None:
    found = followed(lived())
    net = plain_views.net(found.records)
    expected: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for wallet in wallets(found):
        if wallet.customer is not None:
            for asset in wallet.assets:
                sums = expected[wallet.customer][asset]
                sums[0] += 1
                sums[1] += net[wallet.account(asset)]
    for customer, by_asset in expected.items():
        rows, _sequence = customer_balances(found.place, customer)
        assert {r.asset: [r.wallets, r.balance.posted] for r in rows} == by_asset
        assert [row.asset for row in rows] == sorted(by_asset)
    assert any(len(by_asset) > 1 for by_asset in expected.values())
    assert customer_balances(found.place, "cus_nobody")[0] == []


def test_the_biggest_come_first_and_only_wallets() -> None:
    found = followed(lived())
    net = plain_views.net(found.records)
    accounts = {w.account(asset): asset for w in wallets(found) for asset in w.assets}
    for asset in set(accounts.values()):
        moved = [path for path in accounts if path in net and accounts[path] == asset]
        expected = sorted(((net[path], path) for path in moved), reverse=True)
        pages, after = [], None
        while page := wallet_balances(found.place, Owner(asset=asset), after, 3)[0]:
            pages += page
            after = Owner(asset=asset).place_of(page[-1])
        assert [(row.balance.posted, row.account) for row in pages] == expected
    assert len(expected) > 3


def test_an_owners_list_comes_in_pages_and_by_asset() -> None:
    found = followed(lived())
    richest = max(
        {w.customer for w in wallets(found) if w.customer},
        key=lambda each: len(wallet_balances(found.place, Owner(each), None, ALL)[0]),
    )
    for owner in (Owner(richest), Owner(richest, asset="USD"), Owner(richest, asset="EUR")):
        whole, _sequence = wallet_balances(found.place, owner, None, ALL)
        pages, after = [], None
        while page := wallet_balances(found.place, owner, after, 1)[0]:
            pages += page
            after = owner.place_of(page[-1])
        assert pages == whole
        assert all(owner.asset in (None, row.asset) for row in whole)


def test_accounts_that_are_of_no_wallet_are_nobodys() -> None:
    found = followed(days())
    assert wallet_balances(found.place, Owner(asset="USD"), None, ALL)[0] == []
