"""`partita settlements`: merchants' plans, what has accrued, batches with their statements, payouts."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.engine.wanting import Act
from partita.kernel.amount import to_decimal
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.settlement import batch as batches
from partita.modules.settlement import plan as plans
from partita.modules.settlement.batch import BatchStatus, BatchVerb, read_batch
from partita.modules.settlement.commands import PausePlan, ResumePlan
from partita.modules.settlement.plan import read_plan
from partita.modules.settlement.reading import Settlements
from partita.modules.settlement.statement import Figures, Line
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes import settlements as shapes

app = App(
    name="settlements", help="Settle merchants: plan, accrued, list, show, statement, pay, run."
)
_PAGE = 500
_SUMS = (
    "opening", "sales", "refunds", "disputes", "fees", "taxes", "charges", "settled",
    "reserve_released", "other", "closing",
)  # fmt: skip
_ALWAYS = ("opening", "closing")


@Parameter(name="*")
@dataclass(frozen=True)
class Agreed:
    """What is agreed with the merchant."""

    cut_off: Annotated[str, Parameter(help="HH:MM by the clock on the wall.")] = "00:00"
    timezone: Annotated[str, Parameter(help="Where that clock hangs.")] = "UTC"
    weekdays: Annotated[
        tuple[int, ...], Parameter(help="Days with a cut-off; Monday is 0.", negative="")
    ] = (0, 1, 2, 3, 4, 5, 6)
    reserve_basis_points: Annotated[int, Parameter(help="Of sales; 500 is 5 %.")] = 0
    reserve_days: Annotated[int, Parameter(help="How long the reserve is held.")] = 0
    least_payout: Annotated[str, Parameter(help="Less is carried on; in minor units.")] = "1"
    payout_delay_days: Annotated[int, Parameter(help="Business days after the cut-off.")] = 0
    holidays: Annotated[tuple[str, ...], Parameter(help="No business days.", negative="")] = ()
    rail: Annotated[str, Parameter(help="By which payouts leave.")] = "book"
    beneficiary: Annotated[str | None, Parameter(help="To whom, in the rail's words.")] = None


@app.command
def plan(
    wallet: str, asset: str, /, *, agreed: Agreed = Agreed(), asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Settle a merchant's wallet: partita settlements plan wal_… EUR --cut-off 17:00."""
    fields = {**vars(agreed), "wallet": wallet, "asset": asset}
    try:
        command = shapes.set_plan(msgspec.convert(fields, shapes.PlanRequest))
    except (Refusal, msgspec.ValidationError) as error:
        raise CommandFailed(f"{error}", "mend that term.", status=USAGE) from None
    _write(command, asking, place)


def _write(command: Act, asking: Asking, place: InLedger) -> None:
    with books(place) as open_books:
        record = asked(open_books, command, asking)
        assert isinstance(record.event, MatterChanged), "what happens to a plan leaves a plan"
        kept = record.event.matter
        if place.json:
            emit(shown(for_programs(shapes.plan(kept)), record, asking))
        else:
            _plans([kept])


@app.command
def pause(
    plan: str, /, *, reason: Annotated[str | None, Parameter(help="Why.")] = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Cut off no more batches until it is resumed."""
    _write(PausePlan(plan=plan, reason=reason), asking, place)


@app.command
def resume(plan: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN) -> None:
    """Cut off batches again, from the next cut-off on."""
    _write(ResumePlan(plan=plan), asking, place)


@app.command(name="plans")
def list_plans(*, place: InLedger = IN_MAIN) -> None:
    """List plans, newest first."""
    with books(place) as open_books:
        found = _read(open_books).page(plans.KIND, None, _PAGE)
    if place.json:
        emit_list(for_programs(shapes.plan(each)) for each in found)
    else:
        _plans(found)


def _plans(found: list[Matter]) -> None:
    columns = ("plan", "status", "wallet", "asset", "cut-off", "reserve", "next cut-off", "batches")
    table(columns, map(_plan_row, found), right="batches")


def _plan_row(kept: Matter) -> tuple[str, ...]:
    body = read_plan(kept.body)
    terms = body.terms
    share = to_decimal(terms.reserve_basis_points, 2)
    return (
        kept.id, kept.status, body.wallet, body.asset, f"{terms.cut_off} {terms.timezone}",
        f"{share} % {terms.reserve_days} d" if terms.reserve_days else "-",
        body.next_cut_off.text()[:19], str(body.batches),
    )  # fmt: skip


def _read(open_books: Books) -> Settlements:
    return open_books.application.settlements(open_books.info)


@app.command
def accrued(plan: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show what has gathered in a plan's wallet since the last cut-off."""
    with books(place) as open_books:
        found, known = _read(open_books).accrued(plan), scales(open_books)
    if place.json:
        emit(for_programs(shapes.accrued(plan, found, known)))
    else:
        _sheet(found.lines, found.figures, known[found.plan.asset])


@app.command(name="list")
def list_batches(
    *,
    status: Annotated[BatchStatus | None, Parameter(help="Only this status.")] = None,
    plan: Annotated[str | None, Parameter(help="Only of this plan.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """List batches, newest first."""
    with books(place) as open_books:
        wanted = None if status is None else status.value
        found = _read(open_books).page(batches.KIND, None, _PAGE, status=wanted, about=plan)
        known = scales(open_books)
    if place.json:
        emit_list(for_programs(shapes.batch(each, known)) for each in found)
    else:
        _batches(found, known)


def _batches(found: list[Matter], known: dict[str, int]) -> None:
    columns = ("settlement", "status", "cut-off", "sales", "reserve", "net", "asset", "withdrawal")
    rows = []
    for each in found:
        body = read_batch(each.body)
        sums = (body.figures.sales, body.reserve, body.net)
        told = (to_decimal(sum_, known[body.asset]) for sum_ in sums)
        rows.append((
            each.id, each.status, body.cut_off.text()[:19], *told, body.asset,
            body.withdrawal or "-",
        ))  # fmt: skip
    table(columns, rows, right="sales reserve net")


@app.command
def show(settlement: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show a batch."""
    with books(place) as open_books:
        _show(open_books, _read(open_books).find(batches.KIND, settlement), json=place.json)


def _show(open_books: Books, kept: Matter, *, json: bool) -> None:
    if json:
        emit(for_programs(shapes.batch(kept, scales(open_books))))
    else:
        _batches([kept], scales(open_books))


@app.command
def statement(settlement: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show a batch line by line, read from the register again."""
    with books(place) as open_books:
        found, known = _read(open_books).statement(settlement), scales(open_books)
    if place.json:
        emit(for_programs(shapes.statement(found, known)))
        return
    batch, scale = found.batch, known[found.batch.asset]
    print(f"{settlement}  {batch.status.value}  cut-off {batch.cut_off.text()}  {batch.asset}")
    _sheet(found.lines, batch.figures, scale)
    table(("payable", "reserve", "net"), [
        tuple(to_decimal(sum_, scale) for sum_ in (batch.payable, batch.reserve, batch.net))
    ], right="payable reserve net")  # fmt: skip


def _sheet(lines: tuple[Line, ...], figures: Figures, scale: int) -> None:
    columns = ("at", "kind", "payment", "gross", "fees", "taxes", "charges", "net", "balance")
    rows = (
        (
            line.at.text()[:19], line.kind.value, line.payment or "-",
            *(to_decimal(getattr(line, name), scale) for name in columns[3:]),
        )
        for line in lines
    )  # fmt: skip
    table(columns, rows, right="gross fees taxes charges net balance")
    sums = [(name, getattr(figures, name)) for name in _SUMS]
    told = [(name, to_decimal(sum_, scale)) for name, sum_ in sums if sum_ or name in _ALWAYS]
    table(("sum", "amount"), told, right="amount")


@app.command
def pay(settlement: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Make a new withdrawal for a batch whose payout failed, or that waits for its day."""
    with books(place) as open_books:
        read = _read(open_books)
        kept = read.find(batches.KIND, settlement)
        body = read_batch(kept.body)
        if BatchVerb.PAY.value not in body.allowed_actions:
            raise CommandFailed(f"The batch is {kept.status}.", "nothing is to be paid.")
        open_books.application.settlement_process(place.ledger).pay(kept, body)
        _show(open_books, read.find(batches.KIND, settlement), json=place.json)


@app.command
def run(*, place: InLedger = IN_MAIN) -> None:
    """Do once what a server does by itself: cut off, pay, follow up, release what is due."""
    with books(place) as open_books:
        process = open_books.application.settlement_process(place.ledger)
        done = process.run_once(open_books.application.clock.now())
    if place.json:
        emit({"object": "settlement_run", "done": done})
    else:
        print(f"{done} done")
