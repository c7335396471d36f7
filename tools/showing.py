"""How a show is run: it tells figures, each may have a bar, and a missed bar ends it with status 1.

A show is a module of `tools/shows` with a function of a `Show`, a title in its docstring, and
`sys.exit(main(...))` at its end. `./dev show NAME` prints a table and `--json` one line for machines.
Real input is looked for in `../shared/data` beside the repository, or where PARTITA_SHARED_DATA
says; without it a show ends with status 2 and says what is missing.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

Value = str | int | float | bool | None
Options = Callable[[argparse.ArgumentParser], None]


class MissingInputError(Exception):
    """Published files are not where they are looked for; the message says the mend."""


class Figure(NamedTuple):
    """A figure, and what it must be if it has a bar."""

    name: str
    found: Value
    bar: str
    ok: bool


class Show:
    """What a show is given: its arguments, where its input is, and where to tell its figures."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.figures: list[Figure] = []
        self.began = time.monotonic()

    def input(self, *path: str) -> Path:
        """A file of the shared data.

        Raises:
            MissingInputError: it is not there.
        """
        beside = Path(__file__).resolve().parents[2] / "shared" / "data"
        file = Path(os.environ.get("PARTITA_SHARED_DATA") or beside).joinpath(*path)
        if not file.exists():
            raise MissingInputError(
                f"{file} is missing; put the data there, or name its folder in PARTITA_SHARED_DATA"
            )
        return file

    def say(self, text: str) -> None:
        """Tell the person in front of it how things go."""
        print(text, file=sys.stderr, flush=True)

    def figure(self, name: str, found: Value) -> None:
        """A figure without a bar."""
        self.figures.append(Figure(name, found, "", True))

    def equal(self, name: str, found: Value, expected: Value) -> None:
        """A figure that must be this."""
        self.figures.append(Figure(name, found, _text(expected), found == expected))

    def demand(self, name: str, found: Value, bar: str, *, ok: bool) -> None:
        """A figure with a bar of another kind, said in words."""
        self.figures.append(Figure(name, found, bar, ok))

    def missed(self) -> list[str]:
        """The names of the figures that are not what they must be."""
        return [figure.name for figure in self.figures if not figure.ok]


def main(
    tell: Callable[[Show], None],
    about: str | None,
    options: Options = lambda _: None,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a show: 0 if every bar is met, 1 if one is missed, 2 without its input."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one line for machines")
    options(parser)
    show = Show(parser.parse_args(arguments))
    try:
        tell(show)
    except MissingInputError as error:
        print(error, file=sys.stderr)
        return 2
    show.figure("seconds", round(time.monotonic() - show.began, 2))
    _print(show)
    return 1 if show.missed() else 0


def _print(show: Show) -> None:
    if show.arguments.json:
        figures = {figure.name: figure.found for figure in show.figures}
        print(json.dumps({"ok": not show.missed(), "missed": show.missed(), "figures": figures}))
        return
    widths = [max(len(_text(figure[n])) for figure in show.figures) for n in range(3)]
    for name, found, bar, ok in show.figures:
        verdict = "" if not bar else "ok" if ok else "MISSED"
        cells = (name.ljust(widths[0]), _text(found).rjust(widths[1]), bar.rjust(widths[2]))
        print("  ".join((*cells, verdict)).rstrip())
    print(f"{len(show.missed())} of {len(show.figures)} figures missed their bar.")


def _text(value: Value) -> str:
    return f"{value:,}" if type(value) in (int, float) else str(value)
