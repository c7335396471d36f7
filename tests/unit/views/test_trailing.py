"""Trailing views: however a journal is cut into batches, the rows come to the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partita.adapters.stores.memory import MemoryStore
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Row
from partita.views import INLINE, TRAILING
from tests.plugins.steering import NOON
from tests.unit.views.journals import Journal, days, lived, walked

EVERYTHING = 10_000_000
JOURNALS = {"walked": walked, "lived": lived, "days": days}


def rows(journal: Journal, view: AnyView, cuts: list[int]) -> dict[str, list[Row]]:
    """The rows that a store has after records came in batches that end at these places."""
    store, records = MemoryStore(), journal.records
    held = store.begin_generation(journal.info, view, NOON)
    ends = sorted({cut for cut in cuts if cut < len(records)} | {len(records)})
    begin = 0
    for end in ends:
        batch = records[begin:end]
        upto = batch[-1].sequence if batch else begin
        changes = list(view.project(batch))
        assert store.apply(journal.info, view, changes, held=held, upto=upto, now=NOON)
        (held,) = store.view_standings(journal.info)
        begin = end
    return {
        table.name: store.scan(journal.info, view, Scan(table.name, limit=EVERYTHING)).rows
        for table in view.tables
    }


@pytest.mark.parametrize("name", JOURNALS)
@pytest.mark.parametrize("view", TRAILING, ids=lambda view: view.name)
def test_every_record_by_itself_gives_what_all_at_once_give(view: AnyView, name: str) -> None:
    journal = JOURNALS[name]()
    whole = rows(journal, view, [])
    assert rows(journal, view, list(range(len(journal.records)))) == whole
    if name == "lived":
        assert any(whole.values()) or view.name == "hold_exposure"


@pytest.mark.parametrize("view", TRAILING, ids=lambda view: view.name)
@settings(max_examples=25)
@given(seed=st.integers(0, 4), cuts=st.lists(st.integers(0, 300), max_size=12))
def test_any_cut_gives_the_same_rows(view: AnyView, seed: int, cuts: list[int]) -> None:
    journal = walked(seed, 120)
    assert rows(journal, view, cuts) == rows(journal, view, [])


def test_names_are_taken_once_and_tables_are_tables() -> None:
    tables = [table for view in TRAILING for table in view.tables]
    for table in tables:
        table.check()
    assert len({table.name for table in tables}) == len(tables)
    assert len({view.name for view in (*INLINE, *TRAILING)}) == len(INLINE) + len(TRAILING)
