"""Reports: a run as one JSON object, as a table beside its goals, as a chart of bars."""

from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.as_of import Result
from bench.figures import Figure
from bench.machine import Machine
from bench.parts import CATCH_UP, COLD, HOT, PARTS, PLAIN, REFERENCE, WALLETS, Part

_WIDEST_BAR = 48
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Run(msgspec.Struct):
    """All figures of one run, by part, with where and on what they were made."""

    figures: dict[str, Figure]
    machine: Machine
    commit: str
    date: str
    plan: str
    as_of: Result | None = None

    def compare(self) -> None:
        """Fill in the ratios, where the parts that they need were measured."""
        reference = self.figures.get(REFERENCE)
        for part in PARTS:
            one = self.figures.get(part.name)
            if one is not None and reference is not None and part.units == "transfers":
                one.ratio = round(one.rate / reference.rate, 3)
        hot, cold = self.figures.get(HOT), self.figures.get(COLD)
        if hot is not None and cold is not None:
            hot.hot_over_cold = round(hot.rate / cold.rate, 3)
        wallets, plain = self.figures.get(WALLETS), self.figures.get(PLAIN)
        if wallets is not None and plain is not None:
            wallets.over_plain = round(wallets.rate / plain.rate, 3)
        catch_up = self.figures.get(CATCH_UP)
        if catch_up is not None and plain is not None:
            catch_up.over_live = round(catch_up.rate / plain.rate, 3)

    @property
    def memory_mb(self) -> float:
        """The most memory that any of our parts had resident."""
        return max((one.memory_mb or 0.0 for one in self.figures.values()), default=0.0)

    def json(self) -> dict[str, Any]:
        """The run as one flat object: a key for each part, then what surrounds them."""
        return {
            **{name: _keys(one) for name, one in self.figures.items()},
            "memory_mb": self.memory_mb,
            "machine": msgspec.to_builtins(self.machine),
            "commit": self.commit,
            "date": self.date,
            "plan": self.plan,
            "as_of": msgspec.to_builtins(self.as_of),
        }


def _keys(one: Figure) -> dict[str, Any]:
    always = {name: getattr(one, name) for name in ("rate", "p50_ms", "p99_ms", "ratio")}
    return {**always, **msgspec.to_builtins(one)}


def show(run: Run, console: Console) -> None:
    """Print the table, and below it where it was made."""
    table = Table(
        title=f"How much in a second, fsync on; {run.plan}",
        title_justify="left",
        box=None,
        padding=(0, 1),
        pad_edge=False,
    )
    table.add_column("part", no_wrap=True)
    for heading in ("in flight", "rate/s", "p50 ms", "p99 ms", "× base", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("of", no_wrap=True)
    table.add_column("beside goal", no_wrap=True)
    for part in PARTS:
        if part.name in run.figures:
            table.add_row(*_row(part, run))
    console.print(table)
    machine = run.machine
    console.print(
        f"{machine.cores} cores, {machine.processor}; {machine.python}; PostgreSQL"
        f" {machine.postgres or '–'} on {machine.filesystem or '–'}; commit {run.commit}",
        highlight=False,
    )
    settings = ", ".join(f"{name}={value}" for name, value in machine.settings.items())
    console.print(f"read back from the server: {settings or '–'}", highlight=False, style="dim")
    if machine.filesystem == "tmpfs":
        console.print("[yellow]The data lay on tmpfs, where fsync costs nothing: use --folder.")


def _row(part: Part, run: Run) -> tuple[str, ...]:
    one = run.figures[part.name]
    size = f" × {part.size:,}" if part.size > 1 else ""
    return (
        part.name,
        f"{part.concurrency}{size}",
        f"{one.rate:,.0f}",
        _milliseconds(one.p50_ms),
        _milliseconds(one.p99_ms),
        "–" if one.ratio is None else f"{one.ratio:.2f}",
        "–" if one.memory_mb is None else f"{one.memory_mb:,.0f}",
        part.units,
        _look(part, run),
    )


def _milliseconds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _look(part: Part, run: Run) -> str:
    """How the part stands to its goal; of several parts with one goal the best counts."""
    one = run.figures[part.name]
    if part.goal_over_cold is not None and one.hot_over_cold is not None:
        return _verdict(one.hot_over_cold, part.goal_over_cold, " of cold")
    if part.goal_over_plain is not None and one.over_plain is not None:
        return _verdict(one.over_plain, part.goal_over_plain, " of plain")
    if part.goal_over_live is not None and one.over_live is not None:
        return _verdict(one.over_live, part.goal_over_live, " of live")
    if part.goal is None or one.ratio is None:
        return ""
    same = (
        run.figures.get(other.name) for other in PARTS if other.kind is part.kind and other.goal
    )
    best = max(figure.ratio or 0.0 for figure in same if figure is not None)
    return _verdict(best, part.goal, " ×")


def _verdict(found: float, goal: float, unit: str) -> str:
    colour = "green" if found >= goal else "yellow"
    return f"[{colour}]{found:.2f}[/] / {goal:g}{unit}"


def plot(run: Run, console: Console) -> None:
    """Print the rates as bars."""
    top = max(one.rate for one in run.figures.values())
    for name, one in run.figures.items():
        eighths = round(one.rate / top * _WIDEST_BAR * 8)
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8]
        console.print(f"{name:>16} {bar} {one.rate:,.0f}", highlight=False)
