"""Brings a ledger back out of the files of its journal, into a store that has none of it.

The records' bytes are taken as they are, so the root is the same; every table is projected from them
anew, so each view is the same too. Everything is checked before anything is written, and a restoring
that was cut off goes on where it was. Signed checkpoints are not brought back: they are the other
installation's word, and stay in its files; this one signs its own.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from partita.engine.errors import RestoreRefused
from partita.engine.outcome import StoredOutcome
from partita.engine.ports import Draft, LedgerInfo, SealedOutcome, Store
from partita.engine.verification import Progress
from partita.journal.answers import answer_leaf
from partita.journal.encoding import FORMAT, decode
from partita.journal.findings import Wrong
from partita.journal.keys import key_digest, operation_of
from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.record import Head, Record
from partita.journal.verify import JournalFold
from partita.kernel.moment import Moment

BLOCK = 4_096
_answer = msgspec.json.Decoder(StoredOutcome).decode


class Restored(msgspec.Struct, frozen=True):
    """What was brought back, and the root that all of it has."""

    ledger: str
    records: int
    answers: int
    root: str


def restore_journal(
    store: Store, folder: Path, now: Moment, progress: Progress | None = None
) -> Restored:
    """Write an exported ledger into a store, under the name that its records say.

    Raises:
        RestoreRefused: the files are not whole, or the store has a ledger of this name already.
    """
    files = _Files(folder)
    files.check()
    info = store.create_ledger(files.name, now)
    head = _restore_records(store, info, files, progress or (lambda _done, _total: None))
    head = _restore_answers(store, info, files, head)
    return Restored(files.name, head.sequence, head.outcomes, head.root.hex())


class _Files:
    """The files of an export, as far as a ledger is brought back from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.head = json.loads((folder / "head.json").read_text("utf-8"))
            self.name = str(self.head["ledger"])
            self.sequence, self.root = int(self.head["sequence"]), str(self.head["root"])
            form = self.head["format"]
        except (OSError, ValueError, KeyError) as error:
            raise RestoreRefused(f"{folder} holds no exported journal: {error!r}") from error

        if form != FORMAT:
            raise RestoreRefused(f"{folder} is of format {form!r}; this program reads {FORMAT}")

    def bodies(self) -> Iterator[bytes]:
        """The records' bytes, in order."""
        with (self.folder / "journal.ndjson").open("rb") as lines:
            for line in lines:
                yield line.removesuffix(b"\n")

    def answers(self) -> Iterator[SealedOutcome]:
        """The stored answers, in order."""
        with (self.folder / "outcomes.csv").open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            next(reader)
            for number, (place, key, recorded_at, body, leaf) in enumerate(reader, 1):
                digest = bytes.fromhex(key)
                sealed, moment = answer_leaf(digest, recorded_at, body), Moment.parse(recorded_at)
                if (place, leaf) != (str(number), sealed.hex()):
                    raise RestoreRefused(
                        f"answer {number} in {self.folder} is not as it was sealed"
                    )
                yield SealedOutcome(number, digest, _answer(body), body, sealed, moment)

    def check(self) -> None:
        """Refuse files that are not whole, before anything is written.

        Raises:
            RestoreRefused: a root differs from that in `head.json`.
        """
        records, answers = Frontier(), Frontier()
        for body in self.bodies():
            records.append(leaf_hash(body))
        for answer in self.answers():
            answers.append(answer.leaf)
        found = (records.size, records.root().hex(), answers.to_bytes().hex())
        if found != (self.sequence, self.root, self.head["answers"]):
            raise RestoreRefused(
                f"{self.folder} is not whole: {records.size} records with the root {found[1]},"
                f" but head.json says {self.sequence} with {self.root}"
            )


def _restore_records(store: Store, info: LedgerInfo, files: _Files, progress: Progress) -> Head:
    fold, bodies = JournalFold(info.name), files.bodies()
    with store.begin(info) as unit:
        head = unit.head
    for body in islice(bodies, head.sequence):
        _take(fold, body)  # a restoring that was cut off: what is there must be the same
    if (fold.log.size, fold.log.root()) != (head.sequence, head.root):
        raise RestoreRefused(f"there is another ledger {info.name!r} here already")
    fold.drain()
    while block := list(islice(bodies, BLOCK)):
        records = [_take(fold, body) for body in block]
        log, velocity = fold.log, fold.velocity
        base, head = head, Head(
            log.size, records[-1].recorded_at, log.to_bytes(), log.root(), head.outcomes,
            head.answers,
        )  # fmt: skip
        usages = [velocity.usages[name] for name in velocity.touched]
        velocity.touched = {}
        _write(store, info, Draft(base, head, records, _keys(records), [], usages))
        fold.drain()
        progress(log.size, files.sequence)
    return head


def _take(fold: JournalFold, body: bytes) -> Record:
    leaf = leaf_hash(body)
    try:
        fold.take(body, leaf)
    except Wrong as wrong:
        found = wrong.finding
        raise RestoreRefused(f"record {found.sequence} is wrong: {found.what}") from wrong
    return decode(body, leaf, as_written=True)


def _keys(records: Sequence[Record]) -> list[bytes | None]:
    """The digest under which each record is indexed; those of a bulk are found by its answer."""
    return [
        None
        if record.cause.key is None or record.cause.bulk is not None
        else key_digest(operation_of(record.event), record.cause.key)
        for record in records
    ]


def _restore_answers(store: Store, info: LedgerInfo, files: _Files, head: Head) -> Head:
    answers, log = files.answers(), head.answer_log()
    for _ in islice(answers, head.outcomes):
        pass
    while block := list(islice(answers, BLOCK)):
        for answer in block:
            log.append(answer.leaf)
        base = head
        head = msgspec.structs.replace(base, outcomes=log.size, answers=log.to_bytes())
        _write(store, info, Draft(base, head, [], [], block))
    return head


def _write(store: Store, info: LedgerInfo, draft: Draft) -> None:
    packed = store.pack(info, draft)
    with store.begin(info) as unit:
        if unit.head != draft.base:
            raise RestoreRefused(f"somebody else is writing into the ledger {info.name!r}")
        unit.write(packed)
