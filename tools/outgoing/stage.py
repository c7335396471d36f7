"""The stage: a server with its worker, a broker, two endpoints, a reader of the stream, and load.

    load ─► server ─► journal ─► worker ─┬─► broker          (in order)
                         │               ├─► endpoint strict (in order)
                         │               └─► endpoint loose  (begun in order)
                         └─► reader of the event stream      (in order)

All of it is real and runs on this machine alone: PostgreSQL in a folder, `nats-server`, HTTP.
"""

import itertools
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Self

from tools.outgoing import brokered
from tools.outgoing.checking import Verdict, judged, noted
from tools.outgoing.following import StreamReader
from tools.outgoing.posting import Client, open_accounts, transfer
from tools.outgoing.programs import Broker, Endpoint, Program, Server, free_port

STREAM, SUBJECT = "partita", "partita.>"
_DRAIN_SECONDS, _HURRY_SECONDS = 180.0, 2.0
_heads = itertools.count(1)


class Stage:
    """Everything that runs, and what each consumer got."""

    def __init__(self, folder: Path) -> None:
        """Start it all in an empty folder."""
        self.folder = folder
        self.broker = Broker(folder)
        self.server = Server(folder, self.broker.port)
        self.broker.start()
        self.server.start()
        self.key = self.server.make_key()
        self.client = self.connect()
        open_accounts(self.client)
        self.endpoints = {order: self._endpoint(order) for order in ("strict", "loose")}
        self.sink = self._sink()
        self.reader = StreamReader(self.server.port, self.key)

    def __enter__(self) -> Self:
        """Be on stage for a block."""
        return self

    def __exit__(self, *error: object) -> None:
        """End everything."""
        self.reader.stop()
        for program in (self.server, self.broker, *self.endpoints.values()):
            program.stop()

    def connect(self) -> Client:
        """A connection to the server."""
        return Client(self.server.port, self.key)

    def victims(self) -> Mapping[str, Callable[[], Callable[[], None]]]:
        """Whom to kill, by name; each answers with what starts it again."""
        programs: dict[str, Program] = {"sink": self.broker, "server": self.server}
        programs |= {f"endpoint {name}": each for name, each in self.endpoints.items()}
        kills = {name: partial(_kill, program) for name, program in programs.items()}
        return {"publisher": self._kill_publisher, **kills}

    def head(self) -> int:
        """How many records the journal has, with one more that this asks for."""
        self.client.insist("POST", "/v1/transactions", transfer(1), key=f"head-{next(_heads)}")
        return self.client.sequence

    def drain(self, head: int, tell: Callable[[str], None] = lambda _text: None) -> None:
        """Wait until everyone has got everything up to a sequence.

        Deliveries that wait for minutes, since their endpoint was away more than once, are asked
        for at once, as whoever runs the endpoint would.
        """
        behind = self._reached()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while behind := {name: reached for name, reached in behind.items() if reached() < head}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{', '.join(behind)} did not get up to {head}")
            self._hurry()
            tell("; ".join(f"{name} has {reached()} of {head}" for name, reached in behind.items()))
            time.sleep(_HURRY_SECONDS)

    def _hurry(self) -> None:
        """Have deliveries tried at once that failed before."""
        waiting = "/v1/webhook_deliveries?status=pending&limit=1000"
        for delivery in self.client.insist("GET", waiting)["data"]:
            if delivery["tries"] > 1:
                self.client.ask("POST", f"/v1/webhook_deliveries/{delivery['id']}/retry", {})

    def verdicts(self, head: int) -> dict[str, Verdict]:
        """What is to be said of each consumer."""
        notes = {f"endpoint {name}": noted(each.notes) for name, each in self.endpoints.items()}
        sink = brokered.held(self.broker.port, STREAM, SUBJECT)
        found = {"stream": self.reader.got, "sink": sink, **notes}
        return {name: judged(got, head) for name, got in found.items()}

    def _reached(self) -> dict[str, Callable[[], int]]:
        counts: dict[str, Callable[[], int]] = {
            f"endpoint {name}": partial(_distinct, each.notes)
            for name, each in self.endpoints.items()
        }
        sink = partial(brokered.size, self.broker.port, STREAM)
        return {"the stream": lambda: self.reader.last, "the sink": sink, **counts}

    def _kill_publisher(self) -> Callable[[], None]:
        self.server.kill_worker()
        return lambda: None  # the server starts another

    def _endpoint(self, order: str) -> Endpoint:
        port = free_port()
        asked = {"url": f"http://127.0.0.1:{port}/", "order": order, "after": "0"}
        made = self.client.insist("POST", "/v1/webhook_endpoints", asked, key=f"endpoint-{order}")
        endpoint = Endpoint(order, self.folder, port, made["secret"])
        endpoint.start()
        return endpoint

    def _sink(self) -> str:
        asked = {"name": "broker", "type": "nats", "where": f"nats://127.0.0.1:{self.broker.port}"}
        made = self.client.insist("POST", "/v1/event_sinks", asked, key="sink")
        return str(made["id"])


def _kill(program: Program) -> Callable[[], None]:
    program.kill()
    return program.start


def _distinct(notes: Path) -> int:
    return len({got.sequence for got in noted(notes)})
