"""Events on their way to a real HTTP server: what arrives, what is tried again, what is set aside."""

from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from partita.engine.delivery_ports import DeliveryStatus
from partita.modules.webhooks.commands import EnableEndpoint, RotateSecret, TryEndpoint
from partita.modules.webhooks.endpoint import Order, Scheme, read_endpoint
from tests.unit.modules.webhooks import receiver
from tests.unit.modules.webhooks.post import KEYS, Post
from tests.unit.modules.webhooks.receiver import Reaction, Received, receiving, says

HOUR, DAY = 3_600, 86_400


def test_every_event_arrives_once_signed_and_in_order(post: Post) -> None:
    with receiving() as target:
        endpoint = post.endpoint(target.url, scheme=Scheme.BOTH, order=Order.STRICT)
        wanted = post.happen(20)
        post.run()
        post.run()
    assert target.sequences == wanted
    for received in target.received:
        assert received.headers["webhook-id"] == received.event["id"]
        assert received.headers["content-type"].startswith("application/cloudevents+json")
        assert "v1a," in received.headers["webhook-signature"]
        verify(received, endpoint)
    assert [each.status for each in post.deliveries()] == [DeliveryStatus.DELIVERED] * 20


def verify(received: Received, endpoint: str, generation: int = 1) -> None:
    """By the reference library, whose tolerance is measured by the real clock, which is not ours."""
    reference = Webhook(KEYS.secret("main", endpoint, generation))
    reference._Webhook__verify_timestamp = lambda _text: _moment(received)  # type: ignore[attr-defined]
    reference.verify(received.body, received.headers)


def _moment(received: Received) -> datetime:
    return datetime.fromtimestamp(int(received.headers["webhook-timestamp"]), UTC)


@pytest.mark.parametrize(
    ("status", "tries", "waits"),
    [
        (500, 10, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]),
        (302, 10, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]),
        (429, 10, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]),
        (400, 5, [5, 300, 1_800, 7_200]),
        (404, 5, [5, 300, 1_800, 7_200]),
    ],
)
def test_what_is_not_taken_is_tried_again_until_it_is_set_aside(
    memory_post: Post, status: int, tries: int, waits: list[int]
) -> None:
    post = memory_post
    with receiving(lambda _received, _place: says(status, b"no", location="/x")) as target:
        post.endpoint(target.url)
        post.happen()
        post.run()
        for count, wait in enumerate(waits, 1):
            assert len(target.received) == count
            post.later(wait * 0.79)
            assert len(target.received) == count, "it is too early"
            post.later(wait * 0.42)
        assert len(target.received) == tries
        post.later(30 * DAY)
        assert len(target.received) == tries
    (delivery,) = post.deliveries()
    assert (delivery.status, delivery.tries) == (DeliveryStatus.PARKED, tries)
    assert str(status) in (delivery.reason or "")
    found = post.store.attempts(post.info, delivery.id, 99)
    assert [(each.status, each.reply) for each in found] == [(status, "no")] * tries
    assert len({each.headers["webhook-id"] for each in target.received}) == 1


@pytest.mark.parametrize(
    ("reaction", "says_what"),
    [
        (receiver.closes, "no HTTP"),
        (receiver.babbles, "no HTTP"),
        (says(503), "503"),
    ],
)
def test_no_answer_is_a_failure_too(memory_post: Post, reaction: Reaction, says_what: str) -> None:
    post = memory_post

    def script(_received: Received, place: int) -> Reaction:
        return reaction if place == 0 else says(200)

    with receiving(script) as target:
        post.endpoint(target.url)
        post.happen()
        post.run()
        (delivery,) = post.deliveries()
        assert delivery.status is DeliveryStatus.PENDING
        assert says_what in (delivery.reason or "")
        post.later(7)
    (delivery,) = post.deliveries()
    assert (delivery.status, delivery.tries, delivery.reason) == (DeliveryStatus.DELIVERED, 2, None)


def test_nobody_there_is_a_failure(memory_post: Post) -> None:
    with receiving() as target:
        url = target.url
    memory_post.endpoint(url)
    memory_post.happen()
    memory_post.run()
    (delivery,) = memory_post.deliveries()
    assert "no connection" in (delivery.reason or "")


def test_a_slow_loris_is_left_after_a_while(
    memory_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partita.adapters.couriers.http.ANSWER_SECONDS", 1.0)
    with receiving(lambda _received, _place: receiver.drips) as target:
        memory_post.endpoint(target.url)
        memory_post.happen()
        memory_post.run(5)
        (delivery,) = memory_post.deliveries()
        assert delivery.reason == "no answer within 1 seconds"


def test_of_a_huge_answer_the_beginning_is_read(memory_post: Post) -> None:
    with receiving(lambda _received, _place: receiver.floods) as target:
        memory_post.endpoint(target.url)
        memory_post.happen()
        memory_post.run(5)
        (delivery,) = memory_post.deliveries()
        assert delivery.status is DeliveryStatus.DELIVERED
        (attempt,) = memory_post.store.attempts(memory_post.info, delivery.id, 9)
        assert attempt.reply == "x" * 1_024


def test_a_receiver_may_ask_to_be_left_alone(memory_post: Post) -> None:
    post = memory_post
    with receiving(lambda _received, _place: says(429, retry_after="7200")) as target:
        post.endpoint(target.url)
        post.happen()
        post.run()
        post.later(2 * HOUR - 10)
        assert len(target.received) == 1
        post.later(20)
        assert len(target.received) == 2


def test_who_is_gone_is_disabled_at_once(post: Post) -> None:
    is_there: list[bool] = []
    with receiving(lambda _received, _place: says(204 if is_there else 410)) as target:
        endpoint = post.endpoint(target.url, types=("account.opened", "webhook_endpoint.*"))
        (sequence,) = post.happen()
        post.run()
        after = post.matter(endpoint)
        assert after.status == "disabled"
        assert read_endpoint(after.body).disabled_because == "gone: the endpoint answered 410"
        post.later(DAY)
        before = len(target.received)
        is_there.append(True)
        post.done(EnableEndpoint(endpoint=endpoint))
        post.later(10)
    assert sequence in target.sequences[before:], "nothing is lost"
    types = [each.event["type"] for each in target.received]
    assert "dev.partita.webhook_endpoint.disabled.v1" in types
    assert len(post.deliveries()) == len(set(target.sequences))


def test_who_fails_for_days_is_disabled_with_a_reason(memory_post: Post) -> None:
    post = memory_post
    with receiving(lambda _received, _place: says(500)) as target:
        endpoint = post.endpoint(target.url)
        post.happen(2)
        post.run()
        for _ in range(71):
            post.later(HOUR)
        assert post.matter(endpoint).status == "enabled"
        for _ in range(30):
            post.later(HOUR)
            post.happen()
        after = post.matter(endpoint)
        assert after.status == "disabled"
        why = read_endpoint(after.body).disabled_because or ""
        assert why.startswith("failing: nothing has succeeded since 2026-11-20T12:00:0")
        assert why.endswith("the endpoint answered 500")
        count = len(target.received)
        post.later(10 * DAY)
        assert len(target.received) == count, "nothing is sent any more"
        post.done(EnableEndpoint(endpoint=endpoint))
        post.later(HOUR)
        assert post.matter(endpoint).status == "enabled", "it begins anew"
        assert len(target.received) > count


def test_a_success_now_and_then_keeps_it_enabled(memory_post: Post) -> None:
    post = memory_post
    with receiving(lambda _received, place: says(204 if place % 9 == 8 else 500)) as target:
        endpoint = post.endpoint(target.url)
        for _ in range(60):
            post.happen()
            post.later(4 * HOUR)
        assert len(target.received) > 100
    assert post.matter(endpoint).status == "enabled"


def test_a_poison_event_is_set_aside_and_others_flow(memory_post: Post) -> None:
    post = memory_post

    def script(received: Received, _place: int) -> Reaction:
        return (
            says(422) if received.event["data"]["object"]["path"] == "customers:c2" else says(200)
        )

    with receiving(script) as target:
        post.endpoint(target.url)
        one, poison, three = post.happen(3)
        post.run()
        assert sorted(target.sequences) == [one, poison, three]
        for wait in (7, 400, 2_400, 9_000):
            post.later(wait)
    statuses = {each.sequence: each.status for each in post.deliveries()}
    assert statuses == {
        one: DeliveryStatus.DELIVERED,
        poison: DeliveryStatus.PARKED,
        three: DeliveryStatus.DELIVERED,
    }
    assert target.sequences.count(poison) == 5


def test_strictly_nothing_passes_one_that_fails_until_it_is_set_aside(post: Post) -> None:
    def script(received: Received, _place: int) -> Reaction:
        return (
            says(422) if received.event["data"]["object"]["path"] == "customers:c2" else says(200)
        )

    with receiving(script) as target:
        post.endpoint(target.url, order=Order.STRICT)
        one, poison, three, four = post.happen(4)
        post.run()
        for wait in (7, 400, 2_400):
            post.later(wait)
            assert set(target.sequences) == {one, poison}
        post.later(9_000)
    assert target.sequences == [one, *[poison] * 5, three, four]
    assert target.most_under_way == 1


def test_during_the_overlap_both_secrets_sign(memory_post: Post) -> None:
    post = memory_post
    with receiving() as target:
        endpoint = post.endpoint(target.url)
        post.done(RotateSecret(endpoint=endpoint, overlap_seconds=60))
        post.happen()
        post.run()
        post.later(61)
        post.happen()
        post.run()
    during, after = target.received
    verify(during, endpoint, 1)
    verify(during, endpoint, 2)
    verify(after, endpoint, 2)
    with pytest.raises(Exception, match="No matching signature"):
        verify(after, endpoint, 1)


def test_a_test_reaches_this_endpoint_alone_whatever_its_types(memory_post: Post) -> None:
    post = memory_post
    with receiving() as mine, receiving() as other:
        endpoint = post.endpoint(mine.url)
        post.endpoint(other.url)
        post.done(TryEndpoint(endpoint=endpoint))
        post.run()
        assert [each.event["subject"] for each in mine.received] == [endpoint]
        assert not other.received


def test_a_large_event_goes_out_without_its_data(memory_post: Post) -> None:
    post = memory_post
    with receiving() as target:
        post.endpoint(target.url, types=("webhook_endpoint.created",))
        types = tuple(f"{'a' * 100}.{'b' * 100}{letter}" for letter in "cdefghijklmnop" * 7)
        post.endpoint(target.url + "?large", types=types[:98], description="x" * 500)
        post.run()
    large = next(each for each in target.received if "dataref" in each.event)
    assert "data" not in large.event
    assert large.event["dataref"] == f"/v1/events/{large.event['id']}"
    assert len(large.body) < 20_000


def test_events_from_the_beginning_if_asked_for(memory_post: Post) -> None:
    post = memory_post
    before = post.happen(3)
    with receiving() as all_of_it, receiving() as from_now:
        post.endpoint(all_of_it.url, after=0)
        post.endpoint(from_now.url)
        later = post.happen(2)
        post.run()
    assert sorted(all_of_it.sequences) == before + later
    assert sorted(from_now.sequences) == later
