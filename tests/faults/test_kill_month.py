"""A month at a bank whose process is killed again and again, and goes on each time.

Everything is in it: payments of all types, the rails' process with its orders under way, the network
that keeps its own facts, schedules and deadlines. Without faults the month must end as one that was
never cut off, payment for payment; with them nothing may be left open, lost, or done twice.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.crash_points import Point
from tests.faults.processes import ENVIRONMENT, ROOT

PAYMENTS = 150
COMMITS = 40
"""Of the 70 commits or so of such a month: a death that would come after its end is none."""


def month(folder: Path, faults: str, *death: str) -> subprocess.CompletedProcess[str]:
    """One process that lives the month, from its beginning or from where the last one died."""
    arguments = (sys.executable, "-m", "tests.faults.month_process", str(folder), str(PAYMENTS))
    return subprocess.run(
        (*arguments, faults, *death),
        env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip


def lived(folder: Path, faults: str) -> dict[str, Any]:
    """What a process says that lived to the end."""
    done = month(folder, faults)
    assert done.returncode == 0, done.stderr[-3_000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def killed(folder: Path, faults: str, chance: random.Random, times: int) -> int:
    """Have processes die one after another, each somewhere in what it does; how many did."""
    deaths = 0
    for _ in range(times):
        point = chance.choice((Point.DECIDED, Point.PACKED, Point.COMMITTED))
        done = month(folder, faults, point.value, str(chance.randrange(1, COMMITS)))
        assert done.returncode in (0, -9), done.stderr[-3_000:]
        deaths += done.returncode == -9
    return deaths


@pytest.mark.parametrize("faults", ["none", "some"])
def test_a_month_that_is_killed_goes_on(
    server_folder: Path, tmp_path: Path, faults: str, seed: int, rounds: Callable[[int, int], int]
) -> None:
    chance = random.Random(seed)
    assert killed(server_folder, faults, chance, rounds(2, 60)) > 0
    told = lived(server_folder, faults)
    assert told["ok"], told
    if faults == "none":
        undisturbed = lived(tmp_path, faults)
        for figure in ("payments_by_state", "float"):
            assert told[figure] == undisturbed[figure]
