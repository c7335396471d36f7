"""`./dev bench`: runs the parts one after another on one server, and reports.

Exits with 0 when every part ran and its books are right, whatever the speed; with 1 otherwise.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from bench import (
    against,
    as_of,
    baseline,
    history,
    in_process,
    machine,
    over_http,
    report,
    searching,
    stations,
    views,
)
from bench.children import ask
from bench.database import MeasuredServer, measured_server
from bench.figures import Figure
from bench.parts import FULL, PARTS, QUICK, Kind, Part, Plan
from bench.progress import Announcer

_PIPED_WIDTH = 100
_IN_PROCESS = (Kind.BULK, Kind.SINGLES, Kind.WRITING, Kind.READING)


def main() -> int:
    """Run as the arguments say; the exit status."""
    choices = _arguments().parse_args()
    # As with Ctrl-C, the server is stopped and its folder removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if choices.stations:
        with measured_server(choices.folder) as server:
            print(stations.show(stations.measure(server)))
        return 0
    if choices.as_of:
        return _ask_the_past(choices)
    if choices.views:
        return _keep_views(choices)
    if choices.search is not None or choices.against is not None:
        return _search(choices) if choices.against is None else _measure_against(choices)
    parts = [part for part in PARTS if _is_wanted(part, choices)]
    plan = QUICK if choices.quick else FULL
    if choices.seconds is not None:
        plan = Plan(plan.warm_up_seconds, choices.seconds)
    try:
        run = _run_on_memory(parts, plan, choices) if choices.memory else _run(parts, plan, choices)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    run.compare()
    _report(run, choices)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    add, names = parser.add_argument, [part.name for part in PARTS]
    add("--json", action="store_true", help="print one JSON object for programs")
    add("--quick", action="store_true", help="2 s for each part instead of 8")
    add("--seconds", type=float, help="measure each part for so long")
    add("--only", nargs="+", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    add("--plot", action="store_true", help="draw the rates as bars too")
    add("--stations", action="store_true", help="show where the microseconds of a transfer go")
    add("--as-of", action="store_true", help="ask for balances of the past, on a long register")
    add("--views", action="store_true", help="write and read rows of trailing views")
    add("--search", type=int, metavar="MILLIONS", help="search so many million transactions")
    add("--against", metavar="COMMIT", help="the core parts of a commit and of this tree, by turns")
    add("--rounds", type=int, default=5, help="of --against: how many turns (5)")
    add("--record", action="store_true", help="append a row to docs/benchmarks.md")
    add("--profile", choices=names[2:], metavar="NAME", help="run this part alone, under cProfile")
    add("--memory", action="store_true", help="the library's parts on the memory store: no disk")
    add("--folder", type=Path, help="where the temporary data go, to measure another disk")
    return parser


def _ask_the_past(choices: argparse.Namespace) -> int:
    with measured_server(choices.folder) as server:
        answered = as_of.measure(server, is_quick=choices.quick)
    if choices.json:
        print(msgspec.json.encode(answered).decode())
    else:
        as_of.show(answered, Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH))
    return 0


def _keep_views(choices: argparse.Namespace) -> int:
    with measured_server(choices.folder) as server:
        kept = views.measure(server, is_quick=choices.quick)
    if choices.json:
        print(msgspec.json.encode(kept).decode())
    else:
        views.show(kept, Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH))
    return 0


def _search(choices: argparse.Namespace) -> int:
    stretches = 1 if choices.quick else searching.MILLION_STRETCHES
    with measured_server(choices.folder) as server:
        searching.measure(server, Console(), stretches=stretches, copies=choices.search)
    return 0


def _measure_against(choices: argparse.Namespace) -> int:
    seconds = choices.seconds or (QUICK.measured_seconds if choices.quick else 6.0)
    result = against.measure(choices.against, choices.rounds, seconds, choices.only)
    if choices.json:
        print(msgspec.json.encode(result).decode())
    else:
        against.show(result, Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH))
    return 0


def _is_wanted(part: Part, choices: argparse.Namespace) -> bool:
    if choices.profile is not None:
        return bool(part.name == choices.profile)
    if choices.memory and part.kind not in _IN_PROCESS:
        return False
    return choices.only is None or part.name in choices.only


def _run(parts: Sequence[Part], plan: Plan, choices: argparse.Namespace) -> report.Run:
    announcer = Announcer(parts, plan)
    figures = {}
    with announcer.watch(), measured_server(choices.folder) as server:
        where = machine.describe(server)
        for number, part in enumerate(parts):
            with announcer.part(number):
                server.settle()
                figures[part.name] = _measure(
                    server, part, plan.of(part), profiled=choices.profile is not None
                )
        run = _result(figures, where, plan)
        if _is_whole(choices):
            announcer.say("questions about the past")
            run.as_of = as_of.measure(server, is_quick=True)
    return run


def _is_whole(choices: argparse.Namespace) -> bool:
    return not (choices.quick or choices.only or choices.profile)


def _measure(server: MeasuredServer, part: Part, plan: Plan, *, profiled: bool) -> Figure:
    if part.kind is Kind.BASELINE:
        return baseline.measure(server, part, plan)
    if part.kind is Kind.HTTP:
        return over_http.measure(server, part, plan, profiled=profiled)
    return _in_child(in_process.Task(part, plan, str(server.folder), profiled))


def _run_on_memory(parts: Sequence[Part], plan: Plan, choices: argparse.Namespace) -> report.Run:
    announcer = Announcer(parts, plan)
    figures = {}
    with announcer.watch():
        for number, part in enumerate(parts):
            with announcer.part(number):
                task = in_process.Task(part, plan.of(part), profiled=choices.profile is not None)
                figures[part.name] = _in_child(task)
    return _result(figures, machine.describe(None), plan)


def _in_child(task: in_process.Task) -> Figure:
    seconds = task.plan.seconds
    further = task.part.kind in (Kind.WRITING, Kind.READING)
    module = "bench.further" if further else "bench.in_process"
    return ask(module, task, Figure, seconds=seconds, talks=task.profiled)


def _result(figures: dict[str, Figure], where: machine.Machine, plan: Plan) -> report.Run:
    return report.Run(
        figures,
        where,
        commit=machine.commit(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        plan=f"{plan.measured_seconds:g} s each after {plan.warm_up_seconds:g} s of warm-up",
    )


def _report(run: report.Run, choices: argparse.Namespace) -> None:
    stream = sys.stderr if choices.json else sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else _PIPED_WIDTH)
    if choices.json:
        print(msgspec.json.encode(run.json()).decode())
    else:
        report.show(run, console)
        if run.as_of is not None:
            as_of.show(run.as_of, console)
    if choices.plot:
        report.plot(run, console)
    if choices.record:
        history.record(run)


if __name__ == "__main__":
    sys.exit(main())
