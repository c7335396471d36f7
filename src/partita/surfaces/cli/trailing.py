"""Trailing views on the command line: a command that asks once brings the view up to date itself."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from partita.engine.as_of import Basis
from partita.engine.trailing.ports import AnyView
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import Books
from partita.surfaces.trailing import bring_up, place_of
from partita.views.reading.looking import Place
from partita.views.reading.volumes import Days


def up_to_date(open_books: Books, view: AnyView) -> Place:
    """Where a view is read that stands where the journal does."""
    bring_up(open_books.application, open_books.info, view)
    return place_of(open_books.application, open_books.info)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Span:
    """Which days of UTC."""

    first_day: Annotated[str | None, Parameter(help="From this day on (2026-11-20).")] = None
    last_day: Annotated[str | None, Parameter(help="Up to this day, included.")] = None
    basis: Annotated[Basis, Parameter(help="By which of the two times.")] = Basis.EFFECTIVE

    def days(self) -> Days:
        """The days that are meant."""
        try:
            return Days(self.first_day, self.last_day, self.basis).checked()
        except ValueError as error:
            raise wrong_days(error) from None


def wrong_days(error: ValueError) -> CommandFailed:
    """The failure of a command whose days make no sense."""
    text = str(error)
    return CommandFailed(
        f"{text[:1].upper()}{text[1:]}.", "say which days are meant.", status=USAGE
    )
