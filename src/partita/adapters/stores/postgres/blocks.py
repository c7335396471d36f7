"""Builds the blocks of registers: all of one register at a time, each register in one transaction.

So whoever reads sees, for each register, blocks 0 to n without a gap, and above them all that they
complete; `as_of.sql` counts on that. One session builds for a ledger at a time; others are told that
nothing is due. Nothing here holds up a writer: entries are only read.
"""

from pathlib import Path
from typing import Any, LiteralString, NamedTuple

from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.geometry import FAN_OUT, Geometry
from partita.adapters.stores.postgres.named_queries import NamedQueries

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "blocks.sql")
_LOCK_SPACE = 0x626C6F63
"""The first half of our advisory locks; the second is the ledger."""
_EVERYTHING = 1 << 62


class _Due(NamedTuple):
    """Blocks of level 0 of one register that can be built: from the first, before `beyond`."""

    number: int
    first: int
    beyond: int


class Builder:
    """Builds on one connection, which is idle and in the poster's role."""

    def __init__(self, connection: Connection, geometry: Geometry) -> None:
        """Build blocks of these sizes."""
        self._connection, self._geometry = connection, geometry

    def build(self, ledger_id: int, limit: int) -> int:
        """Build up to `limit` blocks of level 0 that are due; how many were."""
        with self._connection.transaction():
            values = {"space": _LOCK_SPACE, "ledger_id": ledger_id}
            mine = self._connection.execute(QUERIES.try_to_build, values).fetchone()
            if mine is None or not mine[0]:
                return 0
            return self._build(ledger_id, ledger_id, limit)

    def drop(self, ledger_id: int) -> None:
        """Forget all blocks of a ledger, after whoever builds them now."""
        with self._connection.transaction():
            self._wait(ledger_id)
            self._drop(ledger_id)

    def difference(self, ledger_id: int) -> str | None:
        """Build all once more beside what is kept, and name the first block that differs."""
        target = -ledger_id
        with self._connection.transaction(force_rollback=True):
            self._wait(ledger_id)
            self._build(ledger_id, target, _EVERYTHING)
            values = {"ledger_id": ledger_id, "target_id": target}
            row = self._connection.execute(QUERIES.first_difference, values).fetchone()
        if row is None:
            return None
        return f"block {row[2]} of level {row[1]} of account {row[0]}"

    def _wait(self, ledger_id: int) -> None:
        values = {"space": _LOCK_SPACE, "ledger_id": ledger_id}
        self._connection.execute(QUERIES.wait_to_build, values)

    def _drop(self, target_id: int) -> None:
        for query in (QUERIES.drop_pages, QUERIES.drop_blocks):
            self._connection.execute(query, {"target_id": target_id})

    def _build(self, ledger_id: int, target_id: int, limit: int) -> int:
        run = self._connection.execute
        # The index of block ends is found only by a plan that knows their distance.
        run("set local plan_cache_mode = force_custom_plan")
        run("set local work_mem = '64MB'")
        whose = {"ledger_id": ledger_id, "target_id": target_id, **self._geometry.values()}
        built = 0
        for due in map(_Due._make, run(QUERIES.due_blocks, whose).fetchall()):
            beyond = min(due.beyond, due.first + limit - built)
            self._build_register({**whose, "number": due.number}, due.first, beyond)
            built += beyond - due.first
            if built >= limit:
                break
        return built

    def _build_register(self, values: dict[str, Any], first: int, beyond: int) -> None:
        """Blocks of one register on level 0, and those that they complete on the levels above."""
        for level in range(self._geometry.top_level + 1):
            if level > 0:
                first, beyond = first // FAN_OUT, beyond // FAN_OUT
            if first < beyond:
                self._build_level(values, level, first, beyond)

    def _build_level(self, values: dict[str, Any], level: int, first: int, beyond: int) -> None:
        query: LiteralString = QUERIES.insert_blocks if level == 0 else QUERIES.insert_upper_blocks
        width = self._geometry.width_entries(level)
        these = {**values, "level": level, "first": first, "beyond": beyond, "width_entries": width}
        for statement in (query, QUERIES.insert_pages):
            self._connection.execute(statement, these, prepare=False)
