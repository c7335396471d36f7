"""Liability trees in PostgreSQL: tiles by COPY, as they are planted, in one unit of work."""

from collections.abc import Iterable
from pathlib import Path

import psycopg

from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.ports import LedgerInfo
from partita.engine.trees import Tree
from partita.journal.sum_tree import TreeTile

TREE_QUERIES = NamedQueries(Path(__file__).parent / "sql" / "trees.sql")


def keep(connection: Connection, ledger: LedgerInfo, tree: Tree, tiles: Iterable[TreeTile]) -> bool:
    """Keep a tree, all of it or nothing; False if one of this title and epoch is there."""
    key = (ledger.number, tree.title, tree.epoch)
    values = {
        "ledger_id": ledger.number,
        "title": tree.title,
        "epoch": tree.epoch,
        "accounts": tree.accounts,
        "overdrawn_accounts": tree.overdrawn_accounts,
        "overdrawn": tree.overdrawn,
    }
    try:
        with connection.transaction(), connection.cursor() as cursor:
            # First the tiles: what takes long must not hold the row that others wait for.
            with cursor.copy(TREE_QUERIES.copy_tiles) as copy:
                copy.set_types(("int4", "text", "int8", "int2", "int4", "bytea"))
                for level, place, nodes in tiles:
                    copy.write_row((*key, level, place, nodes))
            cursor.execute(TREE_QUERIES.insert_tree, values)
    except psycopg.errors.UniqueViolation:
        return False
    return True
