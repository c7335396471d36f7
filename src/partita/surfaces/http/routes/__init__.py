"""Routes: every operation of this surface, one file for each kind of thing."""

from partita.surfaces.http.operation import Operation
from partita.surfaces.http.routes import (
    accounts,
    assets,
    audit,
    balances,
    changes,
    entries,
    holds,
    integrity,
    journal,
    ledgers,
    liabilities,
    limits,
    log,
    periods,
    reports,
    server,
    statements,
    templates,
    timelines,
    transactions,
)

OPERATIONS: tuple[Operation, ...] = (
    *accounts.OPERATIONS,
    *transactions.OPERATIONS,
    *changes.OPERATIONS,
    *templates.OPERATIONS,
    *entries.OPERATIONS,
    *holds.OPERATIONS,
    *timelines.OPERATIONS,
    *limits.OPERATIONS,
    *periods.OPERATIONS,
    *balances.OPERATIONS,
    *reports.OPERATIONS,
    *statements.OPERATIONS,
    *assets.OPERATIONS,
    *journal.OPERATIONS,
    *integrity.OPERATIONS,
    *audit.OPERATIONS,
    *log.OPERATIONS,
    *liabilities.OPERATIONS,
    *ledgers.OPERATIONS,
    *server.OPERATIONS,
)
"""In the order in which the reference page tells about them."""
