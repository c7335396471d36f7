"""An event that the broker refuses: tried, set aside, passed by the others, and taken in the end."""

from typing import NamedTuple

from tools.outgoing import brokered
from tools.outgoing.posting import transfer
from tools.outgoing.programs import until
from tools.outgoing.stage import STREAM, SUBJECT, Stage

_BEHIND = 20
_PATIENCE_SECONDS = 60.0


class Refused(NamedTuple):
    """What became of it, and of those behind it."""

    tries: int
    posted_behind: int
    arrived_behind: int
    is_taken_later: bool


def refused(stage: Stage) -> Refused:
    """Post a transaction that is larger than the broker takes, and others behind it."""
    large = transfer(1) | {"metadata": {f"note-{n}": "x" * 400 for n in range(45)}}
    stage.client.insist("POST", "/v1/transactions", large, key="poison")
    poisoned = stage.client.sequence
    for number in range(_BEHIND):
        stage.client.insist("POST", "/v1/transactions", transfer(number), key=f"behind-{number}")
    head = stage.client.sequence
    path = f"/v1/event_sinks/{stage.sink}"
    until(
        lambda: int(stage.client.insist("GET", path)["cursor"]) >= head,
        "the others pass the event that is refused", _PATIENCE_SECONDS,
    )  # fmt: skip
    (parked,) = stage.client.insist("GET", f"{path}/parked")["data"]
    held = {got.sequence for got in brokered.held(stage.broker.port, STREAM, SUBJECT)}
    arrived = sum(sequence in held for sequence in range(poisoned + 1, head + 1))
    stage.broker.take_larger()
    until(lambda: _retried(stage, path, poisoned), "it is taken", _PATIENCE_SECONDS)
    return Refused(int(parked["tries"]), head - poisoned, arrived, is_taken_later=True)


def _retried(stage: Stage, path: str, sequence: int) -> bool:
    answer = stage.client.ask("POST", f"{path}/parked/{sequence}/retry", {})
    return answer[0] == 200 and not answer[1]["is_parked"]
