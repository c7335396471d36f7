"""`partita rails`: how payment networks are, what was told to them and by them, and what is due."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.engine.errors import PartitaError
from partita.kernel.amount import to_decimal
from partita.kernel.matters import Matter
from partita.modules.rails.office import Office, RailReport, SandboxOnly
from partita.modules.rails.simulation import Instruction, SimulatedEvent, SimulationRefused
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, whole
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import rails as shapes

app = App(
    name="rails", help="See, enable and disable rails; see messages; do what is due; simulate."
)
Fallback = Annotated[
    str | None, Parameter(help="The rail that is tried when this one cannot be reached.")
]


def _office(open_books: Books) -> Office:
    return open_books.application.rails_office(open_books.info.name)


@app.command(name="list")
def list_rails(*, place: InLedger = IN_MAIN) -> None:
    """List all rails, and what is under way on each."""
    with books(place) as open_books:
        _show(_office(open_books).reports(), json=place.json, is_list=True)


@app.command
def show(name: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one rail."""
    with books(place) as open_books:
        _show([_office(open_books).report(name)], json=place.json)


def _show(reports: list[RailReport], *, json: bool, is_list: bool = False) -> None:
    found = [shapes.rail(report) for report in reports]
    if json and is_list:
        emit_list(for_programs(each) for each in found)
    elif json:
        emit(for_programs(found[0]))
    else:
        columns = (
            "rail",
            "status",
            "fallback",
            "breaker",
            "waiting",
            "doubtful",
            "taken",
            "faulty",
        )
        table(columns, map(_row, found), right="waiting doubtful taken faulty")


def _row(rail: shapes.Rail) -> tuple[str, ...]:
    health = rail.health
    counts = (health.waiting, health.in_doubt, health.taken, health.faulty)
    words = (rail.id, rail.status, rail.fallback or "-", health.breaker.value)
    return (*words, *map(str, counts))


@app.command
def enable(
    name: str, /, *, fallback: Fallback = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Hand orders to a rail again."""
    _set(name, True, fallback, asking, place)


@app.command
def disable(
    name: str, /, *, fallback: Fallback = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Hand nothing more to a rail; what it has taken it still tells of."""
    _set(name, False, fallback, asking, place)


def _set(
    name: str, is_enabled: bool, fallback: str | None, asking: Asking, place: InLedger
) -> None:
    wanted = msgspec.UNSET if fallback is None else fallback
    with books(place) as open_books:
        office = _office(open_books)
        asked(open_books, office.setting(name, is_enabled=is_enabled, fallback=wanted), asking)
        _show([office.report(name)], json=place.json)


@app.command
def messages(
    *,
    out: Annotated[bool, Parameter(negative="", help="What was handed to rails instead.")] = False,
    status: Annotated[
        shapes.MessageStatus | None, Parameter(help="What was done about it, or where an order is.")
    ] = None,
    payment: Annotated[str | None, Parameter(help="Only about this payment.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List what rails told, newest first; --status exception are those to look at."""
    with books(place) as open_books:
        office = _office(open_books)
        read = office.orders if out else office.messages
        found = read(status=status, payment=payment, limit=limit)
        if place.json:
            emit_list(for_programs(shapes.message(each)) for each in found)
        else:
            _table(open_books, found)


def _table(open_books: Books, found: list[Matter]) -> None:
    known = scales(open_books)
    columns = ("rail", "type", "status", "amount", "payment", "code", "reason", "id")
    rows = []
    for matter in found:
        told = shapes.message(matter)
        amount = f"{to_decimal(int(told.amount), known.get(told.asset, 0))} {told.asset}"
        rows.append((
            told.rail, told.type, told.status, amount, told.payment or "-", told.code or "-",
            told.reason or "-", told.id,
        ))  # fmt: skip
    table(columns, rows, right="amount")


@app.command
def run(*, place: InLedger = IN_MAIN) -> None:
    """Do what is due now, once: hand over, ask, take in. A server does this by itself."""
    with books(place) as open_books:
        clock = open_books.application.clock
        done = _office(open_books).run_once(clock.now())
        if place.json:
            emit({"done": done})
        else:
            say(f"{done} things were done.")


@Parameter(name="*")
@dataclass(frozen=True)
class What:
    """What a simulated event is about."""

    submission: Annotated[str | None, Parameter(help="The order that it is about.")] = None
    payment: Annotated[str | None, Parameter(help="Or the payment whose last order it is.")] = None
    code: Annotated[str | None, Parameter(help="The network's reason.")] = None
    amount: Annotated[str | None, Parameter(help="Of `receive`: in minor units.")] = None
    asset: Annotated[str | None, Parameter(help="Of `receive`.")] = None
    beneficiary: Annotated[str | None, Parameter(help="Of `receive`: whom it is for.")] = None
    end_to_end_id: Annotated[str | None, Parameter(help="Of `receive`: its reference.")] = None
    fault: Annotated[
        tuple[str, ...], Parameter(help="Of `faults`: NAME=TEN_THOUSANDTHS.", negative="")
    ] = ()

    def instruction(self, event: SimulatedEvent, office: Office) -> Instruction:
        """What the network is told to do."""
        submission = self.submission
        if self.payment is not None:
            submission = office.submission_of(self.payment)
        return Instruction(
            event,
            submission=submission,
            code=self.code,
            amount=None if self.amount is None else whole(self.amount, "--amount"),
            asset=self.asset,
            beneficiary=self.beneficiary,
            end_to_end_id=self.end_to_end_id,
            faults=dict(map(_fault, self.fault)),
        )


def _fault(text: str) -> tuple[str, int]:
    name, _, rate = text.partition("=")
    if not rate.isdecimal():
        raise CommandFailed(f"{text!r} is no fault.", "write reject=100 for 1 %.", status=USAGE)
    return name, int(rate)


_NOTHING = What()


@app.command
def simulate(
    name: str, event: SimulatedEvent, /, *, what: What = _NOTHING, place: InLedger = IN_MAIN
) -> None:
    """Have something happen on a simulated rail; in sandboxes alone (PARTITA_SANDBOX=yes).

    partita rails simulate simulator receive --amount 500 --asset EUR --beneficiary customers:alice:wallets:main:EUR
    """
    with books(place) as open_books:
        office = _office(open_books)
        try:
            told = office.simulate(name, what.instruction(event, office))
        except (SandboxOnly, SimulationRefused) as error:
            raise CommandFailed(str(error), _mend(error)) from None
        message = None if told is None else told.id
        if place.json:
            emit({"rail": name, "event": event.value, "message_id": message})
        else:
            say(f"{name}: {event.value}{'' if message is None else f', told by {message}'}.")


def _mend(error: PartitaError) -> str:
    if isinstance(error, SandboxOnly):
        return "set PARTITA_SANDBOX=yes where no money is real."
    return "see `partita rails messages --out` for what was handed over."
