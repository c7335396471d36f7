"""What a program does in the library with webhooks: endpoints, their secrets, deliveries, replays.

What is owed is delivered by a worker (`partita work`, or the server's own); a program that has none
calls `deliver_webhooks` when it sees fit.
"""

import asyncio
from typing import Any, NamedTuple

from partita.engine.delivery_ports import (
    Attempt,
    Delivery,
    DeliveryFilter,
    DeliveryStatus,
    Replay,
)
from partita.engine.ledger import Ledger
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Rejection
from partita.modules.webhooks.commands import (
    ArchiveEndpoint,
    CreateEndpoint,
    DisableEndpoint,
    EnableEndpoint,
    RotateSecret,
    TryEndpoint,
    UpdateEndpoint,
)
from partita.modules.webhooks.endpoint import USUAL_OVERLAP_SECONDS, Endpoint, read_endpoint
from partita.modules.webhooks.office import Standing, WebhookOffice
from partita.surfaces.library_outcomes import Rejected, Submits, record_of
from partita.wiring import Application


class Webhook(NamedTuple):
    """An endpoint as it is now. `secret` is told by what made it, and by nothing else."""

    id: str
    status: str
    version: int
    endpoint: Endpoint
    public_key: str
    secret: str | None = None


class WebhookMethods(Submits):
    """The methods of `LibraryLedger` about webhooks."""

    _application: Application
    _ledger: Ledger

    @property
    def _webhooks(self) -> WebhookOffice:
        return self._application.webhooks(self._ledger.info)

    async def create_webhook(
        self, url: str, *, key: str | None = None, dry_run: bool = False, **fields: Any
    ) -> Webhook:
        """Bring events to an address; `fields` are those of `CreateEndpoint`.

        Raises:
            Rejected: the address or a type cannot be used.
        """
        fields |= _plain(self._webhooks, url, fields.get("types", ()))
        act = CreateEndpoint(url=url, **fields)
        return await self._change_webhook(act, key, dry_run=dry_run, shows_secret=not dry_run)

    async def update_webhook(
        self, endpoint: str, *, key: str | None = None, dry_run: bool = False, **fields: Any
    ) -> Webhook:
        """Change what is given; `fields` are those of `UpdateEndpoint`.

        Raises:
            Rejected: it is no endpoint, or not at `if_version` any more, or cannot be so.
        """
        fields |= _plain(self._webhooks, fields.get("url"), fields.get("types"))
        act = UpdateEndpoint(endpoint=endpoint, **fields)
        return await self._change_webhook(act, key, dry_run=dry_run)

    async def rotate_webhook_secret(
        self,
        endpoint: str,
        *,
        overlap_seconds: int = USUAL_OVERLAP_SECONDS,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Webhook:
        """Sign by a new secret, which is told here, and for a while by the old one.

        Raises:
            Rejected: it is no endpoint, or the overlap is out of range.
        """
        act = RotateSecret(endpoint=endpoint, overlap_seconds=overlap_seconds)
        return await self._change_webhook(act, key, dry_run=dry_run, shows_secret=not dry_run)

    async def test_webhook(
        self, endpoint: str, *, key: str | None = None, dry_run: bool = False
    ) -> Webhook:
        """Record an event that is brought to this endpoint whatever its types.

        Raises:
            Rejected: it is no endpoint, or not enabled.
        """
        return await self._change_webhook(TryEndpoint(endpoint=endpoint), key, dry_run=dry_run)

    async def enable_webhook(
        self,
        endpoint: str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Webhook:
        """Bring events again, from where it stopped.

        Raises:
            Rejected: it is no endpoint, or not disabled.
        """
        act = EnableEndpoint(endpoint=endpoint, reason=reason)
        return await self._change_webhook(act, key, dry_run=dry_run)

    async def disable_webhook(
        self,
        endpoint: str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Webhook:
        """Bring nothing for now; nothing is lost meanwhile.

        Raises:
            Rejected: it is no endpoint, or not enabled.
        """
        act = DisableEndpoint(endpoint=endpoint, reason=reason)
        return await self._change_webhook(act, key, dry_run=dry_run)

    async def archive_webhook(
        self,
        endpoint: str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Webhook:
        """Bring nothing there ever again.

        Raises:
            Rejected: it is no endpoint, or archived already.
        """
        act = ArchiveEndpoint(endpoint=endpoint, reason=reason)
        return await self._change_webhook(act, key, dry_run=dry_run)

    async def _change_webhook(
        self, act: Act, key: str | None, *, dry_run: bool, shows_secret: bool = False
    ) -> Webhook:
        event = record_of(await self.submit(act, key=key, dry_run=dry_run)).event
        assert isinstance(event, MatterChanged), "what happens to an endpoint leaves it changed"
        return _webhook(self._webhooks, event.matter, shows_secret=shows_secret)

    async def webhooks(self, *, status: str | None = None, limit: int = 50) -> list[Webhook]:
        """Endpoints, newest first."""
        office = self._webhooks
        found = await asyncio.to_thread(lambda: office.page(None, limit, status=status))
        return [_webhook(office, each) for each in found]

    async def webhook(self, endpoint: str) -> Webhook:
        """One endpoint.

        Raises:
            NotFound: there is none.
        """
        return _webhook(self._webhooks, await asyncio.to_thread(self._webhooks.find, endpoint))

    async def webhook_standing(self, endpoint: str) -> Standing:
        """How an endpoint fares, and what waits for it."""
        found = await asyncio.to_thread(self._webhooks.standings, [endpoint])
        return found[endpoint]

    async def webhook_deliveries(
        self,
        *,
        endpoint: str | None = None,
        status: DeliveryStatus | None = None,
        event_id: str | None = None,
        limit: int = 50,
    ) -> list[Delivery]:
        """Deliveries, those of the newest events first."""
        which = DeliveryFilter(endpoint=endpoint, status=status, event_id=event_id)
        return await asyncio.to_thread(self._webhooks.deliveries, which, None, limit)

    async def webhook_attempts(self, delivery: str) -> list[Attempt]:
        """The tries of a delivery, newest first."""
        return await asyncio.to_thread(self._webhooks.attempts, delivery)

    async def retry_webhook_delivery(self, delivery: str) -> Delivery:
        """Queue a delivery again, whatever became of it.

        Raises:
            NotFound: there is none.
            Rejected: its endpoint is archived.
        """
        found = await asyncio.to_thread(self._webhooks.retry, delivery)
        if isinstance(found, Rejection):
            raise Rejected(found)
        return found

    async def replay_webhooks(self, endpoint: str, first: int, last: int) -> Replay:
        """Have the events of a range of sequences brought to an endpoint again.

        Raises:
            NotFound: there is no such endpoint.
            Rejected: it is archived, or there is no such range.
        """
        found = await asyncio.to_thread(self._webhooks.replay, endpoint, first, last)
        if isinstance(found, Rejection):
            raise Rejected(found)
        return found

    async def deliver_webhooks(self) -> int:
        """Deliver what is due in all ledgers, until nothing is; how many things were done."""
        return await asyncio.to_thread(self._application.deliver_webhooks)


def _plain(office: WebhookOffice, url: str | None, types: Any) -> dict[str, Any]:
    """The types as they are kept, if they were given and the address may be called.

    Raises:
        Rejected: this installation knows no such type, or would never call there.
    """
    plain = None if types is None else office.plain_types(types)
    objection = plain if isinstance(plain, Rejection) else None
    if url is not None:
        objection = office.objection(url) or objection
    if objection is not None:
        raise Rejected(objection)
    return {} if plain is None else {"types": plain}


def _webhook(office: WebhookOffice, matter: Matter, *, shows_secret: bool = False) -> Webhook:
    return Webhook(
        matter.id,
        matter.status,
        matter.version,
        read_endpoint(matter.body),
        office.public_key(matter),
        office.secret(matter) if shows_secret else None,
    )
