"""A process that moves money between two ledgers, to be killed: transfers come on stdin.

Run as `python -m tests.faults.joint_process FOLDER [POINT]`. A JSON line each way; the first says
that it is ready. With a POINT of `DEATHS` it kills itself there, at its first joint commit.
"""

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from partita.adapters.stores.postgres import unit
from partita.config import Settings
from partita.engine.idempotency import wish
from partita.engine.joint import Part
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.kernel import commands
from partita.kernel.account import AccountType, Side
from partita.kernel.posting import Posting
from partita.wiring import Application, build
from tests.plugins.steering import ask_one

NAMES = ("main", "other")
OWN_ROUNDS = 100_000


class Sent(msgspec.Struct):
    """A line to the process: so much from the ledger `source` to the other one."""

    key: str
    source: str
    amount: int


class Done(msgspec.Struct):
    """A line from the process: whether both sides have it, or why not; nothing in the first."""

    key: str | None = None
    accepted: bool = False
    replayed: bool = False
    failure: str | None = None


def _die(*_ignored: Any, **_also: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_send: Callable[..., None] = unit.send


def _once_written(connection: Any, packed: Any, *, end: str | None = None) -> None:
    _send(connection, packed, end=end)
    _die()


def _before_commit(connection: Any, packed: Any, *, end: str | None = None) -> None:
    _send(connection, packed)
    if end is not None:
        _die()


def _after_commit(connection: Any, packed: Any, *, end: str | None = None) -> None:
    _send(connection, packed, end=end)
    if end is not None:
        _die()


DEATHS: dict[str, Callable[..., None]] = {
    "both are locked": _die,
    "one is written": _once_written,
    "both are written": _before_commit,
    "both are committed": _after_commit,
}


def _open(application: Application) -> dict[str, Ledger]:
    ledgers = {name: application.open_ledger(name) for name in NAMES}
    for ledger in ledgers.values():
        for path in ("bank", "bank2", "elsewhere", "alice"):
            ask_one(ledger, commands.OpenAccount(path, "USD", AccountType.LIABILITY), f"o-{path}")
    return ledgers


def _pay(source: str, target: str, amount: int) -> commands.PostTransaction:
    legs = Posting(source, Side.DEBIT, amount, "USD"), Posting(target, Side.CREDIT, amount, "USD")
    return commands.PostTransaction(legs)


def _say(line: Done) -> None:
    os.write(sys.stdout.fileno(), msgspec.json.encode(line) + b"\n")


def _transfer(application: Application, ledgers: dict[str, Ledger], sent: Sent) -> None:
    (target,) = (name for name in NAMES if name != sent.source)
    parts = [
        Part(ledgers[sent.source], wish(_pay("alice", "elsewhere", sent.amount), key=sent.key)),
        Part(ledgers[target], wish(_pay("elsewhere", "alice", sent.amount), key=sent.key)),
    ]
    try:
        answers = application.jointly.submit(parts)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
        _say(Done(sent.key, failure=f"{type(error).__name__}: {error}"))
        return
    accepted = {isinstance(each, Accepted) for each in answers}
    assert len(accepted) == 1, "both or neither"
    _say(Done(sent.key, accepted.pop(), answers[0].replayed))


def _keep_busy(ledger: Ledger) -> None:
    """What the ledger's own writer does meanwhile."""
    for _ in range(OWN_ROUNDS):
        ask_one(ledger, _pay("bank", "bank2", 1))


def main(folder: str, point: str | None = None) -> None:
    """Do what stdin asks for, until it ends; the writers of both ledgers are busy as well."""
    application = build(Settings(data=Path(folder)))
    ledgers = _open(application)
    with ThreadPoolExecutor(6) as pool:
        if point is None:
            for ledger in ledgers.values():
                pool.submit(_keep_busy, ledger)
        else:
            unit.send = DEATHS[point]
        _say(Done())
        for line in sys.stdin.buffer:
            pool.submit(_transfer, application, ledgers, msgspec.json.decode(line, type=Sent))


if __name__ == "__main__":
    main(*sys.argv[1:])
