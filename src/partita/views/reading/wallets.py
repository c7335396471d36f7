"""Wallet balances: a customer's over all wallets, a wallet's own, and the biggest of an asset."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any, NamedTuple

import msgspec

from partita.engine.ports import Wants
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.kernel.account import Side, Totals
from partita.kernel.balance import Balance, balance
from partita.views.reading.looking import Look, Place, Seen, seen
from partita.views.wallet_balances import (
    ACCOUNT_BALANCE,
    BY_BALANCE,
    BY_CUSTOMER,
    BY_WALLET,
    WALLET_ACCOUNT,
    WALLET_BALANCES,
)

_PAGE = 500
_NOTHING = (0, 0, 0)


class WalletBalance(msgspec.Struct, frozen=True):
    """What one account of a wallet holds. `customer` is None for a wallet of the house.

    `net` is credits less debits, by which the biggest are found; `balance` is on the normal side.
    """

    account: str
    wallet: str
    customer: str | None
    asset: str
    kind: str
    status: str
    net: int
    balance: Balance


class CustomerBalance(msgspec.Struct, frozen=True):
    """What a customer holds of an asset, over so many wallets."""

    asset: str
    wallets: int
    balance: Balance


class Owner(NamedTuple):
    """Whose accounts: those of a customer's wallets, or of one wallet, in one asset or in all.

    Without either, all wallets' of an asset, the biggest first.
    """

    customer: str | None = None
    wallet: str | None = None
    asset: str | None = None

    @property
    def place_kinds(self) -> tuple[type, ...]:
        """What the places in the list are made of."""
        if self.wallet is not None:
            return str, str, str
        return (int, str) if self.customer is None else (str, str, str, str)

    def place_of(self, found: WalletBalance) -> tuple[Any, ...]:
        """Where an account stands in the list."""
        if self.wallet is not None:
            return found.wallet, found.asset, found.account
        if self.customer is not None:
            return found.customer, found.asset, found.wallet, found.account
        return found.net, found.account


def wallet_balances(
    place: Place, owner: Owner, after: tuple[Any, ...] | None, limit: int
) -> Seen[list[WalletBalance]]:
    """So many of an owner's accounts, by asset, or of the biggest, after a place in the list."""

    def ask(look: Look) -> list[WalletBalance]:
        if owner.customer is None and owner.wallet is None:
            return list(islice(_biggest(look, place, owner, after), limit))
        rows = list(islice(look.rows(_owned(owner, after), min(limit, _PAGE)), limit))
        return list(_with_balances(look, place, rows))

    return seen(place, WALLET_BALANCES, ask)


def _owned(owner: Owner, after: tuple[str, ...] | None = None) -> Scan:
    """The rows of an owner's accounts."""
    name, whose = (
        ("wallet", owner.wallet) if owner.wallet is not None else ("customer", owner.customer)
    )
    assert whose is not None, "somebody's accounts are asked for"
    asset = {} if owner.asset is None else {"asset": owner.asset}
    order = BY_CUSTOMER if name == "customer" else BY_WALLET
    return Scan(WALLET_ACCOUNT, equal={name: whose, **asset}, order=order, after=after)


def customer_balances(place: Place, customer: str) -> Seen[list[CustomerBalance]]:
    """What a customer holds over all wallets, by asset."""

    def ask(look: Look) -> list[CustomerBalance]:
        rows = list(look.rows(_owned(Owner(customer=customer))))
        parts = _with_balances(look, place, rows)
        groups = groupby(parts, key=lambda part: part.asset)
        return [_summed(asset, list(group)) for asset, group in groups]

    return seen(place, WALLET_BALANCES, ask)


def _summed(asset: str, parts: Sequence[WalletBalance]) -> CustomerBalance:
    figures = [part.balance for part in parts]
    total = Balance(
        posted=sum(each.posted for each in figures),
        pending_in=sum(each.pending_in for each in figures),
        pending_out=sum(each.pending_out for each in figures),
        held=None,
        available=sum(each.available for each in figures),
    )
    return CustomerBalance(asset, len(parts), total)


def _biggest(
    look: Look, place: Place, owner: Owner, after: tuple[int, str] | None
) -> Iterator[WalletBalance]:
    assert owner.asset is not None, "amounts of several assets have no order"
    scan = Scan(
        ACCOUNT_BALANCE, equal={"asset": owner.asset}, order=BY_BALANCE, descending=True,
        after=None if after is None else (owner.asset, *after),
    )  # fmt: skip
    balances = look.rows(scan, _PAGE)
    while page := list(islice(balances, _PAGE)):
        held = {row[0]: row for row in page}
        owned = {row[0]: row for row in _named(look, WALLET_ACCOUNT, held)}
        rows = [owned[path] for path in held if path in owned]
        yield from _shown(place, rows, held)


def _with_balances(look: Look, place: Place, rows: Sequence[Any]) -> Iterator[WalletBalance]:
    """Accounts of wallets with what they hold; those in which nothing ever was hold nothing."""
    held = {row[0]: row for row in _named(look, ACCOUNT_BALANCE, [row[0] for row in rows])}
    return _shown(place, rows, held)


def _named(look: Look, table: str, paths: Iterable[str]) -> Iterator[Any]:
    """The rows of these accounts."""
    left = iter(paths)
    while some := tuple(islice(left, _PAGE)):
        where = (Condition("account", Test.ONE_OF, some),)
        yield from look.rows(Scan(table, start=min(some), where=where))


def _shown(place: Place, rows: Sequence[Any], held: dict[str, Any]) -> Iterator[WalletBalance]:
    sides = _sides(place, [row[0] for row in rows])
    for account, wallet, customer, asset, kind, status in rows:
        net, pending_debits, pending_credits = held.get(account, (None, None, *_NOTHING))[2:5]
        totals = Totals(0, net, pending_debits, pending_credits)
        figures = balance(totals, sides.get(account, Side.CREDIT))
        whose = customer or None
        yield WalletBalance(account, wallet, whose, asset, kind, status, net, figures)


def _sides(place: Place, paths: list[str]) -> dict[str, Side]:
    """The normal sides of accounts, which never change; asks the store."""
    found = place.shelf.load(place.ledger, Wants(accounts=paths)).standings if paths else ()
    return {each.account.path: each.account.normal_side for each in found}
