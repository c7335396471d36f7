"""The rules of documents: every block has a tag, and what is shown is compared in earnest."""

from pathlib import Path

import pytest

from tests.docs.fences import ROOT, TAGS, Block, Command, agrees, blocks, commands, pages
from tests.docs.shell import Shell, ShellError


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_what_it_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = [f"line {b.line}: {b.tag!r}" for b in blocks(text) if b.tag not in TAGS]
    assert not wrong, f"tag these blocks with one of {sorted(TAGS)}: {wrong}"
    fences = sum(line.startswith("```") for line in text.splitlines())
    assert fences % 2 == 0, "a fence is not closed"


def test_blocks_are_read_with_what_they_show() -> None:
    text = "a\n```python\nprint(1)\n```\n\n```output\n1\n```\n\n```text\nx\n```\n"
    assert blocks(text) == [Block(2, "python", "print(1)\n", "1\n"), Block(10, "text", "x\n")]


def test_an_output_after_words_belongs_to_nothing() -> None:
    text = "```python\npass\n```\nwords\n```output\n1\n```\n"
    assert [block.shown for block in blocks(text)] == [None, None]


def test_commands_are_read_with_what_they_show() -> None:
    text = "$ echo a \\\n> b\na b\n$ true\n"
    assert commands(text) == [Command("echo a \\\nb", "a b\n"), Command("true", "")]


def test_a_console_block_begins_with_a_command() -> None:
    with pytest.raises(ValueError, match="begins with a command"):
        commands("echo a\n")


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ("a\n", "a\n\n"),
        ("a…c\n", "abbbc\n"),
        ("a\n…\nd\n", "a\nb\nc\nd\n"),
        ("a\n…\n", "a\n"),
        ("", ""),
        ("1.0 (x)\n", "1.0 (x)  \n"),
    ],
)
def test_what_agrees(shown: str, came: str) -> None:
    assert agrees(shown, came)


@pytest.mark.parametrize(
    ("shown", "came"),
    [("a\n", "b\n"), ("a\n", "a\nb\n"), ("a…c\n", "a\nc\n"), ("", "a\n"), ("1.0\n", "1x0\n")],
)
def test_what_does_not_agree(shown: str, came: str) -> None:
    assert not agrees(shown, came)


def test_a_shell_keeps_its_variables_and_tells_failures(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"PATH": "/usr/bin:/bin"})
    try:
        shell.run("x=1", strict=True)
        assert shell.run("echo $x; false", strict=False) == ("1\n", 1)
        with pytest.raises(ShellError, match="failed"):
            shell.run("false\necho not reached", strict=True)
    finally:
        shell.close()
