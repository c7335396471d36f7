"""Figures: spans of work become a rate and two percentiles. Every part is reduced by this one rule.

A span is one request, from sending it to its answer, and how many transfers it carried. The rate
counts work done inside the measured window, a span that reaches over its edge with the share that
lies inside: so batches that take a second each are counted as fairly as single transfers.
Latencies are of the spans that ended inside the window.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec


class Span(NamedTuple):
    """One request: begun and ended, in seconds of one clock, and its number of transfers."""

    begun: float
    ended: float
    transfers: int


class Window(NamedTuple):
    """The measured time, in seconds of the spans' clock, after the warm-up."""

    opens: float
    closes: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.closes - self.opens


class Figure(msgspec.Struct, omit_defaults=True):
    """What one part measured; rates in transfers per second, latencies of one request.

    `ratio` is to the rate of `baseline_10000`; `memory_mb` the peak resident memory of our own
    process or processes, without PostgreSQL's.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    ratio: float | None = None
    memory_mb: float | None = None
    hot_over_cold: float | None = None
    over_plain: float | None = None
    over_live: float | None = None


def figure(spans: Sequence[Span], window: Window) -> Figure:
    """Reduce the spans of a part; raises ValueError if none ended inside the window."""
    latencies = sorted(
        span.ended - span.begun for span in spans if window.opens <= span.ended <= window.closes
    )
    if not latencies:
        raise ValueError("nothing was finished in the measured time; give it more seconds")
    return Figure(
        rate=round(transfers_within(spans, window) / window.seconds, 1),
        p50_ms=round(percentile(latencies, 0.50) * 1_000, 3),
        p99_ms=round(percentile(latencies, 0.99) * 1_000, 3),
    )


def transfers_within(spans: Iterable[Span], window: Window) -> float:
    """How many transfers the window saw, spans over its edge counted by their share inside."""
    return sum(
        span.transfers * overlap / (span.ended - span.begun)
        for span in spans
        if (overlap := min(span.ended, window.closes) - max(span.begun, window.opens)) > 0
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that is not below `share` of an ascending sequence (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
