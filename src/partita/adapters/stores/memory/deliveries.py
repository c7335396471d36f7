"""Deliveries of webhooks, in memory."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec

from partita.engine.delivery_ports import (
    Attempt,
    Backlog,
    Claim,
    Delivery,
    DeliveryFilter,
    DeliveryStatus,
    Health,
    Noted,
    Replay,
    Tally,
)
from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment


class _Kept:
    """What is kept of one ledger."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.claims: dict[str, Moment] = {}
        self.attempts: dict[str, list[Attempt]] = {}
        self.healths: dict[str, Health] = {}
        self.replays: dict[str, Replay] = {}

    def pending(self, endpoint: str | None = None) -> list[Delivery]:
        """What is pending, by sequence."""
        found = (
            each
            for each in self.deliveries.values()
            if each.status is DeliveryStatus.PENDING and endpoint in (None, each.endpoint)
        )
        return sorted(found, key=lambda each: each.sequence)

    def forget(self, identifiers: Iterable[str]) -> None:
        """Forget deliveries and their tries."""
        for identifier in identifiers:
            del self.deliveries[identifier]
            self.claims.pop(identifier, None)
            self.attempts.pop(identifier, None)


class MemoryDeliveries:
    """The webhooks' side of the memory store."""

    def __init__(self) -> None:
        """Nothing is owed yet."""
        super().__init__()
        self._owed: dict[int, _Kept] = {}
        self._delivering = threading.Lock()

    def _of(self, ledger: LedgerInfo) -> _Kept:
        return self._owed.setdefault(ledger.number, _Kept())

    def queue_deliveries(
        self, ledger: LedgerInfo, deliveries: Sequence[Delivery], *, again: bool = False
    ) -> None:
        """Keep new deliveries."""
        with self._delivering:
            kept = self._of(ledger)
            for each in deliveries:
                if again or each.id not in kept.deliveries:
                    before = kept.deliveries.get(each.id, each)
                    kept.deliveries[each.id] = msgspec.structs.replace(
                        each, created_at=before.created_at
                    )
                    kept.claims.pop(each.id, None)

    def claim_deliveries(self, ledger: LedgerInfo, endpoint: str, claim: Claim) -> list[Delivery]:
        """Claim what is due."""
        with self._delivering:
            kept = self._of(ledger)
            pending = kept.pending(endpoint)
            candidates = pending[:1] if claim.is_strict else pending
            due = (
                each
                for each in candidates
                if each.next_attempt_at <= claim.now
                and kept.claims.get(each.id, claim.now) <= claim.now
            )
            taken = list(islice(due, claim.limit))
            kept.claims.update((each.id, claim.until) for each in taken)
            return taken

    def note_attempts(self, ledger: LedgerInfo, noted: Sequence[Noted]) -> None:
        """Keep what came of tries."""
        with self._delivering:
            kept = self._of(ledger)
            by_endpoint: dict[str, list[Attempt]] = {}
            for after, attempt in noted:
                by_endpoint.setdefault(after.endpoint, []).append(attempt)
                before = kept.deliveries.get(after.id)
                if before is None:
                    continue
                kept.attempts.setdefault(after.id, []).append(attempt)
                if before.status is DeliveryStatus.PENDING:
                    kept.deliveries[after.id] = after
                kept.claims.pop(after.id, None)
            for endpoint, attempts in by_endpoint.items():
                health = kept.healths.get(endpoint, Health(endpoint=endpoint))
                kept.healths[endpoint] = health.after(Tally.of(endpoint, attempts))

    def delivery(self, ledger: LedgerInfo, identifier: str) -> Delivery | None:
        """A delivery by its id."""
        return self._of(ledger).deliveries.get(identifier)

    def deliveries(
        self, ledger: LedgerInfo, which: DeliveryFilter, before: tuple[int, str] | None, limit: int
    ) -> list[Delivery]:
        """Deliveries, newest first."""
        with self._delivering:
            found = [
                each
                for each in self._of(ledger).deliveries.values()
                if which.endpoint in (None, each.endpoint)
                and which.status in (None, each.status)
                and which.event_id in (None, each.event_id)
                and (before is None or (each.sequence, each.endpoint) < before)
            ]
        found.sort(key=lambda each: (each.sequence, each.endpoint), reverse=True)
        return found[:limit]

    def attempts(self, ledger: LedgerInfo, delivery: str, limit: int) -> list[Attempt]:
        """Tries, newest first."""
        return self._of(ledger).attempts.get(delivery, [])[::-1][:limit]

    def backlogs(self, ledger: LedgerInfo) -> list[Backlog]:
        """What is pending, by endpoint."""
        with self._delivering:
            by_endpoint: dict[str, list[Delivery]] = {}
            for each in self._of(ledger).pending():
                by_endpoint.setdefault(each.endpoint, []).append(each)
            return [
                Backlog(
                    endpoint,
                    len(owed),
                    min(each.created_at for each in owed),
                    min(each.next_attempt_at for each in owed),
                )
                for endpoint, owed in sorted(by_endpoint.items())
            ]

    def healths(self, ledger: LedgerInfo, endpoints: Sequence[str]) -> Mapping[str, Health]:
        """How endpoints fare."""
        with self._delivering:
            kept = self._of(ledger)
            parked = Counter(
                each.endpoint
                for each in kept.deliveries.values()
                if each.status is DeliveryStatus.PARKED
            )
            return {
                name: msgspec.structs.replace(kept.healths[name], parked=parked[name])
                for name in endpoints
                if name in kept.healths
            }

    def drop_deliveries(self, ledger: LedgerInfo, endpoint: str) -> int:
        """Forget what is pending for an endpoint."""
        with self._delivering:
            kept = self._of(ledger)
            owed = kept.pending(endpoint)
            kept.forget(each.id for each in owed)
            kept.replays = {
                name: each for name, each in kept.replays.items() if each.endpoint != endpoint
            }
            return len(owed)

    def prune_deliveries(self, ledger: LedgerInfo, before: Moment, limit: int) -> int:
        """Forget what was finished long ago."""
        with self._delivering:
            kept = self._of(ledger)
            old = [
                each.id
                for each in kept.deliveries.values()
                if each.finished_at is not None and each.finished_at < before
            ][:limit]
            kept.forget(old)
            return len(old)

    def add_replay(self, ledger: LedgerInfo, replay: Replay) -> None:
        """Keep a wish for a range."""
        with self._delivering:
            self._of(ledger).replays[replay.id] = replay

    def replays(self, ledger: LedgerInfo) -> list[Replay]:
        """Ranges that are not done."""
        found = self._of(ledger).replays.values()
        return sorted(found, key=lambda each: (each.requested_at, each.id))

    def move_replay(self, ledger: LedgerInfo, replay: Replay, to: int) -> bool:
        """Move a range on, or end it."""
        with self._delivering:
            replays = self._of(ledger).replays
            if replays.get(replay.id) != replay:
                return False
            if to >= replay.through:
                del replays[replay.id]
            else:
                replays[replay.id] = msgspec.structs.replace(replay, after=to)
            return True
