"""`partita rules`: fees, taxes, rewards, holds and refusals, saved, tried and put in force."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.journal.record import Record
from partita.kernel.amount import parse, to_decimal
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.payments.trying_rules import Trial, span_of
from partita.modules.rules.commands import (
    ActivateRule,
    NoteBacktest,
    RetireRule,
    RollBackRule,
    RuleAct,
    ShadowRule,
)
from partita.modules.rules.document import RuleDocument, effect_name
from partita.modules.rules.errors import RuleInvalid
from partita.modules.rules.kept import read_kept
from partita.modules.rules.occasion import Occasion
from partita.modules.rules.rule import RuleStatus
from partita.surfaces.cli.deciding import (
    IN_EARNEST,
    Asking,
    RefusedByRules,
    asked,
    pairs,
    shown,
)
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, Json, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import rules as shapes

app = App(
    name="rules", help="Check, save, try, shadow, promote, roll back and retire rules; quote."
)
Version = Annotated[int | None, Parameter(help="This version, else the newest.")]
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]
_PAGE = 500


@app.command
def check(file: Path, /, *, json: Json = False) -> int:
    """Compile the rule in a file, without any books."""
    try:
        # Imported here, since wiring loads psycopg, for which no help text should wait.
        from partita import wiring  # noqa: PLC0415

        wiring.RULEBOOK.compiled(wiring.rule_document(file))
    except RuleInvalid as error:
        findings = error.findings
    else:
        findings = ()
    if json:
        emit({"ok": not findings, "findings": msgspec.to_builtins(findings)})
    elif not findings:
        print(f"{file}: a rule.")
    for finding in () if json else findings:
        print(f"{file}{finding.pointer and ' at '}{finding.pointer}: {finding.detail}")
    return 1 if findings else 0


@app.command
def save(file: Path, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN) -> None:
    """Save the rule in a JSON or YAML file as the next version of its name, a draft."""
    document = _document(file)
    with books(place, may_make=True) as open_books:
        rules = open_books.application.rules(open_books.info)
        try:
            record = asked(open_books, rules.save_command(document), asking)
        except RefusedByRules as refused:
            if refused.rejection.code is not Code.DOCUMENT_UNCHANGED:
                raise
            say("The newest version says exactly this already.")
            _show(open_books, rules.find(document.name), json=place.json)
        else:
            _print(open_books, record, asking, json=place.json)


def _document(file: Path) -> RuleDocument:
    # Imported here for the same reason.
    from partita import wiring  # noqa: PLC0415

    return wiring.rule_document(file)


@app.command(name="list")
def list_rules(
    *,
    status: Annotated[RuleStatus | None, Parameter(help="Only this status.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """List rules, newest first."""
    with books(place) as open_books:
        found = open_books.application.rules(open_books.info).page(None, _PAGE, status)
        if place.json:
            emit_list(_for_programs(open_books, each) for each in found)
        else:
            table(("name", "status", "on", "effect", "active", "newest", "id"), map(_row, found))


def _row(kept: Matter) -> tuple[str, ...]:
    shown = shapes.rule(kept, {})
    newest = shown.versions[0]
    active = "-" if shown.active_version is None else str(shown.active_version)
    return (
        shown.name, shown.status.value, newest.document.on, effect_name(newest.document), active,
        str(newest.version), shown.id,
    )  # fmt: skip


@app.command
def show(rule: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show a rule by its name or its id, with its versions."""
    with books(place) as open_books:
        _show(open_books, open_books.application.rules(open_books.info).find(rule), json=place.json)


def _show(open_books: Books, kept: Matter, *, json: bool) -> None:
    if json:
        emit(_for_programs(open_books, kept))
        return
    body = read_kept(kept.body)
    print(f"{kept.title}  {kept.status}  {kept.id}")
    rows = (
        (
            str(each.version), each.status.value, each.saved_at.text()[:19],
            "-" if each.activated_at is None else each.activated_at.text()[:19],
            "-" if each.backtest is None else f"{each.backtest.touched} of {each.backtest.payments}",
        )
        for each in body.versions
    )  # fmt: skip
    table(("version", "status", "saved", "activated", "backtest"), rows)
    print(msgspec.json.format(msgspec.json.encode(body.newest.document), indent=2).decode())


def _for_programs(open_books: Books, kept: Matter) -> dict[str, object]:
    return for_programs(shapes.rule(kept, scales(open_books)))


def _print(open_books: Books, record: Record, asking: Asking, *, json: bool) -> None:
    assert isinstance(record.event, MatterChanged), "what happens to a rule leaves a rule"
    kept = record.event.matter
    if json:
        emit(shown(_for_programs(open_books, kept), record, asking))
    else:
        _show(open_books, kept, json=False)


def _change(command: RuleAct, asking: Asking, place: InLedger) -> None:
    with books(place) as open_books:
        _print(open_books, asked(open_books, command, asking), asking, json=place.json)


@app.command
def shadow(
    rule: str, /, *, version: Version = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Have a version worked out and recorded with every payment, moving nothing."""
    _change(ShadowRule(rule, version=version), asking, place)


@app.command
def promote(
    rule: str, /, *, version: Version = None,
    without_backtest: Annotated[
        bool, Parameter(negative="", help="It was not tried on history, and goes in force.")
    ] = False,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Put a version in force; the one before is retired."""
    command = ActivateRule(rule, version=version, without_backtest=without_backtest)
    _change(command, asking, place)


@app.command
def rollback(
    rule: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Put the version in force again that was before the one that is."""
    _change(RollBackRule(rule, reason=reason), asking, place)


@app.command
def retire(
    rule: str, /, *, version: Annotated[int | None, Parameter(help="This one, else all.")] = None,
    reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Take a version, or all of them, out of force."""
    _change(RetireRule(rule, version=version, reason=reason), asking, place)


@app.command
def backtest(
    rule: str, begins_at: Annotated[str, Parameter(help="Payments from this moment on.")], /, *,
    until: Annotated[str | None, Parameter(help="Payments before this moment; else now.")] = None,
    version: Version = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Work out what a rule would have done: partita rules backtest card-fee 2026-10-01T00:00:00Z."""
    with books(place) as open_books:
        rules, now = (
            open_books.application.rules(open_books.info),
            open_books.application.clock.now(),
        )
        span = span_of(exact(begins_at), None if until is None else exact(until), Moment(now))
        kept = rules.find(rule)
        trial = rules.backtest(kept, version, span)
        note = NoteBacktest(kept.id, version=trial.version, backtest=trial.report.summary)
        asked(open_books, note, asking)
        told = shapes.backtest(trial, scales(open_books))
    if place.json:
        emit(for_programs(told))
    else:
        _trial(trial, told)


def _trial(trial: Trial, told: shapes.BacktestReply) -> None:
    rows = (
        (line.payment, line.at[:19], line.fact.outcome.value, _moves(line.fact.moves) or "-")
        for line in told.payments
    )
    table(("payment", "at", "outcome", "moves"), rows)
    summary = told.summary
    totals = ", ".join(_figure(each.amount, each.asset, each.scale) for each in summary.totals)
    print(
        f"{trial.rule} version {trial.version}: {summary.touched} of {summary.payments} payments,"
        f" {summary.denied} refused, {summary.failed} without an answer; {totals or 'nothing moved'}"
    )


def _moves(moves: list[shapes.Move]) -> str:
    return ", ".join(
        f"{m.debit} to {m.credit} {_figure(m.amount, m.asset, m.scale)}" for m in moves
    )


def _figure(amount: str, asset: str, scale: int | None) -> str:
    return f"{amount if scale is None else to_decimal(int(amount), scale)} {asset}"


@Parameter(name="*")
@dataclass(frozen=True)
class Between:
    """What else is known of the payment that is thought of."""

    event: Annotated[str, Parameter(help="Which of its events.")] = "payment.captured"
    rail: Annotated[str, Parameter(help="By which rail.")] = ""
    source: Annotated[str | None, Parameter(help="The wallet that pays.")] = None
    destination: Annotated[str | None, Parameter(help="The wallet that is paid.")] = None
    source_kind: Annotated[str, Parameter(help="The kind of the payer's wallet.")] = ""
    destination_kind: Annotated[str, Parameter(help="The kind of the payee's wallet.")] = ""
    customer: Annotated[str | None, Parameter(help="Whose months are counted.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()

    def request(self, amount: str, asset: str) -> shapes.QuoteRequest:
        """The same, as the interface is asked."""
        return shapes.QuoteRequest(
            event=self.event, amount=amount, asset=asset, rail=self.rail,
            source=self.source, destination=self.destination,
            source_kind=self.source_kind, destination_kind=self.destination_kind,
            customer=self.customer, metadata=pairs(self.metadata),
        )  # fmt: skip


@app.command
def quote(
    amount: str, asset: str, /, *, between: Between = Between(), place: InLedger = IN_MAIN
) -> None:
    """Say what a payment would cost now: partita rules quote 10000 EUR."""
    request = between.request(amount, asset)
    with books(place) as open_books:
        occasion = _occasion(request, open_books)
        applied = open_books.application.rules(open_books.info).quote(occasion)
        told = shapes.quote(request, applied, scales(open_books))
    if place.json:
        emit(for_programs(told))
        return
    columns = ("rule", "version", "effect", "outcome", "moves")
    rows = (
        (f.rule, str(f.version), f.effect, f.outcome.value, _moves(f.moves)) for f in told.facts
    )
    table(columns, rows)
    if told.holds_until is not None:
        print(f"held until {told.holds_until}")
    if told.denied is not None:
        print(f"{told.denied.code}: {told.denied.detail}")


def _occasion(request: shapes.QuoteRequest, open_books: Books) -> Occasion:
    try:
        amount = parse(request.amount)
    except ValueError as error:
        raise CommandFailed(f"{error}.", "write minor units.", status=USAGE) from None
    rules = open_books.application.rules(open_books.info)
    return shapes.occasion(request, amount, open_books.application.clock.now(), rules)
