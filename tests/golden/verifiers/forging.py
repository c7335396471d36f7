"""Journals forged by somebody who can hash: a record says something else, and all hashes fit again.

Hashes find none of these; what records may say does. Nothing is signed any more, as if the log had
never signed. Made for exports of fewer than 257 records.
"""

import csv
import io
import json
from pathlib import Path

from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.tiles import Tile, bundle


def forge(folder: Path, sequence: int, old: str, new: str, tables: str = "") -> None:
    """Let a record say something else, and perhaps the row of a table too; mend all hashes."""
    file = folder / "journal.ndjson"
    bodies = file.read_bytes().splitlines()
    body = bodies[sequence - 1].decode()
    assert old in body, "the specimen has changed"
    bodies[sequence - 1] = body.replace(old, new, 1).encode()
    file.write_bytes(b"".join(body + b"\n" for body in bodies))
    leaves = [leaf_hash(body) for body in bodies]
    _mend_index(folder / "journal.csv", leaves)
    _mend_head(folder / "head.json", leaves)
    _mend_log(folder / "log", bodies, leaves)
    if tables:
        table = folder / tables
        text = table.read_text("utf-8")
        assert old in text, "the specimen has changed"
        table.write_text(text.replace(old, new, 1), encoding="utf-8")


def _mend_index(file: Path, leaves: list[bytes]) -> None:
    header, *rows = csv.reader(io.StringIO(file.read_text("utf-8"), newline=""))
    mended = [[*row[:-1], leaf.hex()] for row, leaf in zip(rows, leaves, strict=True)]
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, lineterminator="\n").writerows([header, *mended])


def _mend_head(file: Path, leaves: list[bytes]) -> None:
    log = Frontier()
    for leaf in leaves:
        log.append(leaf)
    head = json.loads(file.read_text("utf-8"))
    head |= {"root": log.root().hex(), "frontier": log.to_bytes().hex()}
    file.write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")


def _mend_log(folder: Path, bodies: list[bytes], leaves: list[bytes]) -> None:
    (folder / "checkpoints").write_bytes(b"")
    (folder / "checkpoint").unlink()
    (folder / Tile(0, 0, len(leaves)).path()).write_bytes(b"".join(leaves))
    (folder / Tile(None, 0, len(leaves)).path()).write_bytes(bundle(bodies))
