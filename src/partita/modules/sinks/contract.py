"""The contract of brokers: what a sink's process asks of whatever takes events in.

In order and at least once. A broker says how many of the events that it was given are safe with it,
counted from the first; what comes behind the one that it would not take may have arrived or not, and
is given again. The same event always has the same id, by which receivers and brokers know it again.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from partita.engine.errors import PartitaError
from partita.engine.feed import FeedEvent
from partita.modules.sinks.sink import Sink


class BrokerUnavailable(PartitaError):
    """The broker cannot be reached, or does not answer in time; it is asked again later."""

    retryable = True


class Published(NamedTuple):
    """How many events, from the first, are safe with the broker; why the next one never will be.

    Only what an event itself is at fault for is a refusal, such as its size. If fewer are safe than
    were given and there is none, the broker broke off after those: the rest is given again.
    """

    safe: int
    refused: str | None = None


class Broker(Protocol):
    """Whatever takes events in; belongs to one thread."""

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        """Hand over events, in order; returns when their fate is known.

        Raises:
            BrokerUnavailable: some may have arrived, and none is known to be safe.
        """
        ...

    def bury(self, event: FeedEvent, error: str) -> None:
        """Tell the broker's dead letters of an event that it would not take, if it has such.

        Raises:
            BrokerUnavailable: it cannot be told now.
        """
        ...

    def close(self) -> None:
        """Let go of the broker; never fails."""
        ...


Brokers = Callable[[str, Sink], Broker]
"""Connects a ledger's sink to its broker; connecting itself may wait for the first event."""
