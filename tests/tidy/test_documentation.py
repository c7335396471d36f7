"""Every module says what it is about; every public class, function and method says what it means."""

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Module, check, planted

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.ClassDef | FunctionNode
# Decorators under which another definition speaks: the one overridden, or the last of the overloads.
SPOKEN_FOR = {"override", "overload", "setter", "deleter"}


def undocumented_modules(module: Module) -> Iterator[str]:
    """Find a module without a docstring."""
    if not ast.get_docstring(module.tree):
        yield module.at(1, "begin with a docstring: what, why, where in the chain")


def undocumented_things(module: Module) -> Iterator[str]:
    """Find public classes, functions and methods without a docstring."""
    for node in public_things(module.tree):
        if not ast.get_docstring(node):
            yield module.at(node, f"say in a docstring what `{node.name}` means")


def public_things(node: ast.Module | ast.ClassDef) -> Iterator[Documented]:
    """Yield what a reader of a module may use, methods of public classes included."""
    for child in node.body:
        if not isinstance(child, Documented) or child.name.startswith("_") or spoken_for(child):
            continue
        yield child
        if isinstance(child, ast.ClassDef):
            yield from public_things(child)


def spoken_for(node: Documented) -> bool:
    """Tell whether a decorator says that the documentation stands elsewhere."""
    names = {getattr(each, "attr", getattr(each, "id", "")) for each in node.decorator_list}
    return bool(names & SPOKEN_FOR)


def test_every_module_says_what_it_is_about() -> None:
    check(undocumented_modules)


def test_every_public_thing_is_documented() -> None:
    check(undocumented_things, "src", "tools", "bench")


@pytest.mark.parametrize("text", ["", "x = 1", "# a comment is no docstring"])
def test_a_module_without_docstring_is_found(text: str) -> None:
    assert list(undocumented_modules(planted(text)))


@pytest.mark.parametrize(
    "text",
    [
        "def post(): pass",
        "async def post(): pass",
        "class Book: pass",
        'class Book:\n    """A book."""\n    def read(self): pass',
    ],
)
def test_an_undocumented_thing_is_found(text: str) -> None:
    assert list(undocumented_things(planted(text)))


@pytest.mark.parametrize(
    "text",
    [
        'def post():\n    """Post it."""',
        "def _post(): pass",
        "class _Book:\n    def read(self): pass",
        'class Book:\n    """A book."""\n    def __len__(self): return 1',
        'class Book:\n    """A book."""\n    @typing.override\n    def read(self): pass',
    ],
)
def test_documented_and_private_things_pass(text: str) -> None:
    assert not list(undocumented_things(planted(text)))
