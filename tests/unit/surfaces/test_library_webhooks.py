"""Webhooks in the library: made, tried, delivered and sent again by methods."""

from collections.abc import AsyncIterator

import pytest

import partita
from partita.engine.delivery_ports import DeliveryStatus
from partita.engine.errors import NotFound
from partita.modules.webhooks.endpoint import Scheme
from partita.surfaces.library import LibraryLedger, Rejected
from tests.unit.modules.webhooks.receiver import receiving, says


@pytest.fixture
async def ledger(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LibraryLedger]:
    monkeypatch.setenv("PARTITA_WEBHOOK_ALLOW_PRIVATE", "yes")
    async with partita.open(memory=True) as opened:
        yield opened


async def test_from_an_endpoint_to_a_replay(ledger: LibraryLedger) -> None:
    with receiving() as target:
        made = await ledger.create_webhook(
            target.url, types=("dev.partita.account.opened.v1",), scheme=Scheme.BOTH
        )
        assert made.secret is not None
        assert made.endpoint.types == ("account.opened",)
        assert (await ledger.webhook(made.id)).secret is None
        record = await ledger.open_account("customers:alice", "USD", "liability")
        assert await ledger.deliver_webhooks() == 1
        (owed,) = await ledger.webhook_deliveries(endpoint=made.id)
        assert owed.status is DeliveryStatus.DELIVERED
        (attempt,) = await ledger.webhook_attempts(owed.id)
        assert attempt.status == 204
        await ledger.retry_webhook_delivery(owed.id)
        await ledger.replay_webhooks(made.id, 1, owed.sequence)
        await ledger.deliver_webhooks()
        standing = await ledger.webhook_standing(made.id)
        assert standing.health.delivered == len(target.received) >= 2
        assert record is not None


async def test_its_life(ledger: LibraryLedger) -> None:
    with receiving(lambda _received, _place: says(204)) as target:
        made = await ledger.create_webhook(target.url)
        rotated = await ledger.rotate_webhook_secret(made.id, overlap_seconds=60)
        assert rotated.secret not in (None, made.secret)
        changed = await ledger.update_webhook(made.id, types=("hold.*",), if_version=2)
        assert (changed.version, changed.endpoint.url) == (3, target.url)
        await ledger.test_webhook(made.id)
        await ledger.deliver_webhooks()
        assert target.received[-1].event["type"].endswith("tested.v1")
        assert (await ledger.disable_webhook(made.id, reason="moving")).status == "disabled"
        assert [each.id for each in await ledger.webhooks(status="disabled")] == [made.id]
        assert (await ledger.enable_webhook(made.id)).status == "enabled"
        assert (await ledger.archive_webhook(made.id)).status == "archived"
        with pytest.raises(Rejected, match="invalid_state"):
            await ledger.enable_webhook(made.id)
        with pytest.raises(Rejected, match="archived"):
            await ledger.replay_webhooks(made.id, 1, 1)


async def test_what_is_refused(ledger: LibraryLedger) -> None:
    with pytest.raises(Rejected, match="no type of event"):
        await ledger.create_webhook("https://shop.example.com", types=("payment.setled",))
    with pytest.raises(Rejected, match="webhook_invalid"):
        await ledger.create_webhook("https://a:b@shop.example.com")
    tried = await ledger.create_webhook("https://shop.example.com", dry_run=True)
    assert tried.secret is None
    assert await ledger.webhooks() == []
    with pytest.raises(NotFound):
        await ledger.webhook(tried.id)


async def test_a_network_of_ones_own_is_allowed_by_a_setting_alone() -> None:
    async with partita.open(memory=True) as ledger:
        with pytest.raises(Rejected, match="PARTITA_WEBHOOK_ALLOW_PRIVATE"):
            await ledger.create_webhook("http://127.0.0.1/")
