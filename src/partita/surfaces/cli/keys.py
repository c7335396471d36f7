"""`partita keys`: API keys of a ledger. A key is printed once, when it is made."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from partita.engine.access import Scope
from partita.engine.ports import ApiKey
from partita.kernel.moment import Moment
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.moments import through
from partita.surfaces.cli.place import HERE, IN_MAIN, InLedger, Place, nearest, opened
from partita.surfaces.cli.talk import emit, emit_list, say, table

if TYPE_CHECKING:  # wiring loads psycopg, for which no help text should wait
    from partita.wiring import Application

ALL_LEDGERS = "*"
app = App(name="keys", help="Create, list and revoke API keys.")


@app.command
def create(
    *,
    scope: Scope = Scope.READ,
    name: Annotated[str, Parameter(help="A note that says whose key it is.")] = "",
    expires_at: Annotated[str | None, Parameter(help="Moment or day when it ends.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Create a key and print it. It cannot be shown again. `--ledger '*'` is for all ledgers."""
    end = None if expires_at is None else through(expires_at)
    with opened(place, may_make=True) as application:
        _demand_reachable(application, place.ledger)
        text, key = application.access.create(place.ledger, scope, name=name, expires_at=end)
    if place.json:
        emit({"key": text, **_shape(key)})
    else:
        print(text)
        say(
            f"{key.id}, to {scope.value} the ledger {place.ledger}. Keep it now: it is not shown again."
        )


def _demand_reachable(application: "Application", ledger: str) -> None:
    """Refuse a key to a ledger that is not there."""
    known = [info.name for info in application.store.ledgers()]
    if ledger != ALL_LEDGERS and ledger not in known:
        raise CommandFailed(f"There is no ledger {ledger!r}.", nearest(ledger, known))


@app.command(name="list")
def list_keys(
    *,
    ledger: Annotated[str | None, Parameter(help="Only this ledger's keys.")] = None,
    place: Place = HERE,
) -> None:
    """List keys, newest first; the keys themselves are kept nowhere."""
    with opened(place) as application:
        shapes = [_shape(key) for key in application.store.keys(ledger)]
    if place.json:
        emit_list(shapes)
    else:
        columns = ("id", "ledger", "scope", "name", "created_at", "expires_at", "revoked_at")
        table(columns, ([shape[column] or "-" for column in columns] for shape in shapes))


@app.command
def revoke(key_id: str, /, *, place: Place = HERE) -> None:
    """Revoke the key with this id (key_…); servers refuse it within seconds."""
    with opened(place) as application:
        key = application.access.revoke(key_id)
    if key is None:
        raise CommandFailed(f"There is no key {key_id!r}.", "see `partita keys list`.")
    if place.json:
        emit(_shape(key))
    else:
        say(f"{key.id} is revoked.")


def _shape(key: ApiKey) -> dict[str, str | None]:
    return {
        "id": key.id,
        "ledger": key.ledger,
        "scope": key.scope,
        "name": key.name,
        "created_at": key.created_at.text(),
        "expires_at": _text(key.expires_at),
        "revoked_at": _text(key.revoked_at),
    }


def _text(moment: Moment | None) -> str | None:
    return None if moment is None else moment.text()
