"""What a program does in the library about payments: begin one, take it further, look at it.

Every method that writes takes `key`, under which it is done once, and `dry_run`, which decides it on
the same path and writes nothing. Parties are named by a wallet's id, or by an account.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from partita.engine.ledger import Ledger
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.acts import (
    Advance,
    Begin,
    CreateDeposit,
    CreatePayment,
    CreateRefund,
    CreateTransfer,
    CreateWithdrawal,
    OpenDispute,
    Part,
    type_of,
)
from partita.modules.payments.finding import Step, Wanted, find, timeline
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.payment import Payment, read_payment
from partita.surfaces.library_outcomes import Submits, record_of
from partita.surfaces.library_words import amount_of
from partita.wiring import Application

_MOST_STEPS = 1_000
Amount = str | int
Parts = Mapping[str, Amount]
"""Who else gets how much of a payment."""


class PaymentMethods(Submits):
    """The methods of `LibraryLedger` about payments of all types."""

    _application: Application
    _ledger: Ledger

    async def payment(self, identifier: str) -> Payment | None:
        """A payment of any type as it is now; None if there is none."""
        type_ = type_of(identifier)
        if type_ is None:
            return None
        resource = self._application.store.resource
        found = await asyncio.to_thread(resource, self._ledger.info, type_.value, identifier)
        return read_payment(found.body) if isinstance(found, Matter) else None

    async def begin(self, act: Begin, *, key: str | None = None, dry_run: bool = False) -> Payment:
        """Have a payment of any type begin, by the command of its type.

        Raises:
            Rejected: the rules said no.
        """
        return _payment(record_of(await self.submit(act, key=key, dry_run=dry_run)))

    async def advance(
        self,
        payment: Payment | str,
        verb: Verb | str,
        *,
        key: str | None = None,
        dry_run: bool = False,
        **said: Any,
    ) -> Payment:
        """Take a payment a step further: `advance(payment, "capture", amount=500)`.

        What can be said is what the `Advance` command takes.

        Raises:
            Rejected: the rules said no; `invalid_state` names the allowed actions.
            ValueError: there is no such verb.
        """
        if said.get("amount") is not None:
            said["amount"] = amount_of(said["amount"])
        act = Advance(payment=_id(payment), verb=Verb(verb), **said)
        return _payment(record_of(await self.submit(act, key=key, dry_run=dry_run)))

    async def transfer(
        self,
        source: str,
        destination: str,
        amount: Amount,
        asset: str,
        *,
        splits: Parts | None = None,
        scheduled_at: Moment | None = None,
        key: str | None = None,
        dry_run: bool = False,
        **more: Any,
    ) -> Payment:
        """Move money between wallets: now, or at a moment; `splits` of it go to others."""
        act = CreateTransfer(
            source=source, destination=destination, amount=amount_of(amount), asset=asset,
            splits=_parts(splits), scheduled_at=scheduled_at,
            begin=Verb.POST if scheduled_at is None else Verb.SCHEDULE, **more,
        )  # fmt: skip
        return await self.begin(act, key=key, dry_run=dry_run)

    async def deposit(
        self, destination: str | None, amount: Amount, asset: str, *,
        begin: Verb | str = Verb.CREDIT, key: str | None = None, dry_run: bool = False,
        **more: Any,
    ) -> Payment:  # fmt: skip
        """Take in money that came by a rail (`credit`), is announced (`receive`), or nobody's (`suspend`)."""
        act = CreateDeposit(
            destination=destination, amount=amount_of(amount), asset=asset, begin=Verb(begin),
            **more,
        )  # fmt: skip
        return await self.begin(act, key=key, dry_run=dry_run)

    async def withdraw(
        self, source: str, amount: Amount, asset: str, *, key: str | None = None,
        dry_run: bool = False, **more: Any,
    ) -> Payment:  # fmt: skip
        """Reserve money that is to leave by a `rail`, for a `beneficiary`."""
        act = CreateWithdrawal(source=source, amount=amount_of(amount), asset=asset, **more)
        return await self.begin(act, key=key, dry_run=dry_run)

    async def pay(
        self,
        source: str,
        destination: str,
        amount: Amount,
        asset: str,
        *,
        begin: Verb | str = Verb.PAY,
        splits: Parts | None = None,
        key: str | None = None,
        dry_run: bool = False,
        **more: Any,
    ) -> Payment:
        """Have somebody pay somebody: at once (`pay`), held (`authorize`), or only noted (`create`)."""
        act = CreatePayment(
            source=source, destination=destination, amount=amount_of(amount), asset=asset,
            begin=Verb(begin), splits=_parts(splits), **more,
        )  # fmt: skip
        return await self.begin(act, key=key, dry_run=dry_run)

    async def refund(
        self, payment: Payment | str, amount: Amount | None = None, *, key: str | None = None,
        dry_run: bool = False, **more: Any,
    ) -> Payment:  # fmt: skip
        """Give back what was captured of a payment: so much, or all that is left."""
        most = None if amount is None else amount_of(amount)
        act = CreateRefund(payment=_id(payment), amount=most, **more)
        return await self.begin(act, key=key, dry_run=dry_run)

    async def dispute(
        self, payment: Payment | str, amount: Amount | None = None, *, key: str | None = None,
        dry_run: bool = False, **more: Any,
    ) -> Payment:  # fmt: skip
        """Contest a payment: so much of it, or all that is left."""
        most = None if amount is None else amount_of(amount)
        act = OpenDispute(payment=_id(payment), amount=most, **more)
        return await self.begin(act, key=key, dry_run=dry_run)

    async def payments(
        self,
        type: PaymentType | str,
        *,
        status: str | None = None,
        about: str | None = None,
        external_id: str | None = None,
        limit: int = 50,
    ) -> list[Payment]:
        """Payments of a type, newest first; `about` a wallet, or what a refund is about."""
        which = Wanted(PaymentType(type), status, about, external_id)
        store, info = self._application.store, self._ledger.info
        found = await asyncio.to_thread(find, store, info, which, None, limit)
        return [read_payment(matter.body) for matter in found]

    async def payment_timeline(self, payment: Payment | str) -> list[Step]:
        """What happened to a payment, oldest first, with the transactions of each step."""
        store, info = self._application.store, self._ledger.info
        return await asyncio.to_thread(timeline, store, info, _id(payment), 0, _MOST_STEPS)


def _id(payment: Payment | str) -> str:
    return payment if isinstance(payment, str) else payment.id


def _parts(splits: Parts | None) -> tuple[Part, ...]:
    return tuple(Part(who, amount_of(amount)) for who, amount in (splits or {}).items())


def _payment(record: Record) -> Payment:
    assert isinstance(record.event, MatterChanged), "a payment's step changes the payment"
    return read_payment(record.event.matter.body)
