"""How tidy tests read the repository: files as text and tree, findings as lines that name place and mend.

Every rule is a function from one module (or one text) to findings, so that a planted sample can prove
that it is able to fail. The tree of the repository is read once.
"""

import ast
import io
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("src", "tools", "bench", "examples", "tests")
# Files and folders that belong to the machine or to a tool, not to the repository.
NOT_OURS = {
    *(".git", ".venv", ".venv.lock", "__pycache__", ".hypothesis", ".schemathesis"),
    *("node_modules", "out", "results"),
    *("books", "partita-data", "partita-demo", "partita-imports"),
}
TEXT_ENDINGS = {
    *(".py", ".sql", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".csv", ".cfg", ".ini"),
    *(".html", ".css", ".js", ".sh", ".go", ".mod", ""),
}


@dataclass(frozen=True)
class Comment:
    """One comment of a Python file, without its `#`."""

    line: int
    text: str


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root of the repository and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Every comment, in order."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return tuple(
            Comment(token.start[0], token.string.lstrip("# "))
            for token in tokens
            if token.type == tokenize.COMMENT
        )

    @property
    def name(self) -> str:
        """The dotted name by which it is imported (`src/` left out, a package by its folder)."""
        dotted = self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    def has_comment(self, first_line: int, last_line: int) -> bool:
        """Tell whether a comment that says something stands within these lines."""
        return any(
            first_line <= comment.line <= last_line
            and not comment.text.startswith(("noqa", "type:", "pragma"))
            for comment in self.comments
        )

    def at(self, place: ast.AST | int, message: str) -> str:
        """Write a finding: where, what, and how to mend it."""
        line = place if isinstance(place, int) else getattr(place, "lineno", 1)
        return f"{self.path}:{line}: {message}"


def planted(text: str, path: str = "src/partita/kernel/sample.py") -> Module:
    """Make a module out of a sample, to see a rule fail or pass."""
    return Module(path, text)


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Read every Python file of these folders (or of all); an absent folder has none."""
    return tuple(
        Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders or CODE_FOLDERS
        for path in files(folder)
        if path.suffix == ".py"
    )


@cache
def files(folder: str = ".") -> tuple[Path, ...]:
    """List the files of the repository below a folder, without what tools leave behind."""
    return tuple(sorted(_walk(ROOT / folder)))


def _walk(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name in NOT_OURS or path.name.endswith((".egg-info", "_cache")):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def text_files() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that people read."""
    for path in files():
        if path.suffix in TEXT_ENDINGS:
            try:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # bytes under the name of a text, such as a bank's file in an old encoding


Rule = Callable[[Module], Iterable[str]]


def check(rule: Rule, *folders: str) -> None:
    """Apply a rule to every module of these folders and fail with all findings at once."""
    expect_none(finding for module in modules(*folders) for finding in rule(module))


def expect_none(findings: Iterable[str]) -> None:
    """Fail with every finding on a line of its own."""
    found = list(findings)
    assert not found, f"{len(found)} to mend:\n" + "\n".join(found)
