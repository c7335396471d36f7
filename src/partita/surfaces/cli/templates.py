"""`partita templates`: posting schemes saved, looked at, rendered and posted."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import App, Parameter

from partita.engine.outcome import Outcome
from partita.kernel.amount import to_decimal
from partita.kernel.commands import PostTransaction
from partita.kernel.documents import Document
from partita.kernel.periods import Late
from partita.modules.templates.cabinet import Wanted, archive_command
from partita.modules.templates.document import TemplateDocument, from_canonical
from partita.modules.templates.errors import TemplateError
from partita.modules.templates.template import Extras
from partita.surfaces.cli.deciding import accepted, decided, outcome_of, pairs
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, Json, books
from partita.surfaces.cli.post import LateWay
from partita.surfaces.cli.shapes import as_recorded, for_programs, scales, transaction_lines
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import templates as shapes
from partita.surfaces.template_answers import first_answer_waiting, is_unchanged

if TYPE_CHECKING:  # wiring loads psycopg, for which no help text should wait
    from partita.modules.templates.template import Template

app = App(name="templates", help="Check, save, list, show, render, post by and archive templates.")
Key = Annotated[str | None, Parameter(help="Idempotency key.")]
Version = Annotated[int | None, Parameter(help="This version, else the newest.")]
Filled = Annotated[str, Parameter(help="NAME=VALUE for each parameter; amounts in minor units.")]


@app.command
def check(file: Path, /, *, json: Json = False) -> int:
    """Compile and prove the template in a file, without any books."""
    found: TemplateError | None = None
    try:
        _compiled(file)
    except TemplateError as error:
        found = error
    findings = () if found is None else found.findings
    if json:
        emit({"ok": found is None, "findings": msgspec.to_builtins(findings)})
    elif found is None:
        print(f"{file}: always balances.")
    else:
        for finding in findings:
            print(f"{file}{finding.pointer and ' at '}{finding.pointer}: {finding.detail}")
    return 0 if found is None else 1


@app.command
def save(file: Path, /, *, key: Key = None, place: InLedger = IN_MAIN) -> None:
    """Save the template in a JSON or YAML file as the next version of its name."""
    document = _document(file)
    with books(place, may_make=True) as open_books:
        cabinet = open_books.application.templates
        outcome = outcome_of(open_books, cabinet.save_command(document), key)
        cabinet.forget(open_books.info, document.name)
        if is_unchanged(outcome):
            say("The newest version says exactly this already.")
        else:
            accepted(outcome)
        _show(cabinet.saved(open_books.info, document.name), json=place.json)


@app.command(name="list")
def list_templates(*, place: InLedger = IN_MAIN) -> None:
    """List templates by name, each in its newest version."""
    with books(place) as open_books:
        found = open_books.application.templates.newest_of_each(open_books.info)
    if place.json:
        emit_list(msgspec.to_builtins(shapes.template(each)) for each in found)
    else:
        table(("name", "version", "status", "description"), map(_row, found), right="version")


def _row(saved: Document) -> tuple[str, ...]:
    description = from_canonical(saved.body).description
    return saved.title, str(saved.version), saved.status.value, description or "-"


@app.command
def show(name: str, /, *, version: Version = None, place: InLedger = IN_MAIN) -> None:
    """Show a template as it was saved."""
    with books(place) as open_books:
        saved = open_books.application.templates.saved(open_books.info, name, version)
    _show(saved, json=place.json)


def _show(saved: Document, *, json: bool) -> None:
    if json:
        emit(msgspec.to_builtins(shapes.template(saved)))
        return
    print(f"{saved.title}  version {saved.version}  {saved.status.value}")
    document = from_canonical(saved.body)
    if document.description:
        print(document.description)
    parameters = document.parameters.items()
    if parameters:
        table(
            ("parameter", "type", "asset", "default", "description"),
            (
                (name, p.type.value, p.asset or "-", p.default or "-", p.description or "-")
                for name, p in parameters
            ),
        )
    print(msgspec.json.format(saved.body, indent=2))


@app.command
def render(
    template: Annotated[str, Parameter(help="Its name, or a file (with a / or a dot in it).")],
    /,
    *arguments: Filled,
    version: Version = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Show the postings that arguments lead to, without posting: partita templates render fee price=100."""
    given = pairs(arguments)
    if "/" in template or Path(template).suffix in {".yaml", ".yml", ".json"}:
        _rendered(_compiled(Path(template)).render(given), {}, json=place.json)
        return
    with books(place) as open_books:
        wanted = Wanted(template, version, given)
        found = open_books.application.templates.template(open_books.info, wanted)
        _rendered(found.render(given), scales(open_books), json=place.json)


def _rendered(command: PostTransaction, known: dict[str, int], *, json: bool) -> None:
    if json:
        emit(msgspec.to_builtins(shapes.rendered(command, known)))
        return
    rows = (
        (p.account, p.direction.value, _figure(p.amount, known.get(p.asset)), p.asset)
        for p in command.postings
    )
    table(("account", "direction", "amount", "asset"), rows, right="amount")


def _figure(amount: int, scale: int | None) -> str:
    """With its decimals, where they are known; else in minor units."""
    return str(amount) if scale is None else to_decimal(amount, scale)


@Parameter(name="*")
@dataclass(frozen=True)
class Besides:
    """What is said about the transaction besides the arguments."""

    external_id: Annotated[str | None, Parameter(help="Your own reference.")] = None
    effective_at: Annotated[str | None, Parameter(help="When it counts; else now.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()
    late: LateWay = Late.REFUSE

    def extras(self) -> Extras:
        """The same, as the template takes it."""
        moment = None if self.effective_at is None else exact(self.effective_at)
        return Extras(
            external_id=self.external_id,
            effective_at=moment,
            metadata=pairs(self.metadata),
            late=self.late,
        )


@app.command
def post(
    name: str, /, *arguments: Filled, version: Version = None, besides: Besides = Besides(),
    key: Key = None, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Post what a template makes of arguments: partita templates post fee price=10000."""
    wanted = Wanted(name, version, pairs(arguments), besides.extras(), key)
    with books(place) as open_books:
        record = accepted(_posted(open_books, wanted)).record
        told = as_recorded(open_books, record)
        if place.json:
            emit(for_programs(told))
        else:
            transaction_lines(told)


def _posted(open_books: Books, wanted: Wanted) -> Outcome:
    commands = open_books.application.templates.commands(open_books.info, wanted)
    return first_answer_waiting(
        commands, lambda command: outcome_of(open_books, command, wanted.key)
    )


@app.command
def archive(name: str, /, *, key: Key = None, place: InLedger = IN_MAIN) -> None:
    """Put a template away: it takes no more postings until it is saved again."""
    with books(place) as open_books:
        decided(open_books, archive_command(name), key)
        _show(open_books.application.templates.saved(open_books.info, name), json=place.json)


def _document(file: Path) -> TemplateDocument:
    # Imported here, since wiring loads psycopg, for which no help text should wait.
    from partita import wiring  # noqa: PLC0415

    return wiring.template_document(file)


def _compiled(file: Path) -> "Template":
    # Imported here for the same reason.
    from partita import wiring  # noqa: PLC0415

    return wiring.compiled(wiring.template_document(file))
