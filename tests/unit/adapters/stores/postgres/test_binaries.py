"""Finding server programs: the place that is named, else the newest of the first place that fits."""

import sys
import time
from pathlib import Path

import pytest

from partita.adapters.stores.postgres.binaries import WHEEL, Binaries, find_binaries
from partita.adapters.stores.postgres.errors import BinariesMissingError


def plant(folder: Path, answer: str, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names or ("postgres", "initdb", "pg_ctl"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
    return folder


def test_the_programs_that_tests_run_on_are_found_quickly() -> None:
    begun = time.perf_counter()
    binaries = find_binaries()
    seconds = time.perf_counter() - begun
    assert binaries.version >= (15, 0)
    assert Path(binaries.program("initdb")).is_file()
    assert seconds < 1, "a loaded machine is no excuse for more; alone it takes 0.02 s"


def test_the_wheel_is_not_imported() -> None:
    find_binaries()
    assert WHEEL not in sys.modules


def test_the_folder_that_is_named_wins(tmp_path: Path) -> None:
    folder = plant(tmp_path / "bin", "postgres (PostgreSQL) 17.2 (Debian 17.2-1)")
    found = find_binaries(environment={"PARTITA_POSTGRES_BIN": str(folder)})
    assert found == Binaries(folder, (17, 2))


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("postgres (PostgreSQL) 15.0", (15, 0)),
        ("postgres (PostgreSQL) 19beta1", (19, 0)),
        ("postgres (PostgreSQL) 18devel", (18, 0)),
    ],
)
def test_versions_are_understood(tmp_path: Path, answer: str, version: tuple[int, int]) -> None:
    folder = plant(tmp_path / "bin", answer)
    found = find_binaries(environment={"PARTITA_POSTGRES_BIN": str(folder)})
    assert found.version == version


@pytest.mark.parametrize("answer", ["postgres (PostgreSQL) 14.9", "something else", ""])
def test_what_is_too_old_or_strange_is_refused_with_the_mend(tmp_path: Path, answer: str) -> None:
    folder = plant(tmp_path / "bin", answer)
    with pytest.raises(BinariesMissingError, match=r"15 or later.*PARTITA_POSTGRES_BIN") as error:
        find_binaries(environment={"PARTITA_POSTGRES_BIN": str(folder)})
    assert "pip install" in error.value.mend


def test_a_folder_without_the_server_is_no_place(tmp_path: Path) -> None:
    folder = plant(tmp_path / "bin", "postgres (PostgreSQL) 17.2", "postgres", "pg_ctl")
    with pytest.raises(BinariesMissingError):
        find_binaries(environment={"PARTITA_POSTGRES_BIN": str(folder)})


def test_programs_of_another_machine_are_passed_over(tmp_path: Path) -> None:
    folder = plant(tmp_path / "bin", "")
    (folder / "postgres").write_bytes(b"\x7fELF of somewhere else")
    with pytest.raises(BinariesMissingError):
        find_binaries(environment={"PARTITA_POSTGRES_BIN": str(folder)})


def test_existing_data_get_the_version_that_made_them(tmp_path: Path) -> None:
    newest = find_binaries()
    assert find_binaries(major=newest.version[0]).version == newest.version
    folder = plant(tmp_path / "bin", "postgres (PostgreSQL) 17.2")
    with pytest.raises(BinariesMissingError, match="version 16, which made this data"):
        find_binaries(major=16, environment={"PARTITA_POSTGRES_BIN": str(folder)})
