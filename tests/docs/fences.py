"""Reading documents: the fenced blocks of a page, and comparing what is shown with what came out.

Tags say what happens to a block:

    console        commands after `$ ` (a further line after `> `), each compared with what is shown
    bash           commands that must end well; nothing is shown
    python, sql    run; compared with the `output` block that follows, if there is one
    json, toml     must parse
    output, text   are not run

`…` in what is shown stands for anything within a line, and a line of `…` alone for any lines.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = {"console", "bash", "python", "sql"}
PARSED = {"json", "toml"}
SHOWN = {"output", "text"}
TAGS = RUN | PARSED | SHOWN
_FENCE = re.compile(
    r"^(?P<ticks>`{3,})(?P<tag>[^\n`]*)\n(?P<text>.*?)^(?P=ticks)$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block, where it begins in its page, and what the page says will come out."""

    line: int
    tag: str
    text: str
    shown: str | None = None


@dataclass(frozen=True)
class Command:
    """One command of a console block, and the output that the page shows below it."""

    text: str
    shown: str


def pages() -> list[Path]:
    """Every page that is held to the rules of this module."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page; an output block is joined to what is run before it."""
    found: list[Block] = []
    end = 0
    for fence in _FENCE.finditer(text):
        tag, body = fence["tag"].strip(), fence["text"]
        line = text.count("\n", 0, fence.start()) + 1
        follows = (
            found and found[-1].tag in {"python", "sql"} and not text[end : fence.start()].strip()
        )
        if tag == "output" and follows:
            last = found.pop()
            found.append(Block(last.line, last.tag, last.text, body))
        else:
            found.append(Block(line, tag, body))
        end = fence.end()
    return found


def commands(text: str) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif found and line.startswith("> ") and not found[-1].shown:
            found[-1] = Command(f"{found[-1].text}\n{line[2:]}", "")
        elif found:
            found[-1] = Command(found[-1].text, f"{found[-1].shown}{line}\n")
        else:
            raise ValueError(f"a console block begins with a command after `$ `, not with {line!r}")
    return found


def agrees(shown: str, came: str) -> bool:
    """Whether an output is what a page shows, `…` standing for anything."""
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*?") + r"\n"
        for line in lines
    )
    text = "".join(f"{line.rstrip()}\n" for line in came.strip("\n").splitlines())
    return re.fullmatch(pattern, text) is not None
