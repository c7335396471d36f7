"""The baseline: what a careful team writes in SQL, driven by pgbench at 20 clients.

What it does, per transfer, in one call of a PL/pgSQL function and one unit of work
(`baseline.sql`, `transfer.pgbench`):

- takes the idempotency key by inserting the transfer (unique index); a known key answers with the
  transfer that is there;
- locks both balance rows in the order of their ids, so that there are no deadlocks;
- checks amount, accounts, asset and the floor of the source;
- updates both balances and their versions in place (rows leave room for it, no index in the way);
- inserts two entries that carry the balance after, with foreign keys to transfer and account and
  an index by account; metadata is jsonb.

It is meant to be as fast as such a design goes: bigint amounts and ids, statements prepared, a unix
socket, keys made by the server (a microsecond or two), no driver or program in between.

What it leaves out, and ours does: no journal of events and no hash chain or Merkle root; a known
key is not compared with the body it came with, and rejections are not kept under their key; no
debits and credits apart, nothing pending, amounts of 18 digits instead of 38; no account status or
ceilings; nothing in the database refuses to rewrite or unbalance what is there; its caller gets an
id and not the transaction.
"""

import subprocess
from pathlib import Path

import psycopg

from bench.database import MeasuredServer
from bench.figures import Figure, Span, Window, figure
from bench.parts import Part, Plan
from partita.adapters.stores.postgres.named_queries import NamedQueries

CLIENTS, THREADS = 20, 2
DATABASE = "baseline"
_FOLDER = Path(__file__).parent
_QUERIES = NamedQueries(_FOLDER / "baseline.sql")
_SLACK_SECONDS = 30


def measure(server: MeasuredServer, part: Part, plan: Plan) -> Figure:
    """Make the tables, let pgbench run, check the books, and reduce its log of every transfer."""
    server.drop_database(DATABASE)
    server.make_database(DATABASE)
    with psycopg.connect(server.connection_string(DATABASE), autocommit=True) as connection:
        connection.execute(_QUERIES.schema)
        connection.execute(_QUERIES.function)
        connection.execute(_QUERIES.accounts, {"count": part.accounts})
        # Not the empty tables: a plan that counts on them being empty would scan them later.
        connection.execute("vacuum analyze baseline.account")
        server.settle()
        spans = _run(server, part, plan)
        _check(connection, len(spans))
    server.drop_database(DATABASE)
    return figure(spans, _window(spans, plan))


def _run(server: MeasuredServer, part: Part, plan: Plan) -> list[Span]:
    logs = server.folder.parent / f"{part.name}-log"
    logs.mkdir()
    command = (
        server.pgbench(), "--no-vacuum", "--protocol=prepared",
        f"--client={CLIENTS}", f"--jobs={THREADS}",
        f"--time={round(plan.warm_up_seconds + plan.measured_seconds)}",
        f"--define=accounts={part.accounts}", f"--file={_FOLDER / 'transfer.pgbench'}",
        "--log", f"--log-prefix={logs / 'transfer'}",
    )  # fmt: skip
    done = subprocess.run(
        command,
        env=server.pgbench_environment(DATABASE),
        capture_output=True,
        text=True,
        timeout=plan.warm_up_seconds + plan.measured_seconds + _SLACK_SECONDS,
        check=False,
    )
    # A client that meets an error stops with a note and the others go on: that is no clean run.
    if done.returncode != 0 or "aborted" in done.stderr:
        raise RuntimeError(f"pgbench failed ({done.returncode}):\n{done.stderr.strip()[-2_000:]}")
    return [span for log in logs.iterdir() for span in _read(log)]


def _read(log: Path) -> list[Span]:
    """A log's lines are: client, number, latency in µs, script, end as seconds and µs."""
    with log.open() as lines:
        fields = [line.split() for line in lines]
    ends = [int(line[4]) + int(line[5]) / 1e6 for line in fields]
    return [Span(end - int(f[2]) / 1e6, end, 1) for end, f in zip(ends, fields, strict=True)]


def _window(spans: list[Span], plan: Plan) -> Window:
    """From the end of the warm-up until pgbench lets its clients end."""
    opens = min(span.begun for span in spans) + plan.warm_up_seconds
    return Window(opens, opens + plan.measured_seconds)


def _check(connection: psycopg.Connection[tuple[int]], acknowledged: int) -> None:
    posted, deadlocks, contradictions = (
        connection.execute(_QUERIES[name]).fetchone()
        for name in ("transfers", "deadlocks", "contradictions")
    )
    if posted != (acknowledged,) or deadlocks != (0,) or contradictions != (0,):
        raise RuntimeError(
            f"the baseline's books are wrong: {acknowledged} acknowledged, {posted} posted,"
            f" {deadlocks} deadlocks, {contradictions} contradictions"
        )
