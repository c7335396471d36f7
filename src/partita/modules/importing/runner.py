"""The import runner: a source's instructions become transactions, in order, each of them once.

    source ─► batches of 1,000 ─► accounts opened ─► several batches in flight ─► resume point

Memory stays constant: a few batches and what the source holds (one day's rows). Three things
make it safe to stop at any moment, by Ctrl-C or by kill -9, and to begin again:

- every transaction carries an idempotency key from its row, so what is in already is answered
  as a replay and nothing is ever posted twice;
- the resume point moves on only after a batch is durable, in the order of the batches;
- the source yields the same items in the same order as long as its digest is the same, so
  "the first 12,000 rows are done" means the same thing tomorrow.

A row that cannot be read, or that the ledger rejects, goes to the errors file, and the import
goes on. What stops it is only what concerns it as a whole: `SourceError`, or a `PartitaError`
of the engine; after either, running it again goes on where it stopped.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from threading import Event

import msgspec

from partita.engine.errors import Overloaded
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused, Wish
from partita.engine.ports import Reader
from partita.kernel.asset import BUILT_IN
from partita.modules.importing import errors_file, resume_point
from partita.modules.importing.account_opening import ACTOR, AccountOpening
from partita.modules.importing.errors_file import ErrorRow
from partita.modules.importing.resume_point import Counts, ResumePoint
from partita.modules.importing.source import Fault, Instruction, Item, Source, SourceError

BATCH_ROWS = 1_000
BATCHES_IN_FLIGHT = 4
_PAUSE_SECONDS = 0.05


class ImportFiles(msgspec.Struct, frozen=True):
    """Where an import keeps its resume point while it is under way, and its errors for good."""

    state: Path
    errors: Path


class ImportProgress(msgspec.Struct, frozen=True):
    """How far an import is: bytes of the file behind the rows that are durably done."""

    bytes_done: int
    bytes_total: int
    counts: Counts


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did. `counts` include what was done before it was resumed.

    `resumed_after_rows` is how many rows an earlier run had finished; `errors` is the errors
    file, None if every row came in.
    """

    counts: Counts
    resumed_after_rows: int
    seconds: float
    errors: Path | None

    @property
    def ok(self) -> bool:
        """Whether every row came in, now or before."""
        return self.errors is None


Progress = Callable[[ImportProgress], None]


def files_in(folder: Path, source: Source) -> ImportFiles:
    """The usual place of an import's two files: named by source and digest, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{source.name}-{source.digest()[:12]}"
    return ImportFiles(folder / f"{stem}.state.json", folder / f"{stem}.errors.csv")


def run_import(
    ledger: Ledger,
    reader: Reader,
    source: Source,
    files: ImportFiles,
    progress: Progress = lambda _: None,
) -> ImportReport:
    """Import a source into a ledger, going on where an earlier run stopped; blocks until done.

    `progress` is called after each durable batch, in this thread.

    Raises:
        SourceError: the source cannot be read any further; what came before is in.
        PartitaError: the engine failed; run it again.
        KeyboardInterrupt: as it came, once what was under way is in and noted.
    """
    return _Import(ledger, reader, source, files, progress).run()


class _Flight:
    """A batch under way: what was asked, and the answer once a writer thread has it."""

    def __init__(self, batch: Sequence[Item], first_row: int, position: int) -> None:
        self.batch, self.first_row, self.position = batch, first_row, position
        self.accounts_opened = 0
        self.unfit: dict[int, ErrorRow] = {}
        """Rows that were not submitted, by their place in the batch, and why."""
        self._answer: list[Outcome] | BaseException = []
        self._landed = Event()

    def done(self, answer: list[Outcome] | BaseException) -> None:
        """Take the answer; called from a writer's thread."""
        self._answer = answer
        self._landed.set()

    def outcomes(self) -> list[Outcome]:
        """Wait for the answer; may be asked again after an interruption."""
        self._landed.wait()
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


class _Import:
    """One run, from the resume point to the end of the source."""

    def __init__(
        self, ledger: Ledger, reader: Reader, source: Source, files: ImportFiles, tell: Progress
    ) -> None:
        self._ledger, self._reader, self._source = ledger, reader, source
        self._files, self._tell = files, tell
        self._accounts = AccountOpening(ledger.info, reader, self._ask)
        self._flights: deque[_Flight] = deque()
        self._point = self._resume()

    def run(self) -> ImportReport:
        began, done_before = time.monotonic(), self._point.counts.rows
        errors_file.trim(self._files.errors, self._point.errors_bytes)
        items = islice(self._source.read(self._scales()), done_before, None)
        try:
            while batch := list(islice(items, BATCH_ROWS)):
                self._launch(batch)
            self._land(leave=0)
        except (KeyboardInterrupt, SourceError):
            self._land(leave=0)
            raise
        resume_point.clear(self._files.state)
        return ImportReport(
            counts=self._point.counts,
            resumed_after_rows=done_before,
            seconds=time.monotonic() - began,
            errors=self._files.errors if self._point.errors_bytes else None,
        )

    def _resume(self) -> ResumePoint:
        """Where to go on: the kept point if it is of this import, else the beginning."""
        digest, info = self._source.digest(), self._ledger.info
        kept = resume_point.load(self._files.state)
        if (
            kept is not None
            and kept.is_of(digest, info)
            # A database restored from a backup may know less than the point promises.
            and kept.sequence <= self._reader.head(info).sequence
        ):
            return kept
        return ResumePoint(digest, info.name, int(info.created_at), 0, 0, 0, counts=Counts())

    def _scales(self) -> dict[str, int]:
        registered = self._reader.assets(self._ledger.info)
        return {asset.code: asset.scale for asset in (*BUILT_IN.values(), *registered)}

    # On the way out: a batch becomes wishes.

    def _launch(self, batch: Sequence[Item]) -> None:
        under_way = sum(len(flight.batch) for flight in self._flights)
        flight = _Flight(batch, self._point.counts.rows + under_way, self._source.position)
        instructions = [item for item in batch if isinstance(item, Instruction)]
        flight.accounts_opened = self._accounts.prepare(instructions)
        wishes = self._wishes(flight)
        if wishes:
            self._submit(wishes, flight)
        else:
            flight.done([])
        self._flights.append(flight)
        self._land(leave=BATCHES_IN_FLIGHT - 1)

    def _wishes(self, flight: _Flight) -> list[Wish]:
        """A wish for each row that can be posted; the others stay behind as unfit."""
        wishes = []
        for place, item in enumerate(flight.batch):
            if isinstance(item, Fault):
                flight.unfit[place] = ErrorRow(item.line, item.code, item.detail, item.raw)
            elif objection := self._accounts.objection(item):
                flight.unfit[place] = objection
            else:
                wishes.append(wish(item.command, key=item.key, actor=ACTOR))
        return wishes

    def _submit(self, wishes: Sequence[Wish], flight: _Flight) -> None:
        """Queue wishes; while the ledger is full of others' work, wait for room."""
        while True:
            try:
                return self._ledger.submit(wishes, flight.done)
            except Overloaded:
                time.sleep(_PAUSE_SECONDS)

    def _ask(self, wishes: Sequence[Wish]) -> list[Outcome]:
        flight = _Flight((), 0, 0)
        self._submit(wishes, flight)
        return flight.outcomes()

    # On the way back: outcomes become counts, errors and the next resume point.

    def _land(self, *, leave: int) -> None:
        """Take in the oldest batches until so many are left in flight."""
        while len(self._flights) > leave:
            flight = self._flights[0]
            # An interruption between the next two steps must not count a batch twice.
            if flight.first_row == self._point.counts.rows:
                self._point = self._noted(flight)
            self._flights.popleft()
            self._tell(ImportProgress(flight.position, self._source.size, self._point.counts))

    def _noted(self, flight: _Flight) -> ResumePoint:
        """The resume point after a batch, once its errors and the point itself are on disk."""
        before = self._point
        tally = _Tally(before)
        outcomes = iter(flight.outcomes())
        for place, item in enumerate(flight.batch):
            unfit = flight.unfit.get(place)
            if unfit is None:
                tally.decided(item, next(outcomes))
            else:
                tally.failed(unfit)
        tally.counts.accounts_opened += flight.accounts_opened
        size = errors_file.append(self._files.errors, before.errors_bytes, tally.errors)
        point = msgspec.structs.replace(
            before,
            line=flight.batch[-1].line,
            sequence=tally.sequence,
            errors_bytes=size,
            counts=tally.counts,
        )
        resume_point.save(self._files.state, point)
        return point


class _Tally:
    """Counts and errors, going on from a resume point."""

    def __init__(self, before: ResumePoint) -> None:
        self.counts = msgspec.structs.replace(before.counts)
        self.sequence = before.sequence
        self.errors: list[ErrorRow] = []

    def failed(self, row: ErrorRow) -> None:
        self.counts.failed += 1
        self.errors.append(row)

    def decided(self, item: Item, outcome: Outcome) -> None:
        if isinstance(outcome, Accepted):
            if outcome.replayed:
                self.counts.replayed += 1
            else:
                self.counts.posted += 1
            self.sequence = max(self.sequence, outcome.record.sequence)
            return
        assert isinstance(outcome, Refused), "one command has one answer"
        rejection = outcome.rejection
        self.counts.rejected += 1
        detail = f"{rejection.detail} {rejection.fix}"
        self.errors.append(ErrorRow(item.line, rejection.code.value, detail, item.raw))
