"""Endpoints do not stand in each other's way, nor do workers: places, windows, claims."""

import threading
import time

import pytest

from partita.engine.delivery_ports import DeliveryStatus
from partita.engine.errors import StoreUnavailable
from partita.modules.webhooks import dispatching, intake
from partita.modules.webhooks.commands import ArchiveEndpoint, DisableEndpoint, EnableEndpoint
from partita.modules.webhooks.intake import consumer_of
from partita.modules.webhooks.judging import wait_microseconds
from tests.unit.modules.webhooks import receiver
from tests.unit.modules.webhooks.post import Post
from tests.unit.modules.webhooks.receiver import Received, receiving, says, waits


def quick_seconds(post: Post, url: str, count: int, *others: str) -> float:
    """How long it takes until a quick endpoint has so many events, with others beside it."""
    for other in others:
        post.endpoint(other)
    quick = post.endpoint(url)
    post.happen(count)
    begun = time.monotonic()
    while post.store.healths(post.info, [quick]).get(quick) is None or (
        post.store.healths(post.info, [quick])[quick].delivered < count
    ):
        post.process.run_once(post.clock.now())
        assert time.monotonic() - begun < 30, "it does not get through"
    return time.monotonic() - begun


def test_slow_and_dead_endpoints_delay_no_other(memory_post: Post) -> None:
    def slow(_received: Received, _place: int) -> receiver.Reaction:
        return waits(14, says(204))

    with (
        receiving() as target,
        receiving(slow) as late,
        receiving(slow) as later,
        receiving(lambda _received, _place: receiver.drips) as dripping,
    ):
        slow_ones = [late.url, later.url, dripping.url]
        seconds = quick_seconds(memory_post, target.url, 100, *slow_ones, "http://127.0.0.1:1/")
        assert len(target.received) == 100
        assert late.most_under_way == dispatching.PLACES, "they have their own places, all taken"
        assert seconds < 12, "all of it while the others have not answered once"
    endpoints = [matter.id for matter in memory_post.application.webhooks(memory_post.info).page()]
    healths = memory_post.store.healths(memory_post.info, endpoints)
    assert len(healths) == 2, "only the quick one and the one that refuses have come back"


def test_the_ledger_does_not_wait_for_anybody(memory_post: Post) -> None:
    with receiving(lambda _received, _place: waits(2, says(204))) as target:
        memory_post.endpoint(target.url)
        memory_post.happen(20)
        memory_post.process.run_once(memory_post.clock.now())
        begun = time.monotonic()
        memory_post.happen(50)
        assert time.monotonic() - begun < 1.5


def test_at_most_so_many_are_under_way_to_one(memory_post: Post) -> None:
    with receiving(lambda _received, _place: waits(0.05, says(204))) as target:
        memory_post.endpoint(target.url)
        memory_post.happen(80)
        memory_post.run()
    assert 2 <= target.most_under_way <= dispatching.PLACES
    firsts = target.sequences[: dispatching.PLACES]
    assert firsts == sorted(firsts)[: len(firsts)] or max(firsts) - min(firsts) < 40


def test_one_that_fails_has_fewer_places(memory_post: Post) -> None:
    with receiving(lambda _received, _place: waits(0.02, says(500))) as target:
        memory_post.endpoint(target.url)
        memory_post.happen(30)
        memory_post.run()
        with target.lock:
            target.most_under_way = 0
        memory_post.later(8)
    assert 1 <= target.most_under_way <= dispatching.PLACES_OF_FAILING


def test_a_dead_endpoint_has_a_window_and_its_cursor_waits(
    memory_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "WINDOW", 40)
    monkeypatch.setattr(intake, "PAGE", 20)
    post, is_up = memory_post, threading.Event()
    with receiving(lambda _received, _place: says(204 if is_up.is_set() else 500)) as target:
        endpoint = post.endpoint(target.url)
        wanted = post.happen(120)
        for _ in range(5):
            post.later(6)
        (backlog,) = post.store.backlogs(post.info)
        assert 20 < backlog.pending <= 40
        assert post.store.cursor(post.info, consumer_of(endpoint)) < wanted[45]
        is_up.set()
        for tries in range(1, 6):
            post.later(wait_microseconds(tries, b"\xff" * 8) / 1_000_000 + 1)
        assert post.store.backlogs(post.info) == []
    assert set(target.sequences) == set(wanted)


def test_two_workers_share_the_work(post: Post) -> None:
    other = post.fresh_process()
    with receiving(lambda _received, _place: waits(0.01, says(204))) as target:
        post.endpoint(target.url)
        wanted = post.happen(60)
        stop = threading.Event()

        def work() -> None:
            while other.run_once(post.clock.now()) or not stop.is_set():
                continue

        beside = threading.Thread(target=work)
        beside.start()
        post.run()
        stop.set()
        beside.join()
        post.run()
        other.close()
    assert sorted(target.sequences) == wanted, "each once"


def test_what_a_dead_worker_had_claimed_is_sent_by_another(post: Post) -> None:
    with receiving() as target:
        endpoint = post.endpoint(target.url)
        wanted = post.happen(3)
        post.process.run_once(post.clock.now())  # claims and sends, and is never heard of again
        while len(target.received) < 3:
            time.sleep(0.01)
        post.process = post.fresh_process()
        post.run()
        assert len(target.received) == 3, "they are still the dead one's"
        post.later(dispatching.CLAIM_SECONDS + 1)
    assert sorted(target.sequences) == sorted(wanted * 2)
    ids = {(each.sequence, each.headers["webhook-id"]) for each in target.received}
    assert len(ids) == 3, "duplicates carry the same id"
    assert {each.status for each in post.deliveries(endpoint)} == {DeliveryStatus.DELIVERED}


def test_while_disabled_nothing_is_sent_and_nothing_is_lost(post: Post) -> None:
    with receiving() as target:
        endpoint = post.endpoint(target.url)
        before = post.happen(2)
        post.run()
        post.done(DisableEndpoint(endpoint=endpoint))
        meanwhile = post.happen(3)
        post.run()
        assert sorted(target.sequences) == before
        post.done(EnableEndpoint(endpoint=endpoint))
        post.run()
    assert sorted(target.sequences) == before + meanwhile


def test_an_archived_endpoint_is_owed_nothing(post: Post) -> None:
    endpoint = post.endpoint("http://127.0.0.1:1/")
    post.happen(2)
    post.run()
    post.done(ArchiveEndpoint(endpoint=endpoint))
    post.run()
    assert post.deliveries() == []


def test_old_deliveries_are_forgotten(post: Post) -> None:
    with receiving() as target:
        post.endpoint(target.url)
        post.happen(2)
        post.run()
        post.later(29 * 86_400)
        assert len(post.deliveries()) == 2
        post.later(2 * 86_400)
        assert post.deliveries() == []
        post.happen()
        post.run()
    assert len(target.received) == 3, "and nothing is told again"


def test_a_store_that_is_away_for_a_moment_loses_no_answer(
    memory_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = memory_post
    with receiving() as target:
        post.endpoint(target.url)
        post.happen(3)
        keep, calls = post.store.note_attempts, []

        def away(*given: object) -> None:
            calls.append(given)
            if len(calls) == 1:
                raise StoreUnavailable("gone for a moment")
            keep(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(post.store, "note_attempts", away)
        with pytest.raises(StoreUnavailable):
            post.run()
        post.run()
        post.later(dispatching.CLAIM_SECONDS + 1)
    assert len(target.received) == 3, "what was answered is known, and not sent twice"
