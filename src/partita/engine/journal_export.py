"""Exports everything that is kept of a ledger to files that any program can verify offline.

`spec/journal.md` and `spec/proofs.md` define the files, `tools/verify.py` checks them with Python's standard library
alone. All files are of one moment; writers go on meanwhile.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from partita.engine.auditing import AccountRow, Audit, Auditor, JournalRow
from partita.engine.log_export import LogFiles, write_signed
from partita.engine.ports import LedgerInfo
from partita.engine.verification import Progress
from partita.journal import inline_rows
from partita.journal.encoding import FORMAT

JOURNAL_COLUMNS = (*inline_rows.JOURNAL, "leaf")
ACCOUNT_COLUMNS = (*inline_rows.ACCOUNT[:-1], "status", inline_rows.ACCOUNT[-1])
OUTCOME_COLUMNS = ("place", "key", "recorded_at", "body", "leaf")
Row = Sequence[str]


def export_journal(
    store: Auditor, ledger: LedgerInfo, folder: Path, progress: Progress | None = None
) -> int:
    """Write a ledger's files into a folder; how many records there are.

    Raises:
        FileExistsError: there are such files in the folder already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with store.audit(ledger) as audit:
        files = LogFiles(folder / "log")
        _write_journal(audit, folder, files, progress or (lambda _done, _total: None))
        write_signed(audit, folder / "log")
        _write_rows(folder / "entries.csv", inline_rows.ENTRY, _lines(audit.entries(), 13))
        accounts = map(_account, chain.from_iterable(audit.accounts()))
        _write_rows(folder / "accounts.csv", ACCOUNT_COLUMNS, accounts)
        _write_rows(folder / "assets.csv", inline_rows.ASSET, _lines(audit.assets(), 1))
        found = map(_resource, chain.from_iterable(audit.resources()))
        _write_rows(folder / "resources.csv", inline_rows.RESOURCE, found)
        changes = _lines(audit.resource_changes(), 1)
        _write_rows(folder / "resource_changes.csv", inline_rows.RESOURCE_CHANGE, changes)
        outcomes = (
            (str(row.place), row.key.hex(), row.recorded_at, row.body, row.leaf.hex())
            for row in chain.from_iterable(audit.outcomes())
        )
        _write_rows(folder / "outcomes.csv", OUTCOME_COLUMNS, outcomes)
        _write_head(audit, ledger, folder / "head.json")
        return audit.head.sequence


def _write_journal(audit: Audit, folder: Path, files: LogFiles, progress: Progress) -> None:
    """The records' very bytes, a line each, beside them their index columns, hashes and tiles."""
    done, total = 0, audit.head.sequence
    with (
        (folder / "journal.ndjson").open("xb") as bodies,
        (folder / "journal.csv").open("x", newline="", encoding="utf-8") as index,
    ):
        writer = csv.writer(index, lineterminator="\n")
        writer.writerow(JOURNAL_COLUMNS)
        for block in audit.journal():
            bodies.writelines(row.body + b"\n" for row in block)
            writer.writerows(map(_journal, block))
            for row in block:
                files.take(row.body, row.leaf)
            done += len(block)
            progress(done, total)
    files.finish()


def _journal(row: JournalRow) -> Row:
    *columns, key, reference = row.line.split("\t", len(inline_rows.JOURNAL) - 1)
    key = "" if key == inline_rows.ABSENT else key
    external_id = "" if reference == inline_rows.ABSENT else reference.removeprefix("=")
    return (*columns, key, external_id, row.leaf.hex())


def _resource(line: str) -> Row:
    """A resource's columns: absent ones empty, and a name without the mark before it."""
    kind, name, number, state, reference, *moments, body = line.split(
        "\t", len(inline_rows.RESOURCE) - 1
    )
    named = "" if reference == inline_rows.ABSENT else reference.removeprefix("=")
    given = ("" if text == inline_rows.ABSENT else text for text in moments)
    return (kind, name, number, state, named, *given, body)


def _account(row: AccountRow) -> Row:
    *columns, opening = row.line.split("\t", len(inline_rows.ACCOUNT) - 1)
    return (*columns, row.status, opening)


def _lines(blocks: Iterator[Sequence[str]], splits: int) -> Iterator[Row]:
    return (line.split("\t", splits) for line in chain.from_iterable(blocks))


def _write_rows(file: Path, columns: Row, rows: Iterable[Row]) -> None:
    with file.open("x", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _write_head(audit: Audit, ledger: LedgerInfo, file: Path) -> None:
    head = audit.head
    values = {
        "format": FORMAT,
        "ledger": ledger.name,
        "sequence": str(head.sequence),
        "recorded_at": head.recorded_at.text(),
        "root": head.root.hex(),
        "frontier": head.frontier.hex(),
        "outcomes": str(head.outcomes),
        "answers": head.answers.hex(),
    }
    with file.open("x", encoding="utf-8") as opened:
        opened.write(json.dumps(values, indent=2) + "\n")
