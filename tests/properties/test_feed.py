"""Whatever is in a journal, and however it is read: every reader has the same events."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partita.adapters.stores.memory import MemoryStore
from partita.engine.feed import EventFilter, Feed, FeedEvent, event_filter
from partita.kernel import commands
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import EARLIEST, LATEST, Moment
from tests.contracts.pen import Pen, open_account, transfer
from tests.plugins.steering import NOON

ALL = 100_000
KNOWN = ("ledger.opened", "account.opened", "account.frozen", "account.unfrozen", "account.closed",
         "transaction.posted", "box.made", "box.emptied")  # fmt: skip
PATTERNS = (*KNOWN, "account.*", "box.*", "*", "dev.partita.account.frozen.v1")
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
BODIES = st.one_of(
    TEXTS,
    st.recursive(TEXTS | st.integers() | st.booleans() | st.none(),
                 lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
                 max_leaves=6).map(lambda value: json.dumps(value, indent=1)),
)  # fmt: skip
MOMENTS = st.one_of(st.none(), st.integers(EARLIEST, LATEST).map(Moment))


def account_life(reason: str) -> list[commands.Command]:
    """An account from its opening to its end: four records that bear one id."""
    path = "lives:one"
    return [
        open_account(path), commands.FreezeAccount(path, reason),
        commands.UnfreezeAccount(path, reason), commands.CloseAccount(path, reason),
    ]  # fmt: skip


def box(body: str, title: str) -> list[commands.Command]:
    """A matter with any body, made and changed."""
    made = commands.ChangeMatter("box.made", "box", "full", body, prefix="box_", reason=title)
    return [made]


STEPS = st.one_of(
    st.builds(lambda amount, at: [transfer("a", "b", amount, effective_at=at)],
              st.integers(1, 10**30), MOMENTS),
    st.builds(box, BODIES, TEXTS),
)  # fmt: skip
JOURNALS = st.tuples(st.lists(STEPS, max_size=12), st.one_of(st.none(), TEXTS), st.booleans())


def written(
    steps: list[list[commands.Command]], reason: str | None, *, is_slow: bool
) -> tuple[Feed, Pen]:
    """A journal of these steps, and the feed of its store."""
    store = MemoryStore()
    pen = Pen(store, store.create_ledger("main", NOON))
    pen.write(commands.OpenLedger("main"), open_account("a"), open_account("b"))
    for step in [*steps, [] if reason is None else account_life(reason)]:
        for command in step:
            pen.later(1_234_567 if is_slow else 0).write(command)
    return Feed(store), pen


def whole(feed: Feed, pen: Pen) -> list[FeedEvent]:
    return feed.read(pen.info, 0, ALL, EventFilter()).events


@settings(max_examples=60)
@given(JOURNALS, st.data())
def test_it_is_the_same_stream_wherever_one_breaks_off(
    journal: tuple[list[list[commands.Command]], str | None, bool], data: st.DataObject
) -> None:
    feed, pen = written(journal[0], journal[1], is_slow=journal[2])
    every = whole(feed, pen)
    assert [event.sequence for event in every] == list(range(1, pen.head.sequence + 1))
    assert len({event.id for event in every}) == len(every)
    types = data.draw(st.lists(st.sampled_from(PATTERNS), max_size=3))
    subjects = data.draw(st.lists(st.sampled_from([event.subject for event in every]), max_size=2))
    which = event_filter(types, subjects, KNOWN)
    found: list[FeedEvent] = []
    after = 0
    while after < pen.head.sequence:
        page = feed.read(pen.info, after, data.draw(st.integers(1, 7)), which)
        found += page.events
        assert after < page.upto <= pen.head.sequence
        after = page.upto
    assert found == [event for event in every if which.admits(event)]
    assert feed.read(pen.info, after, 5, which).events == []


@settings(max_examples=60)
@given(JOURNALS)
def test_every_event_is_one_that_the_reference_library_takes(
    journal: tuple[list[list[commands.Command]], str | None, bool],
) -> None:
    reference = pytest.importorskip("cloudevents.core.formats.json")
    read = reference.JSONFormat().read
    feed, pen = written(journal[0], journal[1], is_slow=journal[2])
    for event, record in zip(whole(feed, pen), pen.store.records(pen.info, 0, ALL), strict=True):
        assert b"\n" not in event.cloud_event, "an event is one line of a stream"
        taken = read(None, event.cloud_event)
        assert (taken.get_id(), taken.get_subject()) == (event.id, event.subject)
        assert taken.get_type() == f"dev.partita.{event.type}.v1"
        assert taken.get_extension("sequence") == f"{event.sequence:020d}"
        assert feed.find(pen.info, event.id) == event
        if isinstance(record.event, MatterChanged):
            check_body(record.event.matter, taken.get_data()["object"]["body"])


def check_body(matter: Matter, told: object) -> None:
    """A body that is JSON is told as that, any other as the text that it is."""
    try:
        meant = json.loads(matter.body)
    except ValueError:
        meant = matter.body
    assert told in (meant, matter.body)
