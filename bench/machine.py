"""What a figure is worth nothing without: the machine, the versions, the settings, the commit."""

import os
import platform
import subprocess
from pathlib import Path

import msgspec

from bench.children import ROOT
from bench.database import MeasuredServer

_MOUNTS, _PROCESSORS = Path("/proc/mounts"), Path("/proc/cpuinfo")


class Machine(msgspec.Struct):
    """Where a run was made. `busy` is the load average of the minute before, over the cores."""

    cores: int
    processor: str
    system: str
    python: str
    postgres: str | None = None
    filesystem: str | None = None
    busy: float | None = None
    settings: dict[str, str] = {}


def describe(server: MeasuredServer | None) -> Machine:
    """Describe this machine, and the server if there is one."""
    machine = Machine(
        cores=_cores(),
        processor=_processor(),
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        busy=round(os.getloadavg()[0] / _cores(), 2),
    )
    if server is not None:
        machine.postgres, machine.settings = server.version(), server.settings()
        machine.filesystem = _filesystem(server.folder)
    return machine


def commit() -> str:
    """The commit that is measured, with `+` if files differ from it; `unknown` without git."""
    try:
        name = _git("rev-parse", "--short=10", "HEAD")
        return f"{name}+" if _git("status", "--porcelain", "--untracked-files=no") else name
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    command = ("git", "-C", str(ROOT), *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _cores() -> int:
    """The cores that this process may use, which a container may have fewer of than its machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _filesystem(folder: Path) -> str | None:
    """The kind of file system below a folder: on `tmpfs` an fsync costs nothing, and shows nothing."""
    if not _MOUNTS.exists():
        return None
    mounts = [line.split()[1:3] for line in _MOUNTS.read_text().splitlines()]
    above = [(len(place), kind) for place, kind in mounts if folder.is_relative_to(place)]
    return max(above, default=(0, None))[1]
