"""Comparing lines that a journal calls for with lines that are kept: the first difference, as a finding."""

from collections.abc import Iterator, Sequence

from partita.journal import inline_rows
from partita.journal.findings import Finding

MISSING, UNCALLED = "missing row", "row that no record calls for"


def compare_journal(expected: Sequence[str], found: Sequence[str]) -> Finding | None:
    """The first index column of the journal that is not what its record calls for."""
    for wanted, stored in first_difference(expected, found):
        what, value, kept = inline_rows.difference(inline_rows.JOURNAL, wanted, stored)
        return Finding("journal", what, value, kept, int(wanted.split("\t", 1)[0]))
    return None


def entry_row(line: str) -> dict[str, str]:
    """An entry's line, by column."""
    # A forged asset may hold a tab; the columns that name the row come before it.
    return dict(zip(inline_rows.ENTRY, line.split("\t"), strict=False))


def place_of(line: str) -> tuple[int, int]:
    """An entry's sequence and leg."""
    row = entry_row(line)
    return int(row["sequence"]), int(row["leg"])


_COLUMNS = {"account": inline_rows.ACCOUNT, "asset": inline_rows.ASSET}


def compare_lines(table: str, expected: Sequence[str], found: Sequence[str]) -> Finding | None:
    """The first row of the chart or of the assets that is not what the journal calls for."""
    for wanted, stored in first_difference(expected, found):
        line = wanted or stored
        columns = line.split("\t")
        sequence, name = (int(columns[0]), columns[2]) if table == "account" else (None, columns[0])
        if not stored or not wanted:
            what = MISSING if wanted else UNCALLED
            return Finding(table, what, wanted or "none", stored or "none", sequence, name)
        what, value, kept = inline_rows.difference(_COLUMNS[table], wanted, stored)
        return Finding(table, what, value, kept, sequence, name)
    return None


def first_difference(expected: Sequence[str], found: Sequence[str]) -> Iterator[tuple[str, str]]:
    """At most one pair: the first lines that differ; a line that is not there is empty."""
    if expected == found:
        return
    for place in range(max(len(expected), len(found))):
        wanted = expected[place] if place < len(expected) else ""
        stored = found[place] if place < len(found) else ""
        if wanted != stored:
            yield wanted, stored
            return
