"""Verification: everything a store keeps of a ledger, compared with what its journal calls for.

The journal is folded in order (`journal/verify.py`); what each record calls for in the registers,
the chart and the index columns is compared with the rows the store gives in the same order, a block
at a time and as whole lines. So memory holds the accounts' totals and no more, and the first row
that is wrong is named: of two in one block, that of the earlier record.
"""

import time
from collections.abc import Callable, Sequence
from itertools import chain, islice
from sys import intern

import msgspec

from partita.engine.auditing import BEYOND, AccountRow, Audit, Auditor, JournalRow
from partita.engine.comparing import (
    MISSING,
    UNCALLED,
    compare_journal,
    compare_lines,
    entry_row,
    first_difference,
    place_of,
)
from partita.engine.log_check import AnswersClaim, LogCheck
from partita.engine.outcome_check import outcome_finding
from partita.engine.ports import LedgerInfo
from partita.journal import inline_rows
from partita.journal.findings import Finding, Wrong
from partita.journal.inline_rows import usage_line
from partita.journal.merkle import Frontier
from partita.journal.verify import JournalFold, line_digest

Progress = Callable[[int, int], None]
"""Told how many records are done, and of how many."""


class VerificationReport(msgspec.Struct, frozen=True):
    """What verification found. `root` is the recomputed root, in hexadecimal."""

    ok: bool
    ledger: str
    records: int
    root: str
    first_bad: Finding | None
    entries: int
    accounts: int
    seconds: float
    checkpoints: int = 0

    @property
    def rate(self) -> float:
        """Records in a second."""
        return self.records / self.seconds if self.seconds else 0.0


def verify_ledger(
    store: Auditor, ledger: LedgerInfo, progress: Progress | None = None
) -> VerificationReport:
    """Recompute a ledger from its journal and compare everything that is kept of it.

    Raises:
        StoreUnavailable: the store went away meanwhile; nothing is known then.
    """
    started = time.perf_counter()
    verification, found = Verification(ledger.name), None
    with store.audit(ledger) as audit:
        try:
            verification.look(audit, BEYOND, progress or (lambda _done, _total: None))
            verification.finish(audit)
        except Wrong as wrong:
            found = wrong.finding
    fold = verification.fold
    return VerificationReport(
        ok=found is None,
        ledger=ledger.name,
        records=fold.log.size,
        root=fold.log.root().hex(),
        first_bad=found,
        entries=verification.entries_seen,
        accounts=len(fold.accounts),
        seconds=time.perf_counter() - started,
        checkpoints=verification.checkpoints,
    )


class Verification:
    """One pass over one ledger: in one look, or in many, each at a moment of its own.

    What the journal and the registers hold never changes, so looks at different moments add up;
    what changes (statuses, resources, the head) is compared in `finish`, at the moment of the last.
    """

    def __init__(self, ledger: str) -> None:
        """Begin before the first record of the ledger of this name."""
        self.fold = JournalFold(ledger)
        self.entries_seen = self.checkpoints = 0
        self._looks = 0
        self._log = LogCheck()
        self._statuses: list[str] = []

    def look(self, audit: Audit, upto: int, progress: Progress) -> None:
        """Compare the records up to a place, or to where the journal ends, and their rows.

        Raises:
            Wrong: something is not what it must be; the pass ends there.
        """
        self._audit, after = audit, self.fold.log.size
        self._looks += 1
        self._log.look(audit, after)
        first = -1 if after == 0 else after
        self._entries = chain.from_iterable(audit.entries(first, upto))
        self._accounts = chain.from_iterable(audit.accounts(first))
        for block in audit.journal(after):
            wanted = block[: upto - self.fold.log.size]
            self._take(wanted)
            progress(self.fold.log.size, audit.head.sequence)
            if len(wanted) < len(block) or self.fold.log.size == upto:
                break
        if upto == BEYOND:
            self._check_end()
        for line in self._entries:
            raise Wrong(self._entry_finding(UNCALLED, "none", line, line))

    def finish(self, audit: Audit) -> None:
        """Compare what is kept as a whole, in the same moment as the last look.

        Raises:
            Wrong: something is not what it must be.
        """
        self._check_leftovers()
        self._check_statuses()
        self._check_assets()
        self._check_resources()
        self._check_outcomes()
        self._check_head()
        self._log.finish(self.fold.log.size)

    def _take(self, block: Sequence[JournalRow]) -> None:
        """Fold a block and compare its lines; the finding of the earliest record is raised."""
        fold, before, log = self.fold, self.fold.log.size, self._log
        wrong: list[Finding] = []
        try:
            for _line, body, leaf in block:
                fold.take(body, leaf)
                while fold.log.size == log.due:
                    log.check(fold.log.root())
        except Wrong as early:
            wrong.append(early.finding)
        done = fold.log.size - before
        entries, accounts = fold.entry_lines, fold.account_lines
        checks = (
            compare_journal(fold.journal_lines[:done], [row[0] for row in block[:done]]),
            self._compare_entries(entries, list(islice(self._entries, len(entries)))),
            self._compare_accounts(accounts, list(islice(self._accounts, len(accounts)))),
        )
        wrong += [finding for finding in checks if finding is not None]
        if wrong:
            raise Wrong(min(wrong, key=lambda finding: finding.sequence or 0))
        log.take([row.leaf for row in block])
        self.checkpoints = log.checked
        self.entries_seen += len(entries)
        fold.drain()

    def _compare_entries(self, expected: Sequence[str], found: Sequence[str]) -> Finding | None:
        for wanted, stored in first_difference(expected, found):
            if not stored or place_of(stored) > place_of(wanted):
                return self._entry_finding(MISSING, wanted, "none", wanted)
            if place_of(stored) < place_of(wanted):
                return self._entry_finding(UNCALLED, "none", stored, stored)
            column, value, kept = inline_rows.difference(inline_rows.ENTRY, wanted, stored)
            return self._entry_finding(column, value, kept, wanted)
        return None

    def _entry_finding(self, what: str, expected: str, found: str, line: str) -> Finding:
        row = entry_row(line)
        number, version, sequence = row["account_number"], int(row["version"]), int(row["sequence"])
        paths = (state.path for state in self.fold.accounts.values() if state.number == number)
        account = next(paths, f"number {number}")
        return Finding("entry", what, expected, found, sequence, account, version)

    def _compare_accounts(
        self, expected: Sequence[str], rows: Sequence[AccountRow]
    ) -> Finding | None:
        self._statuses += [intern(status) for _line, status in rows]
        return compare_lines("account", expected, [line for line, _status in rows])

    def _check_end(self) -> None:
        """A journal that ends before its head: unless the head's root says that it does not."""
        head, log = self._audit.head, self.fold.log
        if log.size < head.sequence and log.root() != head.root:
            raise Wrong(Finding("journal", MISSING, "a record", "none", log.size + 1))

    def _check_leftovers(self) -> None:
        for line, _status in self._accounts:
            number, _id, path = line.split("\t")[:3]
            raise Wrong(Finding("account", UNCALLED, "none", line, int(number), path))

    def _check_statuses(self) -> None:
        if self._looks > 1:
            # What an earlier look saw may have changed since, rightly.
            rows = chain.from_iterable(self._audit.accounts())
            self._statuses = [status for _line, status in rows]
        pairs = zip(self.fold.accounts.values(), self._statuses, strict=True)
        for state, status in pairs:
            if state.status.value != status:
                raise Wrong(
                    Finding(
                        "account",
                        "status",
                        state.status.value,
                        status,
                        int(state.number),
                        state.path,
                    )
                )

    def _check_assets(self) -> None:
        expected = [f"{code}\t{body}" for code, body in sorted(self.fold.assets.items())]
        finding = compare_lines("asset", expected, list(chain.from_iterable(self._audit.assets())))
        if finding is not None:
            raise Wrong(finding)

    def _check_resources(self) -> None:
        """Resources by their digests, since all of them at once would not fit into memory."""
        expected = dict(self.fold.resources)
        for line in chain.from_iterable(self._audit.resources()):
            kind, name, number = line.split("\t", 3)[:3]
            if expected.pop((kind, name), None) != line_digest(line):
                what = f"{kind} as its last record left it"
                raise Wrong(Finding("resource", what, "another", line, int(number), key=name))
        for kind, name in expected:
            raise Wrong(Finding("resource", MISSING, kind, "none", key=name))
        self._check_usages()
        changes = list(chain.from_iterable(self._audit.resource_changes()))
        for wanted, stored in first_difference(self.fold.resource_changes, changes):
            sequence = int((wanted or stored).split("\t")[0])
            raise Wrong(Finding("resource_change", "row", wanted, stored, sequence))

    def _check_usages(self) -> None:
        """What is used of velocity limits, as the records say."""
        expected = {
            (usage.limit, usage.subject): usage_line(usage)
            for usage in self.fold.velocity.usages.values()
        }
        for line in chain.from_iterable(self._audit.usages()):
            limit, _body, _amount, _uses, subject = line.split("\t", 4)
            wanted = expected.pop((limit, subject), "none")
            if wanted != line:
                name = f"{limit} {subject}"
                raise Wrong(Finding("limit_usage", "usage", wanted, line, key=name))
        for (limit, subject), line in expected.items():
            raise Wrong(Finding("limit_usage", MISSING, line, "none", key=f"{limit} {subject}"))

    def _check_outcomes(self) -> None:
        count, log = 0, Frontier()
        bulks, claims = dict(self.fold.bulks), iter(self._log.answers)
        claim = next(claims, None)
        for row in chain.from_iterable(self._audit.outcomes()):
            count += 1
            log.append(row.leaf)
            if row.place != count:
                place, found = str(count), str(row.place)
                raise Wrong(Finding("outcome", "place", place, found, key=row.key.hex()))
            finding = outcome_finding(row, bulks, self.fold.recorded_at)
            if finding is not None:
                raise Wrong(finding)
            bulks.pop(row.key, None)
            if claim is not None and claim.count == count:
                _check_claim(claim, log)
                claim = next(claims, None)
        for key, bulk in bulks.items():
            first = min(bulk.places.values())
            what = "answer of a bulk"
            raise Wrong(Finding("outcome", what, "a row", "none", first, key=key.hex()))
        if claim is not None:
            what, expected = "count of answers", f"at most {count}"
            raise Wrong(Finding("checkpoint", what, expected, str(claim.count), claim.size))
        if count != self._audit.head.outcomes:
            kept = str(self._audit.head.outcomes)
            raise Wrong(Finding("head", "count of outcomes", str(count), kept))
        answers = self._audit.head.answers
        if log.to_bytes() != answers:
            expected, found = log.to_bytes().hex(), answers.hex()
            raise Wrong(Finding("head", "frontier of the answers", expected, found))

    def _check_head(self) -> None:
        head, log = self._audit.head, self.fold.log
        checks = (
            ("sequence", str(log.size), str(head.sequence)),
            ("recorded_at", self.fold.recorded_at, head.recorded_at.text()),
            ("root", log.root().hex(), head.root.hex()),
            ("frontier", log.to_bytes().hex(), head.frontier.hex()),
        )
        for what, expected, found in checks:
            if expected != found:
                raise Wrong(Finding("head", what, expected, found, head.sequence))


def _check_claim(claim: AnswersClaim, log: Frontier) -> None:
    """What a checkpoint says of the stored answers, against what they are."""
    expected, found = log.to_bytes().hex(), claim.frontier.hex()
    if expected != found:
        what = f"frontier of the first {claim.count} answers"
        raise Wrong(Finding("checkpoint", what, expected, found, claim.size))
