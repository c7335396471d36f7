"""The witness as it is run: the command in a process of its own, asked over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from partita.journal.notes import VerifierKey

_MAIN = "from partita.surfaces.cli.main import main; main()"


class RunningWitness(msgspec.Struct, frozen=True):
    """Where it listens, and the key that it signs by."""

    url: str
    key: VerifierKey
    process: int


@contextmanager
def witness_process(folder: Path, *logs: VerifierKey) -> Iterator[RunningWitness]:
    """`partita witness` on a folder, until the block ends."""
    trusted = [word for log in logs for word in ("--log", log.text())]
    command = [sys.executable, "-c", _MAIN, "witness", "--folder", str(folder), "--port", "0"]
    running = subprocess.Popen([*command, *trusted, "--json"], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        yield RunningWitness(told["url"], VerifierKey.parse(told["verifier_key"]), told["pid"])
    finally:
        running.terminate()
        assert running.wait(timeout=20) == 0 or os.name != "posix"
