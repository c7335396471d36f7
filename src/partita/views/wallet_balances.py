"""Wallet balances: whose wallet each account is, and what each account holds, the biggest first.

A wallet says which accounts are its own, an entry what its account holds afterwards; neither knows
of the other, so each is a table. Balances are kept of all accounts, since which ones are of wallets
may be said after money went there. Figures are credits less debits, as money of customers grows.
"""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.changes import Put
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.kernel.posting import Entry
from partita.modules.wallets.wallet import WALLET, Wallet, read_wallet
from partita.views.moving import WITH_ENTRIES

WALLET_ACCOUNT, ACCOUNT_BALANCE = "wallet_account", "account_balance"
BY_CUSTOMER, BY_WALLET, BY_BALANCE = "customer", "wallet", "balance"
NOBODY = ""
"""The customer of wallets that have none: a column of an order always has a value."""

_TABLES = (
    Table(
        WALLET_ACCOUNT,
        (
            Column("account", Kind.TEXT),
            Column("wallet", Kind.TEXT),
            Column("customer", Kind.TEXT),
            Column("asset", Kind.TEXT),
            Column("kind", Kind.TEXT),
            Column("status", Kind.TEXT),
        ),
        key=("account",),
        keeping=Keeping.REPLACED,
        orders=(
            Order(BY_CUSTOMER, ("customer", "asset", "wallet")),
            Order(BY_WALLET, ("wallet", "asset")),
        ),
    ),
    Table(
        ACCOUNT_BALANCE,
        (
            Column("account", Kind.TEXT),
            Column("asset", Kind.TEXT),
            Column("net", Kind.INTEGER),
            Column("pending_debits", Kind.INTEGER),
            Column("pending_credits", Kind.INTEGER),
            Column("sequence", Kind.COUNT),
        ),
        key=("account",),
        keeping=Keeping.REPLACED,
        orders=(Order(BY_BALANCE, ("asset", "net")),),
    ),
)


def project(records: Iterable[Record]) -> Iterator[Put]:
    """The accounts of wallets that changed, and the last balance of every account that moved."""
    wallets: dict[str, Wallet] = {}
    last: dict[str, tuple[int, Entry]] = {}
    for record in records:
        event = record.event
        if type(event) in WITH_ENTRIES:
            sequence = record.sequence
            for entry in event.entries:  # type: ignore[union-attr]  # WITH_ENTRIES
                last[entry.account] = sequence, entry
        elif type(event) is MatterChanged and event.matter.kind == WALLET:
            wallet = read_wallet(event.matter)
            assert wallet is not None, "a matter was given"
            wallets[wallet.id] = wallet
    for wallet in wallets.values():
        for asset in wallet.assets:
            yield Put(WALLET_ACCOUNT, _owned(wallet, asset))
    for sequence, entry in last.values():
        yield Put(ACCOUNT_BALANCE, _balance(sequence, entry))


def _owned(wallet: Wallet, asset: str) -> tuple[str, ...]:
    customer = wallet.customer or NOBODY
    kind, status = wallet.kind.value, wallet.state.value
    return wallet.account(asset), wallet.id, customer, asset, kind, status


def _balance(sequence: int, entry: Entry) -> tuple[str | int, ...]:
    after = entry.after
    net = after.posted_credits - after.posted_debits
    pending = after.pending_debits, after.pending_credits
    return entry.account, entry.asset, net, *pending, sequence


WALLET_BALANCES = View("wallet_balances", Pace.TRAILING, _TABLES, project)
