"""What a program does in the library with points and vouchers."""

import asyncio
from collections.abc import Mapping, Sequence

from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.wanting import Act
from partita.kernel.details import check_metadata
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.loyalty import acts
from partita.modules.loyalty.lots import POINTS, Purse, read_purse
from partita.modules.loyalty.program import Program, read_program
from partita.modules.loyalty.spending import Spending, read_spending
from partita.surfaces.library_outcomes import Submits, record_of
from partita.surfaces.library_words import amount_of
from partita.wiring import Application

_PAGE = 1_000


class LoyaltyMethods(Submits):
    """The methods of `LibraryLedger` about points and vouchers."""

    _application: Application
    _ledger: Ledger

    async def set_loyalty_program(
        self,
        asset: str,
        money: str,
        *,
        points: int = 1,
        worth: int = 1,
        expires_after_days: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Program:
        """Say that so many `points` of an asset are worth so many minor units of `money`.

        Raises:
            Rejected: an asset is not known, or the terms make no sense.
        """
        act = acts.SetProgram(
            asset=asset, money=money, points=points, worth=worth,
            expires_after_days=expires_after_days,
        )  # fmt: skip
        found = read_program(await self._matter(act, key, dry_run=dry_run))
        assert found is not None, "a matter was given"
        return found

    async def grant_points(
        self,
        wallet: str,
        amount: str | int,
        asset: str,
        *,
        expires_at: Moment | None = None,
        reason: str | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Purse:
        """Give points or a voucher to a loyalty wallet; what there is afterwards, and when it ends.

        Raises:
            Rejected: it is no loyalty wallet, or they would end in the past.
            ValueError: a value is outside its limits.
        """
        act = acts.Grant(
            wallet=wallet, asset=asset, amount=amount_of(amount), expires_at=expires_at,
            reason=reason, external_id=external_id, metadata=check_metadata(metadata),
        )  # fmt: skip
        found = read_purse(await self._matter(act, key, dry_run=dry_run))
        assert found is not None, "a matter was given"
        return found

    async def spend(
        self,
        wallet: str,
        destination: str,
        amount: str | int,
        asset: str,
        *,
        order: Sequence[str] = (),
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Spending:
        """Pay one sum out of a wallet and what is below it: cash, pots, points, vouchers, in order.

        Raises:
            Rejected: there is not enough, or something is frozen.
            ValueError: a value is outside its limits.
        """
        act = acts.Spend(
            wallet=wallet, destination=destination, asset=asset, amount=amount_of(amount),
            order=tuple(order), external_id=external_id, metadata=check_metadata(metadata),
        )  # fmt: skip
        return read_spending(await self._matter(act, key, dry_run=dry_run))

    async def points(self, wallet: str) -> list[Purse]:
        """The points and vouchers in one wallet, with the lots that end together."""
        which = ResourceFilter(POINTS, about=wallet)
        reader, info = self._application.store, self._ledger.info
        found = await asyncio.to_thread(reader.resources, info, which, None, _PAGE)
        purses = (read_purse(each) for each in found if isinstance(each, Matter))
        return [purse for purse in purses if purse is not None]

    async def _matter(self, act: Act, key: str | None, *, dry_run: bool) -> Matter:
        event = record_of(await self.submit(act, key=key, dry_run=dry_run)).event
        assert isinstance(event, MatterChanged), "a business command ends with its matter"
        return event.matter
