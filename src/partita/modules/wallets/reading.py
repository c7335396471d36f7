"""Reading: lists of customers and wallets, and what a wallet holds with all that is below it."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Loaded, Reader, Wants
from partita.kernel.balance import Balance, balance
from partita.kernel.book import Standing
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.wallets.wallet import WALLET, Wallet, read_wallet


class Shelf(Reader, Protocol):
    """A reader that can also look up many accounts at one moment."""

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What is named, as of now."""
        ...


class Wanted(NamedTuple):
    """Which matters of a kind to list; None is any. `about` is a wallet's customer or parent."""

    kind: str
    status: str | None = None
    about: str | None = None
    external_id: str | None = None


def find(
    reader: Reader, ledger: LedgerInfo, which: Wanted, before: int | None, limit: int
) -> list[Matter]:
    """Customers or wallets, newest first, that were made by records below `before`."""
    if which.external_id is None:
        wanted = ResourceFilter(which.kind, state=which.status, about=which.about)
        return _matters(reader.resources(ledger, wanted, before, limit))
    record = reader.record_by_external_id(ledger, which.external_id)
    event = None if record is None else record.event
    if not isinstance(event, MatterChanged) or event.matter.kind != which.kind:
        return []
    found = _matters([reader.resource(ledger, which.kind, event.matter.id)])
    return [
        each for each in found
        if which.status in (None, each.status) and which.about in (None, each.about)
        and (before is None or each.number < before)
    ]  # fmt: skip


def _matters(found: Iterable[object]) -> list[Matter]:
    return [each for each in found if isinstance(each, Matter)]


class Part(NamedTuple):
    """What one wallet holds of one asset: the wallet itself, or one below it.

    `turn` is its place in the spend order, from 0; None if it is not drawn on by itself.
    """

    wallet: Wallet
    account: str
    asset: str
    balance: Balance
    turn: int | None


class Holdings(NamedTuple):
    """All that a wallet and its sub-wallets hold, at one moment."""

    wallet: Wallet
    parts: tuple[Part, ...]

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets, those of the wallet itself first."""
        return tuple(dict.fromkeys(part.asset for part in self.parts))

    def of(self, asset: str) -> tuple[Part, ...]:
        """The parts in one asset, as they are spent; those that are not, last."""
        parts = [part for part in self.parts if part.asset == asset]
        return tuple(sorted(parts, key=lambda p: (p.turn is None, p.turn or 0)))

    def total(self, asset: str) -> Balance:
        """What all parts hold of an asset together."""
        figures = [part.balance for part in self.parts if part.asset == asset]
        held = [each.held for each in figures]
        return Balance(
            posted=sum(each.posted for each in figures),
            pending_in=sum(each.pending_in for each in figures),
            pending_out=sum(each.pending_out for each in figures),
            held=None if None in held else sum(each or 0 for each in held),
            available=sum(each.available for each in figures),
        )

    def spendable(self, asset: str) -> int:
        """What a payment could draw now: available where it is drawn on, and may go out."""
        return sum(
            max(part.balance.available, 0)
            for part in self.parts
            if part.asset == asset and part.turn is not None and _may_go_out(part.wallet)
        )


def _may_go_out(wallet: Wallet) -> bool:
    return wallet.flow is None or wallet.flow.value == "in"


def holdings(store: Shelf, ledger: LedgerInfo, wallet: Wallet) -> Holdings:
    """What a wallet and its sub-wallets hold now, in all assets; one look at all accounts."""
    pots = _matters(store.resources_by_id(ledger, wallet.pots))
    wallets = [wallet, *(pot for each in pots if (pot := read_wallet(each)) is not None)]
    paths = [path for each in wallets for path in each.accounts]
    standings = {s.account.path: s for s in store.load(ledger, Wants(accounts=paths)).standings}
    held = _held(store, ledger, standings.values())
    turns = {identifier: turn for turn, identifier in enumerate(wallet.spend_order)}
    return Holdings(
        wallet,
        tuple(
            _part(each, asset, standings[each.account(asset)], held, turns.get(each.id))
            for each in wallets
            for asset in each.assets
        ),
    )


def _held(store: Reader, ledger: LedgerInfo, found: Iterable[Standing]) -> dict[int, int]:
    """What is held, of accounts that have money on its way out."""
    going = {
        each.account.number: out
        for each in found
        if (out := balance(each.totals, each.account.normal_side).pending_out)
    }
    held = store.held(ledger, list(going)) if going else {}
    return {number: min(held.get(number, 0), out) for number, out in going.items()}


def _part(
    wallet: Wallet, asset: str, standing: Standing, held: dict[int, int], turn: int | None
) -> Part:
    account = standing.account
    part = balance(standing.totals, account.normal_side, held.get(account.number))
    return Part(wallet, account.path, asset, part, turn)


def kept_wallet(reader: Reader, ledger: LedgerInfo, identifier: str) -> Wallet | None:
    """A wallet as it is now; None if there is none of this id."""
    found = reader.resource(ledger, WALLET, identifier)
    return read_wallet(found) if isinstance(found, Matter) else None
