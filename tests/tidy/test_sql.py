"""SQL lives in .sql files, where each query is named and headed by a sentence."""

import ast
import re
from collections.abc import Iterator
from itertools import takewhile

import pytest

from tests.tidy.source import ROOT, Module, check, expect_none, files, planted

# Statements that read, write or define; BEGIN, COMMIT, SET LOCAL, LISTEN and the like are transaction control.
STATEMENT = re.compile(
    r"""^\s*(
        select\s+[^;]*\bfrom\s+\w | select\s+\w+\( | select\s+%
        | insert\s+into\s | update\s+[\w."{}]+\s+set\s | delete\s+from\s | merge\s+into\s
        | create\s+(or\s+replace\s+)?(unique\s+|temp\s+|temporary\s+)?
          (table|index|view|schema|database|role|user|function|procedure|trigger|type|sequence|extension)\s
        | (alter|drop)\s+(table|index|view|schema|database|role|user|function|procedure|trigger|type|sequence)\s
        | truncate\s+(table\s+)?[\w."{}]+\s*;?\s*$ | copy\s+[\w."{}]+\s*(\([^)]*\)\s*)?(from|to)\s
        | grant\s+\w+[^;]*\s+to\s | revoke\s+\w+[^;]*\s+from\s
        | with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s+(materialized\s+)?\(
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# path -> why its SQL may stand in Python.
ALLOWED: dict[str, str] = {}

QUERY_NAME = re.compile(r"^--\s*(?:name:\s*)(\w+)")
SENTENCE = re.compile(r"^--\s*(?!name:)\S+(\s+\S+){2,}.*$")


def sql_in_python(module: Module) -> Iterator[str]:
    """Find string literals that are SQL statements; docstrings are prose."""
    if module.path in ALLOWED:
        return
    skipped = docstrings(module.tree) | parts_of_fstrings(module.tree)
    for node in ast.walk(module.tree):
        if node not in skipped and STATEMENT.match(literal(node)):
            yield module.at(node, "SQL belongs in a .sql file, as a named query with a sentence")


def literal(node: ast.AST) -> str:
    """Return the text of a string, `{}` for what an f-string fills in; empty for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(literal(part) or "{}" for part in node.values)
    return ""


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """Collect the bare strings that stand as statements: docstrings of all kinds."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def parts_of_fstrings(tree: ast.Module) -> set[ast.AST]:
    """Collect the pieces of f-strings, which are judged as a whole."""
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    return {part for string in strings for part in string.values}


def unexplained_queries(path: str, text: str) -> Iterator[str]:
    """Find named queries without a sentence beside their name, and files that begin without one."""
    lines = text.splitlines()
    named = [number for number, line in enumerate(lines) if QUERY_NAME.match(line)]
    if not any(SENTENCE.match(line) for line in takewhile(is_heading, lines)):
        yield f"{path}:1: begin with a comment that says what this file is for"
    for number in named:
        around = [*comments_before(lines, number), *takewhile(is_comment, lines[number + 1 :])]
        if not any(SENTENCE.match(line) for line in around):
            query = QUERY_NAME.match(lines[number])
            assert query is not None
            yield f"{path}:{number + 1}: say in a sentence what `{query[1]}` reads or writes"


def comments_before(lines: list[str], number: int) -> list[str]:
    """Collect the comment lines that stand directly above a line."""
    return list(takewhile(is_comment, reversed(lines[:number])))


def is_comment(line: str) -> bool:
    """Tell whether a line is a comment."""
    return line.startswith("--") and not QUERY_NAME.match(line)


def is_heading(line: str) -> bool:
    """Tell whether a line may stand before the first statement."""
    return not line.strip() or line.startswith("--")


def test_sql_stands_in_sql_files() -> None:
    check(sql_in_python, "src")


def test_every_exception_is_still_needed() -> None:
    assert not [path for path in ALLOWED if not (ROOT / path).is_file()]


def test_every_named_query_has_a_sentence() -> None:
    expect_none(
        finding
        for path in files("src")
        if path.suffix == ".sql"
        for finding in unexplained_queries(path.relative_to(ROOT).as_posix(), path.read_text())
    )


@pytest.mark.parametrize(
    "text",
    [
        "q = 'select id from account where ledger_id = %s'",
        "q = 'SELECT pg_advisory_lock(1)'",
        'q = """\n  insert into entry values (1)"""',
        "q = f'update {table} set x = 1'",
        "q = 'delete from account'",
        "q = 'create unique index on entry (id)'",
        "q = 'with recent as (select 1) table recent'",
        "q = 'truncate entry'",
        "q = 'copy entry (id) from stdin'",
        "q = 'grant select on entry to reader'",
    ],
)
def test_sql_in_python_is_found(text: str) -> None:
    assert list(sql_in_python(planted(text)))


@pytest.mark.parametrize(
    "text",
    [
        "q = 'begin'",
        "q = 'commit'",
        "q = 'set local synchronous_commit to on'",
        "q = 'select 1'",
        "m = 'Select a currency, then post.'",
        "m = 'update the account first'",
        "m = 'with a key of another ledger'",
        "m = 'create a key: partita keys create'",
        '"""Select rows from a table."""',
    ],
)
def test_prose_and_transaction_control_pass(text: str) -> None:
    assert not list(sql_in_python(planted(text)))


@pytest.mark.parametrize(
    "text",
    [
        "-- name: load\nselect 1;",
        "-- The queries of the store.\n\n-- name: load\nselect 1;",
        "-- The queries of the store.\n\n-- name: load\n-- rows\nselect 1;",
        "create table account (id bigint);",
    ],
)
def test_an_unexplained_query_is_found(text: str) -> None:
    assert list(unexplained_queries("queries.sql", text))


@pytest.mark.parametrize(
    "text",
    [
        "-- The queries of the store.\n\n-- name: load\n-- The accounts that a batch names.\nselect 1;",
        "-- The queries of the store.\n\n-- The accounts that a batch names.\n-- name: load\nselect 1;",
        "-- Accounts and their constraints.\ncreate table account (id bigint);",
    ],
)
def test_an_explained_query_passes(text: str) -> None:
    assert not list(unexplained_queries("queries.sql", text))
