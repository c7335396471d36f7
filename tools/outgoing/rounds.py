"""Rounds of killing: under load somebody is killed without a word, and comes again a moment later."""

import random
import time
from collections.abc import Callable
from typing import NamedTuple

from tools.outgoing.checking import Verdict
from tools.outgoing.posting import Load
from tools.outgoing.stage import Stage

_CALM_SECONDS, _AWAY_SECONDS = (0.3, 1.2), (0.05, 1.0)
ORDERED = ("stream", "sink", "endpoint strict")


class Outcome(NamedTuple):
    """What the rounds came to."""

    seed: int
    kills: dict[str, int]
    acknowledged: int
    head: int
    drained_seconds: float
    verdicts: dict[str, Verdict]

    def wrongs(self) -> list[str]:
        """What must not be, in words; nothing if all is well."""
        found = [
            f"{name}: {verdict}"
            for name, verdict in self.verdicts.items()
            if not verdict.is_sound(ordered=name in ORDERED)
        ]
        if self.head < self.acknowledged:
            found.append(f"{self.acknowledged} acknowledged, and the journal has {self.head}")
        return found


def play(
    stage: Stage, rounds: int, seed: int, per_second: float = 150.0,
    tell: Callable[[str], None] = lambda _text: None,
) -> Outcome:  # fmt: skip
    """Kill so many times, at random after `seed`; then let everyone catch up, and judge."""
    dice = random.Random(seed)  # noqa: S311 - chance, not secrecy
    victims = stage.victims()
    # Each at least once, if there are rounds enough; who and when is by chance.
    order = [*victims, *dice.choices(list(victims), k=max(0, rounds - len(victims)))][:rounds]
    dice.shuffle(order)
    load = Load(stage.connect, 4, per_second)
    for number, name in enumerate(order, 1):
        time.sleep(dice.uniform(*_CALM_SECONDS))
        start_again = victims[name]()
        time.sleep(dice.uniform(*_AWAY_SECONDS))
        start_again()
        tell(f"{number}/{rounds} {name} was killed; {load.acknowledged} acknowledged so far")
    acknowledged = load.stop()
    head, began = stage.head(), time.monotonic()
    stage.drain(head, tell)
    drained = time.monotonic() - began
    kills = {name: order.count(name) for name in victims}
    return Outcome(seed, kills, acknowledged, head, drained, stage.verdicts(head))
