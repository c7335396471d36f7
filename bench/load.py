"""The load generator: a process of its own that posts transfers over kept-alive connections.

    over_http ─► python -m bench.load TASK ─► N connections, each in a closed loop ─► figure and tally

It shares the cores with the server, so it does as little as it can: requests are bytes made
beforehand but for the key; of a reply it reads the status line and the length. Every reply must be
201; the first other one ends the run and is shown.
"""

import asyncio
import gc
import os
import random
import sys
import time
from binascii import hexlify
from collections.abc import Iterator
from typing import cast

import msgspec

from bench.books import ASSET, Tally, account_path
from bench.event_loop import run
from bench.figures import Figure, Span, Window, figure
from bench.parts import Part, Plan

_DRAWN = 1 << 14
_MOST_PER_SECOND = 40_000
_KEY_BYTES = 16
_PATIENCE_SECONDS = 20.0
_LENGTH = b"content-length: "
_CREATED = b"HTTP/1.1 201 "
_HEAD = (
    b"POST /v1/%s HTTP/1.1\r\n"
    b"Host: 127.0.0.1:%d\r\n"
    b"Authorization: Bearer %s\r\n"
    b"Content-Type: application/json\r\n"
    b"Idempotency-Key: "
)
_TAIL = b"\r\nContent-Length: %d\r\n\r\n%s"


class Task(msgspec.Struct, frozen=True):
    """Where to post, as whom, and how: between accounts or, if there are any, between wallets."""

    part: Part
    plan: Plan
    port: int
    key: str
    wallets: list[str] = []


class Answer(msgspec.Struct):
    """What was measured, and what was acknowledged."""

    figure: Figure
    tally: Tally


class Body(msgspec.Struct, frozen=True, gc=False):
    """What follows the key of a request, and the amount that it moves."""

    tail: bytes
    amount: int


class Load:
    """What all connections share: requests to send, the clock, and what came back."""

    def __init__(self, task: Task) -> None:
        """Make the requests; the clock starts with `run`."""
        self._task = task
        wallets = task.wallets
        what = b"transfers" if wallets else b"transactions"
        self.head = _HEAD % (what, task.port, task.key.encode())
        self.bodies = _draw_transfers(wallets) if wallets else _draw(task.part.accounts)
        self.keys = _keys(int(task.plan.seconds * _MOST_PER_SECOND))
        self.deadline = 0.0
        self.spans: list[Span] = []
        self.tally = Tally()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> Window:
        """Connect, and post until the time is over and every reply is there."""
        loop, plan = asyncio.get_running_loop(), self._task.plan
        opens = time.perf_counter() + plan.warm_up_seconds
        self.deadline = opens + plan.measured_seconds
        connections = [Connection(self) for _ in range(self._task.part.concurrency)]
        for connection in connections:
            await loop.create_connection(lambda it=connection: it, "127.0.0.1", self._task.port)  # type: ignore[misc]
        everything = asyncio.gather(*(connection.over for connection in connections))
        await asyncio.wait(
            (everything, self.failed),
            timeout=plan.seconds + _PATIENCE_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not everything.done():
            waiting = sum(not connection.over.done() for connection in connections)
            self.fail(f"{waiting} connections have no reply {_PATIENCE_SECONDS:g} s after the end")
            self.failed.result()
        return Window(opens, self.deadline)

    def fail(self, why: str) -> None:
        """End the run; the first reason is the one that is told."""
        if not self.failed.done():
            self.failed.set_exception(RuntimeError(why))


class Connection(asyncio.Protocol):
    """One connection in a closed loop."""

    def __init__(self, load: Load) -> None:
        """Take requests from this load."""
        self._load = load
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self._begun, self._amount = 0.0, 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # Not checked by type: a transport of uvloop is one only by what it can do.
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Read on; once a reply is whole, count it and send the next request."""
        data = self._received + data
        length = _reply_length(data)
        if length is None or len(data) < length:
            self._received = data
            return
        if not data.startswith(_CREATED) or len(data) > length:
            self._load.fail(f"not 201 and nothing else, but:\n{data.decode(errors='replace')}")
            return
        self._received = b""
        load = self._load
        load.spans.append(Span(self._begun, time.perf_counter(), 1))
        load.tally.transactions += 1
        load.tally.amount += self._amount
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Losing it while a reply is due is a failure."""
        if not self.over.done():
            self._load.fail(f"the server closed a connection: {error}, {self._received!r}")

    def _send(self) -> None:
        load, transport = self._load, self._transport
        assert transport is not None, "connected before anything is sent"
        self._begun = time.perf_counter()
        if self._begun >= load.deadline:
            self.over.set_result(None)
            transport.close()
            return
        body = next(load.bodies)
        self._amount = body.amount
        transport.write(load.head + next(load.keys) + body.tail)


def _reply_length(data: bytes) -> int | None:
    """How many bytes the reply at the beginning has; None while its head is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    at = data.find(_LENGTH, 0, end)
    if at < 0:
        # Another spelling of the header is slower to find, and rare.
        at = data[:end].lower().find(_LENGTH)
    if at < 0:
        return end + 4
    at += len(_LENGTH)
    return end + 4 + int(data[at : data.index(b"\r", at)])


def _draw(accounts: int) -> Iterator[Body]:
    """Random transfers without end, out of a stock."""
    stock = []
    for number in range(_DRAWN):
        source, destination = (account_path(n) for n in random.sample(range(accounts), 2))
        amount = random.randrange(1, 1_000)
        legs = [
            {"account": path, "direction": direction, "amount": str(amount), "asset": ASSET}
            for path, direction in ((source, "debit"), (destination, "credit"))
        ]
        body = {"postings": legs, "type": "transfer", "metadata": {"order": f"o{number}"}}
        text = msgspec.json.encode(body)
        stock.append(Body(_TAIL % (len(text), text), amount))
    while True:
        yield from stock


def _draw_transfers(wallets: list[str]) -> Iterator[Body]:
    """The same from wallet to wallet."""
    stock = []
    for number in range(_DRAWN):
        source, destination = random.sample(wallets, 2)
        amount = random.randrange(1, 1_000)
        body = {"source": source, "destination": destination, "amount": str(amount)}
        text = msgspec.json.encode(body | {"asset": ASSET, "metadata": {"order": f"o{number}"}})
        stock.append(Body(_TAIL % (len(text), text), amount))
    while True:
        yield from stock


def _keys(count: int) -> Iterator[bytes]:
    randomness = os.urandom(_KEY_BYTES * count)
    starts = range(0, len(randomness), _KEY_BYTES)
    return (hexlify(randomness[start : start + _KEY_BYTES]) for start in starts)


async def post(task: Task) -> Answer:
    """Run the load."""
    load = Load(task)
    # Nothing here makes rings, and a collection would stop every connection.
    gc.disable()
    window = await load.run()
    return Answer(figure(load.spans, window), load.tally)


def main() -> None:
    """Run the load of the task given as JSON, and print the answer as JSON."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    try:
        answer = run(post(task))
    except RuntimeError as error:
        sys.exit(str(error))
    print(msgspec.json.encode(answer).decode())


if __name__ == "__main__":
    main()
