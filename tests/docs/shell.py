"""A shell that lives as long as a page is read: folder, variables and jobs stay from block to block."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_MARK = "--- this block is over ---"


class ShellError(Exception):
    """A block did not end, or ended the shell."""


class Shell:
    """One bash, in a folder of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            ("bash", "--noprofile", "--norc"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )

    def close(self) -> None:
        """End the shell and every job it left behind; servers get time to stop in order."""
        assert self._process.stdin is not None
        # A page may have ended the shell or its jobs by itself.
        with suppress(ProcessLookupError, BrokenPipeError):
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.stdin.close()
        deadline = time.monotonic() + 15
        while _is_alive(self._process.pid) and time.monotonic() < deadline:
            self._process.poll()
            time.sleep(0.02)
        # What would not end in time is killed.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def run(self, text: str, *, strict: bool, timeout_seconds: float = 60) -> tuple[str, int]:
        """Run commands; their output and status. `strict` stops at the first that fails.

        Raises:
            ShellError: they did not end in time, or ended the shell (a strict failure does).
        """
        assert self._process.stdin is not None
        script = self._folder / ".block"
        script.write_text(("set -eo pipefail\n" if strict else "set +e\n") + text + "\n")
        line = f". ./.block </dev/null; printf '\\n{_MARK}%d\\n' $?; set +e\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        output, _, status = self._read(time.monotonic() + timeout_seconds).rpartition(_MARK)
        return output.removesuffix("\n"), int(status)

    def _read(self, deadline: float) -> str:
        assert self._process.stdout is not None
        data = b""
        while f"\n{_MARK}".encode() not in data or not data.endswith(b"\n"):
            ready, _, _ = select.select([self._process.stdout], [], [], deadline - time.monotonic())
            chunk = os.read(self._process.stdout.fileno(), 65_536) if ready else b""
            if not chunk:
                what = "failed and ended the shell" if ready else "did not end in time"
                raise ShellError(f"{what}; so far it said:\n{data.decode(errors='replace')}")
            data += chunk
        return data.decode()


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
