"""The process of sinks: a thread for each that runs, so that a slow or dead broker delays nobody."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from partita.engine.consumer_ports import ConsumerKeeper
from partita.engine.errors import PartitaError
from partita.engine.feed import Feed, FeedEvent
from partita.engine.listing import ResourceFilter
from partita.engine.ports import Clock, Entropy, LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.sinks.contract import Broker, Brokers, Published
from partita.modules.sinks.lane import WINDOW, End, Lane
from partita.modules.sinks.sink import KIND, Sink, SinkStatus, read_sink

MOST_SINKS = 1_000
LOOK_SECONDS = 0.5
"""How often it is looked which sinks there are; events are looked for at once."""
_IDLE_SECONDS, _LONGEST_IDLE_SECONDS = 0.02, 1.0
_GATHERING_SECONDS = 0.05
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 30.0
_CLOSING_SECONDS = 30.0
_log = logging.getLogger(__name__)


class Running(NamedTuple):
    """A sink that has a thread: what it is like tells whether the thread is still the right one."""

    ledger: str
    identifier: str
    version: int


class SinksProcess:
    """Keeps a lane running for every running sink of every ledger; a `Process`."""

    def __init__(
        self, store: Reader, keeper: ConsumerKeeper, brokers: Brokers,
        ledgers: Callable[[], list[LedgerInfo]], clock: Clock, entropy: Entropy,
    ) -> None:  # fmt: skip
        """Nothing runs before `run_once`."""
        self._store, self._keeper, self._brokers = store, keeper, brokers
        self._ledgers, self._clock, self._entropy = ledgers, clock, entropy
        self._threads: dict[Running, LaneThread] = {}
        self._leaving: dict[str, LaneThread] = {}
        self._looked_at = Moment(0)

    @property
    def name(self) -> str:
        """What it is called in logs and thread names."""
        return "sinks"

    def run_once(self, now: Moment) -> int:
        """Wake every lane; now and then see which sinks there are. The lanes do the work."""
        if not 0 <= now - self._looked_at < LOOK_SECONDS * 1_000_000:
            self._looked_at = now
            self._adopt({running: (info, sink) for running, info, sink in self._wanted()})
        for thread in self._threads.values():
            thread.wake()
        return 0

    def close(self) -> None:
        """Let each lane finish what it is at."""
        self._adopt({})
        for thread in self._leaving.values():
            thread.join(_CLOSING_SECONDS)
        self._leaving.clear()

    def _wanted(self) -> Iterator[tuple[Running, LedgerInfo, Sink]]:
        for info in self._ledgers():
            which = ResourceFilter(KIND, state=SinkStatus.RUNNING.value)
            for found in self._store.resources(info, which, None, MOST_SINKS):
                assert isinstance(found, Matter), "sinks are matters"
                yield Running(info.name, found.id, found.version), info, read_sink(found.body)

    def _adopt(self, wanted: dict[Running, tuple[LedgerInfo, Sink]]) -> None:
        """Run what is wanted and does not run; stop what runs and is not wanted."""
        for running in self._threads.keys() - wanted.keys():
            thread = self._threads.pop(running)
            thread.stop()
            self._leaving[running.identifier] = thread
        # Nobody waits for a broker that hangs; but a sink has one lane, so its next one does.
        self._leaving = {name: each for name, each in self._leaving.items() if each.is_alive}
        for running, (info, sink) in wanted.items():
            if running not in self._threads and running.identifier not in self._leaving:
                self._threads[running] = self._started(running, info, sink)

    def _started(self, running: Running, info: LedgerInfo, sink: Sink) -> "LaneThread":
        broker = Connecting(self._brokers, info.name, sink)
        end = End(info, running.identifier, sink, broker)
        lane = Lane(end, Feed(self._store), self._keeper, self._clock)
        return LaneThread(f"{info.name}/{sink.name}", lane, broker.close, self._jitter)

    def _jitter(self) -> float:
        """Between a half and one, so that many sinks do not come back to a broker at once."""
        return 0.5 + int.from_bytes(self._entropy.bytes(2)) / 131_072


class Connecting:
    """A broker that is connected with the first event, in its lane's own thread; a `Broker`."""

    def __init__(self, brokers: Brokers, ledger: str, sink: Sink) -> None:
        """Nothing is reached yet."""
        self._connect = partial(brokers, ledger, sink)
        self._broker: Broker | None = None

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        """As the broker does."""
        return self._connected().publish(events)

    def bury(self, event: FeedEvent, error: str) -> None:
        """As the broker does."""
        self._connected().bury(event, error)

    def close(self) -> None:
        """Let go of the broker, if there is one."""
        if self._broker is not None:
            self._broker.close()

    def _connected(self) -> Broker:
        if self._broker is None:
            self._broker = self._connect()
        return self._broker


class LaneThread:
    """Takes a lane on and on, until closed; backs off ever longer while its broker is away."""

    def __init__(
        self, name: str, lane: Lane, ended: Callable[[], None], jitter: Callable[[], float]
    ) -> None:
        """Begin at once; `ended` is called when it is over."""
        self._name, self._lane, self._ended, self._jitter = name, lane, ended, jitter
        self._woken, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"partita-sink-{name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was written that may be an event for this sink."""
        self._woken.set()

    @property
    def is_alive(self) -> bool:
        """Whether it is still at something."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish what it is at, and end; does not wait for that."""
        self._closing.set()
        self._woken.set()

    def join(self, seconds: float) -> None:
        """Wait for its end, but not for ever."""
        self._thread.join(seconds)

    def _run(self) -> None:
        pause, idle = _FIRST_PAUSE_SECONDS, _IDLE_SECONDS
        while not self._closing.is_set():
            self._woken.clear()
            try:
                moved = self._lane.step()
            except Exception as error:  # noqa: BLE001 - a sink must outlive whatever its broker does
                self._tell(error, pause)
                self._closing.wait(pause * self._jitter())
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            idle = _IDLE_SECONDS if moved else self._rest(idle)
            if 0 < moved < WINDOW:  # let a few events gather: a window costs a commit
                self._closing.wait(_GATHERING_SECONDS)
        self._ended()

    def _rest(self, idle: float) -> float:
        self._woken.wait(idle)
        return min(2 * idle, _LONGEST_IDLE_SECONDS)

    def _tell(self, error: Exception, pause: float) -> None:
        if isinstance(error, PartitaError):
            _log.warning("the sink %s waits %.1f s: %s", self._name, pause, error)
        else:
            _log.error("the sink %s failed, trying again: %s", self._name, error, exc_info=error)
