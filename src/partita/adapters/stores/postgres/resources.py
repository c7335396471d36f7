"""Resources in PostgreSQL: loading them for the writer, listing them for readers."""

from pathlib import Path
from typing import Any

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.ports import Loaded, Wants
from partita.journal.encoding import decode
from partita.kernel.transacting import transaction_of

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "resources.sql")


def load(connection: Connection, number: int, wants: Wants, loaded: Loaded) -> None:
    """Add the wanted resources to what is loaded: one round trip."""
    run, ledger = connection.execute, {"ledger_id": number}
    ids = [identifier for identifier in wants.resources if identifier.startswith("txn_")]
    asked: list[Any] = []
    with connection.pipeline():
        if wants.resources:
            asked.append(run(QUERIES.resources_by_id, {**ledger, "ids": wants.resources}))
        if wants.documents:
            asked.append(run(QUERIES.newest_by_name, {**ledger, "names": wants.documents}))
        if wants.titles:
            asked.append(run(QUERIES.matters_by_title, {**ledger, "titles": wants.titles}))
        plain = run(QUERIES.transactions_by_id, {**ledger, "ids": ids}) if ids else ()
        if wants.rules:
            asked.append(run(QUERIES.rules, ledger))
        used = _ask_usages(connection, ledger, wants)
        due = _ask_due(connection, ledger, wants)
    loaded.usages = [rows.usage(row) for row in used]
    loaded.resources = [rows.resource(row) for answer in asked for row in answer]
    for kind, body, due_at in due:
        if kind is None:
            loaded.next_due = rows.to_moment(due_at)
        else:
            loaded.resources.append(rows.resource((kind, body)))
    known = {resource.id for resource in loaded.resources}
    for body, leaf in plain:
        record = decode(body.encode(), bytes(leaf))
        transaction = transaction_of(record.event, record.sequence)
        if transaction is not None and transaction.id not in known:
            loaded.resources.append(transaction)


def _ask_usages(connection: Connection, ledger: dict[str, Any], wants: Wants) -> Any:
    if not wants.usages:
        return ()
    limits, subjects = zip(*wants.usages, strict=True)
    values = {**ledger, "limits": list(limits), "subjects": list(subjects)}
    return connection.execute(QUERIES.usages_by_name, values)


def _ask_due(connection: Connection, ledger: dict[str, Any], wants: Wants) -> Any:
    if wants.due_by is None:
        return ()
    values = {**ledger, "due_by": rows.to_time(wants.due_by)}
    return connection.execute(QUERIES.due_resources, values)
