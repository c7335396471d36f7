"""Holds, pending transactions and reversals in any order, beside a plain bank that must agree.

Each step is one wish: alone, in a batch, in a bulk, dry, or again under its key, to one of three
writers on the same journal, while the clock jumps. See `bank_walk.py`.
"""

import pytest

from partita.adapters.stores.memory.store import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from tests.plugins.postgres import PostgresDatabase
from tests.properties.bank_walk import Walk

STEPS_OF_A_WALK = 400


@pytest.mark.parametrize("seed", range(6))
def test_the_ledger_in_memory_does_as_the_plain_bank(seed: int) -> None:
    Walk(MemoryStore(), seed).go(STEPS_OF_A_WALK)


@pytest.mark.parametrize("seed", range(2))
def test_the_ledger_in_postgres_does_as_the_plain_bank(
    postgres_store: PostgresStore, seed: int
) -> None:
    Walk(postgres_store, 100 + seed).go(STEPS_OF_A_WALK // 2)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_the_ledger_does_as_the_plain_bank_for_200_000_steps(
    postgres_database: PostgresDatabase,
) -> None:
    urls = postgres_database.poster, postgres_database.reader
    in_memory = sum(Walk(MemoryStore(), seed).go(STEPS_OF_A_WALK) for seed in range(1_000, 1_480))
    stored = 0
    for seed in range(2_000, 2_030):
        # One store after another: each thread of a writer has a connection of its own until then.
        store = PostgresStore(*urls, connections=2)
        stored += Walk(store, seed, f"walk-{seed}").go(STEPS_OF_A_WALK)
        store.close()
    print(f"\n{in_memory} steps in memory and {stored} in PostgreSQL")
    assert in_memory + stored >= 200_000
