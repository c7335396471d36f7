"""Whether posting feels it when nobody takes events: latencies by turns, with the broker and without."""

import time
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tools.outgoing.posting import Load
from tools.outgoing.stage import Stage

_CLIENTS = 8


class Pace(NamedTuple):
    """Milliseconds until a transaction was acknowledged."""

    p50: float
    p99: float
    requests: int


def pace(seconds: Sequence[float]) -> Pace:
    """The middle and the last hundredth.

    >>> pace([0.001] * 99 + [0.5])
    Pace(p50=1.0, p99=500.0, requests=100)
    """
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return Pace(round(median(ordered) * 1000, 2), round(last * 1000, 2), len(ordered))


def by_turns(stage: Stage, turns: int, seconds: float, per_second: float) -> tuple[Pace, Pace]:
    """The pace with the broker up, and with it down; each turn has both, so that drift is shared."""
    up: list[float] = []
    down: list[float] = []
    for _ in range(turns):
        up += _measured(stage, seconds, per_second)
        stage.broker.kill()
        down += _measured(stage, seconds, per_second)
        stage.broker.start()
    return pace(up), pace(down)


def _measured(stage: Stage, seconds: float, per_second: float) -> list[float]:
    load = Load(stage.connect, _CLIENTS, per_second)
    time.sleep(seconds)
    load.stop()
    return load.seconds
