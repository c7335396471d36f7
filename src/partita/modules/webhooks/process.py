"""The process of webhooks: events into lines, what is due to the couriers, what came back into the store.

    feed ─► intake ─► deliveries ─► dispatcher ═► receivers
                          ▲                          ║
                          └── attempts, next try ◄═══╝     410, or failing for days: a command disables

It can be killed anywhere: what was under way is sent again, with the same id. Several workers share
the work; each delivery is one's for a while. The ledger itself never waits for any of it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from partita.engine.clerk import Clerk, is_new
from partita.engine.delivery_ports import Backlog, Noted
from partita.engine.errors import PartitaError
from partita.engine.feed import Feed
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.ports import Clock, Entropy, LedgerInfo
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.webhooks.commands import DisableEndpoint
from partita.modules.webhooks.dispatching import Dispatcher, Sent, Tools
from partita.modules.webhooks.endpoint import KIND, EndpointStatus, read_endpoint
from partita.modules.webhooks.intake import DeliveryStore, Intake, Served
from partita.modules.webhooks.judging import (
    CHANCE_BYTES,
    FAILING_SECONDS,
    MOST_TRIES,
    Verdict,
    after_attempt,
    verdict_of,
)
from partita.modules.webhooks.office import RETENTION_DAYS
from partita.modules.webhooks.shelf import EventShelf

_WAIT_SECONDS = 0.2
_LOOK_SECONDS = 0.1
"""How often lines are looked at while requests come back: each look costs the store a few questions."""
_PRUNING_SECONDS, _PRUNED_AT_ONCE = 600, 2_000
_PAGE = 500
_DAY_SECONDS = 86_400
_log = logging.getLogger(__name__)


class Books(NamedTuple):
    """The ledgers that webhooks are for, and how to write into one."""

    ledgers: Callable[[], list[LedgerInfo]]
    ledger: Callable[[str], Ledger]


class WebhookProcess:
    """Brings events to the endpoints of all ledgers."""

    name = "webhooks"

    def __init__(
        self, store: DeliveryStore, books: Books, tools: Tools, entropy: Entropy,
        *, retention_days: Callable[[], int] = lambda: RETENTION_DAYS,
    ) -> None:  # fmt: skip
        """Deliver what these books owe; finished deliveries are forgotten after `retention_days`."""
        feed = Feed(store)
        shelf = EventShelf(feed)
        self._store, self._books, self._entropy = store, books, entropy
        self._intake = Intake(store, feed, shelf)
        self._dispatcher = Dispatcher(store, shelf, tools)
        self._retention_days = retention_days
        self._pruned_at: dict[int, Moment] = {}
        self._unnoted: list[tuple[LedgerInfo, Sent, Noted]] = []
        self._known: dict[str, Served] = {}
        self._look_at = 0.0
        self._turn = self._tries = 0

    def run_once(self, now: Moment) -> int:
        """Take in what came back, queue and send what is due; above 0 while anything is under way."""
        came = self._take_over()
        if self._dispatcher.under_way and time.monotonic() < self._look_at:
            return len(came) + self._refill(came, now) + self._dispatcher.under_way
        self._look_at = time.monotonic() + _LOOK_SECONDS
        self._known.clear()
        done = len(came)
        for info in self._books.ledgers():
            try:
                done += self._serve(info, now)
            except PartitaError as error:
                _log.warning("webhooks of %s stand still: %s", info.name, error)
        return done + self._dispatcher.under_way

    def run_through(self, clock: Clock) -> int:
        """Run until nothing is due and nothing under way; how many tries came back."""
        before = self._tries
        while self.run_once(clock.now()):
            continue
        return self._tries - before

    def close(self) -> None:
        """Give up what is under way; it is sent again later."""
        self._take_over(wait_seconds=0)
        self._dispatcher.close()

    # What is due.

    def _refill(self, came: Sequence[Sent], now: Moment) -> int:
        """Give the places that came free to what is in line, without looking at all else again."""
        free = {each.served.id: each.ledger for each in came}
        served = ((self._known.get(name), info) for name, info in free.items())
        return sum(self._dispatcher.send_due(info, each, now) for each, info in served if each)

    def _serve(self, info: LedgerInfo, now: Moment) -> int:
        served = list(self._served(info))
        backlogs = {each.endpoint: each for each in self._store.backlogs(info)}
        self._drop_archived(info, backlogs.keys() - {each.id for each in served})
        done = self._prune(info, now)
        if not served:
            return done
        done += self._intake.fill(info, served, backlogs, now)
        # Whoever was first last time is last now: the places of all together are few, too.
        self._turn = (self._turn + 1) % len(served)
        backlogs = {each.endpoint: each for each in self._store.backlogs(info)}
        self._known.update((each.id, each) for each in served)
        for each in (*served[self._turn :], *served[: self._turn]):
            if _is_due(backlogs.get(each.id), now):
                done += self._dispatcher.send_due(info, each, now)
        return done

    def _served(self, info: LedgerInfo) -> list[Served]:
        found: list[Served] = []
        which = ResourceFilter(KIND, state=EndpointStatus.ENABLED.value)
        before: int | None = None
        while page := self._store.resources(info, which, before, _PAGE):
            for matter in page:
                assert isinstance(matter, Matter), "endpoints are kept as matters"
                found.append(Served(matter, read_endpoint(matter.body)))
            before = page[-1].number
        return found

    def _drop_archived(self, info: LedgerInfo, idle: set[str]) -> None:
        """Forget what pends for endpoints that are over; disabled ones get theirs later."""
        for matter in self._store.resources_by_id(info, sorted(idle)) if idle else ():
            if matter.state == EndpointStatus.ARCHIVED.value:
                self._store.drop_deliveries(info, matter.id)

    def _prune(self, info: LedgerInfo, now: Moment) -> int:
        last = self._pruned_at.get(info.number)
        if last is not None and now - last < _PRUNING_SECONDS * 1_000_000:
            return 0
        before = Moment(now - self._retention_days() * _DAY_SECONDS * 1_000_000)
        pruned = self._store.prune_deliveries(info, before, _PRUNED_AT_ONCE)
        if pruned < _PRUNED_AT_ONCE:
            self._pruned_at[info.number] = now
        return pruned

    # What came back.

    def _take_over(self, wait_seconds: float = _WAIT_SECONDS) -> list[Sent]:
        found = self._dispatcher.take_over(wait_seconds)
        for sent in found:
            chance = self._entropy.bytes(CHANCE_BYTES)
            after = after_attempt(
                sent.delivery, sent.attempt, chance, wish_seconds=sent.wish_seconds
            )
            self._unnoted.append((sent.ledger, sent, Noted(after, sent.attempt)))
        self._tries += len(found)
        self._note()
        return found

    def _note(self) -> None:
        """Keep what came back; if the store is away, it is kept in memory until it is there again."""
        by_ledger: dict[int, list[tuple[LedgerInfo, Sent, Noted]]] = {}
        for each in self._unnoted:
            by_ledger.setdefault(each[0].number, []).append(each)
        for group in by_ledger.values():
            info = group[0][0]
            self._store.note_attempts(info, [noted for _info, _sent, noted in group])
            self._unnoted = [each for each in self._unnoted if each[0].number != info.number]
            try:
                self._judge(info, [sent for _info, sent, _noted in group])
            except PartitaError as error:  # the next failure says it again
                _log.warning("an endpoint of %s could not be disabled: %s", info.name, error)

    def _judge(self, info: LedgerInfo, sent: Sequence[Sent]) -> None:
        """Disable endpoints that are gone, or at which nothing has succeeded for days."""
        failed = {each.served.id: each for each in sent if not each.attempt.is_success}
        gone = {
            each.served.id: each
            for each in failed.values()
            if verdict_of(each.attempt.status) is Verdict.GONE
        }
        for each in gone.values():
            self._disable(info, each.served, "gone: the endpoint answered 410")
        others = sorted(failed.keys() - gone.keys())
        healths = self._store.healths(info, others) if others else {}
        for name, health in healths.items():
            each = failed[name]
            if health.failing_since is None or health.failures < MOST_TRIES:
                continue
            since = max(health.failing_since, each.served.endpoint.enabled_at)
            if each.attempt.at - since >= FAILING_SECONDS * 1_000_000:
                reason = f"failing: nothing has succeeded since {Moment(since).text()}"
                self._disable(info, each.served, f"{reason}; {_why(each)}")

    def _disable(self, info: LedgerInfo, served: Served, reason: str) -> None:
        act = DisableEndpoint(endpoint=served.id, reason=reason[:_PAGE])
        key = f"{served.id}:disable:{served.matter.version}"
        outcome = Clerk(self._books.ledger(info.name), self.name).write_one(act, key)
        if is_new(outcome):
            _log.warning(
                "the webhook endpoint %s of %s is disabled: %s", served.id, info.name, reason
            )


def _why(sent: Sent) -> str:
    attempt = sent.attempt
    return attempt.error or f"the endpoint answered {attempt.status}"


def _is_due(backlog: Backlog | None, now: Moment) -> bool:
    return backlog is not None and backlog.next_at <= now
