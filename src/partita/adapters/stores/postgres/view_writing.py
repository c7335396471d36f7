"""Writing what a batch does to the tables of one generation, within the transaction at hand.

Rows that come once go straight into their table by COPY. Others wait in a table of the session's own
and are merged in by one statement, which leaves alone what would not change; so the cost of a batch is
that of its rows, and not of as many statements.
"""

from collections.abc import Mapping

from psycopg import sql

from partita.adapters.stores.postgres import view_tables
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.view_rows import loaded_rows, packed_rows
from partita.adapters.stores.postgres.view_scanning import Question
from partita.adapters.stores.postgres.view_tables import Place, Shape, Staging
from partita.engine.trailing.changes import Folded, folded
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Keeping, Row, Table

_LOADED_WITH_MEMORY = "set local maintenance_work_mem = '256MB'"


def make_tables(connection: Connection, view: AnyView, place: Place) -> None:
    """Make the tables of a generation, as bare as they can be loaded."""
    for table in view.tables:
        name = place.table_name(view, table)
        connection.execute(view_tables.create_table(name, table))
        for statement in view_tables.store_plainly(name, table):
            connection.execute(statement)
        if table.keeping is not Keeping.APPENDED:
            connection.execute(view_tables.add_key(name, table))


def add_indexes(connection: Connection, view: AnyView, place: Place) -> None:
    """Give loaded tables their orders, those whose rows come once their key, and count them."""
    connection.execute(_LOADED_WITH_MEMORY)
    for table in view.tables:
        name = place.table_name(view, table)
        if table.keeping is Keeping.APPENDED:
            connection.execute(view_tables.add_key(name, table))
        for statement in view_tables.add_orders(name, table):
            connection.execute(statement)
        connection.execute(sql.SQL(view_tables.QUERIES.analyze).format(table=sql.Identifier(name)))


def write(connection: Connection, view: AnyView, place: Place, batch: Mapping[str, Folded]) -> None:
    """Write what a batch does; the tables are there."""
    for table in view.tables:
        if table.name in batch:
            _write(connection, place.table_name(view, table), table, batch[table.name])


def tend(connection: Connection, view: AnyView, place: Place) -> None:
    """Do what the view says about its own rows, until that is nothing."""

    def read(what: Scan) -> list[Row]:
        table = view.table(what.table)
        question = Question(
            place.table_name(view, table), table, what, view_tables.QUERIES.read_rows
        )
        cursor = connection.execute(question.statement, question.values, prepare=False, binary=True)
        return loaded_rows(table.columns, cursor.fetchall())

    while view.tend is not None and (changes := view.tend(read)):
        write(connection, view, place, folded(view.tables, changes))


def _write(connection: Connection, name: str, table: Table, what: Folded) -> None:
    # In the order of the key, so that its index is walked once.
    given = [what.rows[key] for key in sorted(what.rows)]
    if table.keeping is Keeping.APPENDED:
        _copy(connection, view_tables.copy_rows(name, table), packed_rows(table.columns, given))
        return
    if given:
        staging = _stage(connection, Staging(table.columns), packed_rows(table.columns, given))
        connection.execute(view_tables.merge_rows(name, table, staging))
    if what.gone:
        key = table.columns[: len(table.key)]
        staging = _stage(connection, Staging(key), packed_rows(key, sorted(what.gone)))
        connection.execute(view_tables.remove_rows(name, table, staging))


def _stage(connection: Connection, staging: Staging, data: bytes) -> Staging:
    connection.execute(staging.make())
    connection.execute(staging.empty())
    _copy(connection, staging.copy(), data)
    return staging


def _copy(connection: Connection, statement: sql.Composed, data: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(data)


def tables_for(
    connection: Connection, view: AnyView, place: Place, shape: Shape, *, is_near: bool
) -> Shape:
    """Make or finish a generation's tables, as far as is due; `is_near` the end of the journal."""
    if shape is Shape.NONE:
        make_tables(connection, view, place)
        shape = Shape.BARE
    if shape is Shape.BARE and is_near:
        add_indexes(connection, view, place)
        shape = Shape.INDEXED
    return shape
