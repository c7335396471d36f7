"""What a program does in the library to the ledger's own rules: velocity limits, accounting periods.

Every method that writes takes `key`, under which it is done once, and `dry_run`, which decides it on
the same path and writes nothing.
"""

import asyncio
from collections.abc import Mapping

from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.nearness import Near, Wanted, ledger_now, nearest
from partita.engine.outcome import Outcome
from partita.kernel import commands
from partita.kernel.details import check_metadata
from partita.kernel.events import resource_in
from partita.kernel.moment import Moment
from partita.kernel.periods import Period, PeriodStatus
from partita.kernel.rule_checks import check_limit, check_period
from partita.kernel.velocity_limits import (
    Flow,
    Limit,
    LimitScope,
    LimitStatus,
    Window,
    WindowKind,
)
from partita.surfaces.library_outcomes import Submits, record_of
from partita.surfaces.library_words import amount_of
from partita.wiring import Application

_PAGE = 1_000


class RuleMethods(Submits):
    """The methods of `LibraryLedger` about velocity limits and accounting periods."""

    _application: Application
    _ledger: Ledger

    async def set_limit(
        self,
        title: str,
        asset: str,
        window: Window | WindowKind | str,
        *,
        account: str | None = None,
        each_value_of: str | None = None,
        flow: Flow | str = Flow.OUT,
        max_amount: str | int | None = None,
        max_count: int | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Limit:
        """Put a velocity limit in force, or change the one of this title, which keeps its usage.

        It is on an `account` (a path, or a pattern such as `customers:*:card`), or on each value
        of a metadata key. A rolling window is `Window(WindowKind.ROLLING, seconds)`.

        Raises:
            Rejected: the rules said no.
            ValueError: it makes no limit.
        """
        if (account is None) == (each_value_of is None):
            raise ValueError("a limit is on an account, or on each value of a metadata key")
        wanted = commands.SetLimit(
            title,
            LimitScope.METADATA if account is None else LimitScope.ACCOUNT,
            account or each_value_of or "",
            asset,
            window if isinstance(window, Window) else Window(WindowKind(window)),
            Flow(flow),
            None if max_amount is None else amount_of(max_amount),
            max_count,
            check_metadata(metadata),
        )
        outcome = await self.submit(check_limit(wanted), key=key, dry_run=dry_run)
        return _limit(outcome)

    async def archive_limit(
        self, limit: Limit | str, *, key: str | None = None, dry_run: bool = False
    ) -> Limit:
        """Take a limit out of force: the limit itself, its id or its title."""
        reference = limit.id if isinstance(limit, Limit) else limit
        command = commands.ArchiveLimit(reference)
        return _limit(await self.submit(command, key=key, dry_run=dry_run))

    async def limits(self, status: LimitStatus | str = LimitStatus.ACTIVE) -> list[Limit]:
        """The newest 1,000 limits of a status, newest first."""
        which = ResourceFilter(Limit.kind, state=LimitStatus(status).value)
        reader, info = self._application.store, self._ledger.info
        found = await asyncio.to_thread(reader.resources, info, which, None, _PAGE)
        return [each for each in found if isinstance(each, Limit)]

    async def near_limit(self, limit: Limit, *, percent: int = 0, count: int = 100) -> list[Near]:
        """Who has used so much of a limit within the window as it is now, the nearest first."""
        return await asyncio.to_thread(self._near, limit, percent, count)

    def _near(self, limit: Limit, percent: int, count: int) -> list[Near]:
        reader, info = self._application.store, self._ledger.info
        now = ledger_now(reader, info, self._application.clock.now())
        return nearest(reader, info, limit, now, Wanted(percent, None, count))

    async def open_period(
        self,
        title: str,
        begins_at: Moment,
        ends_at: Moment,
        *,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Period:
        """Name a span of effective time, from `begins_at` inclusive to `ends_at` exclusive.

        Raises:
            Rejected: it would share moments, or its title, with another.
            ValueError: it would end before it begins.
        """
        wish = commands.OpenPeriod(title, begins_at, ends_at, check_metadata(metadata))
        return _period(await self.submit(check_period(wish), key=key, dry_run=dry_run))

    async def soft_close_period(
        self,
        period: Period | str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Period:
        """Let nothing but adjustments into a period, which is named by itself, its id or title."""
        command = commands.SoftClosePeriod(_reference(period), reason)
        return _period(await self.submit(command, key=key, dry_run=dry_run))

    async def reopen_period(
        self,
        period: Period | str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Period:
        """Open a softly closed period again."""
        command = commands.ReopenPeriod(_reference(period), reason)
        return _period(await self.submit(command, key=key, dry_run=dry_run))

    async def close_period(
        self,
        period: Period | str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Period:
        """Let nothing into a period, for ever."""
        command = commands.ClosePeriod(_reference(period), reason)
        return _period(await self.submit(command, key=key, dry_run=dry_run))

    async def periods(self, status: PeriodStatus | str | None = None) -> list[Period]:
        """The last 1,000 periods opened, of a status if one is named, the last one first."""
        state = None if status is None else PeriodStatus(status).value
        which = ResourceFilter(Period.kind, state=state)
        reader, info = self._application.store, self._ledger.info
        found = await asyncio.to_thread(reader.resources, info, which, None, _PAGE)
        return [each for each in found if isinstance(each, Period)]


def _reference(period: Period | str) -> str:
    return period.id if isinstance(period, Period) else period


def _limit(outcome: Outcome) -> Limit:
    limit = resource_in(record_of(outcome).event)
    assert isinstance(limit, Limit), "what happens to a limit leaves a limit"
    return limit


def _period(outcome: Outcome) -> Period:
    period = resource_in(record_of(outcome).event)
    assert isinstance(period, Period), "what happens to a period leaves a period"
    return period
