"""One side of a comparison: measures parts on request, with the bench and the source of its own tree.

`against` starts this file once for each tree, and Python finds `bench` and `partita` in that tree,
which may be older than this file: it asks of them only what the first bench had. It reads a request
per line and answers each with a line of JSON. Every request gets a server of its own: what a serving
process does beside its work (building sums, auditing) for ledgers of earlier parts is not measured.
"""

import resource
import sys
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from bench import in_process, over_http
from bench.children import ask
from bench.database import MeasuredServer, measured_server
from bench.figures import Figure
from bench.parts import PARTS, Kind, Plan
from partita.adapters.stores.postgres.roles import DATABASE

_PROCESSES = Path("/proc")
_TICKS = 100
"""Per second, in /proc: the same on every Linux that Python runs on."""


class Asked(msgspec.Struct, frozen=True):
    """Which part to measure, in which round, and for how long."""

    name: str
    round: int
    warm_up_seconds: float
    measured_seconds: float


class Told(msgspec.Struct, frozen=True):
    """What was measured: the rate, and processor time of a transfer, ours and PostgreSQL's."""

    rate: float
    p50_ms: float
    ours_us: float
    postgres_us: float


def measure(server: MeasuredServer, asked: Asked) -> Told:
    """Measure one part once."""
    part = next(each for each in PARTS if each.name == asked.name)
    part = msgspec.structs.replace(part, name=f"{part.name}_r{asked.round}")
    plan = Plan(asked.warm_up_seconds, asked.measured_seconds)
    server.settle()
    ours, theirs, before = _children_seconds(), _postgres_seconds(server), _records(server)
    figure = _figure(server, part, plan)
    transfers = max(1, _records(server) - before - part.accounts)
    ours, theirs = _children_seconds() - ours, _postgres_seconds(server) - theirs
    return Told(
        figure.rate,
        figure.p50_ms,
        round(ours / transfers * 1e6, 2),
        round(theirs / transfers * 1e6, 2),
    )


def _figure(server: MeasuredServer, part: Any, plan: Plan) -> Figure:
    if part.kind is Kind.HTTP:
        return over_http.measure(server, part, plan)
    task = in_process.Task(part, plan, str(server.folder))
    return ask("bench.in_process", task, Figure, seconds=plan.seconds)


def _records(server: MeasuredServer) -> int:
    """How many records all ledgers have, but for the first of each; 0 before there are any."""
    with psycopg.connect(server.connection_string(DATABASE)) as connection:
        try:
            row = connection.execute("select coalesce(sum(sequence), 0) from head").fetchone()
        except psycopg.errors.UndefinedTable:
            return 0
    return int(row[0]) if row else 0


def _children_seconds() -> float:
    """Processor time of the children that have ended: of whatever this process measured with."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _postgres_seconds(server: MeasuredServer) -> float:
    """Processor time of the server's processes, living or waited for."""
    postmaster = int((server._server.data / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for entry in _PROCESSES.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(entry.name) == postmaster:
            ticks += sum(int(field) for field in fields[11:15])
        elif int(fields[1]) == postmaster:
            ticks += sum(int(field) for field in fields[11:13])
    return ticks / _TICKS


def main() -> None:
    """Answer requests until the input ends."""
    for line in sys.stdin:
        with measured_server(None) as server:
            told = measure(server, msgspec.json.decode(line, type=Asked))
        print(msgspec.json.encode(told).decode(), flush=True)


if __name__ == "__main__":
    main()
