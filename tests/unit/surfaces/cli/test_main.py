"""Before any verb runs: help at once, exit statuses, failures in words, nothing loaded for nothing."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from partita import __version__
from partita.engine.errors import NotFound, Overloaded, StoreUnavailable
from partita.surfaces.cli import commands, main
from partita.surfaces.cli.failures import CommandFailed, explain_failure, status_of
from partita.surfaces.cli.main import run

HEAVY = ("psycopg", "litestar", "granian", "uvloop")


def loaded_by(*arguments: str) -> list[str]:
    """The heavy packages that a fresh process has loaded after a command."""
    program = (
        "import contextlib, io, json, sys\n"
        "from partita.surfaces.cli.main import run\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    status = run({list(arguments)!r})\n"
        f"print(json.dumps([n for n in {(*HEAVY, 'cyclopts')!r} if n in sys.modules]))\n"
        "sys.exit(status)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_verb(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    said = capsys.readouterr()
    assert all(f"  {command.name} " in said.out for command in commands.COMMANDS)
    assert not said.err
    assert max(map(len, said.out.splitlines())) <= 100


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"partita {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_and_version_load_nothing(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == []


@pytest.mark.parametrize("verb", [command.name for command in commands.COMMANDS])
def test_no_help_waits_for_database_or_server(verb: str) -> None:
    assert loaded_by(verb, "--help") == ["cyclopts"]


def test_explaining_needs_no_database() -> None:
    assert loaded_by("explain", "insufficient_funds") == ["cyclopts"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verfy"], "did you mean `partita verify`?"),
        (["--json", "verify"], "the verb comes first"),
        (["verify", "--jsn"], "Did you mean --json?"),
        (["keys", "creat"], 'Did you mean "create"?'),
        (["keys", "create", "--scope", "writ"], 'Did you mean "write"?'),
        (["serve", "--port", "high"], "--port"),
        (["accounts", "show"], "REFERENCE"),
        (["post", "--debit", "a", "1"], "--debit"),
        (["verify", "--data", "a", "--database", "b"], "two places"),
        (["explain", "insuficient_funds"], "did you mean 'insufficient_funds'?"),
        (["balances", "--data", "no/such/folder"], "no books"),
    ],
)
def test_wrong_usage_says_the_mend(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = 1 if "no books" in words else 2
    assert run(arguments) == expected
    said = capsys.readouterr()
    assert words.lower() in said.err.lower()
    assert "Mend: " in said.err
    assert not said.out


def ending(error: BaseException) -> Callable[..., Any]:
    """A command line that ends in this way."""

    def fail(_arguments: object) -> int:
        raise error

    return fail


def test_an_interruption_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "_dispatch", ending(KeyboardInterrupt()))
    assert run(["verify"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CommandFailed("a", "b"), 1),
        (CommandFailed("a", "b", status=2), 2),
        (NotFound("there is no ledger 'x'"), 1),
        (Overloaded("full"), 3),
        (StoreUnavailable("PostgreSQL cannot be reached"), 3),
        (StoreUnavailable('FATAL: password authentication failed for user "x"'), 4),
        (PermissionError(13, "Permission denied"), 4),
        (FileNotFoundError(2, "No such file"), 1),
        (ValueError("a fault of ours"), None),
    ],
)
def test_failures_have_their_exit_status(error: Exception, status: int | None) -> None:
    assert status_of(error) == status


def test_a_fault_of_the_program_shows_its_place() -> None:
    with pytest.raises(ValueError, match="a fault of ours"):
        explain_failure(ValueError("a fault of ours"))


def test_output_that_nobody_reads_any_more_is_no_failure() -> None:
    program = "from partita.surfaces.cli.main import main; main()"
    command = f"{sys.executable} -c '{program}' explain | head -n 1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("code")
    assert done.stderr == ""
