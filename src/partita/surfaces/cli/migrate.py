"""`partita migrate`: the schema brought up to date, as every start does by itself."""

from partita.surfaces.cli.place import HERE, Place, opened
from partita.surfaces.cli.talk import emit, say


def migrate(*, place: Place = HERE) -> None:
    """Bring the database's schema up to date; running it again changes nothing.

    Every start does this by itself; with a database of your own you may want to choose the moment.
    """
    with opened(place, may_make=True) as application:
        ledgers = [info.name for info in application.store.ledgers()]
    if place.json:
        emit({"ok": True, "ledgers": ledgers})
    else:
        say(f"The schema is up to date. Ledgers: {', '.join(ledgers)}.")
