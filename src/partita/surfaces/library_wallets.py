"""What a program does in the library with customers and wallets.

Every method that writes takes `key`, under which it is done once, and `dry_run`, which decides it on
the same path and writes nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence

from partita.engine.errors import NotFound
from partita.engine.ledger import Ledger
from partita.engine.wanting import Act
from partita.journal.record import Record
from partita.kernel.account import FreezeFlow
from partita.kernel.details import check_metadata
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER, Customer, CustomerKind, read_customer
from partita.modules.wallets.reading import Holdings, Wanted, find, holdings
from partita.modules.wallets.wallet import WALLET, Purpose, Wallet, WalletKind, read_wallet
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application

_PAGE = 1_000


class WalletMethods(Submits):
    """The methods of `LibraryLedger` about customers and wallets."""

    _application: Application
    _ledger: Ledger

    async def create_customer(
        self,
        kind: CustomerKind | str = CustomerKind.PERSON,
        *,
        tier: str | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Customer:
        """Make a customer: a token, about whom nothing personal is kept.

        Raises:
            Rejected: the rules said no.
            ValueError: a text is outside its limits.
        """
        act = acts.CreateCustomer(
            kind=CustomerKind(kind), tier=tier, external_id=external_id,
            metadata=check_metadata(metadata),
        )  # fmt: skip
        return _customer(await self._changed(act, key, dry_run=dry_run))

    async def freeze_customer(
        self, customer: str, reason: str, flow: FreezeFlow | str = FreezeFlow.OUT, *,
        key: str | None = None, dry_run: bool = False,
    ) -> Customer:  # fmt: skip
        """Freeze all wallets of a customer; by default nothing goes out.

        Raises:
            Rejected: there is no such customer, or it is frozen as much already.
        """
        act = acts.FreezeCustomer(customer=customer, reason=reason, flow=FreezeFlow(flow))
        return _customer(await self._changed(act, key, dry_run=dry_run))

    async def unfreeze_customer(
        self, customer: str, reason: str | None = None, *,
        key: str | None = None, dry_run: bool = False,
    ) -> Customer:  # fmt: skip
        """Lift a customer's freeze; what its wallets are frozen for by themselves stays."""
        act = acts.UnfreezeCustomer(customer=customer, reason=reason)
        return _customer(await self._changed(act, key, dry_run=dry_run))

    async def close_customer(
        self, customer: str, reason: str | None = None, *, sweep_to: str | None = None,
        key: str | None = None, dry_run: bool = False,
    ) -> Customer:  # fmt: skip
        """Close a customer and all wallets, which are empty or swept into another one.

        Raises:
            Rejected: there is money left and nowhere to sweep it to.
        """
        act = acts.CloseCustomer(customer=customer, reason=reason, sweep_to=sweep_to)
        return _customer(await self._changed(act, key, dry_run=dry_run))

    async def customer(self, customer: str) -> Customer:
        """A customer by its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        return _customer(await asyncio.to_thread(self._kept, CUSTOMER, customer))

    async def customers(self, status: str | None = None, limit: int = _PAGE) -> list[Customer]:
        """Customers, newest first."""
        found = await asyncio.to_thread(self._found, Wanted(CUSTOMER, status), limit)
        return [_customer(each) for each in found]

    async def create_wallet(
        self,
        kind: WalletKind | str,
        assets: Sequence[str],
        *,
        customer: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Wallet:
        """Make a wallet of a customer (or of the house), with an account for each asset.

        Raises:
            Rejected: the customer or an asset is not known, or the name is taken.
            ValueError: a text is outside its limits.
        """
        act = acts.CreateWallet(
            kind=WalletKind(kind), assets=tuple(assets), customer=customer, name=name,
            external_id=external_id, metadata=check_metadata(metadata),
        )  # fmt: skip
        return _wallet(await self._changed(act, key, dry_run=dry_run))

    async def create_subwallet(
        self,
        wallet: str,
        purpose: Purpose | str = Purpose.POT,
        *,
        assets: Sequence[str] = (),
        kind: WalletKind | str | None = None,
        name: str | None = None,
        priority: int | None = None,
        expires_at: Moment | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Wallet:
        """Make a sub-wallet; `priority` is its place in the parent's spend order, 0 the first.

        Raises:
            Rejected: the parent is not there, or is itself a sub-wallet.
        """
        act = acts.CreateSubwallet(
            wallet=wallet, purpose=Purpose(purpose), assets=tuple(assets),
            kind=None if kind is None else WalletKind(kind), name=name, priority=priority,
            expires_at=expires_at, external_id=external_id, metadata=check_metadata(metadata),
        )  # fmt: skip
        return _wallet(await self._changed(act, key, dry_run=dry_run))

    async def add_wallet_asset(
        self, wallet: str, asset: str, *, key: str | None = None, dry_run: bool = False
    ) -> Wallet:
        """Let a wallet hold one more asset."""
        return await self._wallet_after(acts.AddAsset(wallet=wallet, asset=asset), key, dry_run)

    async def set_spend_order(
        self, wallet: str, order: Sequence[str], *, key: str | None = None, dry_run: bool = False
    ) -> Wallet:
        """Say which of a wallet and its sub-wallets a payment draws on, in turn, by their ids."""
        act = acts.SetSpendOrder(wallet=wallet, order=tuple(order))
        return await self._wallet_after(act, key, dry_run)

    async def freeze_wallet(
        self, wallet: str, reason: str, flow: FreezeFlow | str = FreezeFlow.BOTH, *,
        key: str | None = None, dry_run: bool = False,
    ) -> Wallet:  # fmt: skip
        """Stop what goes into a wallet, out of it, or both, and in all below it.

        Raises:
            Rejected: there is no such wallet, or it is frozen as much already.
        """
        act = acts.FreezeWallet(wallet=wallet, reason=reason, flow=FreezeFlow(flow))
        return await self._wallet_after(act, key, dry_run)

    async def unfreeze_wallet(
        self, wallet: str, reason: str | None = None, *,
        key: str | None = None, dry_run: bool = False,
    ) -> Wallet:  # fmt: skip
        """Lift a wallet's own freeze."""
        return await self._wallet_after(
            acts.UnfreezeWallet(wallet=wallet, reason=reason), key, dry_run
        )

    async def lock_wallet(
        self, wallet: str, reason: str, *, key: str | None = None, dry_run: bool = False
    ) -> Wallet:
        """Let nothing at all be done with a wallet until it is unlocked."""
        return await self._wallet_after(acts.LockWallet(wallet=wallet, reason=reason), key, dry_run)

    async def unlock_wallet(
        self, wallet: str, reason: str | None = None, *,
        key: str | None = None, dry_run: bool = False,
    ) -> Wallet:  # fmt: skip
        """Lift a wallet's lock; a freeze that lay under it holds again."""
        return await self._wallet_after(
            acts.UnlockWallet(wallet=wallet, reason=reason), key, dry_run
        )

    async def close_wallet(
        self, wallet: str, reason: str | None = None, *, sweep_to: str | None = None,
        key: str | None = None, dry_run: bool = False,
    ) -> Wallet:  # fmt: skip
        """Close a wallet and all below it; what is left is swept into the wallet `sweep_to`.

        Raises:
            Rejected: there is money left and nowhere to sweep it to.
        """
        act = acts.CloseWallet(wallet=wallet, reason=reason, sweep_to=sweep_to)
        return await self._wallet_after(act, key, dry_run)

    async def wallet(self, wallet: str) -> Wallet:
        """A wallet by its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        return _wallet(await asyncio.to_thread(self._kept, WALLET, wallet))

    async def wallets(
        self, *, customer: str | None = None, parent: str | None = None,
        status: str | None = None, limit: int = _PAGE,
    ) -> list[Wallet]:  # fmt: skip
        """Wallets of a customer, below a wallet, or all; newest first."""
        wanted = Wanted(WALLET, status, parent or customer)
        return [_wallet(each) for each in await asyncio.to_thread(self._found, wanted, limit)]

    async def wallet_balances(self, wallet: str) -> Holdings:
        """All that a wallet and its sub-wallets hold now, at one moment.

        Raises:
            NotFound: there is no such wallet.
        """
        kept = await self.wallet(wallet)
        return await asyncio.to_thread(holdings, self._application.store, self._ledger.info, kept)

    async def wallet_timeline(self, identifier: str, limit: int = _PAGE) -> list[Record]:
        """The records of all that happened to a wallet or a customer, oldest first."""
        reader = self._application.store
        return await asyncio.to_thread(
            reader.records_about, self._ledger.info, identifier, 0, limit
        )

    async def _changed(self, act: Act, key: str | None, *, dry_run: bool) -> Matter:
        event = record_of(await self.submit(act, key=key, dry_run=dry_run)).event
        assert isinstance(event, MatterChanged), "a business command ends with its matter"
        return event.matter

    async def _wallet_after(self, act: Act, key: str | None, dry_run: bool) -> Wallet:
        return _wallet(await self._changed(act, key, dry_run=dry_run))

    def _kept(self, kind: str, identifier: str) -> Matter:
        found = self._application.store.resource(self._ledger.info, kind, identifier)
        if not isinstance(found, Matter):
            raise NotFound(f"there is no {kind} {identifier!r} in {self._ledger.info.name!r}")
        return found

    def _found(self, which: Wanted, limit: int) -> list[Matter]:
        return find(self._application.store, self._ledger.info, which, None, limit)


def _customer(matter: Matter) -> Customer:
    found = read_customer(matter)
    assert found is not None, "a matter was given"
    return found


def _wallet(matter: Matter) -> Wallet:
    found = read_wallet(matter)
    assert found is not None, "a matter was given"
    return found
