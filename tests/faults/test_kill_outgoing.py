"""Whoever takes events out is killed under load, again and again: every event arrives, in order.

The worker that publishes, the broker, two webhook endpoints and the server itself, each killed without
a word and started again. A seed says who and when; another one is for the long sweep.
"""

import shutil
from pathlib import Path

import pytest

from tools.outgoing import rounds
from tools.outgoing.stage import Stage

ROUNDS, PER_SECOND = 20, 40.0


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))]
)
def test_every_event_arrives_whoever_is_killed(guarded_folder: Path, seed: int) -> None:
    if shutil.which("nats-server") is None:
        pytest.skip("nats-server is not installed here (Debian: apt-get install nats-server)")
    with Stage(guarded_folder) as stage:
        found = rounds.play(stage, ROUNDS, seed, per_second=PER_SECOND, tell=print)
        assert not found.wrongs(), found
    assert sum(found.kills.values()) == ROUNDS
    assert all(found.kills.values()), "everybody was killed at least once"
    assert found.acknowledged > ROUNDS
    strict = found.verdicts["endpoint strict"]
    assert (strict.missing, strict.disordered, strict.renamed) == (0, 0, 0)
