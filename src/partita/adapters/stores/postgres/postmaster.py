"""Looks at the server process of a data folder: is it alive, does it answer, how to stop it.

Reads `postmaster.pid`, which PostgreSQL keeps in its data; the operating system has the last word,
since the file outlives a killed server. `embedded` decides what to do about it.
"""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from partita.adapters.stores.postgres.server_settings import PORT
from partita.adapters.stores.postgres.server_user import ServerUser

_PAUSE_SECONDS = 0.005


def socket_file(socket_folder: Path) -> Path:
    """Where the server listens."""
    return socket_folder / f".s.PGSQL.{PORT}"


def answers(socket_folder: Path) -> bool:
    """Whether a server listens; it may still be starting."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(socket_file(socket_folder)))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def written_pid(data: Path) -> int | None:
    """The process named in `postmaster.pid`, dead or alive; None without the file."""
    try:
        first = (data / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return abs(int(first)) if first.lstrip("-").isdecimal() else None


def living_pid(data: Path) -> int | None:
    """The process named in `postmaster.pid` if it truly is this data's server and alive."""
    pid = written_pid(data)
    return pid if pid is not None and _is_server(pid, data) else None


def stop(data: Path, timeout_seconds: float) -> bool:
    """Ask for a fast shutdown and wait; True when no server of this data is left."""
    pid = living_pid(data)
    if pid is None:
        return True
    deadline = time.monotonic() + timeout_seconds
    _signal(pid, signal.SIGINT)
    while _is_server(pid, data):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True


def disown_stranger(data: Path, socket_folder: Path, user: ServerUser) -> None:
    """Let PostgreSQL see that the process in `postmaster.pid` is not its server any more.

    A dead server that nobody reaped, or another program that got its number after a reboot, still
    exists for PostgreSQL, which then refuses to start. The rest of the file stays as it is: it
    names the shared memory that leftover backends may still use.
    """
    pid = written_pid(data)
    if pid is None or _is_server(pid, data):
        return
    file = data / "postmaster.pid"
    rest = file.read_text().partition("\n")[2]
    user.write(file, f"{_dead_pid()}\n{rest}")
    user.run(("/bin/rm", "-f", f"{socket_file(socket_folder)}.lock"))


def _is_server(pid: int, data: Path) -> bool:
    _reap(pid)
    process = Path(f"/proc/{pid}")
    if not Path("/proc/self").exists():
        return _exists(pid)
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        # A server works inside its data; a stranger with the same number does not.
        return state not in "ZX" and (process / "cwd").resolve(strict=True) == data.resolve()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _reap(pid: int) -> None:
    """Bury the server if it became our own child, as it does when we are a container's first."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # the ordinary case: somebody else's child, or nobody's


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it died meanwhile, which is what was wanted


def _dead_pid() -> int:
    """A process number that is certainly free: that of a child just buried."""
    child = subprocess.Popen(("/bin/sh", "-c", ":"))
    child.wait()
    return child.pid
