"""`partita sagas`: flows of several steps, how far they are, and which need somebody."""

from typing import Annotated

from cyclopts import App, Parameter

from partita.kernel.events import resource_in
from partita.modules.sagas.deciding import (
    ByHand,
    CompensateSaga,
    ResolveSaga,
    RetrySaga,
    StartSaga,
    as_saga,
)
from partita.modules.sagas.saga import Saga, SagaStatus
from partita.modules.sagas.watching import Wanted
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.place import HERE, IN_MAIN, Books, InLedger, Place, books, opened
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes import sagas as shapes

app = App(name="sagas", help="Start flows of several steps; see which need somebody.")
_PAGE = 500
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]


@app.command
def flows(*, place: Place = HERE) -> None:
    """List the flows that can be started, and what each needs."""
    with opened(place) as application:
        found = application.sagas.flows()
    if place.json:
        emit_list(for_programs(shapes.flow(each)) for each in found)
        return
    for each in found:
        print(each.name)
        print(f"  {each.sentence}")
        for argument in each.arguments:
            print(f"  {argument.name}: {argument.meaning}")


@app.command
def start(
    flow: str, /, *arguments: str,
    external_id: Annotated[str | None, Parameter(help="Your own reference.")] = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Start a flow: partita sagas start collect_and_pay payer=… merchant=… amount=500 asset=USD."""
    with books(place) as open_books:
        act = StartSaga(flow, open_books.info.name, pairs(arguments), external_id)
        _do(open_books, act, asking, json=place.json)


@app.command
def retry(
    saga_id: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Have a saga go on now, with a new deadline."""
    with books(place) as open_books:
        _do(open_books, RetrySaga(saga_id, reason), asking, json=place.json)


@app.command
def compensate(
    saga_id: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Give a saga up: take back what was done."""
    with books(place) as open_books:
        _do(open_books, CompensateSaga(saga_id, reason), asking, json=place.json)


@app.command
def resolve(
    saga_id: str, reason: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Say that the step which could not be taken back was taken back by other means."""
    with books(place) as open_books:
        _do(open_books, ResolveSaga(saga_id, reason), asking, json=place.json)


def _do(open_books: Books, act: StartSaga | ByHand, asking: Asking, *, json: bool) -> None:
    record = asked(open_books, act, asking)
    saga = as_saga(resource_in(record.event))
    if json:
        shape = shapes.saga(saga, open_books.application.clock.now())
        emit(shown(for_programs(shape), record, asking))
    else:
        _table(open_books, [saga])


@app.command(name="list")
def list_sagas(
    *,
    status: Annotated[SagaStatus | None, Parameter(help="Only this status.")] = None,
    overdue: Annotated[bool, Parameter(negative="", help="Only late or stuck ones.")] = False,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List sagas, newest first; --overdue lists those that need somebody."""
    with books(place) as open_books:
        wanted = Wanted(status, overdue or None)
        found = open_books.application.sagas.newest(
            open_books.info, wanted, None, min(limit, _PAGE)
        )
        now = open_books.application.clock.now()
        if place.json:
            emit_list(for_programs(shapes.saga(each, now)) for each in found)
        else:
            _table(open_books, found)


@app.command
def show(saga_id: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one saga, step by step."""
    with books(place) as open_books:
        saga = open_books.application.sagas.get(open_books.info, saga_id)
        if place.json:
            emit(for_programs(shapes.saga(saga, open_books.application.clock.now())))
            return
        _table(open_books, [saga])
    rows = ((each.name, each.status.value, each.problem or "-") for each in saga.steps)
    table(("step", "status", "problem"), rows)


def _table(open_books: Books, sagas: list[Saga]) -> None:
    now = open_books.application.clock.now()
    columns = ("flow", "status", "step", "deadline", "overdue", "problem", "id")
    rows = (
        (
            each.flow, each.status.value, each.step.name, each.deadline.text(),
            "yes" if each.needs_somebody(now) else "-", each.problem or each.step.problem or "-",
            each.id,
        )
        for each in sagas
    )  # fmt: skip
    table(columns, rows)
