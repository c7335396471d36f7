"""`partita bench`: hands over to the benchmark of a checkout, which is no part of the product."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from partita.surfaces.cli.failures import CommandFailed

_CHECKOUT = Path(__file__).parents[4]


def bench(
    *arguments: Annotated[
        str, Parameter(allow_leading_hyphen=True, help="See ./dev bench --help.")
    ],
) -> int:
    """Measure this machine: the same as ./dev bench, in a checkout of the sources."""
    if not (_CHECKOUT / "bench" / "__main__.py").is_file():
        raise CommandFailed(
            "The benchmark is not installed with the program.",
            "take a checkout of the sources, and run ./dev bench there.",
        )
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=_CHECKOUT, check=False).returncode
