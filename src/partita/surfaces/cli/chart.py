"""`partita chart`: the chart of accounts shown, checked, compared, applied, written down."""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.engine.outcome import Refused
from partita.engine.plain_documents import Finding
from partita.journal.record import Record
from partita.kernel.events import resource_in
from partita.kernel.rejections import Code
from partita.modules.chart.applying import RetireChart, apply_command
from partita.modules.chart.chart import Chart
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.in_force import InForce, as_it_was, at_version, in_force
from partita.modules.chart.pattern import Pattern
from partita.modules.chart.ready import READY, ready_chart, ready_text
from partita.modules.chart.surveying import Survey, survey
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, accepted, outcome_of, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, Json, books, nearest
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import chart as shapes

app = App(name="chart", help="Show, check, compare, apply and write down the chart of accounts.")
Source = Annotated[str, Parameter(help="A JSON or YAML file, or the name of a ready chart.")]
Version = Annotated[int | None, Parameter(help="This version, else the one in force.")]
Seen = Annotated[
    int | None, Parameter(help="Only if this is the version now; 0: there was never one.")
]
Why = Annotated[str | None, Parameter(help="Why, for the journal.")]
_MOST_SHOWN = 20


class Form(Enum):
    """How a chart is written down."""

    YAML = "yaml"
    JSON = "json"


@app.command
def show(*, version: Version = None, place: InLedger = IN_MAIN) -> None:
    """Show the chart in force: its patterns, and what each is for."""
    with books(place) as open_books:
        kept = _kept(open_books, version)
    if place.json:
        emit(msgspec.to_builtins(shapes.chart(kept)))
        return
    document = kept.chart.document
    strict = "  strict" if document.strict else ""
    print(f"{document.name}  version {kept.version}  {kept.status}{strict}")
    if document.description:
        print(document.description)
    _patterns(kept.chart.patterns)


def _patterns(patterns: Iterable[Pattern]) -> None:
    rows = (
        (
            each.path, each.type.value, each.account_class.value, each.fixed_asset or "-",
            "itself" if each.opens else "-", ", ".join(each.roles) or "-",
        )
        for each in patterns
    )  # fmt: skip
    table(("path", "type", "class", "asset", "opens", "role"), rows)


@app.command
def validate(source: Source, /, *, json: Json = False) -> int:
    """Check the chart in a file, without any books: every mistake at its place."""
    findings: tuple[Finding, ...] = ()
    count = 0
    try:
        count = len(_read(source).patterns)
    except ChartInvalid as error:
        findings = error.findings
    if json:
        emit({"ok": not findings, "patterns": count, "findings": msgspec.to_builtins(findings)})
    elif not findings:
        print(f"{source}: a chart of {count} patterns.")
    for finding in () if json else findings:
        print(f"{source}{finding.pointer and ' at '}{finding.pointer}: {finding.detail}")
    return 1 if findings else 0


@app.command
def diff(source: Source, /, *, place: InLedger = IN_MAIN) -> None:
    """Show what a chart would change, in the patterns and for the accounts there are."""
    chart = _read(source)
    with books(place) as open_books:
        found = survey(open_books.store, open_books.info, chart)
    if place.json:
        name = chart.document.name
        emit(msgspec.to_builtins(shapes.survey(name, len(chart.patterns), found)))
    else:
        _surveyed(found)


def _surveyed(found: Survey) -> None:
    difference, fit = found
    for pattern in difference.removed:
        print(f"- {pattern.path}")
    for pattern in difference.added:
        print(f"+ {pattern.path}")
    for change in difference.changed:
        step = f"{_plain(change.before)} -> {_plain(change.after)}"
        print(f"~ {change.path or 'the chart'}: {change.field} {step}")
    if difference.is_empty:
        print("The patterns are the same.")
    print(
        f"{fit.matched} accounts fit; {len(fit.lost)} would no longer; {len(fit.outside)} never did."
    )
    for path in fit.lost[:_MOST_SHOWN]:
        print(f"  would no longer fit: {path}")
    for misfit in fit.misfits[:_MOST_SHOWN]:
        print(f"  {misfit.path}: {misfit.field} is {misfit.is_now}, {misfit.by_chart} by the chart")


def _plain(value: object) -> str:
    """One side of a change, for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value = [f"{name} {limit}" for name, limit in value.items()]
    return (", ".join(value) if isinstance(value, list) else str(value or "")) or "-"


@app.command
def apply(
    source: Source,
    /,
    *,
    if_version: Seen = None,
    reason: Why = None,
    asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:
    """Put a chart in force as the next version: partita chart apply neobank."""
    chart = _read(source)
    command = apply_command(chart.document, if_version, reason)
    with books(place, may_make=True) as open_books:
        if asking.dry_run and not place.json:
            _surveyed(survey(open_books.store, open_books.info, chart))
        outcome = outcome_of(open_books, command, asking.key, is_dry=asking.dry_run)
        if isinstance(outcome, Refused) and outcome.rejection.code is Code.DOCUMENT_UNCHANGED:
            say("The chart in force says exactly this already.")
            _told(_kept(open_books, None), json=place.json)
        else:
            _told_of(accepted(outcome).record, asking, json=place.json)


@app.command
def retire(*, reason: Why = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN) -> None:
    """Take the chart out of force; accounts stay as they are."""
    with books(place) as open_books:
        command = RetireChart(reason=reason)
        outcome = outcome_of(open_books, command, asking.key, is_dry=asking.dry_run)
        _told_of(accepted(outcome).record, asking, json=place.json)


def _told_of(record: Record, asking: Asking, *, json: bool) -> None:

    kept = as_it_was(resource_in(record.event))
    if asking.dry_run:
        say("Dry run: nothing was written.")
    if json:
        emit(shown(msgspec.to_builtins(shapes.chart(kept)), record, asking))
    else:
        _told(kept, json=False)


def _told(kept: InForce, *, json: bool) -> None:

    if json:
        emit(msgspec.to_builtins(shapes.chart(kept)))
    else:
        name, count = kept.chart.document.name, len(kept.chart.patterns)
        print(f"{name}  version {kept.version}  {kept.status}  {count} patterns")


@app.command
def export(
    *, form: Annotated[Form, Parameter(name="--format")] = Form.YAML, version: Version = None,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Write the chart in force down, as it can be applied again."""
    from partita import wiring  # noqa: PLC0415 - it loads psycopg, for which no help waits

    with books(place) as open_books:
        kept = _kept(open_books, version)
    is_json = place.json or form is Form.JSON
    print(wiring.chart_text(kept.chart.document, is_json=is_json), end="")


@app.command
def ready(name: Annotated[str, Parameter(help="Print this one's file.")] = "", /, *, json: Json = False) -> None:  # fmt: skip
    """List the ready charts; or print the file of one, to begin with."""
    if name:
        _check_ready(name)
        print(ready_text(name), end="")
        return
    found = [ready_chart(each).document for each in READY]
    if json:
        emit_list({"name": each.name, "description": each.description} for each in found)
    else:
        table(("name", "description"), ((each.name, each.description) for each in found))


def _kept(open_books: Books, version: int | None) -> InForce:

    if version is None:
        return in_force(open_books.store, open_books.info)
    return at_version(open_books.store, open_books.info, version)


def _read(source: str) -> Chart:
    """The chart in a file, or a ready one.

    Raises:
        ChartInvalid: no chart can be made of it.
    """
    from partita import wiring  # noqa: PLC0415 - it loads psycopg, for which no help waits

    if "/" in source or "\\" in source or Path(source).suffix:
        return wiring.chart_of_file(Path(source))
    _check_ready(source)
    return ready_chart(source)


def _check_ready(name: str) -> None:

    if name not in READY:
        problem = f"There is no ready chart {name!r}, and a file has an ending."
        raise CommandFailed(problem, nearest(name, list(READY)), status=USAGE)
