"""Show the sizes of files and functions beside those of code bases we admire: a look, not a gate.

Lengths of files are lines; lengths of functions are lines without their docstring, nested functions counted
on their own as well. Run by `./dev check`, or by hand: `python tools/sizes.py`.
"""

import ast
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_BUDGET, FUNCTION_BUDGET, PARAMETER_BUDGET = 400, 50, 5
LISTED_PER_BUDGET = 12

# Measured in mid-2026, same method: file median/p90/max, share over 400, function median/p90, documented, tests÷src.
ADMIRED = (
    ("python-stdnum", "343", "28k", "84 / 132 / 386", "0 %", "5 / 12", "99 %", "0.83"),
    ("import-linter", "40", "4.0k", "58 / 284 / 498", "2 %", "8 / 27", "39 %", "2.16"),
    ("procrastinate", "72", "9.0k", "40 / 351 / 1042", "6 %", "7 / 23", "33 %", "1.40"),
    ("h11", "11", "2.6k", "153 / 369 / 659", "9 %", "6 / 30", "26 %", "1.08"),
    ("psycopg", "83", "22.5k", "181 / 569 / 1774", "20 %", "4 / 20", "32 %", "1.74"),
    ("beancount", "85", "21.5k", "155 / 601 / 1874", "20 %", "9 / 40", "88 %", "1.09"),
    ("cosmicpython", "21", "0.7k", "28 / 86 / 120", "0 %", "4 / 11", "0 %", "0.99"),
)
HEADINGS = (
    "",
    "files",
    "lines",
    "file med / p90 / max",
    ">400",
    "fn med / p90",
    "documented",
    "tests÷src",
)


@dataclass(frozen=True)
class Function:
    """One function: where it is, how long its code is, how many parameters it takes, if it is public and explained."""

    place: str
    lines: int
    parameters: int
    is_public: bool
    is_documented: bool


@dataclass(frozen=True)
class File:
    """One Python file with its functions."""

    path: str
    lines: int
    functions: tuple[Function, ...]


def python_files(folder: str) -> list[File]:
    """Read every Python file under a folder of the repository; an absent folder has none."""
    return [read_file(path) for path in sorted((ROOT / folder).rglob("*.py"))]


def read_file(path: Path) -> File:
    """Measure one file."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    functions = tuple(
        measure(node, name, is_public)
        for node, is_public in functions_of(ast.parse(text, filename=name))
    )
    return File(name, len(text.splitlines()), functions)


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(node: ast.AST, *, public: bool = True) -> Iterator[tuple[FunctionNode, bool]]:
    """Yield every function below a node, and whether a reader outside the module can reach it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode):
            reachable = public and not child.name.startswith("_")
            yield child, reachable
            yield from functions_of(child, public=False)
        elif isinstance(child, ast.ClassDef):
            yield from functions_of(child, public=public and not child.name.startswith("_"))
        else:
            yield from functions_of(child, public=public)


def measure(node: FunctionNode, path: str, is_public: bool) -> Function:
    """Measure one function: lines from `def` to its end, the docstring left out."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    docstring = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
    if docstring is not None:
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    parameters = len([each for each in named if each.arg not in {"self", "cls"}])
    return Function(
        f"{path}:{node.lineno} {node.name}", lines, parameters, is_public, docstring is not None
    )


def percentile(values: list[int], share: float) -> int:
    """Return the smallest value that at least `share` of the values do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def row(name: str, files: list[File], test_lines: int | None) -> tuple[str, ...]:
    """Make one line of the table, in the order of HEADINGS."""
    lengths = [file.lines for file in files]
    functions = [function for file in files for function in file.functions]
    code = [function.lines for function in functions]
    public = [function for function in functions if function.is_public]
    total = sum(lengths)
    return (
        name,
        str(len(files)),
        f"{total / 1000:.1f}k",
        f"{middle(lengths)} / {percentile(lengths, 0.9)} / {max(lengths, default=0)}",
        share(sum(length > FILE_BUDGET for length in lengths), len(lengths)),
        f"{middle(code)} / {percentile(code, 0.9)}",
        share(sum(function.is_documented for function in public), len(public)),
        f"{test_lines / total:.2f}" if test_lines is not None and total else "",
    )


def middle(values: list[int]) -> int:
    """Return the median, rounded; 0 when there are none."""
    return round(statistics.median(values)) if values else 0


def share(part: int, whole: int) -> str:
    """Write a part of a whole as a percentage."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows with their columns aligned, the first to the left and the others to the right."""
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    for line in rows:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join([line[0].ljust(widths[0]), *cells[1:]]).rstrip())


def print_over_budget(title: str, found: list[tuple[int, str]]) -> None:
    """List what exceeds a budget, largest first."""
    if found:
        print(f"\n{title}: {len(found)}")
        for size, place in sorted(found, reverse=True)[:LISTED_PER_BUDGET]:
            print(f"  {size:5}  {place}")


def main() -> None:
    """Print the table of sizes and what exceeds the budgets."""
    source, tests = python_files("src"), python_files("tests")
    ours = [
        row("partita src", source, sum(file.lines for file in tests)),
        row("partita tests", tests, None),
    ]
    others = [
        row(f"partita {folder}", files, None)
        for folder in ("tools", "bench", "examples")
        if (files := python_files(folder))
    ]
    print_table([HEADINGS, *ours, *others, *ADMIRED])
    everything = [*source, *tests]
    functions = [function for file in everything for function in file.functions]
    print_over_budget(
        f"Files over {FILE_BUDGET} lines",
        [(file.lines, file.path) for file in everything if file.lines > FILE_BUDGET],
    )
    print_over_budget(
        f"Functions over {FUNCTION_BUDGET} lines",
        [(each.lines, each.place) for each in functions if each.lines > FUNCTION_BUDGET],
    )
    print_over_budget(
        f"Functions of src with more than {PARAMETER_BUDGET} parameters",
        [
            (each.parameters, each.place)
            for file in source
            for each in file.functions
            if each.parameters > PARAMETER_BUDGET
        ],
    )


if __name__ == "__main__":
    main()
