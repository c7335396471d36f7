"""What else a ledger does: holds, templates, reversals; verification and proofs.

As in `in_process`, each part runs in a child process of its own, and uses the library as a program
would. Parts that write have a ledger of their own, and their books are checked afterwards. Parts that
read share one, which the first of them fills.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from bench import books, profiling, templates
from bench.books import ASSET, WrongBooksError
from bench.event_loop import run
from bench.figures import Figure, Span, Window, figure
from bench.in_process import Task, Transfer, batch_of, draw
from bench.memory import peak_of_this_process
from bench.parts import Kind
from partita import wiring
from partita.config import Settings
from partita.engine.feed import EventFilter
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Wish
from partita.engine.ports import LedgerInfo
from partita.engine.verification import verify_ledger
from partita.journal.notes import VerifierKey
from partita.journal.receipts import check_receipt
from partita.journal.record import Record
from partita.kernel.commands import CaptureHold, PlaceHold, ReverseTransaction
from partita.kernel.events import resource_in
from partita.modules.exports.table import Format
from partita.modules.payments.acts import Advance, CreatePayment
from partita.modules.payments.lifecycle import Verb
from partita.modules.templates.document import read_document
from partita.surfaces.library import LibraryLedger
from partita.wiring import Application

READ_LEDGER, READ_RECORDS = "bench-read", 20_000
_REVERSIBLE_PER_SECOND, _AT_ONCE = 4_000, 4_000

Request = Callable[[], Awaitable[int]]
"""Does one thing, or a batch of them; how many. None done means that nothing is left to do."""


class Bench:
    """One part's ledger, and what was acknowledged: how many records it must have."""

    def __init__(self, task: Task, application: Application, ledger: LibraryLedger) -> None:
        """Measure this part on this ledger."""
        self.task, self.part = task, task.part
        self.application, self.ledger = application, ledger
        self.transfers = draw(task.part.accounts)
        self.random = random.Random(1)
        self.records = self.before = 0

    @property
    def info(self) -> LedgerInfo:
        """The ledger as the store knows it."""
        return self.application.ledger(self.ledger.name).info

    def batch(self) -> Sequence[Transfer]:
        """So many transfers as the part has in one request."""
        return [next(self.transfers) for _ in range(self.part.size)]

    async def submit(self, wishes: Sequence[Wish]) -> list[Record]:
        """Have all of these taken in; their records."""
        outcomes = await self.ledger.submit_many(wishes)
        self.records += len(outcomes)
        return [_record(outcome) for outcome in outcomes]


def _record(outcome: object) -> Record:
    if type(outcome) is not Accepted or outcome.replayed:
        raise WrongBooksError(f"not taken: {outcome}")
    return outcome.record


async def _hold(bench: Bench) -> Request:
    """A hold, and its capture once it stands: one caller's cycle."""

    async def cycle() -> int:
        drawn = next(bench.transfers)
        hold = await bench.ledger.hold(drawn.source, drawn.amount, ASSET, key=drawn.key)
        await bench.ledger.capture(hold, to=drawn.destination, final=True, key=drawn.key)
        bench.records += 2
        return 1

    return cycle


async def _hold_many(bench: Bench) -> Request:
    """A batch of holds, and then their captures."""

    async def cycles() -> int:
        drawn = bench.batch()
        places = [wish(PlaceHold(t.source, t.amount, ASSET), key=t.key) for t in drawn]
        holds = [resource_in(record.event) for record in await bench.submit(places)]
        captures = [
            wish(CaptureHold(hold.id, destination=t.destination, is_final=True), key=t.key)
            for hold, t in zip(holds, drawn, strict=True)
            if hold is not None
        ]
        return len(await bench.submit(captures))

    return cycles


async def _authorize(bench: Bench) -> Request:
    """A payment from wallet to wallet, authorised and then captured: one caller's cycle."""
    wallets = await books.open_wallets(bench.ledger, bench.part.accounts)
    bench.before = books.length(bench.application, bench.ledger.name)

    async def cycle() -> int:
        source, destination = bench.random.sample(wallets, 2)
        drawn = next(bench.transfers)
        pay = CreatePayment(
            source=source, destination=destination, amount=drawn.amount, asset=ASSET,
            begin=Verb.AUTHORIZE,
        )  # fmt: skip
        made = resource_in(_record(await bench.ledger.submit(pay, key=drawn.key)).event)
        assert made is not None, "a payment was made"
        step = Advance(payment=made.id, verb=Verb.CAPTURE)
        _record(await bench.ledger.submit(step, key=drawn.key))
        bench.records += 4
        return 1

    return cycle


async def _render(bench: Bench) -> Request:
    """Postings by a template with a fee and a tax, rendered and posted in batches."""
    template = wiring.compiled(read_document(templates.FEE))
    arguments = templates.drawn(bench.part.accounts)

    async def post() -> int:
        return len(await bench.submit(templates.wishes(template, bench.part.size, arguments)))

    return post


async def _reverse(bench: Bench) -> Request:
    """Whole reversals in batches, of transfers that were posted before the clock started."""
    ids: list[str] = []
    while len(ids) < bench.task.plan.seconds * _REVERSIBLE_PER_SECOND:
        ids += [r.event.id for r in await bench.submit(batch_of(bench.transfers, _AT_ONCE))]
    left: Iterator[str] = iter(ids)

    async def reverse() -> int:
        found = [identifier for identifier, _ in zip(left, range(bench.part.size), strict=False)]
        keys = (f"{bench.random.getrandbits(128):032x}" for _ in found)
        wanted = (ReverseTransaction(identifier) for identifier in found)
        return len(await bench.submit([wish(w, key=k) for w, k in zip(wanted, keys, strict=True)]))

    return reverse


async def _verify(bench: Bench) -> Request:
    """The whole ledger computed again out of its journal, and compared with all that is kept."""

    async def verify() -> int:
        report = verify_ledger(bench.application.store, bench.info)
        if not report.ok:
            raise WrongBooksError(f"verification found {report.first_bad}")
        return report.records

    return verify


async def _include(bench: Bench) -> Request:
    """The proof that a record, looked up by its sequence, is in the log."""
    prover, info = bench.application.prover, bench.info

    async def prove() -> int:
        record = prover.record(info, str(bench.random.randrange(1, READ_RECORDS)))
        if prover.inclusion(info, record) is None:
            raise WrongBooksError(f"record {record.sequence} is not covered")
        return 1

    return prove


async def _receive(bench: Bench) -> Request:
    """A customer's receipt made, and checked as the customer would."""
    prover, info = bench.application.prover, bench.info
    trusted = (VerifierKey.parse(prover.verifier_key(info)),)

    async def receive() -> int:
        record = prover.record(info, str(bench.random.randrange(1, READ_RECORDS)))
        if not check_receipt(prover.receipt(info, record), trusted):
            raise WrongBooksError(f"the receipt of {record.sequence} proves nothing")
        return 1

    return receive


async def _grow(bench: Bench) -> Request:
    """The proof that the log of one size begins with the log of another."""
    prover, info = bench.application.prover, bench.info

    async def prove() -> int:
        old, new = sorted(bench.random.sample(range(1, READ_RECORDS), 2))
        prover.consistency(info, old, new)
        return 1

    return prove


async def _follow(bench: Bench) -> Request:
    """The event feed from its beginning, page by page, as whoever catches up reads it."""
    feed, info, place = bench.application.feed, bench.info, 0

    async def read() -> int:
        nonlocal place
        page = feed.read(info, place, bench.part.size, EventFilter())
        if [event.sequence for event in page.events] != list(range(place + 1, page.upto + 1)):
            raise WrongBooksError(f"events are missing behind {place}")
        place = 0 if page.upto >= READ_RECORDS else page.upto
        return len(page.events)

    return read


async def _export(bench: Bench) -> Request:
    """A list of transactions as a whole file, read from the store and written to disk."""
    kept = Format(bench.part.name.removeprefix("export_"))

    async def write() -> int:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"list.{kept.value}"
            return await bench.ledger.export_list("transactions", file)

    return write


REQUESTS: dict[str, Callable[[Bench], Awaitable[Request]]] = {
    "holds_512": _hold,
    "holds_500": _hold_many,
    "captures_512": _authorize,
    "templates_2000": _render,
    "reversals_1000": _reverse,
    "verify": _verify,
    "inclusions": _include,
    "receipts": _receive,
    "consistency": _grow,
    "feed_catch_up": _follow,
    **{f"export_{each.value}": _export for each in Format},
}
"""What each part asks for, by its name."""


async def measure(task: Task) -> Figure:
    """Open the part's ledger, load it, check its books."""
    with profiling.every_thread(task.profiled):
        spans, window = await _loaded(task)
    measured = figure(spans, window)
    measured.memory_mb = peak_of_this_process()
    return measured


async def _loaded(task: Task) -> tuple[list[Span], Window]:
    is_reading = task.part.kind is Kind.READING
    name = READ_LEDGER if is_reading else f"bench-{task.part.name.replace('_', '-')}"
    settings = Settings(memory=True) if task.folder is None else Settings(data=Path(task.folder))
    application = await asyncio.to_thread(wiring.build, settings)
    try:
        opened = await asyncio.to_thread(application.open_ledger, name)
        bench = Bench(task, application, LibraryLedger(application, opened))
        if not is_reading or books.length(application, name) < READ_RECORDS:
            await books.open_accounts(bench.ledger, task.part.accounts)
        bench.before = books.length(application, name)
        if is_reading:
            await _fill(bench)
        found = await _repeat(bench, await REQUESTS[task.part.name](bench))
        if not is_reading:
            await asyncio.to_thread(_check, bench)
    finally:
        await asyncio.to_thread(application.close)
    return found


async def _fill(bench: Bench) -> None:
    """Post until there are enough records, and have the log signed."""
    while books.length(bench.application, bench.ledger.name) < READ_RECORDS:
        await bench.submit(batch_of(bench.transfers, _AT_ONCE))
    await bench.ledger.checkpoint()


async def _repeat(bench: Bench, request: Request) -> tuple[list[Span], Window]:
    """So many requests at once as the part has, until the time is over or nothing is left."""
    plan, spans = bench.task.plan, list[Span]()
    opens = time.perf_counter() + plan.warm_up_seconds
    closes = opens + plan.measured_seconds

    async def worker() -> None:
        while (begun := time.perf_counter()) < closes:
            done = await request()
            if done == 0:
                return
            spans.append(Span(begun, time.perf_counter(), done))

    async with asyncio.TaskGroup() as workers:
        for _ in range(bench.part.concurrency):
            workers.create_task(worker())
    return spans, _window(spans, opens, closes)


def _window(spans: Sequence[Span], opens: float, closes: float) -> Window:
    """The measured time: shorter where nothing was left to do, longer where nothing was done in it."""
    last = max(span.ended for span in spans)
    if last <= opens:
        opens = min(span.begun for span in spans)
    if last > closes and any(opens < span.ended <= closes for span in spans):
        last = closes
    return Window(opens, last)


def _check(bench: Bench) -> None:
    """Hold the ledger against what was acknowledged: all of it is there, and it balances."""
    written = books.length(bench.application, bench.ledger.name) - bench.before
    sides = [0, 0]
    for _standing, totals in bench.application.store.trial_balance(bench.info, None):
        sides[0] += totals.posted_debits
        sides[1] += totals.posted_credits
    if written != bench.records or sides[0] != sides[1]:
        raise WrongBooksError(
            f"{bench.ledger.name}: {bench.records} records were acknowledged, {written} are there;"
            f" debits and credits are {sides}"
        )


def main() -> None:
    """Measure the task given as JSON, and print the figure as JSON."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    print(msgspec.json.encode(run(measure(task))).decode())


if __name__ == "__main__":
    main()
