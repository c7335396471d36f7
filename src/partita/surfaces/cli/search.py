"""`partita search`: transactions by anything that is known of them."""

from dataclasses import dataclass, field
from typing import Annotated

from cyclopts import Parameter

from partita.engine.errors import SearchRefused
from partita.engine.search.question import Question, Wanted
from partita.surfaces.cli.amounts import whole_amount
from partita.surfaces.cli.deciding import pairs
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.shapes import as_they_are, for_programs
from partita.surfaces.cli.talk import emit_list, table
from partita.surfaces.cli.trailing import up_to_date
from partita.surfaces.http.shapes.transactions import Transaction
from partita.surfaces.trailing import searched
from partita.views.reading.search import search
from partita.views.search import SEARCH


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Filters:
    """What transactions must have; all of it."""

    id_prefix: Annotated[str | None, Parameter(help="How the id begins, txn_….")] = None
    external_id: Annotated[str | None, Parameter(help="The external id.")] = None
    external_id_prefix: Annotated[str | None, Parameter(help="How it begins.")] = None
    idempotency_key: Annotated[str | None, Parameter(help="The key it was posted under.")] = None
    type: Annotated[str | None, Parameter(help="The type.")] = None
    status: Annotated[Wanted | None, Parameter(help="The status.")] = None
    account: Annotated[str | None, Parameter(help="The path of an account, or one above.")] = None
    asset: Annotated[str | None, Parameter(help="The asset of a leg.")] = None
    amount_from: Annotated[str | None, Parameter(help="A leg of at least so many units.")] = None
    amount_below: Annotated[str | None, Parameter(help="A leg of fewer units.")] = None
    effective_from: Annotated[str | None, Parameter(help="Effective from then on.")] = None
    effective_to: Annotated[str | None, Parameter(help="Effective before then.")] = None
    recorded_from: Annotated[str | None, Parameter(help="Recorded from then on.")] = None
    recorded_to: Annotated[str | None, Parameter(help="Recorded before then.")] = None
    metadata: Annotated[
        list[str], Parameter(help="KEY=VALUE of the metadata; may be given again.")
    ] = field(default_factory=list)

    def question(self, words: tuple[str, ...]) -> Question:
        """The question that is meant."""
        try:
            return Question(
                self.id_prefix, self.external_id, self.external_id_prefix, self.idempotency_key,
                self.type, self.status, self.account, asset=self.asset,
                amount_from=None if self.amount_from is None else whole_amount(self.amount_from),
                amount_below=None if self.amount_below is None else whole_amount(self.amount_below),
                effective_from=None if self.effective_from is None else exact(self.effective_from),
                effective_to=None if self.effective_to is None else exact(self.effective_to),
                recorded_from=None if self.recorded_from is None else exact(self.recorded_from),
                recorded_to=None if self.recorded_to is None else exact(self.recorded_to),
                metadata=tuple(pairs(self.metadata).items()),
                text=" ".join(words) or None,
            ).checked()  # fmt: skip
        except SearchRefused as error:
            raise CommandFailed(str(error), "see `partita search --help`.", status=USAGE) from None


_ANY = Filters()


def search_transactions(
    *words: str,
    filters: Filters = _ANY,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """Search transactions by words and filters, all of which must hold; newest first."""
    asked = filters.question(words)
    with books(place) as open_books:
        up_to_date(open_books, SEARCH)
        where = searched(open_books.application, open_books.info)
        shown = as_they_are(open_books, search(where, asked, None, limit).answer)
    if place.json:
        emit_list(map(for_programs, shown))
        return
    columns = ("sequence", "id", "status", "type", "effective_at", "external_id")
    table(columns, map(_row, shown), right="sequence")


def _row(shown: Transaction) -> tuple[str, ...]:
    return (
        shown.sequence, shown.id, shown.status.value, shown.type or "-",
        shown.effective_at or "-", shown.external_id or "-",
    )  # fmt: skip
