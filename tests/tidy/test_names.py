"""Names come from the trade and are written out: no attics, no abbreviations."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.tidy.source import Module, check, planted

# A module with one of these names says nothing about what is in it, so everything ends up there.
ATTICS = {
    "utils": "name the file after the one noun or verb it holds",
    "util": "name the file after the one noun or verb it holds",
    "helpers": "name the file after what it helps to do",
    "helper": "name the file after what it helps to do",
    "common": "put each thing where its subject lives",
    "services": "name the file after the commands it carries out",
    "service": "name the file after the commands it carries out",
    "misc": "put each thing where its subject lives",
    "shared": "put each thing where its subject lives",
    "manager": "name the file after what is done",
    "exceptions": "program failures live in errors.py, what the rules refuse in rejections.py",
}

# Word in an identifier -> the word to write instead. Prefixes inside strings (`txn_…`) are data, not names.
ABBREVIATIONS = {
    "acct": "account",
    "accts": "accounts",
    "addr": "address",
    "amt": "amount",
    "amts": "amounts",
    "bal": "balance",
    "cb": "callback",
    "cfg": "settings",
    "cnt": "count",
    "conn": "connection",
    "cur": "cursor, or current",
    "curr": "currency, or current",
    "desc": "description",
    "fn": "function",
    "idx": "index, or position",
    "mgr": "the verb that it does",
    "msg": "message",
    "num": "number, or count",
    "obj": "what it is",
    "qty": "quantity",
    "req": "request",
    "resp": "response",
    "ret": "result",
    "seq": "sequence",
    "stmt": "statement",
    "tmp": "what it holds",
    "ts": "moment, or recorded_at",
    "tx": "transaction, or unit of work for the database's",
    "txn": "transaction",
    "txns": "transactions",
    "util": "what it does",
    "val": "value",
}
# Names that pytest gives.
GIVEN = {"tmp_path", "tmp_path_factory"}


def attics(module: Module) -> Iterator[str]:
    """Find modules and folders whose name is an attic."""
    for part in PurePosixPath(module.path).with_suffix("").parts:
        if part in ATTICS:
            yield module.at(1, f"no module is called `{part}`: {ATTICS[part]}")


def abbreviations(module: Module) -> Iterator[str]:
    """Find identifiers that are defined here with an abbreviated word in them."""
    for identifier, node in defined_names(module.tree):
        if identifier in GIVEN:
            continue
        for word in identifier.lower().split("_"):
            if word in ABBREVIATIONS:
                mend = f"write {ABBREVIATIONS[word]} for `{word}`"
                yield module.at(node, f"`{identifier}` abbreviates: {mend}")


def defined_names(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield every name that the module gives: functions, classes, arguments, variables, fields, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.arg():
                yield node.arg, node
            case ast.Name(ctx=ast.Store()):
                yield node.id, node
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name, node


def test_no_module_is_an_attic() -> None:
    check(attics)


def test_identifiers_are_written_out() -> None:
    check(abbreviations)


@pytest.mark.parametrize(
    "path",
    [
        "src/partita/kernel/utils.py",
        "src/partita/helpers/money.py",
        "src/partita/engine/exceptions.py",
        "tests/common.py",
    ],
)
def test_an_attic_is_found(path: str) -> None:
    assert list(attics(planted("", path)))


def test_a_file_named_after_its_subject_passes() -> None:
    assert not list(attics(planted("", "src/partita/engine/errors.py")))


@pytest.mark.parametrize(
    "text",
    [
        "amt = 1",
        "def post(acct_id): pass",
        "def load_txn(): pass",
        "class Tx_Row: pass",
        "self.curr = 1",
        "for idx in rows: pass",
        "import decimal as num",
        "try:\n    pass\nexcept E as msg:\n    raise",
        "with a as tmp: pass",
    ],
)
def test_an_abbreviation_is_found(text: str) -> None:
    assert list(abbreviations(planted(text)))


@pytest.mark.parametrize(
    "text",
    [
        "amount = 1",
        "prefix = 'txn_'",
        "current, index, transaction = rows",
        "connection.cur()",
        "value = module.tmp",
    ],
)
def test_written_out_names_pass(text: str) -> None:
    assert not list(abbreviations(planted(text)))
