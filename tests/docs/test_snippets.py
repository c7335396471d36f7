"""Every snippet of every page runs, in the page's order, and says what the page shows.

A page has a folder, a shell, a database and a server of its own. The shell finds `$URL` and `$KEY`
as a reader has them after `./dev demo`, and the command line finds the server's database.
"""

import json
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.config import Settings
from partita.engine.access import Scope
from partita.wiring import build
from tests.docs.fences import PARSED, ROOT, RUN, Block, agrees, blocks, commands, pages
from tests.docs.serving import served
from tests.docs.shell import Shell
from tests.plugins.postgres import PostgresDatabase

SECRET = "a pepper for documents, 32 bytes."
# What a page may name by a path from the repository's root.
LINKED = ("bench", "dev", "docs", "examples", "spec", "src", "tests", "tools")


def with_snippets() -> list[Path]:
    """The pages that have something to run or to parse."""
    return [
        page
        for page in pages()
        if any(block.tag in RUN | PARSED for block in blocks(page.read_text(encoding="utf-8")))
    ]


class Reader:
    """Reads a page aloud: each block does what its tag says."""

    def __init__(self, shell: Shell, database: PostgresDatabase) -> None:
        self._shell, self._database = shell, database

    def read(self, block: Block) -> None:
        """Run or parse one block; fails where it does not do what the page says."""
        getattr(self, f"_{block.tag}")(block)

    def _console(self, block: Block) -> None:
        for command in commands(block.text):
            came, status = self._shell.run(command.text, strict=False)
            compare(command.text, command.shown, came)
            if not command.shown:
                assert status == 0, f"$ {command.text}\nended with status {status}"

    def _bash(self, block: Block) -> None:
        self._shell.run(block.text, strict=True)

    def _python(self, block: Block) -> None:
        came, status = self._shell.run(f"python - <<'SNIPPET'\n{block.text}SNIPPET\n", strict=False)
        assert status == 0, came
        if block.shown is not None:
            compare(block.text, block.shown, came)

    def _sql(self, block: Block) -> None:
        with psycopg.connect(self._database.reader) as connection:
            cursor = connection.execute(block.text.encode())
            lines = [" | ".join(column.name for column in cursor.description or ())]
            lines += [" | ".join(map(str, row)) for row in cursor]
        if block.shown is not None:
            compare(block.text, block.shown, "\n".join(lines))

    def _json(self, block: Block) -> None:
        json.loads(block.text)

    def _toml(self, block: Block) -> None:
        tomllib.loads(block.text)


def compare(what: str, shown: str, came: str) -> None:
    """Fail with both where an output is not what the page shows."""
    assert agrees(shown, came), f"{what}\n--- the page shows\n{shown}\n--- what came\n{came}"


@pytest.fixture
def reader(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[Reader]:
    """A reader at a desk: a folder, a server with its database, an API key, a shell."""
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    # The folder that the shell's commands take too, so that both sign logs with one key.
    folder = tmp_path / "partita-data"
    application = build(
        Settings(database_url=postgres_database.administrator, secret=SECRET, data=folder)
    )
    try:
        key, _ = application.access.create("main", Scope.WRITE, name="documents")
        with served(application) as url:
            shell = Shell(tmp_path, environment(tmp_path, postgres_database, url, key))
            try:
                yield Reader(shell, postgres_database)
            finally:
                shell.close()
                stop_orphans(tmp_path)
    finally:
        application.close()


def stop_orphans(folder: Path) -> None:
    """End servers that a page left behind when it broke off: adopting and leaving ends them."""
    for found in folder.glob("*/postgres/data/postmaster.pid"):
        EmbeddedPostgres(found.parents[2]).start().close()


def environment(folder: Path, database: PostgresDatabase, url: str, key: str) -> dict[str, str]:
    """What a reader's shell knows."""
    return {
        "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",  # data and talk come in the order of a terminal
        "PYTHONPATH": str(ROOT / "src"),
        "PARTITA_DATABASE_URL": database.administrator,
        "PARTITA_SECRET": SECRET,
        "URL": url,
        "KEY": key,
    }


@pytest.mark.parametrize("page", with_snippets(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_says(page: Path, reader: Reader) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.tag in RUN | PARSED:
            try:
                reader.read(block)
            except Exception as error:
                error.add_note(f"{page.relative_to(ROOT)}:{block.line}")
                raise
