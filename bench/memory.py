"""Peak resident memory, in MB of 10^6 bytes: of this process, or of a process and its children."""

import resource
import sys
from pathlib import Path

_KIB = 1_024
_PROCESSES = Path("/proc")


def peak_of_this_process() -> float:
    """The most that this process ever had resident."""
    status = _PROCESSES / "self" / "status"
    if status.exists():
        return _megabytes(_peak_kib(status.read_text()) * _KIB)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return _megabytes(peak if sys.platform == "darwin" else peak * _KIB)


def peak_of_family(process: int) -> float | None:
    """The sum of the peaks of a living process and its descendants; None where there is no /proc."""
    if not (_PROCESSES / str(process)).exists():
        return None
    parents = {
        int(entry.name): _parent(entry) for entry in _PROCESSES.iterdir() if entry.name.isdecimal()
    }
    family, grown = {process}, True
    while grown:
        children = {child for child, parent in parents.items() if parent in family} - family
        family |= children
        grown = bool(children)
    return _megabytes(sum(_peak_kib(_status(_PROCESSES / str(one))) for one in family) * _KIB)


def _parent(process: Path) -> int:
    return int(_field(_status(process), "PPid:"))


def _peak_kib(status: str) -> int:
    return int(_field(status, "VmHWM:"))


def _status(process: Path) -> str:
    try:
        return (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it ended while we looked


def _field(status: str, name: str) -> str:
    """The first word after a field's name; 0 for a process that is gone or has no memory."""
    return next((line.split()[1] for line in status.splitlines() if line.startswith(name)), "0")


def _megabytes(count: float) -> float:
    return round(count / 1_000_000, 1)
