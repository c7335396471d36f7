"""Loads a `.sql` file of named queries: a name, a sentence that says what it does, a statement.

    -- name: newest_entry
    -- The last entry of one account, which carries its balance.
    SELECT ...

All SQL of the store lives in such files; the code only says which query it runs.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

from partita.adapters.stores.postgres.errors import NamedQueriesError

_HEADER = re.compile(r"^-- name:(.*)$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class NamedQueries:
    """The statements of one file, by `queries.newest_entry` or `queries["newest_entry"]`."""

    __slots__ = ("_sentences", "_statements", "file")

    def __init__(self, file: Path) -> None:
        """Read the whole file.

        Raises:
            NamedQueriesError: a name is bad or doubled, or a sentence or statement is missing.
        """
        self.file = file
        self._statements: dict[str, LiteralString] = {}
        self._sentences: dict[str, str] = {}
        for name, body in _sections(file):
            self._add(name, body)

    def __getattr__(self, name: str) -> LiteralString:
        """The statement of that name; an unknown name is an AttributeError that lists the known."""
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._statements[name]
        except KeyError:
            known = ", ".join(self._statements)
            raise AttributeError(
                f"{self.file.name} has no query {name!r}; it has {known}"
            ) from None

    def __getitem__(self, name: str) -> LiteralString:
        """The statement of that name, else KeyError."""
        return self._statements[name]

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the file."""
        return iter(self._statements)

    def __len__(self) -> int:
        """How many queries there are."""
        return len(self._statements)

    def sentence(self, name: str) -> str:
        """What the query does, as its header says; KeyError for an unknown name."""
        return self._sentences[name]

    def _add(self, name: str, body: str) -> None:
        if _NAME.fullmatch(name) is None:
            raise self._broken(f"{name!r} is not a name", "use snake_case letters and digits")
        if name in self._statements:
            raise self._broken(f"{name} is there twice", "give one of them another name")
        sentence, statement = _split(body)
        if not sentence:
            raise self._broken(f"{name} has no sentence", "say in a `--` line what it does")
        if not statement:
            raise self._broken(f"{name} has no statement", "write it below its sentence")
        self._sentences[name] = sentence
        # Our own files are as trusted as our own source, which is what LiteralString stands for.
        self._statements[name] = statement

    def _broken(self, what: str, mend: str) -> NamedQueriesError:
        return NamedQueriesError(f"In {self.file.name}, query {what}.", mend=f"{mend}.")


def _sections(file: Path) -> Iterator[tuple[str, str]]:
    """Each name with the text up to the next name."""
    before, *pieces = _HEADER.split(file.read_text(encoding="utf-8"))
    stray = [line for line in before.splitlines() if line.strip() and not line.startswith("--")]
    if stray:
        raise NamedQueriesError(
            f"{file.name} has a statement before its first name: {stray[0]}.",
            mend="begin it with a line `-- name: what_it_does`.",
        )
    for name, body in zip(pieces[::2], pieces[1::2], strict=True):
        yield name.strip(), body


def _split(body: str) -> tuple[str, str]:
    """The comment lines that come first, and the statement after them without its semicolon."""
    lines = body.strip().splitlines()
    count = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    sentence = " ".join(line.removeprefix("--").strip() for line in lines[:count]).strip()
    return sentence, "\n".join(lines[count:]).strip().removesuffix(";").rstrip()
