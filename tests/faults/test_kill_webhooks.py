"""`kill -9` while webhooks are on their way: every event arrives, its duplicates with the same id."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.faults.processes import ENVIRONMENT, ROOT
from tests.faults.webhook_process import EVENTS
from tests.unit.modules.webhooks.receiver import Received, Receiver, receiving, says, waits

LONG_SECONDS = 120.0


def start(folder: Path, url: str) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "tests.faults.webhook_process", str(folder), url)
    return subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE)


def kill_after(process: subprocess.Popen[bytes], target: Receiver, more: int) -> None:
    """Kill it when so many requests more have come in, or when it has ended."""
    until, wanted = time.monotonic() + LONG_SECONDS, len(target.received) + more
    while len(target.received) < wanted and process.poll() is None:
        assert time.monotonic() < until, "it does not deliver"
        time.sleep(0.002)
    process.kill()
    process.wait()


def to(target: Receiver, order: str) -> list[Received]:
    return [each for each in target.received if each.path.endswith(order)]


def test_killed_at_any_moment_every_event_arrives(
    server_folder: Path, seed: int, rounds: Callable[[int, int], int]
) -> None:
    chance, kills = random.Random(seed), rounds(4, 20)
    with receiving(lambda _received, _place: waits(0.01, says(204))) as target:
        url = target.url
        for _ in range(kills):
            kill_after(start(server_folder, url), target, chance.randrange(0, 25))
        last = start(server_folder, url)
        out, _ = last.communicate(timeout=LONG_SECONDS)
        assert last.returncode == 0, out
    loose, strict = to(target, "loose"), to(target, "strict")
    for found in (loose, strict):
        assert len({each.sequence for each in found}) == EVENTS, "every event, none skipped"
        ids = {(each.sequence, each.headers["webhook-id"]) for each in found}
        assert len(ids) == EVENTS, "duplicates carry the same id"
    firsts = list(dict.fromkeys(each.sequence for each in strict))
    assert firsts == sorted(firsts), "in the journal's order"
    steps = [b.sequence - a.sequence for a, b in pairwise(strict)]
    assert min(steps) >= 0, "strictly: what comes again is the one that was under way"
    assert len(strict) - EVENTS <= kills, "at most one of each kill comes twice"
