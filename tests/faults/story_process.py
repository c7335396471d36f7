"""A process that tells stories to ledgers, and dies where it is told to.

Run as `python -m tests.faults.story_process FOLDER`. A JSON line each way; the first says that it is
ready. A story is told from its beginning under keys of its own, so that telling it again after a
death goes on where that was. It ends when stdin ends.
"""

import os
import sys
from pathlib import Path
from queue import SimpleQueue

import msgspec

from partita.config import Settings
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome
from partita.wiring import build
from tests.faults.crash_points import DeadlyStore, Point, make_deadly
from tests.faults.payment_stories import Story, stories


class Tell(msgspec.Struct):
    """A line to the process: a story, in which ledger, and where to die at its last command."""

    ledger: str
    story: str
    dies_at: Point | None = None


class Told(msgspec.Struct):
    """A line from the process: the story is over; `refused` is why it got stuck."""

    ledger: str = ""
    refused: str | None = None


def _say(line: Told) -> None:
    os.write(sys.stdout.fileno(), msgspec.json.encode(line) + b"\n")


def _ask(ledger: Ledger, command: object, key: str) -> Outcome:
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
    ledger.submit((wish(command, key=key),), answers.put)  # type: ignore[arg-type]
    answer = answers.get(timeout=60)
    if isinstance(answer, BaseException):
        raise answer
    return answer[0]


def _tell(ledger: Ledger, story: Story, deadly: DeadlyStore, dies_at: Point | None) -> str | None:
    """Tell a story; why it got stuck, if it did."""
    ids: dict[str, str] = {}
    for number, asked in enumerate(story.commands):
        command = asked.make(ids)
        if number == len(story.commands) - 1:
            deadly.armed = dies_at
            deadly.reach(Point.ASKED)
        outcome = _ask(ledger, command, f"{story.name}:{number}")
        if not isinstance(outcome, Accepted):
            return f"command {number}: {outcome}"
        ids[asked.calls_it] = outcome.record.event.matter.id  # type: ignore[union-attr]
    return None


def main(folder: str) -> None:
    """Tell what stdin asks for, until it ends."""
    application = build(Settings(data=Path(folder)))
    deadly = make_deadly(application)
    _say(Told())
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line, type=Tell)
        ledger = application.open_ledger(asked.ledger)
        refused = _tell(ledger, stories()[asked.story], deadly, asked.dies_at)
        _say(Told(asked.ledger, refused))
    application.close()


if __name__ == "__main__":
    main(sys.argv[1])
