"""How far views fall behind while bulks are posted as fast as they are taken, and how soon they are back."""

import itertools
import threading
import time
from typing import Any, NamedTuple

from tools.outgoing.posting import transfer
from tools.outgoing.stage import Stage

_BULK, _CLIENTS = 1_000, 2
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.25, 300.0
_runs = itertools.count(1)


class Lag(NamedTuple):
    """What was posted how fast, and where the slowest view was."""

    posted: int
    posting_seconds: float
    most_records: int
    most_seconds: float
    drained_seconds: float

    @property
    def live_rate(self) -> float:
        """Records a second, while they were posted."""
        return self.posted / self.posting_seconds

    @property
    def drain_rate(self) -> float:
        """Records a second that the slowest view took in after posting had ended."""
        return self.most_records / max(self.drained_seconds, 0.001)


def under_bulk(stage: Stage, seconds: float) -> Lag:
    """Post bulks for so long, watch the views, and wait until they have caught up."""
    run = next(_runs)
    deadline = time.monotonic() + seconds
    counts = [0] * _CLIENTS
    clients = [
        threading.Thread(target=_post, args=(stage, f"{run}-{number}", number, counts, deadline))
        for number in range(_CLIENTS)
    ]
    began = time.monotonic()
    for client in clients:
        client.start()
    most_records, most_seconds = 0, 0.0
    while any(client.is_alive() for client in clients):
        most_records, most_seconds = _worst(stage, most_records, most_seconds)
        time.sleep(_LOOK_SECONDS)
    posting = time.monotonic() - began
    began = time.monotonic()
    while _worst(stage, 0, 0.0)[0] > 0:
        if time.monotonic() - began > _PATIENCE_SECONDS:
            raise TimeoutError(f"views are still behind after {_PATIENCE_SECONDS:g} s")
        time.sleep(_LOOK_SECONDS)
    return Lag(sum(counts), posting, most_records, most_seconds, time.monotonic() - began)


def _post(stage: Stage, run: str, name: int, counts: list[int], deadline: float) -> None:
    client = stage.connect()
    number = 0
    while time.monotonic() < deadline:
        number += 1
        bulk = {"mode": "atomic", "transactions": [transfer(each) for each in range(_BULK)]}
        client.insist("POST", "/v1/transactions/batch", bulk, key=f"bulk-{run}-{number}")
        counts[name] += _BULK
    client.close()


def _worst(stage: Stage, records: int, seconds: float) -> tuple[int, float]:
    """The greatest lag of any view now, or the one that is given if that is greater."""
    views: list[dict[str, Any]] = stage.client.insist("GET", "/v1/views")["data"]
    return (
        max(records, *(int(view["lag_records"]) for view in views)),
        max(seconds, *(float(view["lag_seconds"]) for view in views)),
    )
