"""Dispatching: deliveries that are due are claimed and handed to the courier, a few of each endpoint.

Requests wait in an event loop of their own, and each endpoint has its own few places there: so one
that answers slowly, or never, takes no place of another's.
"""

import time
from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

from partita.engine.delivery_ports import Attempt, Claim, Delivery, kept_text
from partita.engine.ports import Clock, LedgerInfo
from partita.kernel.moment import Moment
from partita.modules.webhooks.endpoint import Order
from partita.modules.webhooks.intake import DeliveryStore, Served
from partita.modules.webhooks.loop import LoopThread
from partita.modules.webhooks.sending import Answer, Courier, Parcel, parcel_of
from partita.modules.webhooks.shelf import EventShelf
from partita.modules.webhooks.signing import Signer, SigningKeys

PLACES = 16
"""Requests that are under way to one endpoint at once, at most; strict ones have one."""
PLACES_OF_FAILING = 2
MOST_UNDER_WAY = 256
_FAILURES_IN_A_ROW = 5
CLAIM_SECONDS = 25
"""How long a delivery is its worker's: longer than a request may take, short for who waits after a crash."""


_GATHERING_SECONDS = 0.01
"""How long the first to come back waits for others: they are noted by one commit."""


class Sent(NamedTuple):
    """A try that is over, and what came back."""

    ledger: LedgerInfo
    served: Served
    delivery: Delivery
    attempt: Attempt
    wish_seconds: int


class Tools(NamedTuple):
    """What sending needs beside the store; the courier is made when the first parcel is sent."""

    courier: Callable[[], Courier]
    keys: SigningKeys
    clock: Clock


class Dispatcher:
    """Has requests under way, and knows how many for whom."""

    def __init__(self, store: DeliveryStore, shelf: EventShelf, tools: Tools) -> None:
        """Claim in this store; send by these tools."""
        self._store, self._shelf, self._tools = store, shelf, tools
        self._loop = LoopThread("partita-webhook-requests")
        self._courier: Courier | None = None
        self._over: SimpleQueue[Sent] = SimpleQueue()
        self._under_way: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    @property
    def under_way(self) -> int:
        """Requests that have not come back."""
        return self._under_way.total()

    def send_due(self, ledger: LedgerInfo, served: Served, now: Moment) -> int:
        """Claim what is due for an endpoint, as far as it has places, and send it; how many."""
        is_strict = served.endpoint.order is Order.STRICT
        places = self._places(served.id, is_strict=is_strict)
        if places <= 0:
            return 0
        until = Moment(now + CLAIM_SECONDS * 1_000_000)
        claim = Claim(now, until, places, is_strict)
        found = self._store.claim_deliveries(ledger, served.id, claim)
        for delivery in found:
            self._send(ledger, served, delivery)
        return len(found)

    def _places(self, endpoint: str, *, is_strict: bool) -> int:
        is_failing = self._failures[endpoint] >= _FAILURES_IN_A_ROW
        most = 1 if is_strict else PLACES_OF_FAILING if is_failing else PLACES
        return min(most - self._under_way[endpoint], MOST_UNDER_WAY - self.under_way)

    def _send(self, ledger: LedgerInfo, served: Served, delivery: Delivery) -> None:
        event = self._shelf.event(ledger, delivery.sequence)
        signer = Signer(self._tools.keys, ledger.name, served.id)
        at = self._tools.clock.now()
        parcel = parcel_of(event, served.endpoint, signer, at)
        begun = time.monotonic()

        def tell(answer: Answer) -> None:
            milliseconds = int((time.monotonic() - begun) * 1_000)
            attempt = _attempt(delivery, at, milliseconds, answer)
            self._over.put(Sent(ledger, served, delivery, attempt, answer.wish_seconds))

        self._under_way[served.id] += 1
        courier = self._courier = self._courier or self._tools.courier()
        self._loop.submit(lambda: _sent(courier, parcel), tell)

    def take_over(self, wait_seconds: float) -> list[Sent]:
        """What has come back; waits a little for the first, if something is under way."""
        found: list[Sent] = []
        until = time.monotonic() + wait_seconds
        try:
            while len(found) < self.under_way:
                found.append(self._over.get(timeout=max(0.0, until - time.monotonic())))
                if len(found) == 1:
                    until = min(until, time.monotonic() + _GATHERING_SECONDS)
        except Empty:
            pass  # that is all there is by now
        for sent in found:
            self._account(sent)
        return found

    def _account(self, sent: Sent) -> None:
        endpoint = sent.served.id
        self._under_way[endpoint] -= 1
        if sent.attempt.is_success:
            self._failures.pop(endpoint, None)
        else:
            self._failures[endpoint] += 1

    def close(self) -> None:
        """Cancel what is under way: its claims run out, and it is sent again by whoever comes next."""
        if self._courier is not None:
            self._loop.close(self._courier.close)
            self._courier = None


async def _sent(courier: Courier, parcel: Parcel) -> Answer:
    """What came of a parcel; whatever befalls the courier is an answer too."""
    try:
        return await courier.send(parcel)
    except Exception as error:  # noqa: BLE001 - a place that is not given back is lost for good
        return Answer(None, f"the request could not be made: {error!r}")


def _attempt(delivery: Delivery, at: Moment, milliseconds: int, answer: Answer) -> Attempt:
    return Attempt(
        delivery=delivery.id,
        at=at,
        milliseconds=milliseconds,
        status=answer.status,
        error=None if answer.error is None else kept_text(answer.error),
        reply=kept_text(answer.reply.decode("utf-8", "replace")),
    )
