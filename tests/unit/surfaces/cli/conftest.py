"""A data folder whose server stays up for a module's tests, and the command line called on it."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.surfaces.cli.main import run


class Said(msgspec.Struct, frozen=True):
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its data."""
        return json.loads(self.out)


class CommandLine:
    """Calls `partita` in this process, on one data folder."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture

    def plain(self, *arguments: str) -> Said:
        """Call it with just these arguments."""
        self._capture.readouterr()
        status = run(arguments)
        said = self._capture.readouterr()
        return Said(status, said.out, said.err)

    def __call__(self, *arguments: str) -> Said:
        """Call it on the data folder."""
        return self.plain(*arguments, "--data", str(self.folder))


@pytest.fixture(scope="module")
def data_folder(guarded_folder: Path) -> Iterator[Path]:
    """A data folder; holding its server up saves each command the start."""
    folder = Path(tempfile.mkdtemp(dir=guarded_folder))
    with EmbeddedPostgres(folder):
        yield folder


@pytest.fixture
def partita(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line on a data folder that lasts for the module."""
    return CommandLine(data_folder, capsys)
