"""A ledger with one of everything, its export, and every verifier in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.journal_export import export_journal
from partita.engine.ports import LedgerInfo
from tests.golden.journal.test_vectors import filled
from tests.golden.verifiers.programs import Verifier, built, program, script, toolchain


@pytest.fixture(scope="session")
def go_cache(request: pytest.FixtureRequest) -> Path:
    """What the Go toolchain keeps from one run to the next."""
    assert request.config.cache is not None
    return request.config.cache.mkdir("go")


@pytest.fixture(params=["python", "go"])
def verifier(request: pytest.FixtureRequest, go_cache: Path) -> Verifier:
    """Each of them in turn; that in Go where Go is."""
    if request.param == "python":
        return script
    return program(built(toolchain(), go_cache))


@pytest.fixture(scope="module")
def books() -> Iterator[tuple[MemoryStore, LedgerInfo]]:
    """A ledger with one of everything."""
    store = MemoryStore()
    yield store, filled(store)
    store.close()


@pytest.fixture
def export(books: tuple[MemoryStore, LedgerInfo], tmp_path: Path) -> Path:
    """Its export."""
    export_journal(*books, tmp_path / "export")
    return tmp_path / "export"
