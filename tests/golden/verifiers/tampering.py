"""Changes to an export that every verifier must find, each with the table and sequence it is about."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

Change = Callable[[Path], None]
FLIPS = (0x01, 0x07, 0x20, 0x80)
"""Bits to turn: one to the next letter, a line feed into a return, the case, and out of ASCII."""


class Tampering(NamedTuple):
    """A change, the table that a verifier must name, and the sequence (None: any)."""

    change: Change
    table: str
    sequence: int | None


def replace(name: str, old: str, new: str) -> Change:
    """Change the first place in a file."""

    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        assert old.encode() in data, "the specimen has changed"
        (folder / name).write_bytes(data.replace(old.encode(), new.encode(), 1))

    return change


def drop_line(name: str, number: int) -> Change:
    """Take a line out of a file; the first is 0, the last -1."""

    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        del lines[number]
        (folder / name).write_bytes(b"".join(lines))

    return change


def swap_lines(name: str, number: int) -> Change:
    """Let two lines that follow each other change places."""

    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        lines[number : number + 2] = reversed(lines[number : number + 2])
        (folder / name).write_bytes(b"".join(lines))

    return change


def repeat_line(name: str, number: int) -> Change:
    """Write a line twice."""

    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        lines.insert(number, lines[number])
        (folder / name).write_bytes(b"".join(lines))

    return change


TAMPERINGS = {
    "a body": Tampering(replace("journal.ndjson", '"deposit"', '"deponit"'), "journal", 8),
    "a body's salt": Tampering(replace("journal.ndjson", '"salt":"f', '"salt":"e'), "journal", 1),
    "an id in the index": Tampering(replace("journal.csv", ",null,", ",nill,"), "journal", 8),
    "a missing record": Tampering(drop_line("journal.ndjson", 5), "journal", 6),
    "a missing last record": Tampering(drop_line("journal.ndjson", -1), "", None),
    "a record twice": Tampering(repeat_line("journal.ndjson", 9), "journal", 11),
    "two records swapped": Tampering(swap_lines("journal.ndjson", 8), "journal", 9),
    "a missing index row": Tampering(drop_line("journal.csv", 6), "journal", 6),
    "an amount": Tampering(replace("entries.csv", ",USD,1000,", ",USD,1001,"), "entry", 8),
    "a missing entry": Tampering(drop_line("entries.csv", 4), "entry", 9),
    "a missing last entry": Tampering(drop_line("entries.csv", -1), "entry", 44),
    "a status": Tampering(replace("accounts.csv", ",closed,", ",open,"), "account", 5),
    "a missing account": Tampering(drop_line("accounts.csv", 3), "account", 5),
    "an asset": Tampering(replace("assets.csv", "a vault", "a cave"), "asset", None),
    "a hold": Tampering(replace("resources.csv", "partially_captured", "captured"), "resource", 19),
    "a change of a hold": Tampering(
        drop_line("resource_changes.csv", 2), "resource_change", 20
    ),
    "an answer": Tampering(replace("outcomes.csv", "[12,", "[13,"), "outcome", None),
    "a missing answer": Tampering(drop_line("outcomes.csv", 1), "outcome", None),
    "a refusal": Tampering(replace("outcomes.csv", "insufficient", "Insufficient"), "outcome", None),
    "the root": Tampering(replace("head.json", '"root": "', '"root": "0'), "", None),
    "the frontier": Tampering(replace("head.json", '"frontier": "', '"frontier": "00'), "", None),
    "the answers": Tampering(replace("head.json", '"answers": "', '"answers": "00'), "", None),
    "the name": Tampering(replace("head.json", '"main"', '"mine"'), "", None),
    "no json": Tampering(replace("journal.ndjson", "{", "["), "journal", 1),
    "a size that is signed": Tampering(replace("log/checkpoints", "\n47\n", "\n41\n"), "", None),
    "a signature": Tampering(replace("log/checkpoints", "\n\n— ", "\n\n- "), "", None),
    "a key": Tampering(replace("log/keys", "+A", "+B"), "", None),
}  # fmt: skip


def flips(folder: Path, count: int, seed: int = 1) -> Iterator[tuple[str, int, int]]:
    """Bytes to turn: of each file the first, the last, and some between."""
    chance = random.Random(seed)
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        size = file.stat().st_size
        places = {0, size - 1, *chance.sample(range(size), min(count, size))}
        for place in sorted(places):
            yield str(file.relative_to(folder)), place, chance.choice(FLIPS)


def flip(folder: Path, name: str, place: int, bits: int) -> None:
    """Turn bits of one byte; a second time, and all is as it was."""
    data = bytearray((folder / name).read_bytes())
    data[place] ^= bits
    (folder / name).write_bytes(data)
