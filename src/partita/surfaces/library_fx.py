"""What a program does in the library about foreign exchange: rates, quotes, conversions, positions.

Every method that writes takes `key`, under which it is done once, and `dry_run`, which decides it on
the same path and writes nothing.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from partita.engine.as_of import NOW, AsOf
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Outcome
from partita.kernel.details import check_metadata, check_reference
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.fx import conversions, quotes
from partita.modules.fx.books import revalued
from partita.modules.fx.conversions import AcceptQuote, Convert, Expected, ReverseConversion
from partita.modules.fx.deal import Terms, day_of
from partita.modules.fx.ledger_rates import DayOfRates, PublishRates, check_rates
from partita.modules.fx.policy import Policy, SetPolicy, check_policy
from partita.modules.fx.publishing import Published, publish_table
from partita.modules.fx.quotes import CreateQuote
from partita.modules.fx.rates import Rate, check_figure
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.modules.fx.revaluation import Revaluation
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application, rate_table

_PAGE = 1_000


class FxMethods(Submits):
    """The methods of `LibraryLedger` about foreign exchange."""

    _application: Application
    _ledger: Ledger

    async def set_fx_policy(
        self, policy: Policy, *, key: str | None = None, dry_run: bool = False
    ) -> Policy:
        """Set what holds where a request says nothing; its base asset is chosen once.

        Raises:
            Rejected: the base asset is another already, or there is no such asset.
            PolicyInvalid: its figures make no sense.
        """
        wanted = SetPolicy(check_policy(policy))
        record_of(await self.submit(wanted, key=key, dry_run=dry_run))
        return policy

    async def fx_policy(self) -> Policy:
        """The policy of exchange in force."""
        store, info = self._application.store, self._ledger.info
        return await asyncio.to_thread(policy_in_force, store, info)

    async def publish_rates(
        self,
        provider: str,
        day: str,
        rates: Mapping[str, str],
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Keep a provider's figures of a day (or `always`): `{"EUR/USD": "1.0389"}`.

        Raises:
            RateError: a figure cannot be read.
        """
        wanted = check_rates(PublishRates(provider, (DayOfRates(day, dict(rates)),)))
        return _matter(await self.submit(wanted, key=key, dry_run=dry_run))

    async def import_rates(self, file: Path) -> Published:
        """Publish all days of a file: the ECB's history, or columns `date,pair,rate`.

        Raises:
            RateError: the file cannot be read.
        """
        table = await asyncio.to_thread(rate_table, file)
        return await asyncio.to_thread(publish_table, self._ledger, table, lambda _d, _t: None)

    async def fx_rate(
        self, source: str, target: str, *, day: str | None = None, provider: str | None = None
    ) -> Rate:
        """The rate that a conversion would take: today's, of the policy's provider, unless named.

        Raises:
            MissingRate: there is none on that day; it names the last day before that has one.
        """
        return await asyncio.to_thread(self._rate, (source, target), day, provider)

    def _rate(self, pair: tuple[str, str], day: str | None, provider: str | None) -> Rate:
        store, info = self._application.store, self._ledger.info
        whose = provider or policy_in_force(store, info).provider
        when = day or day_of(self._application.clock.now())
        return LedgerRates(store, info, whose).told(when, *pair)

    async def quote(
        self,
        terms: Terms,
        *,
        seconds: int | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Lock a rate for a while; `quotes.read_quote` tells what the matter says.

        Raises:
            Rejected: there is no rate, or nothing can be exchanged so.
        """
        wanted = CreateQuote(terms, seconds, external_id, check_metadata(metadata))
        return _matter(await self.submit(wanted, key=key, dry_run=dry_run))

    async def accept_quote(
        self,
        quote: Matter | str,
        *,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Exchange as a quote says; the conversion's matter.

        Raises:
            Rejected: the quote has expired or is accepted already, or the money is not there.
        """
        wanted = AcceptQuote(_identifier(quote), external_id, check_metadata(metadata))
        return _matter(await self.submit(wanted, key=key, dry_run=dry_run))

    async def exchange(
        self,
        terms: Terms,
        *,
        expected_rate: str | None = None,
        tolerance_bps: int = 0,
        effective_at: Moment | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Exchange at the rate of the day; `conversions.read_conversion` tells what the matter says.

        With an `expected_rate` it is refused if the rate has moved further than is tolerated.

        Raises:
            Rejected: there is no rate, it moved, or the money is not there.
        """
        expected = None
        if expected_rate is not None:
            expected = Expected(check_figure(expected_rate), tolerance_bps)
        notes = check_metadata(metadata)
        wanted = Convert(terms, expected, effective_at, external_id, notes)
        return _matter(await self.submit(wanted, key=key, dry_run=dry_run))

    async def reverse_exchange(
        self,
        conversion: Matter | str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Take a conversion back, at its original rate.

        Raises:
            Rejected: it was taken back before, or the money is not there any more.
        """
        wanted = ReverseConversion(_identifier(conversion), reason)
        return _matter(await self.submit(wanted, key=key, dry_run=dry_run))

    async def fx_quotes(self, status: quotes.QuoteStatus | str | None = None) -> list[Matter]:
        """The newest 1,000 quotes, of a status if one is named."""
        state = None if status is None else quotes.QuoteStatus(status).value
        return await self._matters(ResourceFilter(quotes.KIND, state=state))

    async def fx_conversions(
        self, status: conversions.ConversionStatus | str | None = None
    ) -> list[Matter]:
        """The newest 1,000 conversions, of a status if one is named."""
        state = None if status is None else conversions.ConversionStatus(status).value
        return await self._matters(ResourceFilter(conversions.KIND, state=state))

    async def revalue(
        self, day: str, *, provider: str | None = None, as_of: AsOf = NOW
    ) -> Revaluation:
        """What each open position would gain at the rates of a day.

        Raises:
            MissingRate: an asset has no rate on that day.
            NoBaseAsset: positions are not valued in this ledger.
        """
        store, info = self._application.store, self._ledger.info
        return await asyncio.to_thread(revalued, store, info, day, provider, as_of)

    async def _matters(self, which: ResourceFilter) -> list[Matter]:
        store, info = self._application.store, self._ledger.info
        found = await asyncio.to_thread(store.resources, info, which, None, _PAGE)
        return [each for each in found if isinstance(each, Matter)]


def _identifier(reference: Matter | str) -> str:
    return reference.id if isinstance(reference, Matter) else check_reference(reference)


def _matter(outcome: Outcome) -> Matter:
    event = record_of(outcome).event
    assert isinstance(event, MatterChanged), "a business command ends with its matter"
    return event.matter
