"""How quickly whoever is behind comes up to the journal, beside how quickly records come over HTTP."""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection

from bench.books import ASSET, account_path
from bench.children import ask
from bench.load import Answer, Task
from bench.parts import Kind, Part, Plan
from tools.outgoing.programs import until
from tools.outgoing.stage import Stage

_CONNECTIONS, _ACCOUNTS, _PAGE = 256, 200, 1_000
_PATIENCE_SECONDS = 300.0


def live_rate(stage: Stage, seconds: float) -> float:
    """Transactions a second that are posted one by one, as fast as 256 connections may."""
    for number in range(_ACCOUNTS):
        opened = {"path": account_path(number), "type": "liability", "asset": ASSET}
        stage.client.insist("POST", "/v1/accounts", opened, key=f"account-{number}")
    part = Part("live", Kind.HTTP, _CONNECTIONS, accounts=_ACCOUNTS)
    plan = Plan(1.0, seconds)
    task = Task(part, plan, stage.server.port, stage.key, [])
    return ask("bench.load", task, Answer, seconds=plan.seconds).figure.rate


def rates(stage: Stage) -> dict[str, float]:
    """Records a second, of each way on which events leave."""
    return {
        "pages of the feed": _timed(stage, _pages),
        "the stream of events": _timed(stage, _stream),
        "a sink that is a file": _timed(stage, _file),
        "the sink that is a broker": _timed(stage, _broker),
    }


def _timed(stage: Stage, catch_up: Callable[[Stage, int], None]) -> float:
    head = stage.head()
    began = time.perf_counter()
    catch_up(stage, head)
    return head / (time.perf_counter() - began)


def _pages(stage: Stage, head: int) -> None:
    after = 0
    connection = HTTPConnection("127.0.0.1", stage.server.port)
    while after < head:
        path = f"/v1/events?after={after}&limit={_PAGE}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {stage.key}"})
        after = int(json.loads(connection.getresponse().read())["data"][-1]["sequence"])
    connection.close()


def _stream(stage: Stage, head: int) -> None:
    connection = HTTPConnection("127.0.0.1", stage.server.port)
    headers = {"Authorization": f"Bearer {stage.key}", "Accept": "text/event-stream"}
    connection.request("GET", "/v1/events/stream?after=0", headers=headers)
    response = connection.getresponse()
    last = f"id: {head}".encode()
    while not response.readline().startswith(last):
        pass
    connection.close()


def _file(stage: Stage, head: int) -> None:
    asked = {"name": f"file-{head}", "type": "file", "where": f"{head}.ndjson"}
    made = stage.client.insist("POST", "/v1/event_sinks", asked, key=f"file-{head}")
    _await(stage, made["id"], head)
    stage.client.insist("POST", f"/v1/event_sinks/{made['id']}/archive", {}, key=f"end-{head}")


def _broker(stage: Stage, head: int) -> None:
    """Everything once more; the broker knows what it had of the last minutes, and keeps the rest."""
    stage.client.insist("POST", f"/v1/event_sinks/{stage.sink}/reset", {}, key=f"reset-{head}")
    _await(stage, stage.sink, head)


def _await(stage: Stage, sink: str, head: int) -> None:
    def has_all() -> bool:
        return int(stage.client.insist("GET", f"/v1/event_sinks/{sink}")["cursor"]) >= head

    until(has_all, f"the sink {sink} gets up to {head}", _PATIENCE_SECONDS)
