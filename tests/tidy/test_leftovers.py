"""Nothing half-done, half-said or swallowed: notes to self, prints, silent excepts, unexplained blocks."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.tidy.source import Module, check, expect_none, planted, text_files

# Spelled in pieces, so that this file does not find itself.
# The third is looked for in comments only: elsewhere it is ISO 4217's code for "no currency".
NOTES = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
NOTES_IN_PROSE = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME"]) + r")\b")
COMMAND_LINE = "src/partita/surfaces/cli/"


def notes_in_comments(module: Module) -> Iterator[str]:
    """Find notes to self in the comments of a module."""
    for comment in module.comments:
        if NOTES.search(comment.text):
            yield module.at(comment.line, "do it now, or write an issue: " + comment.text)


def notes_in_text(path: str, text: str) -> Iterator[str]:
    """Find notes to self in files that are not Python."""
    for number, line in enumerate(text.splitlines(), start=1):
        if NOTES_IN_PROSE.search(line):
            yield f"{path}:{number}: do it now, or write an issue: {line.strip()}"


def prints(module: Module) -> Iterator[str]:
    """Find prints outside the command line: elsewhere they would spoil a caller's output."""
    if module.path.startswith(COMMAND_LINE):
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            yield module.at(node, "only the command line prints: return the value, or log it")


def silent_excepts(module: Module) -> Iterator[str]:
    """Find exceptions that are swallowed without a word of why."""
    for node in ast.walk(module.tree):
        match node:
            case ast.ExceptHandler() if all(map(does_nothing, node.body)):
                last = node.body[-1].end_lineno or node.lineno
                if not module.has_comment(node.lineno, last):
                    yield module.at(
                        node, "an except that does nothing: say in a comment why that is right"
                    )
            case ast.With() | ast.AsyncWith() if any(map(suppresses, node.items)):
                if not module.has_comment(node.lineno - 1, node.body[-1].end_lineno or node.lineno):
                    yield module.at(node, "suppress() swallows: say in a comment why that is right")


def does_nothing(node: ast.stmt) -> bool:
    """Tell whether a statement leaves everything as it was."""
    match node:
        case ast.Pass() | ast.Continue() | ast.Expr(value=ast.Constant()):
            return True
    return False


def suppresses(item: ast.withitem) -> bool:
    """Tell whether a with-item is contextlib.suppress()."""
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    return getattr(call.func, "attr", getattr(call.func, "id", "")) == "suppress"


def unexplained_type_checking(module: Module) -> Iterator[str]:
    """Find blocks for the type checker alone that do not say which ring or cost makes them needed."""
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            continue
        if not module.has_comment(node.lineno - 1, node.body[-1].end_lineno or node.lineno):
            yield module.at(node, "say in a comment why a plain import will not do here")


def test_no_notes_to_self_in_comments() -> None:
    check(notes_in_comments)


def test_no_notes_to_self_in_other_files() -> None:
    expect_none(
        finding
        for path, text in text_files()
        if not path.endswith((".py", ".csv", ".txt"))
        for finding in notes_in_text(path, text)
    )


def test_only_the_command_line_prints() -> None:
    check(prints, "src")


def test_no_except_is_silent() -> None:
    check(silent_excepts)


def test_type_checking_blocks_say_why() -> None:
    check(unexplained_type_checking)


@pytest.mark.parametrize("note", ["TO" + "DO: later", "FIX" + "ME", "see XX" + "X"])
def test_a_note_to_self_is_found(note: str) -> None:
    assert list(notes_in_comments(planted(f"x = 1  # {note}")))


def test_a_note_in_a_document_is_found() -> None:
    assert list(notes_in_text("README.md", "first\nTO" + "DO: second"))


@pytest.mark.parametrize("text", ["x = 'XX" + "X'", "# todos los santos", "# the mastodon"])
def test_other_words_are_no_notes(text: str) -> None:
    assert not list(notes_in_comments(planted(text)))


def test_a_print_is_found_except_in_the_command_line() -> None:
    assert list(prints(planted("print(1)")))
    assert not list(prints(planted("print(1)", COMMAND_LINE + "main.py")))
    assert not list(prints(planted("console.print(1)")))


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept E:\n    pass",
        "try:\n    f()\nexcept E:\n    ...",
        "for x in y:\n    try:\n        f()\n    except E:\n        continue  # noqa: S112",
        "with suppress(E):\n    f()",
        "with contextlib.suppress(E):\n    f()",
    ],
)
def test_a_silent_except_is_found(text: str) -> None:
    assert list(silent_excepts(planted(text)))


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept E:\n    pass  # gone already is what we want",
        "try:\n    f()\nexcept E:\n    # gone already is what we want\n    pass",
        "try:\n    f()\nexcept E:\n    return None",
        "# closing twice is harmless\nwith suppress(E):\n    f()",
    ],
)
def test_an_explained_or_acting_except_passes(text: str) -> None:
    assert not list(silent_excepts(planted(text)))


def test_a_type_checking_block_needs_a_reason() -> None:
    block = "if TYPE_CHECKING:\n    import heavy"
    assert list(unexplained_type_checking(planted(block)))
    assert list(unexplained_type_checking(planted(block.replace("TYPE", "typing.TYPE"))))
    assert not list(unexplained_type_checking(planted("# heavy takes 300 ms to import\n" + block)))
