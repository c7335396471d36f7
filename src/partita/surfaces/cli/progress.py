"""Progress of long work, on stderr: a moving bar on a terminal, else a line every ten seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from partita.surfaces.cli.talk import say

Advance = Callable[[int, int], None]
"""Told how much is done, and of how much; 0 where that is not known."""
_LINE_EVERY_SECONDS = 10.0


@contextmanager
def progress(title: str, unit: str) -> Iterator[Advance]:
    """Show the progress of a block of work, with rate and time to go."""
    if not sys.stderr.isatty():
        yield _Lines(title, unit)
        return
    # Imported here, since only a terminal needs it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
    )  # fmt: skip
    started = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, rate="")

        def advance(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - started, 1e-6)
            bar.update(task, completed=done, total=total or None, rate=f"{rate:,.0f} {unit}/s")

        yield advance


class _Lines:
    """Says a line now and then, for logs."""

    def __init__(self, title: str, unit: str) -> None:
        self._title, self._unit = title, unit
        self._started = self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last < _LINE_EVERY_SECONDS:
            return
        self._last = now
        rate = done / (now - self._started)
        of_total = f" of {total:,}, {(total - done) / rate:,.0f} s to go" if total and rate else ""
        say(f"{self._title}: {done:,} {self._unit}{of_total}, {rate:,.0f}/s")
