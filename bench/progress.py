"""Progress on stderr while parts run: which one, how many are left, about how long it takes."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.parts import Part, Plan

PREPARATION_SECONDS = 2.5
"""About what it takes to start a part, to open its accounts, and to check its books."""
_TICK_SECONDS = 1.0


class Announcer:
    """Says what runs: a line that moves on a terminal, a line for each part elsewhere."""

    def __init__(self, parts: Sequence[Part], plan: Plan) -> None:
        """Expect these parts."""
        lasting = [plan.of(part).seconds + PREPARATION_SECONDS for part in parts]
        self._parts, self._each = parts, sum(lasting) / max(1, len(lasting))
        self._console = Console(stderr=True)
        self._line: Progress | None = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Show progress for the length of a block."""
        if not sys.stderr.isatty():
            yield
            return
        columns = (
            TextColumn("{task.description:<40}"),
            BarColumn(),
            TimeRemainingColumn(compact=True),
        )
        # Slow on purpose: it shares the cores with what is measured.
        with Progress(*columns, console=self._console, refresh_per_second=1) as self._line:
            self._line.add_task("", total=self._each * len(self._parts))
            yield

    @contextmanager
    def part(self, number: int) -> Iterator[None]:
        """Show one part for the length of a block; numbers begin at 0."""
        part, count = self._parts[number], len(self._parts)
        text = f"{number + 1}/{count} {part.name}"
        if self._line is None:
            left = round(self._each * (count - number))
            self._console.print(f"{text}: {part.kind.value}; about {left} s left", highlight=False)
            yield
            return
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(text, number, over), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            over.set()
            ticker.join()

    def say(self, text: str) -> None:
        """Tell of something that is no part."""
        if self._line is None:
            self._console.print(text, highlight=False)
        else:
            self._line.update(self._line.task_ids[0], description=text)

    def _tick(self, text: str, number: int, over: threading.Event) -> None:
        assert self._line is not None, "ticks only on a terminal"
        task = self._line.task_ids[0]
        seconds = 0.0
        while True:
            done = number * self._each + min(seconds, self._each)
            self._line.update(task, description=text, completed=done)
            if over.wait(_TICK_SECONDS):
                return
            seconds += _TICK_SECONDS
