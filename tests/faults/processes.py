"""Processes under load, seen from the test: what they were asked and said outlives their death."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from tests.faults.engine_process import Asked, Heard
from tests.faults.history import History, Wished, encode

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PARTITA_")},
    "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
}
"""This environment, with our sources and without settings that lead to books elsewhere."""
_START_SECONDS, _SETTLE_SECONDS = 60.0, 60.0


class EngineProcess:
    """A process with the engine on a data folder; many wishes may be under way at once."""

    def __init__(self, folder: Path, history: History, *, window: int = 48) -> None:
        """Start it; at most `window` wishes are unanswered at any time."""
        self._history = history
        self._window = threading.Semaphore(window)
        self._ready = threading.Event()
        self.heard = 0
        self.failures: list[str] = []
        self.is_over = False
        self.process = subprocess.Popen(
            (sys.executable, "-m", "tests.faults.engine_process", str(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd=ROOT,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def await_ready(self) -> None:
        """Wait until it takes wishes."""
        assert self._ready.wait(_START_SECONDS), "the engine did not start in time"
        assert not self.is_over, f"the engine ended with status {self.process.wait()}"

    def feed(self, wishes: Iterable[tuple[str, Wished]]) -> None:
        """Ask for all of these, or as many as it lives to take in."""
        assert self.process.stdin is not None
        for key, command in wishes:
            if not self._window.acquire(timeout=_SETTLE_SECONDS):
                raise AssertionError("the engine stopped answering")
            if self.is_over:
                return
            self._history.ask(key, command)
            line = msgspec.json.encode(Asked(key, msgspec.Raw(encode(command)))) + b"\n"
            try:
                self.process.stdin.write(line)
                self.process.stdin.flush()
            except BrokenPipeError:
                return

    def settle(self) -> None:
        """Ask for everything unanswered, until all of it is answered."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while open_keys := self._history.unanswered():
            assert time.monotonic() < deadline, f"never settled: {len(open_keys)} {self.failures}"
            assert not self.is_over, "the engine ended while it should settle"
            awaited = self.heard + len(open_keys)
            self.feed([(key, self._history.wishes[key]) for key in open_keys])
            while self.heard < awaited and not self.is_over and time.monotonic() < deadline:
                time.sleep(0.005)

    def kill(self) -> None:
        """As the operating system does when memory runs out: without a word."""
        self.process.kill()
        self._wait()

    def stop(self) -> None:
        """Let it finish, and see that it ends well."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended already, and its status will tell
            self.process.stdin.close()
        self._wait()
        assert self.process.returncode == 0, f"status {self.process.returncode}"

    def _wait(self) -> None:
        try:
            self.process.wait(timeout=_SETTLE_SECONDS)
        finally:
            self.process.kill()
            self._listener.join()
            for pipe in (self.process.stdin, self.process.stdout):
                assert pipe is not None
                with suppress(BrokenPipeError):  # what it was last told, nobody reads any more
                    pipe.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                break  # torn by a kill: nobody heard it
            self._hear(msgspec.json.decode(line, type=Heard))
        self.is_over = True
        self._ready.set()
        self._window.release(1 << 20)

    def _hear(self, heard: Heard) -> None:
        if heard.key is None:
            self._ready.set()
            return
        if heard.failure is None:
            self._history.hear(heard.key, heard.answer)
        else:
            self.failures.append(heard.failure)
        self.heard += 1
        self._window.release()


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still live."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] not in "ZX":
                found.append(int(status.parent.name))
    return found


def kill_tree(pid: int) -> None:
    """A process and its children at once: the parent first, so that it starts no others."""
    for each in (pid, *children(pid)):
        with suppress(ProcessLookupError):  # it has ended meanwhile, which is what was wanted
            os.kill(each, signal.SIGKILL)
