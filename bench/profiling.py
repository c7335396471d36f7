"""Profiling of a part: cProfile on every Python thread of a process, merged into one table.

Time is the processor time of each thread, so waiting for a lock, a socket or another thread counts
for nothing. The profiler slows Python down several times, small functions most: compare functions
with each other, not with an unprofiled run. Opening the accounts is in it too; threads that still
live at the end are left out.
"""

import cProfile
import pstats
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LINES = 45
_ONE_FOR_ALL = sys.version_info >= (3, 12)
"""From 3.12 on a profile watches every thread, and a second one beside it is refused."""


@contextmanager
def every_thread(wanted: bool) -> Iterator[None]:
    """Profile this thread and all that start inside the block; print the top to stderr."""
    if not wanted:
        yield
        return
    profiles = [cProfile.Profile(time.thread_time)]
    run = threading.Thread.run

    def profiled(self: threading.Thread) -> None:
        profile = cProfile.Profile(time.thread_time)
        profile.runcall(run, self)
        profiles.append(profile)

    if not _ONE_FOR_ALL:
        threading.Thread.run = profiled  # type: ignore[method-assign]
    try:
        with profiles[0]:
            yield
    finally:
        threading.Thread.run = run  # type: ignore[method-assign]
        _show(profiles)


def _show(profiles: list[cProfile.Profile]) -> None:
    statistics = pstats.Stats(profiles[0], stream=sys.stderr)
    for profile in profiles[1:]:
        profile.create_stats()
        statistics.add(profile)
    statistics.strip_dirs().sort_stats("tottime").print_stats(_LINES)
