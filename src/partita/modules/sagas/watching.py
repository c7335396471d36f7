"""Watching sagas: one, many, how many there are of each status, and which need somebody."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from partita.engine.errors import NotFound
from partita.engine.listing import ResourceFilter
from partita.engine.ports import Clock, LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.modules.sagas.flow import Flow, Flows
from partita.modules.sagas.saga import KIND, OPEN, Saga, SagaStatus, read

_PAGE = 500


class Wanted(NamedTuple):
    """Which sagas to list; None is any. `overdue`: only those that are late or stuck, or not."""

    status: SagaStatus | None = None
    overdue: bool | None = None


ALL = Wanted()


class Sagas:
    """Reads the sagas of an installation."""

    def __init__(self, store: Reader, flows: Flows, clock: Clock) -> None:
        """Read from this store; the clock says which are late."""
        self._store, self._flows, self._clock = store, flows, clock

    def flows(self) -> list[Flow]:
        """The flows that can be started, by name."""
        return [self._flows[name] for name in sorted(self._flows)]

    def flow(self, name: str) -> Flow:
        """The flow of that name.

        Raises:
            NotFound: there is none.
        """
        if name not in self._flows:
            raise NotFound(f"there is no flow {name!r}; there are {', '.join(sorted(self._flows))}")
        return self._flows[name]

    def get(self, info: LedgerInfo, identifier: str) -> Saga:
        """A saga as it is now.

        Raises:
            NotFound: there is none of that id.
        """
        found = self._store.resource(info, KIND, identifier)
        if not isinstance(found, Matter):
            raise NotFound(f"there is no saga {identifier!r} in the ledger {info.name!r}")
        return read(found)

    def newest(
        self, info: LedgerInfo, wanted: Wanted, before: int | None, limit: int
    ) -> list[Saga]:
        """Sagas, newest first, with a sequence below `before`."""
        now, found = self._clock.now(), []
        for saga in self._candidates(info, wanted, before):
            if wanted.overdue in (None, saga.needs_somebody(now)):
                found.append(saga)
            if len(found) == limit:
                break
        return found

    def _candidates(self, info: LedgerInfo, wanted: Wanted, before: int | None) -> Iterable[Saga]:
        if not wanted.overdue or wanted.status is not None:
            return self._all(info, wanted.status, before)
        # Only open ones can be late, and they are few beside those that are over.
        still = [saga for saga in self._open(info) if before is None or saga.sequence < before]
        return sorted(still, key=lambda saga: -saga.sequence)

    def overdue(self, info: LedgerInfo) -> list[Saga]:
        """Those that are late or stuck: somebody has to look at them."""
        now = self._clock.now()
        return [saga for saga in self._open(info) if saga.needs_somebody(now)]

    def counts(self, info: LedgerInfo) -> Counter[SagaStatus]:
        """How many are open, by status."""
        return Counter(saga.status for saga in self._open(info))

    def _open(self, info: LedgerInfo) -> Iterator[Saga]:
        for status in OPEN:
            yield from self._all(info, status, None)

    def _all(
        self, info: LedgerInfo, status: SagaStatus | None, before: int | None
    ) -> Iterator[Saga]:
        state = None if status is None else status.value
        while True:
            found = self._store.resources(info, ResourceFilter(KIND, state=state), before, _PAGE)
            yield from (read(each) for each in found if isinstance(each, Matter))
            if len(found) < _PAGE:
                return
            before = found[-1].number
