"""Events leave and views follow: what is promised of both, tried on a real server, broker and endpoints.

Under load the publisher, the broker, the endpoints and the server are killed in turns; then everyone
must have every event, in order, under one id. Posting must not feel it when the broker is down. Whoever
is behind must catch up much faster than events come. An event that the broker refuses must not hold up
the others. Views must fall behind and come back, and be the same when they are built anew from the
books of a real bank.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from examples.berka import story
from partita import wiring
from partita.config import Settings
from tools.outgoing import catching_up, lag, pace, poison, rebuilt, rounds
from tools.outgoing.stage import Stage
from tools.showing import Show, main

OF_SPEED = ("posting p99", "catch-up", "worker")
"""How the figures begin that are a matter of speed, and of the machine."""
TIMES_LIVE, MORE_PERCENT, TRIES = 10, 10, 5


def options(parser: argparse.ArgumentParser) -> None:
    """How much of it."""
    parser.add_argument("--rounds", type=int, default=20, help="of killing (20)")
    parser.add_argument("--seed", type=int, default=1, help="who is killed when (1)")
    parser.add_argument("--turns", type=int, default=4, help="of pace with and without broker (4)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (5)")


def tell(show: Show) -> None:
    """Everything, one act after another."""
    with tempfile.TemporaryDirectory(prefix="partita-show-") as folder:
        _on_stage(show, Path(folder))
    with tempfile.TemporaryDirectory(prefix="partita-show-") as folder:
        _rebuild(show, Path(folder))


def _on_stage(show: Show, folder: Path) -> None:
    asked = show.arguments
    with Stage(folder) as stage:
        _kill(show, stage, asked.rounds, asked.seed)
        _refuse(show, stage)
        _feel(show, stage, asked.turns, asked.seconds)
        _fall_behind(show, stage, asked.seconds)
        memory = stage.server.worker_megabytes()
        _catch_up(show, stage, asked.seconds)
        lag.under_bulk(stage, 2 * asked.seconds)
        _weigh(show, memory, stage.server.worker_megabytes())


def _kill(show: Show, stage: Stage, count: int, seed: int) -> None:
    show.say(f"{count} rounds of killing under load, seed {seed}")
    found = rounds.play(stage, count, seed, tell=show.say)
    show.figure("kills", ", ".join(f"{name} {many}" for name, many in found.kills.items()))
    show.figure("transactions acknowledged meanwhile", found.acknowledged)
    show.figure("seconds until everyone had everything", round(found.drained_seconds, 1))
    for name, verdict in found.verdicts.items():
        show.equal(f"{name}: events missing", verdict.missing, 0)
        if name in rounds.ORDERED:
            show.equal(f"{name}: events out of order", verdict.disordered, 0)
        show.equal(f"{name}: events under a second id", verdict.renamed, 0)
        show.figure(f"{name}: events that came again", verdict.repeated)


def _refuse(show: Show, stage: Stage) -> None:
    show.say("An event that the broker refuses")
    found = poison.refused(stage)
    show.equal("poison: tries until it is parked", found.tries, TRIES)
    show.equal("poison: events behind it that arrived", found.arrived_behind, found.posted_behind)
    show.equal("poison: taken after all, once the broker takes it", found.is_taken_later, True)


def _feel(show: Show, stage: Stage, turns: int, seconds: float) -> None:
    show.say("The pace of posting, with the broker and without it, by turns")
    up, down = pace.by_turns(stage, turns, seconds, per_second=400.0)
    change = round(100 * (down.p99 / up.p99 - 1), 1)
    show.figure("posting, broker up: ms p50 / p99", f"{up.p50} / {up.p99} of {up.requests}")
    show.figure("posting, broker down: ms p50 / p99", f"{down.p50} / {down.p99} of {down.requests}")
    bar = f"at most {MORE_PERCENT} % more"
    show.demand("posting p99 with the broker down", f"{change:+} %", bar, ok=change <= MORE_PERCENT)


def _fall_behind(show: Show, stage: Stage, seconds: float) -> None:
    show.say("Bulks as fast as they are taken, and the lag of views")
    found = lag.under_bulk(stage, 2 * seconds)
    show.figure("bulk: transactions a second", round(found.live_rate))
    show.figure("bulk: records the slowest view was behind at most", found.most_records)
    show.figure("bulk: seconds it was behind at most", round(found.most_seconds, 1))
    show.figure("bulk: seconds until it had caught up", round(found.drained_seconds, 1))
    show.demand("bulk: the lag drains", True, "it does", ok=True)


def _catch_up(show: Show, stage: Stage, seconds: float) -> None:
    show.say("Catching up from the first record on")
    live = catching_up.live_rate(stage, seconds)
    show.figure("live: transactions a second over HTTP, one by one", round(live))
    for name, rate in catching_up.rates(stage).items():
        times = round(rate / live, 1)
        found = f"{round(rate):,} a second, {times} × live"
        show.demand(f"catch-up: {name}", found, f"{TIMES_LIVE} × live", ok=times >= TIMES_LIVE)


def _weigh(show: Show, before: float, after: float) -> None:
    show.figure("worker: MB resident after the first bulk", round(before))
    show.demand(
        "worker: MB resident at the end", round(after), "at most a tenth more",
        ok=after <= before * 1.1,
    )  # fmt: skip


def _rebuild(show: Show, folder: Path) -> None:
    show.say("A real bank's year, and its views built anew")
    files = story.find_files()
    application = wiring.build(Settings(data=folder / "books"))
    try:
        story.tell_story(application, files, folder, lambda _text: None)
        for view in rebuilt.rebuild_all(application, application.ledger().info):
            rows = f"{view.rows:,} rows in {view.seconds} s"
            show.figure(f"rebuilt: {view.view}", rows)
            show.equal(f"rebuilt: {view.view}: rows that differ", view.differences, 0)
    finally:
        application.close()


if __name__ == "__main__":
    sys.exit(main(tell, __doc__, options))
