"""A process that holds the engine, to be killed: wishes come on stdin, answers go to stdout.

Run as `python -m tests.faults.engine_process FOLDER`. A JSON line each way; the first says that it
is ready. It ends, having written what it took in, when stdin ends.
"""

import os
import sys
from pathlib import Path

import msgspec

from partita.config import Settings
from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.outcome import Outcome
from partita.engine.writer import Done
from partita.wiring import build
from tests.faults.history import Answer, decode_command, told


class Asked(msgspec.Struct):
    """A line to the process."""

    key: str
    wish: msgspec.Raw


class Heard(msgspec.Struct):
    """A line from the process: an answer, or in `failure` why there is none yet."""

    key: str | None = None
    answer: Answer = ()
    failure: str | None = None


def _say(line: Heard) -> None:
    # One system call for each line, so that a kill can tear none but the last.
    os.write(sys.stdout.fileno(), msgspec.json.encode(line) + b"\n")


def _answer(key: str) -> Done:
    def done(answer: list[Outcome] | BaseException) -> None:
        if isinstance(answer, BaseException):
            _say(Heard(key, failure=f"{type(answer).__name__}: {answer}"))
        else:
            _say(Heard(key, told(answer[0])))

    return done


def main(folder: str) -> None:
    """Do what stdin asks for, until it ends."""
    application = build(Settings(data=Path(folder)))
    ledger = application.ledger()
    _say(Heard())
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line, type=Asked)
        done = _answer(asked.key)
        try:
            ledger.submit((wish(decode_command(asked.wish), key=asked.key),), done)
        except PartitaError as error:
            done(error)
    application.close()


if __name__ == "__main__":
    main(sys.argv[1])
