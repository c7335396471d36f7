"""Against an older commit: the core parts by turns, old and new, on one machine in one run.

    against ─► git worktree of the commit ─► side (its bench, its source, a server of its own)
           └─► this tree                  ─► side (ours)

Whatever else a machine does comes and goes: so each round measures each part on both sides one right
after the other, the order turned round from one round to the next, and the median of the rounds'
ratios counts. Processor time of a transfer is told too: it suffers least from a busy machine.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.children import ROOT
from bench.parts import PARTS
from bench.side import Asked, Told

CORE = ("bulk_8000", "bulk_8000_hot", "bulk_100", "singles_512", "http_64", "http_256")
"""The parts that the first bench had, but for the baseline, which no change of ours can touch."""
LEAST = 0.9
"""The least ratio of new to old that is looked for."""
_SIDE = Path(__file__).with_name("side.py")
_IN_TURN = (("old", "new"), ("new", "old"))


class Compared(msgspec.Struct, frozen=True):
    """One part: the median of both sides, and of the rounds' ratios, new to old."""

    part: str
    rounds: int
    old: Told
    new: Told
    ratio: float
    lowest: float
    highest: float
    cpu: float


class Result(msgspec.Struct, frozen=True):
    """All of one run."""

    commit: str
    seconds: float
    compared: list[Compared]


class Side:
    """One tree, and the process that measures it."""

    def __init__(self, tree: Path) -> None:
        """Start it."""
        path = f"{tree}{os.pathsep}{tree / 'src'}"
        self._process = subprocess.Popen(
            # -P: not the folder of the file, which is of this tree, but the tree's own `bench`.
            (sys.executable, "-P", str(_SIDE)),
            cwd=tree, env={**os.environ, "PYTHONPATH": path}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def measure(self, asked: Asked) -> Told:
        """Measure a part once; raises RuntimeError if the process ended instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(asked).decode() + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{asked.name} could not be measured; see above")
        return msgspec.json.decode(line, type=Told)

    def close(self) -> None:
        """End it; it stops its server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(commit: str, rounds: int, seconds: float, names: Sequence[str] | None) -> Result:
    """Measure this tree against a commit; progress goes to stderr."""
    parts = [part.name for part in PARTS if part.name in CORE and part.name in (names or CORE)]
    told: dict[str, dict[str, list[Told]]] = {name: {"old": [], "new": []} for name in parts}
    with ExitStack() as stack:
        trees = {"old": stack.enter_context(_tree_of(commit)), "new": ROOT}
        sides = {name: Side(tree) for name, tree in trees.items()}
        for side in sides.values():
            stack.callback(side.close)
        for number in range(rounds):
            for name in parts:
                for which in _IN_TURN[number % 2]:
                    asked = Asked(name, number, 1.0, seconds)
                    told[name][which].append(sides[which].measure(asked))
                _announce(number, rounds, name, told[name])
    return Result(commit, seconds, [_compared(name, told[name]) for name in parts])


@contextmanager
def _tree_of(commit: str) -> Iterator[Path]:
    """The files of a commit in a temporary folder, gone afterwards."""
    git = ("git", "-C", str(ROOT), "worktree")
    with tempfile.TemporaryDirectory(prefix="partita-against-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run((*git, "add", "--quiet", "--detach", str(tree), commit), check=True)
        try:
            yield tree
        finally:
            subprocess.run((*git, "remove", "--force", str(tree)), check=True)


def _announce(number: int, rounds: int, name: str, told: dict[str, list[Told]]) -> None:
    old, new = told["old"][-1], told["new"][-1]
    print(
        f"{number + 1}/{rounds} {name}: {old.rate:,.0f} old, {new.rate:,.0f} new per second;"
        f" {old.ours_us:g} + {old.postgres_us:g} and {new.ours_us:g} + {new.postgres_us:g} us",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def _compared(name: str, told: dict[str, list[Told]]) -> Compared:
    old, new = told["old"], told["new"]
    pairs = list(zip(old, new, strict=True))
    ratios = sorted(after.rate / before.rate for before, after in pairs)
    cpu = median(_cpu(after) / _cpu(before) for before, after in pairs)
    middle = (round(each, 3) for each in (median(ratios), ratios[0], ratios[-1], cpu))
    return Compared(name, len(pairs), _middle(old), _middle(new), *middle)


def _cpu(told: Told) -> float:
    return told.ours_us + told.postgres_us


def _middle(told: Sequence[Told]) -> Told:
    fields = Told.__struct_fields__
    return Told(*(round(median(getattr(each, field) for each in told), 2) for field in fields))


def show(result: Result, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"This tree against {result.commit}, by turns, {result.seconds:g} s each",
        title_justify="left", box=None, padding=(0, 1), pad_edge=False,
    )  # fmt: skip
    table.add_column("part", no_wrap=True)
    headings = ("old/s", "new/s", "ratio", "lowest", "highest", "old us", "new us", "CPU ratio")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in result.compared:
        table.add_row(*_row(one))
    console.print(table)
    console.print(
        f"Medians of {result.compared[0].rounds} rounds; us: processor time of a transfer, ours and"
        f" PostgreSQL's. Looked for: a ratio of {LEAST:g} or more.",
        highlight=False, style="dim",
    )  # fmt: skip


def _row(one: Compared) -> tuple[str, ...]:
    colour = "green" if one.ratio >= LEAST else "yellow"
    numbers: tuple[Any, ...] = (one.lowest, one.highest)
    return (
        one.part,
        f"{one.old.rate:,.0f}",
        f"{one.new.rate:,.0f}",
        f"[{colour}]{one.ratio:.2f}[/]",
        *(f"{number:.2f}" for number in numbers),
        f"{one.old.ours_us:.0f} + {one.old.postgres_us:.0f}",
        f"{one.new.ours_us:.0f} + {one.new.postgres_us:.0f}",
        f"{one.cpu:.2f}",
    )
