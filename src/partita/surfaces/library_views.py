"""What a program reads in the library out of views that trail behind the journal.

Every answer is `Seen`: what was asked for, and the sequence up to which everything is in it. With
`min_sequence` (the sequence of a record of one's own) the view is waited for, up to `wait_seconds`.
Books in memory have their views kept up by threads of this process; of others `partita serve`, or
`partita work` beside it, keeps them up.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from partita.engine.as_of import Basis
from partita.engine.errors import NotFound
from partita.engine.ledger import Ledger
from partita.engine.search.question import Question
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.waiting import USUAL_WAIT_SECONDS
from partita.journal.record import Record
from partita.kernel.account import Account
from partita.kernel.moment import Moment
from partita.surfaces.trailing import place_of, searched
from partita.views.activity import ACTIVITY
from partita.views.hold_exposure import HOLD_EXPOSURE
from partita.views.movers import MOVERS
from partita.views.reading.activity import Activity, Dormant, DormantFilter, activity, dormant
from partita.views.reading.holds import Bucket, Exposures, HoldFilter, hold_exposure
from partita.views.reading.looking import Place, Seen
from partita.views.reading.movers import Mover, MoverFilter, movers
from partita.views.reading.search import search
from partita.views.reading.volumes import (
    AccountDay,
    Days,
    DayVolume,
    Grouping,
    VolumeFilter,
    account_days,
    volumes,
)
from partita.views.reading.wallets import (
    CustomerBalance,
    Owner,
    WalletBalance,
    customer_balances,
    wallet_balances,
)
from partita.views.search import SEARCH
from partita.views.volumes import VOLUMES
from partita.views.wallet_balances import WALLET_BALANCES
from partita.wiring import Application

Answer = TypeVar("Answer")
_MANY = 1_000


class ViewMethods:
    """The methods of `LibraryLedger` that read trailing views. Days are `2026-11-20`, of UTC."""

    _application: Application
    _ledger: Ledger

    async def daily_volumes(
        self,
        first: str | None = None,
        last: str | None = None,
        *,
        basis: Basis | str = Basis.EFFECTIVE,
        asset: str | None = None,
        type: str | None = None,
        by: Grouping | str = Grouping.TYPE,
        limit: int = _MANY,
        after: tuple[str, str, str] | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[DayVolume]]:
        """What was moved day by day, newest first, and the fees; `after` is the last one's place.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
            ValueError: the basis or the grouping is none.
        """
        days = Days(first, last, Basis(basis)).checked()
        which = VolumeFilter(days, asset, type, Grouping(by))
        return await self._ask(
            VOLUMES, (min_sequence, wait_seconds), lambda place: volumes(place, which, after, limit)
        )

    async def top_movers(
        self,
        asset: str,
        first: str,
        last: str | None = None,
        *,
        path_prefix: str | None = None,
        limit: int = 10,
        after: tuple[int, str] | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[Mover]]:
        """The accounts through which most went, on a day or from one to another, both included.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
            ValueError: a day is none, or there are too many.
        """
        which = MoverFilter(asset, first, last or first, path_prefix).checked()
        return await self._ask(
            MOVERS, (min_sequence, wait_seconds), lambda place: movers(place, which, after, limit)
        )

    async def account_activity(
        self, account: str, *, min_sequence: int = 0, wait_seconds: float = USUAL_WAIT_SECONDS
    ) -> Seen[Activity]:
        """What an account did: its first entry and its last, how many, and how much on each side.

        Raises:
            NotFound: there is no such account.
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
        """
        return await self._ask(
            ACTIVITY, (min_sequence, wait_seconds),
            lambda place: activity(place, self._known(place, account)),
        )  # fmt: skip

    async def account_days(
        self,
        account: str,
        first: str | None = None,
        last: str | None = None,
        *,
        basis: Basis | str = Basis.EFFECTIVE,
        limit: int = _MANY,
        before: str | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[AccountDay]]:
        """What went through an account on each day on which anything did, newest first.

        Raises:
            NotFound: there is no such account.
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
        """
        days = Days(first, last, Basis(basis)).checked()
        return await self._ask(
            VOLUMES, (min_sequence, wait_seconds),
            lambda place: account_days(
                place, self._known(place, account).path, days, before, limit
            ),
        )  # fmt: skip

    async def dormant_accounts(
        self,
        since: Moment,
        *,
        asset: str | None = None,
        path_prefix: str | None = None,
        limit: int = _MANY,
        after: tuple[Moment, str] | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[Dormant]]:
        """The accounts in which nothing was recorded since then, the longest at rest first.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
        """
        which = DormantFilter(since, asset, path_prefix)
        return await self._ask(
            ACTIVITY,
            (min_sequence, wait_seconds),
            lambda place: dormant(place, which, after, limit),
        )

    async def hold_exposure(
        self,
        *,
        asset: str | None = None,
        account: str | None = None,
        by: Bucket | str = Bucket.DAY,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[Exposures]:
        """What open holds set aside, by the hour or day in which they expire, and in all.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
        """
        which, bucket = HoldFilter(asset, account), Bucket(by)
        return await self._ask(
            HOLD_EXPOSURE, (min_sequence, wait_seconds),
            lambda place: hold_exposure(place, which, bucket),
        )  # fmt: skip

    async def customer_balances(
        self, customer: str, *, min_sequence: int = 0, wait_seconds: float = USUAL_WAIT_SECONDS
    ) -> Seen[list[CustomerBalance]]:
        """What a customer holds over all wallets, by asset.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
        """
        return await self._ask(
            WALLET_BALANCES, (min_sequence, wait_seconds),
            lambda place: customer_balances(place, customer),
        )  # fmt: skip

    async def owned_balances(
        self,
        *,
        customer: str | None = None,
        wallet: str | None = None,
        asset: str | None = None,
        limit: int = _MANY,
        after: tuple[str, ...] | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[WalletBalance]]:
        """What each account of a customer's wallets, or of one wallet, holds, by asset.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
            ValueError: neither customer nor wallet is named, or both are.
        """
        if (customer is None) == (wallet is None):
            raise ValueError("name a customer or a wallet; for the biggest ask biggest_wallets")
        owner = Owner(customer, wallet, asset)
        return await self._ask(
            WALLET_BALANCES, (min_sequence, wait_seconds),
            lambda place: wallet_balances(place, owner, after, limit),
        )  # fmt: skip

    async def biggest_wallets(
        self,
        asset: str,
        *,
        limit: int = 10,
        after: tuple[int, str] | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[WalletBalance]]:
        """The accounts of wallets that hold most of an asset.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
        """
        return await self._ask(
            WALLET_BALANCES, (min_sequence, wait_seconds),
            lambda place: wallet_balances(place, Owner(asset=asset), after, limit),
        )  # fmt: skip

    async def search_transactions(
        self,
        question: Question,
        *,
        limit: int = _MANY,
        before: int | None = None,
        min_sequence: int = 0,
        wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Seen[list[Record]]:
        """The records by which the transactions that are answers came to be, newest first.

        `before` is the sequence of the last one of the page before.

        Raises:
            ReplicaBehind: the view does not come as far as `min_sequence` in time.
            SearchRefused: the question cannot be meant.
        """
        where = searched(self._application, self._ledger.info)
        return await self._ask(
            SEARCH, (min_sequence, wait_seconds),
            lambda _place: search(where, question.checked(), before, limit),
        )  # fmt: skip

    async def _ask(
        self, view: AnyView, wanted: tuple[int, float], question: Callable[[Place], Seen[Answer]]
    ) -> Seen[Answer]:
        """The answer of a view that stands at a sequence at least; so many seconds are waited."""
        place = place_of(self._application, self._ledger.info)
        sequence, seconds = wanted
        await asyncio.to_thread(place.views.wait, view, sequence, seconds)
        return await asyncio.to_thread(question, place)

    def _known(self, place: Place, reference: str) -> Account:
        standing = place.shelf.account(place.ledger, reference)
        if standing is None:
            raise NotFound(f"there is no account {reference!r} in the ledger {place.ledger.name!r}")
        return standing.account
