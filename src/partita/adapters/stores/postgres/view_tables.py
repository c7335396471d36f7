"""The tables of trailing views in PostgreSQL, made of their declarations: names, columns, indexes.

The rows of one generation of a ledger's view lie in tables of their own, called
`<view>__<table>_<ledger>_<generation>`: so another generation can be loaded beside them, without
indexes until it is loaded, and taking its place is one row changed and dropping it gives back every
byte. All statements are frames of `sql/views.sql`; only names that we declared ourselves are put in.
"""

from collections.abc import Iterable
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import LiteralString, NamedTuple

from psycopg import sql

from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.roles import VIEWS_SCHEMA
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.tables import Column, Keeping, Kind, Table

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "views.sql")
LONGEST_NAME_BYTES = 63
"""PostgreSQL's own bound, beyond which it would cut a name short without a word."""

TYPES: dict[Kind, LiteralString] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "numeric",
    Kind.COUNT: "bigint",
    Kind.MOMENT: "timestamptz",
    Kind.TEXTS: "text[]",
    Kind.BYTES: "bytea",
}
_DEFINITIONS: dict[Kind, LiteralString] = {**TYPES, Kind.TEXT: 'text collate "C"'}
# Rows that are changed in place need room on their page, or each change moves them and all their
# index entries.
_FILLFACTORS = {Keeping.APPENDED: 100, Keeping.REPLACED: 85, Keeping.SUMMED: 75}
_COMMA = sql.SQL(", ")


class Shape(Enum):
    """What there is of a generation's tables."""

    NONE = "none"
    """Nothing: no row has come yet. A ledger that never uses a view has no table of it."""
    BARE = "bare"
    """Without the indexes of their orders, and of keys that come once: quick to load."""
    INDEXED = "indexed"


class Place(NamedTuple):
    """Which generation of which ledger a table is of."""

    ledger_id: int
    generation: int

    def table_name(self, view: AnyView, table: Table) -> str:
        """What a table is called there."""
        name = f"{prefix_of(view)}{table.name}{self.suffix}"
        assert len(name.encode()) <= LONGEST_NAME_BYTES, f"{name} is too long for PostgreSQL"
        return name

    def full_names(self, view: AnyView) -> list[str]:
        """Where all tables of a view are found, as PostgreSQL reads names."""
        return [f'{VIEWS_SCHEMA}."{self.table_name(view, table)}"' for table in view.tables]

    @property
    def suffix(self) -> str:
        """What the names of this generation's tables end with."""
        return f"_{self.ledger_id}_{self.generation}"


def prefix_of(view: AnyView) -> str:
    """What the names of a view's tables begin with."""
    assert "__" not in view.name, f"{view.name}: two underscores end a view's name"
    return f"{view.name}__"


def listed(names: Iterable[str], *qualifier: str) -> sql.Composed:
    """Columns by name, of a table by its alias."""
    return _COMMA.join(sql.Identifier(*qualifier, name) for name in names)


def create_table(name: str, table: Table) -> sql.Composed:
    """The statement that makes a table."""
    return sql.SQL(QUERIES.create_table).format(
        table=sql.Identifier(name),
        columns=_defined(table.columns),
        fillfactor=sql.Literal(_FILLFACTORS[table.keeping]),
    )


def store_plainly(name: str, table: Table) -> list[sql.Composed]:
    """The statements that keep bytes from being compressed, which would cost each reader more."""
    return [
        sql.SQL(QUERIES.store_plainly).format(
            table=sql.Identifier(name), column=sql.Identifier(column.name)
        )
        for column in table.columns
        if column.kind is Kind.BYTES
    ]


def add_key(name: str, table: Table) -> sql.Composed:
    """The statement that gives a table its key."""
    return sql.SQL(QUERIES.add_key).format(table=sql.Identifier(name), columns=listed(table.key))


def add_orders(name: str, table: Table) -> list[sql.Composed]:
    """The statements that give a table the indexes of its orders."""
    return [
        sql.SQL(QUERIES.add_order).format(
            table=sql.Identifier(name), columns=listed(table.order_columns(order.name))
        )
        for order in table.orders
    ]


class Staging:
    """A session's own table where rows of a batch wait: shared by all tables of the same columns."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        """For rows of these columns."""
        self.columns = columns
        described = "|".join(f"{c.name}:{c.kind.value}:{c.optional}" for c in columns)
        self.name = f"staging_{sha256(described.encode()).hexdigest()[:16]}"

    def make(self) -> sql.Composed:
        """The statement that makes it unless it is there."""
        return sql.SQL(QUERIES.make_staging).format(
            staging=sql.Identifier(self.name), columns=_defined(self.columns)
        )

    def empty(self) -> sql.Composed:
        """The statement that lets go of what an earlier step of the transaction left in it."""
        return sql.SQL(QUERIES.empty_staging).format(staging=sql.Identifier(self.name))

    def copy(self) -> sql.Composed:
        """The statement that takes in the rows of a batch."""
        return sql.SQL(QUERIES.copy_staging).format(
            staging=sql.Identifier(self.name), columns=listed(c.name for c in self.columns)
        )


def copy_rows(name: str, table: Table) -> sql.Composed:
    """The statement that takes rows into a table."""
    return sql.SQL(QUERIES.copy_rows).format(
        table=sql.Identifier(name), columns=listed(table.names)
    )


def merge_rows(name: str, table: Table, staging: Staging) -> sql.Composed:
    """The statement that puts what waits into its place."""
    return sql.SQL(QUERIES.merge_rows).format(
        table=sql.Identifier(name),
        staging=sql.Identifier(staging.name),
        columns=listed(table.names),
        key=listed(table.key),
        action=_action(table),
    )


def remove_rows(name: str, table: Table, staging: Staging) -> sql.Composed:
    """The statement that lets go of the rows whose keys wait."""
    return sql.SQL(QUERIES.remove_rows).format(
        table=sql.Identifier(name),
        staging=sql.Identifier(staging.name),
        kept_key=listed(table.key, "kept"),
        gone_key=listed(table.key, "gone"),
    )


def _action(table: Table) -> sql.SQL | sql.Composed:
    """What happens to a row whose key is there: nothing where nothing would change."""
    if not table.sums:
        return sql.SQL("nothing")
    is_sum = table.keeping is Keeping.SUMMED
    setting = sql.SQL("{0} = kept.{0} + excluded.{0}" if is_sum else "{0} = excluded.{0}")
    settings = _COMMA.join(setting.format(sql.Identifier(name)) for name in table.sums)
    return sql.SQL("update set {} where {}").format(settings, _differs(table, is_sum=is_sum))


def _differs(table: Table, *, is_sum: bool) -> sql.Composed:
    comparison = sql.SQL(
        "excluded.{0} <> 0" if is_sum else "kept.{0} is distinct from excluded.{0}"
    )
    return sql.SQL(" or ").join(comparison.format(sql.Identifier(name)) for name in table.sums)


def _defined(columns: Iterable[Column]) -> sql.Composed:
    definition = sql.SQL("{} {}{}")
    return _COMMA.join(
        definition.format(
            sql.Identifier(column.name),
            sql.SQL(_DEFINITIONS[column.kind]),
            sql.SQL("" if column.optional else " not null"),
        )
        for column in columns
    )
