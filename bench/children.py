"""Child processes of a bench: started with a task as JSON, they answer with one JSON line."""

import subprocess
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

ROOT = Path(__file__).resolve().parent.parent
_SLACK_SECONDS = 60.0
_TAIL = 4_000

Answer = TypeVar("Answer")


def ask(
    module: str, task: msgspec.Struct, answer: type[Answer], *, seconds: float, talks: bool = False
) -> Answer:
    """Run `python -m module TASK` and return what it printed; its stderr is shown if it `talks`.

    Raises:
        RuntimeError: it failed; the end of what it said is in the message.
    """
    command = (sys.executable, "-m", module, msgspec.json.encode(task).decode())
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=None if talks else subprocess.PIPE,
        text=True,
        timeout=seconds + _SLACK_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or "").strip()[-_TAIL:]
        raise RuntimeError(f"{module} ended with status {done.returncode}:\n{said}")
    return msgspec.json.decode(done.stdout, type=answer)
