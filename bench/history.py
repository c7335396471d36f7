"""The history of figures: one row of docs/benchmarks.md for each run that was recorded."""

from pathlib import Path

from bench.children import ROOT
from bench.parts import PARTS
from bench.report import Run

FILE = ROOT / "docs" / "benchmarks.md"

_HEAD = f"""# Benchmarks over time

Each row is one `./dev bench --record`: so many per second, for transfers with the ratio to
`baseline_10000` of the same run in parentheses. Only rows of one machine can be compared; `bench/` says what each part
does.

| date | commit | machine | {" | ".join(part.name for part in PARTS)} | memory MB |
|---|---|---|{"---:|" * (len(PARTS) + 1)}
"""


def record(run: Run, file: Path = FILE) -> None:
    """Append a row for this run; the file is begun if it is not there."""
    file.parent.mkdir(exist_ok=True)
    text = file.read_text(encoding="utf-8") if file.exists() else _HEAD
    file.write_text(f"{text.rstrip()}\n{row(run)}\n", encoding="utf-8")


def row(run: Run) -> str:
    """The run as a row of the table."""
    machine = run.machine
    place = f"{machine.cores} cores, {machine.python}, PostgreSQL {machine.postgres or '–'}"
    cells = [run.date[:10], run.commit, place, *(_cell(run, part.name) for part in PARTS)]
    return f"| {' | '.join(cells)} | {run.memory_mb:,.0f} |"


def _cell(run: Run, name: str) -> str:
    one = run.figures.get(name)
    if one is None:
        return "–"
    return f"{one.rate:,.0f}" + ("" if one.ratio is None else f" ({one.ratio:.2f})")
