"""Scenario tables: ledger stories that an accountant can read, as text.

A line is one step; `#` begins a remark; a line that begins with more room goes on with the step above.

    asset PTS 0                                      register an asset with so many decimals
    open users:alice liability USD min_posted 0      open an account, limits as they are called
    freeze | unfreeze | close users:alice
    post fee 1.50 users:alice -> income:fees         debit the left, credit the right
    post loan on 2026-01-05 reference L-1            one leg to a line, a date that counts
        debit  users:alice  5.00 USD
        credit cash         5.00 USD
    pend invoice 30.00 users:alice -> shop reference I-1     set aside on both sides
    edit I-1 25.00 users:alice -> shop; settle I-1; archive I-1
    reverse I-1 [5.00 USD]                           take back what is left of it, or a part
    hold ROOM 80.00 users:alice [until 2026-12-01] [tolerance 15%] [late]
    capture ROOM [20.00] -> shop [final] [reference R]       or with legs beneath
    increment ROOM 5.00; release ROOM [5.00]; extend ROOM until 2026-12-24
    limit DAILY 500.00 USD per day on users:* [3 times]      or: per 3600 on each card
    archive limit DAILY
    period OCT 2026-10-01 2026-11-01; shut OCT [softly]; reopen OCT
    post … on 2026-10-31 late adjust                 or: late move, into the first open moment
    post … card 4711                                 a metadata value; limits are on such, too
    time 2026-12-02                                  the clock comes to that morning
    all, each                                        the steps beneath, with room, as one bulk
    refused insufficient_funds: post …               the step must be refused with this code
    balance users:alice 12.00 [on 2026-01-05]        what is there, on the account's normal side
    available users:alice 2.00
    held users:alice 60.00                           what open holds set aside
    status ROOM expired
    totals are zero
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Step(NamedTuple):
    """One step: where it stands, its words, and the lines beneath it."""

    line: int
    words: list[str]
    beneath: list["Step"]


def stories() -> list[Path]:
    """Every story in this folder."""
    return sorted(FOLDER.glob("*.txt"))


def read(text: str) -> list[Step]:
    """The steps of a story."""
    lines = [
        (number, len(line) - len(line.lstrip()), line.split())
        for number, raw in enumerate(text.splitlines(), start=1)
        if (line := re.sub(r"#.*", "", raw).rstrip())
    ]
    return list(_nested(lines))


def _nested(lines: list[tuple[int, int, list[str]]]) -> Iterator[Step]:
    """Group lines under the one above them that has less room before it."""
    start = 0
    while start < len(lines):
        number, room, words = lines[start]
        end = start + 1
        while end < len(lines) and lines[end][1] > room:
            end += 1
        yield Step(number, words, list(_nested(lines[start + 1 : end])))
        start = end
