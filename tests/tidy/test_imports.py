"""What the import linter cannot say: no dead files, and a positive list for the rules of the ledger."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator

import pytest

from tests.tidy.source import Module, check, expect_none, modules, planted

# Modules that nothing imports, because somebody outside starts there.
ENTRY_POINTS = {
    "partita": "the library itself",
    "partita.__main__": "python -m partita",
    "partita.surfaces.cli.main": "the command `partita`",
}
KERNEL = "src/partita/kernel/"
KERNEL_MAY_IMPORT = {"partita", "msgspec"}
# A module named in a string, as lazily loaded commands do: "partita.surfaces.cli.commands.post:post".
NAMED_IN_STRING = re.compile(r"^(partita(?:\.\w+)+)(?::\w+)?$")


def imported_names(module: Module) -> Iterator[str]:
    """Yield every dotted name that a module imports; for `from a import b` both `a` and `a.b`."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                origin = absolute(module, node)
                yield origin
                yield from (f"{origin}.{alias.name}" for alias in node.names)
            case ast.Constant(value=str(text)) if found := NAMED_IN_STRING.match(text):
                yield found[1]


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """Name the module from which something is imported, relative dots resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    kept = len(package) - node.level + module.path.endswith("__init__.py")
    return ".".join([*package[:kept], *filter(None, [node.module])])


def dead_files(source: Iterable[Module], users: Iterable[Module]) -> Iterator[str]:
    """Find modules of the source that no module of source or users imports."""
    source = list(source)
    used = {
        name
        for module in [*source, *users]
        for name in imported_names(module)
        if name != module.name
    }
    for module in source:
        is_package = module.path.endswith("__init__.py")
        if not is_package and module.name not in used and module.name not in ENTRY_POINTS:
            yield module.at(1, "nothing imports this file: wire it in, or remove it")


def foreign_imports_of_kernel(module: Module) -> Iterator[str]:
    """Find imports in the kernel beyond the standard library and msgspec."""
    if not module.path.startswith(KERNEL):
        return
    for node in ast.walk(module.tree):
        match node:
            case ast.Import():
                roots = {alias.name.split(".")[0] for alias in node.names}
            case ast.ImportFrom(level=0, module=str(origin)):
                roots = {origin.split(".")[0]}
            case _:
                continue
        for root in sorted(roots - KERNEL_MAY_IMPORT - sys.stdlib_module_names):
            yield module.at(
                node, f"the kernel leans on nothing from outside: `{root}` comes in as an argument"
            )


def test_no_file_is_dead() -> None:
    expect_none(dead_files(modules("src"), modules("tools", "bench", "examples")))


def test_the_kernel_imports_nothing_foreign() -> None:
    check(foreign_imports_of_kernel, "src")


def test_a_dead_file_is_found() -> None:
    alone = planted("", "src/partita/views/forgotten.py")
    itself = planted("import partita.views.mirror", "src/partita/views/mirror.py")
    assert len(list(dead_files([alone, itself], []))) == 2


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/partita/engine/ledger.py", "import partita.views.register"),
        ("src/partita/engine/ledger.py", "from partita.views.register import project"),
        ("src/partita/engine/ledger.py", "from partita.views import register"),
        ("src/partita/views/__init__.py", "from . import register"),
        ("src/partita/engine/ledger.py", "from ..views import register"),
        ("src/partita/engine/ledger.py", "LAZY = 'partita.views.register:project'"),
        ("tools/generate.py", "import partita.views.register"),
    ],
)
def test_an_imported_file_is_alive(path: str, text: str) -> None:
    register = planted("", "src/partita/views/register.py")
    assert not list(dead_files([register], [planted(text, path)]))


@pytest.mark.parametrize("text", ["import psycopg", "from litestar import get", "import orjson.x"])
def test_a_foreign_import_in_the_kernel_is_found(text: str) -> None:
    assert list(foreign_imports_of_kernel(planted(text)))


@pytest.mark.parametrize(
    "text", ["import enum", "import msgspec", "from partita.kernel import asset"]
)
def test_standard_library_and_msgspec_pass(text: str) -> None:
    assert not list(foreign_imports_of_kernel(planted(text)))
