"""`partita transfers`, `deposits`, `payments` and their like: commands made from the transition tables.

Each type has `create`, `list`, `show`, `timeline`, and a command for each verb that its table knows.
What can be said is what the HTTP interface takes, under the same names.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, make_dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from partita.engine.wanting import Act
from partita.journal.record import Record
from partita.kernel.amount import to_decimal
from partita.kernel.events import MatterChanged, entries_in
from partita.kernel.matters import Matter
from partita.modules.payments.acts import plural
from partita.modules.payments.finding import Step, Wanted, find, is_status, timeline
from partita.modules.payments.lifecycle import Lifecycle, PaymentType, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import Party, read_payment
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs, scales
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes import payment_requests as requests
from partita.surfaces.http.shapes import payments as shapes

_PAGE = 500
_HELP = {
    "source": "Who pays: a wallet's id, or an account.",
    "destination": "Who is paid: a wallet's id, or an account.",
    "amount": "In minor units: 500 is 5.00 USD.",
    "splits": "A part for somebody else: ACCOUNT=AMOUNT; may be said several times.",
    "metadata": "NAME=VALUE; may be said several times.",
    "reason": "Why; kept in the journal.",
    "external_id": "Your own reference, once a ledger.",
    "begin": "How it begins.",
    "payment": "The payment that it is about.",
    "rail": "By which rail.",
    "final": "Let go what remains afterwards.",
    "is_credited": "Give the payer the money until it is decided.",
    "scheduled_at": "When it is done; else now.",
    "available_at": "Until when it is held.",
    "expires_at": "When it expires.",
    "deadline": "By when it must go on.",
    "kind": "Of which kind: an account of the chart.",
}


def _saying(name: str, body: requests.Body) -> Any:
    """The options by which a body is said."""
    fields: list[Any] = []
    for each in msgspec.structs.fields(body.shape):
        told = _HELP.get(each.name, each.name.replace("_", " ").capitalize() + ".")
        kind: Any = Annotated[str | None, Parameter(help=told)]
        default: Any = None
        if each.name in ("splits", "metadata"):
            kind = Annotated[tuple[str, ...], Parameter(help=told, negative="")]
            default = ()
        elif each.name in ("final", "is_credited"):
            kind, default = Annotated[bool, Parameter(help=told, negative="")], False
        elif each.required:
            fields.insert(0, (each.name, Annotated[str, Parameter(help=told)]))
            continue
        fields.append((each.name, kind, field(default=default)))
    return Parameter(name="*")(
        make_dataclass(name, fields, frozen=True, namespace={"__module__": __name__})
    )


def _request(body: requests.Body, said: Any) -> msgspec.Struct:
    """The body that the options say.

    Raises:
        CommandFailed: a value is not what it must be.
    """
    values = {}
    for each in msgspec.structs.fields(body.shape):
        value = getattr(said, each.name)
        if value in (None, (), False):
            continue
        if each.name == "splits":
            parts = pairs(value).items()
            value = [{"destination": who, "amount": amount} for who, amount in parts]
        values[each.name] = pairs(value) if each.name == "metadata" else value
    try:
        return msgspec.convert(values, body.shape)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"{error}.", "mend that value.", status=USAGE) from None


def _act(made: Callable[[], Act]) -> Act:
    try:
        return made()
    except Refusal as refusal:
        raise CommandFailed(
            f"{refusal.pointer}: {refusal}", refusal.kind.fix, status=USAGE
        ) from None


def app_of(type_: PaymentType) -> App:
    """All commands on payments of one type."""
    lifecycle, name = LIFECYCLES[type_], plural(type_)
    app = App(name=name, help=f"Create, list and show {name}, and take them further.")
    _add_create(app, lifecycle)
    _add_reading(app, type_)
    for verb in lifecycle.verbs:
        _add_step(app, type_, verb)
    return app


def _add_create(app: App, lifecycle: Lifecycle) -> None:
    type_, body = lifecycle.type, requests.beginning(lifecycle.type)
    saying = _saying(f"{type_.value.title()}Saying", body)

    def create(
        *,
        said: saying,  # type: ignore[valid-type]  # a shape of each type's own
        asking: Asking = IN_EARNEST,
        place: InLedger = IN_MAIN,
    ) -> None:
        with books(place) as open_books:
            request = _request(body, said)
            act = _act(lambda: requests.begin_act(type_, request))
            _write(open_books, act, asking, json=place.json)

    births = ", ".join(verb.value for verb in lifecycle.births)
    create.__doc__ = f"{(body.shape.__doc__ or '').splitlines()[0]} It begins with: {births}."
    app.command(create, name="create")


def _add_step(app: App, type_: PaymentType, verb: Verb) -> None:
    body = requests.stepping(type_, verb)
    saying = _saying(f"{type_.value.title()}{verb.value.title()}Saying", body)

    def step(
        identifier: str,
        /,
        *,
        said: saying | None = None,  # type: ignore[valid-type]  # as above
        asking: Asking = IN_EARNEST,
        place: InLedger = IN_MAIN,
    ) -> None:  # fmt: skip
        with books(place) as open_books:
            request = _request(body, said or saying())
            act = _act(lambda: requests.step_act(type_, identifier, verb, request))
            _write(open_books, act, asking, json=place.json)

    rows = [row for row in LIFECYCLES[type_].transitions if row.verb is verb and row.from_states]
    leads = {f"{s.value} to {row.to_state.value}" for row in rows for s in row.from_states}
    step.__doc__ = f"Take it from {', or '.join(sorted(leads))}."
    app.command(step, name=verb.value.replace("_", "-"))


def _write(open_books: Books, act: Act, asking: Asking, *, json: bool) -> None:
    record = asked(open_books, act, asking)
    assert isinstance(record.event, MatterChanged), "a payment's step changes the payment"
    if json:
        emit(shown(_plain(open_books, record.event.matter), record, asking))
    else:
        _print(open_books, [record.event.matter])


def _plain(open_books: Books, matter: Matter) -> dict[str, object]:
    kept = read_payment(matter.body)
    return for_programs(shapes.shown(kept, matter.version, scales(open_books)[kept.asset]))


def _print(open_books: Books, matters: Iterable[Matter]) -> None:
    known = scales(open_books)
    rows = []
    for matter in matters:
        kept = read_payment(matter.body)
        rows.append((
            kept.id, kept.status.value, kept.state.value,
            to_decimal(kept.amount, known[kept.asset]), kept.asset,
            _who(kept.source), _who(kept.destination),
            ",".join(verb.value for verb in kept.allowed) or "-",
        ))  # fmt: skip
    columns = ("id", "status", "state", "amount", "asset", "source", "destination", "may")
    table(columns, rows, right="amount")


def _who(party: Party | None) -> str:
    return "-" if party is None else party.wallet or party.account


def _add_reading(app: App, type_: PaymentType) -> None:
    @app.command(name="list")
    def list_payments(
        *,
        status: Annotated[str | None, Parameter(help="Only this status, or state.")] = None,
        wallet: Annotated[str | None, Parameter(help="Only those of this wallet.")] = None,
        payment: Annotated[str | None, Parameter(help="Only those about this payment.")] = None,
        external_id: Annotated[str | None, Parameter(help="Only this reference.")] = None,
        limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
        place: InLedger = IN_MAIN,
    ) -> None:
        """List them, newest first."""
        if status is not None and not is_status(status, type_):
            known = ", ".join(state.value for state in LIFECYCLES[type_].states)
            raise CommandFailed(f"There is no status {status!r}.", f"use {known}.", status=USAGE)
        which = Wanted(type_, status, wallet or payment, external_id)
        with books(place) as open_books:
            found = find(open_books.store, open_books.info, which, None, min(limit, _PAGE))
            if place.json:
                emit_list(_plain(open_books, each) for each in found)
            else:
                _print(open_books, found)

    @app.command
    def show(identifier: str, /, *, place: InLedger = IN_MAIN) -> None:
        """Show one as it is now."""
        with books(place) as open_books:
            found = _one(open_books, type_, identifier)
            if place.json:
                emit(_plain(open_books, found))
            else:
                _print(open_books, [found])

    @app.command(name="timeline")
    def tell(identifier: str, /, *, place: InLedger = IN_MAIN) -> None:
        """Tell what happened to one: every step with its cause, actor, reason and postings."""
        with books(place) as open_books:
            found = _one(open_books, type_, identifier)
            steps = timeline(open_books.store, open_books.info, found.id, 0, _PAGE)
            known = scales(open_books)
            if place.json:
                emit_list(for_programs(shapes.timeline_step(each, known)) for each in steps)
            else:
                _print_steps(steps, known)


def _one(open_books: Books, type_: PaymentType, identifier: str) -> Matter:
    found = open_books.store.resource(open_books.info, type_.value, identifier)
    if isinstance(found, Matter):
        return found
    what = type_.value
    raise CommandFailed(
        f"There is no {what} {identifier!r}.", f"see `partita {plural(type_)} list`."
    )


def _print_steps(steps: Sequence[Step], known: dict[str, int]) -> None:
    for step in steps:
        record = step.record
        assert isinstance(record.event, MatterChanged), "a step is a change of the payment's matter"
        event = record.event
        why = f"  ({event.reason})" if event.reason else ""
        rules = f"  rules: {event.facts['rules']}" if "rules" in event.facts else ""
        by = record.cause.actor or "the ledger itself"
        print(f"{record.recorded_at.text()}  {event.type}  by {by}{why}{rules}")
        for line in _legs(step.transactions, known):
            print(f"    {line}")


def _legs(transactions: Iterable[Record], known: dict[str, int]) -> Iterable[str]:
    for record in transactions:
        for entry in entries_in(record.event):
            amount = to_decimal(entry.amount, known[entry.asset])
            yield f"{entry.direction.value:<6}  {entry.account}  {amount} {entry.asset}"


transfers, deposits, withdrawals, payments, refunds, disputes, fees, taxes, rewards, adjustments = (
    app_of(type_) for type_ in PaymentType
)
