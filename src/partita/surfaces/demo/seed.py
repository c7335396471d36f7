"""Seeds the demo's ledger through the engine. Under its keys, seeding again changes nothing."""

from collections.abc import Iterable
from itertools import islice

import msgspec

from partita.config import DEFAULT_LEDGER
from partita.engine.asking import ask_all
from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Wish
from partita.surfaces.demo.activity import activity
from partita.surfaces.demo.chart import chart
from partita.wiring import Application

_BATCH = 2_000


class Seeded(msgspec.Struct, frozen=True):
    """How many accounts (and assets) and transactions the demo has; how many of all were new."""

    accounts: int
    transactions: int
    records: int


def seed(application: Application) -> Seeded:
    """Make the demo's books in the ledger `main`, or find them made."""
    ledger = application.ledger(DEFAULT_LEDGER)
    opened = _submit(ledger, (wish(command, key=key) for key, command in chart()))
    posted = _submit(ledger, (wish(each, key=f"demo:{each.external_id}") for each in activity()))
    fresh = sum(not outcome.replayed for outcome in (*opened, *posted))
    return Seeded(len(opened), len(posted), fresh)


def _submit(ledger: Ledger, wishes: Iterable[Wish]) -> list[Accepted]:
    remaining, outcomes = iter(wishes), list[Accepted]()
    while batch := list(islice(remaining, _BATCH)):
        for outcome in ask_all(ledger, batch):
            if not isinstance(outcome, Accepted):
                raise PartitaError(f"the demo's own rules are broken: {outcome}")
            outcomes.append(outcome)
    return outcomes
