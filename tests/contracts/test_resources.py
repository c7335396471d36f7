"""What every store promises of things with a state of their own: lists, lives, and what is due."""

import random
from collections.abc import Sequence

import pytest

from partita.engine.listing import AccountFilter, ResourceFilter, TransactionFilter
from partita.engine.ports import Wants
from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.events import TRANSACTION_EVENTS, entries_in, resource_in
from partita.kernel.holds import Hold, LateCapture
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.resources import Resource
from partita.kernel.transacting import transaction_of
from partita.wiring import FullStore
from tests.contracts.pen import Pen, open_account, transfer
from tests.plugins.steering import NOON
from tests.unit.kernel.bookkeeping import credit, debit

ALL = 10_000
SECOND = 1_000_000
ACCOUNTS = ("a", "b", "shop")


def done(pen: Pen, command: commands.Command) -> str:
    """Write one command, a millisecond later; the id of what it made."""
    (record,) = pen.later().write(command)
    plain = transaction_of(record.event, record.sequence)
    if plain is not None:
        pen.book.resources.setdefault((plain.kind, plain.id), plain)
    return record.event.id


def spend(hold: str, amount: int, **more: object) -> commands.CaptureHold:
    return commands.CaptureHold(hold, (credit("shop", amount),), **more)  # type: ignore[arg-type]


def fill_with_holds(pen: Pen) -> None:
    """Holds in every status, some named, some due."""
    holds = [
        done(
            pen,
            commands.PlaceHold(
                "ab"[n % 2], 10 + n, "USD",
                expires_at=None if n % 3 == 0 else Moment(NOON + n * SECOND),
                late_capture=LateCapture.ALLOWED if n % 2 else LateCapture.REFUSED,
                external_id=f"h{n}" if n % 2 else None, metadata={"n": str(n), "ü": "\0"},
            ),
        )
        for n in range(1, 10)
    ]  # fmt: skip
    done(pen, spend(holds[0], 3))
    done(pen, spend(holds[1], 12))
    done(pen, spend(holds[2], 1, is_final=True, external_id="c3"))
    done(pen, commands.ReleaseHold(holds[3]))
    done(pen, commands.ReleaseHold(holds[4], 2, "ok"))
    done(pen, commands.IncrementHold(holds[5], 5))
    done(pen, commands.ExtendHold(holds[6], Moment(NOON + 100 * SECOND)))
    done(pen, commands.ExtendHold(holds[6], None))


def fill_with_transactions(pen: Pen) -> None:
    """Pending ones with every outcome; a plain one and a capture that are reversed in parts."""
    legs = debit("a", 5), credit("shop", 5)
    pended = [done(pen, commands.PendTransaction(legs, external_id=f"p{n}")) for n in range(4)]
    done(pen, commands.EditTransaction(pended[0], (debit("b", 4), credit("shop", 4))))
    done(pen, commands.EditTransaction(pended[0], metadata={"edited": "twice"}))
    done(pen, commands.SettleTransaction(pended[1]))
    done(pen, commands.ArchiveTransaction(pended[2], "never mind"))
    done(pen, commands.SettleTransaction(pended[3]))
    done(pen, commands.ReverseTransaction(pended[3]))
    plain = done(pen, transfer("a", "b", 9, external_id="plain"))
    for amount in (2, 3):
        back = ((0, amount), (1, amount))
        done(pen, commands.ReverseTransaction(plain, back, external_id=f"r{amount}"))
    hold = done(pen, commands.PlaceHold("b", 6, "USD"))
    captured = done(pen, spend(hold, 6))
    done(pen, commands.ReverseTransaction(captured, ((0, 1), (1, 1))))
    done(pen, transfer("a", "b", 1))


def fill_with_documents(pen: Pen) -> None:
    """Several versions, one put away, one that came back."""
    for title, body in (("x", "1"), ("y", "1"), ("x", "2"), ("x", "3"), ("y", "2")):
        done(pen, commands.SaveDocument("topic", title, body, {"b": body}))
    done(pen, commands.ArchiveDocument("topic", "y"))
    done(pen, commands.SaveDocument("other", "x", "1"))
    done(pen, commands.ArchiveDocument("other", "x"))
    done(pen, commands.SaveDocument("other", "x", "1"))


@pytest.fixture
def pen(store: FullStore) -> Pen:
    """A ledger with something of every kind in every status; another ledger beside it."""
    other = Pen(store, store.create_ledger("other", NOON), seed=2)
    other.write(commands.OpenLedger("other"), *(open_account(path) for path in ACCOUNTS))
    done(other, commands.PlaceHold("a", 1, "USD", expires_at=Moment(NOON + 5 * SECOND)))
    done(other, commands.SaveDocument("topic", "x", "of another ledger"))
    pen = Pen(store, store.create_ledger("main", NOON))
    pen.write(commands.OpenLedger("main"), *(open_account(path) for path in ACCOUNTS))
    fill_with_holds(pen)
    fill_with_transactions(pen)
    fill_with_documents(pen)
    return pen


def journal(pen: Pen) -> list[Record]:
    return pen.store.records(pen.info, 0, ALL)


def lasting(records: Sequence[Record]) -> list[Resource]:
    """Each resource as the last record about it left it, newest first."""
    last = {r.id: r for record in records if (r := resource_in(record.event)) is not None}
    return sorted(last.values(), key=lambda resource: -resource.number)


def test_each_is_as_its_last_record_left_it(store: FullStore, pen: Pen) -> None:
    expected = lasting(journal(pen))
    assert {each.kind for each in expected} == {"hold", "transaction", "document"}
    for each in expected:
        assert store.resource(pen.info, each.kind, each.id) == each
        for kind in {"hold", "transaction", "document", "no"} - {each.kind}:
            assert store.resource(pen.info, kind, each.id) is None
    for unknown in ("", "hld_no", "topic/x", "a"):
        for kind in ("hold", "transaction", "document"):
            assert store.resource(pen.info, kind, unknown) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_list_is_those_for_which_every_condition_holds(
    store: FullStore, pen: Pen, seed: int
) -> None:
    chance, found = random.Random(seed), lasting(journal(pen))
    numbers = [each.number for each in found]
    states = sorted({each.state for each in found})
    names = sorted({each.name for each in found if each.name is not None})
    accounts = sorted({each.account_number for each in found if each.account_number is not None})
    for _ in range(200):
        which = ResourceFilter(
            chance.choice(["hold", "transaction", "document", "no"]),
            account=chance.choice([None, None, *accounts, 0, 999]),
            state=chance.choice([None, None, *states]),
            name=chance.choice([None, None, None, *names, "no", "%"]),
        )
        before = chance.choice([None, None, *numbers, numbers[0] + 1])
        limit = chance.choice([0, 1, 2, ALL])
        expected = [
            each
            for each in found
            if each.kind == which.kind
            and (which.account is None or each.account_number == which.account)
            and (which.state is None or each.state == which.state)
            and (which.name is None or each.name == which.name)
            and (before is None or each.number < before)
        ]
        assert store.resources(pen.info, which, before, limit) == expected[:limit], which


def test_a_life_is_read_in_order_by_pages(store: FullStore, pen: Pen) -> None:
    records = journal(pen)
    for each in lasting(records):
        life = [r for r in records if (it := resource_in(r.event)) and it.id == each.id]
        assert life
        for after in (0, *(record.sequence for record in life)):
            rest = [record for record in life if record.sequence > after]
            for limit in (1, 2, ALL):
                assert store.records_about(pen.info, each.id, after, limit) == rest[:limit]
    assert store.records_about(pen.info, "hld_no", 0, ALL) == []


def test_what_is_due_comes_with_a_load_and_so_does_when_the_next_is(
    store: FullStore, pen: Pen
) -> None:
    found = lasting(journal(pen))
    dues = sorted({each.due_at for each in found if each.due_at is not None})
    assert len(dues) >= 3
    moments = {at + step for at in dues for step in (-1, 0, 1)}
    for moment in sorted(moments):
        loaded = store.load(pen.info, Wants(due_by=Moment(moment)))
        due = {each.id for each in found if each.due_at is not None and each.due_at <= moment}
        assert {each.id for each in loaded.resources} == due
        assert loaded.next_due == min((at for at in dues if at > moment), default=None)
        paths = {s.account.path for s in loaded.standings}
        assert paths >= {path for each in loaded.resources for path in each.accounts}
    with store.begin(pen.info) as unit:
        assert unit.load(Wants(due_by=dues[0])).next_due == dues[1]
    empty = store.create_ledger("empty", NOON)
    assert store.load(empty, Wants(due_by=NOON)).next_due is None


def test_what_is_named_is_loaded_with_its_accounts(store: FullStore, pen: Pen) -> None:
    named = [each for each in lasting(journal(pen)) if each.kind != "document"]
    for each in named:
        loaded = store.load(pen.info, Wants(resources=[each.id]))
        assert loaded.resources == [each]
        assert {s.account.path for s in loaded.standings} == set(each.accounts)
        assert loaded.next_due is None
        for standing in loaded.standings:
            assert standing == pen.book.standings[standing.account.path]
    everything = store.load(pen.info, Wants(resources=[each.id for each in named]))
    assert sorted(each.id for each in everything.resources) == sorted(each.id for each in named)


def test_a_transaction_that_has_only_its_record_is_loaded_as_what_that_tells(
    store: FullStore, pen: Pen
) -> None:
    for record in journal(pen):
        event = record.event
        if not isinstance(event, TRANSACTION_EVENTS):
            continue
        (loaded,) = store.load(pen.info, Wants(resources=[event.id])).resources
        assert isinstance(loaded, Transaction)
        kept = store.resource(pen.info, "transaction", event.id)
        assert loaded == (kept or transaction_of(event, record.sequence))
        if kept is None:
            entries = [(e.account, e.direction, e.amount) for e in event.entries]
            assert [(p.account, p.direction, p.amount) for p in loaded.legs] == entries
    others = [r.event.id for r in journal(pen) if not isinstance(r.event, TRANSACTION_EVENTS)]
    strangers = [n for n in others if not n.startswith(("hld_", "doc_", "lim_", "prd_"))]
    assert store.load(pen.info, Wants(resources=[*strangers, "txn_no", ""])).resources == []


def test_of_a_document_the_newest_version_is_loaded(store: FullStore, pen: Pen) -> None:
    names = ["topic/x", "topic/y", "other/x", "other/y", "x", ""]
    loaded = store.load(pen.info, Wants(documents=names)).resources
    assert sorted((d.name, d.version, d.body, d.state) for d in loaded) == [  # type: ignore[attr-defined]
        ("other/x", 2, "1", "active"), ("topic/x", 3, "3", "active"), ("topic/y", 2, "2", "archived"),
    ]  # fmt: skip
    which = ResourceFilter("document", name="topic/x")
    versions = store.resources(pen.info, which, None, ALL)
    assert [(d.version, d.body) for d in versions] == [(3, "3"), (2, "2"), (1, "1")]  # type: ignore[attr-defined]


def test_a_document_is_saved_again_only_where_it_differs_or_was_put_away(pen: Pen) -> None:
    version = pen.later().write(commands.SaveDocument("topic", "y", "2"))[0].event
    assert version.document.version == 3  # type: ignore[union-attr]
    with pytest.raises(AssertionError, match="document_unchanged"):
        pen.draft(commands.SaveDocument("topic", "y", "2"))


def test_pages_of_an_accounts_transactions_do_not_count_what_its_holds_did(
    store: FullStore, pen: Pen
) -> None:
    records = [r for r in journal(pen) if isinstance(r.event, TRANSACTION_EVENTS)]
    for path in ACCOUNTS:
        number = pen.book.standings[path].account.number
        mine = [r for r in records if any(e.number == number for e in entries_in(r.event))]
        for limit in (1, 2, 5):
            pages, before = [], None
            while page := store.transactions(
                pen.info, TransactionFilter(account=number), before, limit
            ):
                assert len(page) == min(limit, len(mine) - len(pages))
                pages += page
                before = page[-1].sequence
            assert pages == mine[::-1]


def test_the_references_of_holds_captures_and_reversals_are_taken(
    store: FullStore, pen: Pen
) -> None:
    names = ["h1", "h9", "c3", "p0", "plain", "r2", "no", "topic/x"]
    taken = store.load(pen.info, Wants(external_ids=names)).external_ids
    assert sorted(taken) == ["c3", "h1", "h9", "p0", "plain", "r2"]
    for name in ("c3", "p0", "plain", "r2"):
        (record,) = store.transactions(pen.info, TransactionFilter(external_id=name), None, ALL)
        assert record.event.external_id == name  # type: ignore[union-attr]
    assert store.transactions(pen.info, TransactionFilter(external_id="h1"), None, ALL) == []


def test_entries_say_what_they_set_aside(store: FullStore, pen: Pen) -> None:
    for path in ACCOUNTS:
        number = pen.book.standings[path].account.number
        made = [
            (record.sequence, leg, entry)
            for record in journal(pen)
            for leg, entry in enumerate(entries_in(record.event))
            if entry.number == number
        ]
        rows = store.entries(pen.info, number, None, ALL)
        assert [(row.sequence, row.leg, row.entry) for row in rows] == made[::-1]
        assert any(row.entry.pending for row in rows)


def test_many_are_found_by_their_ids(store: FullStore, pen: Pen) -> None:
    lives = [each for each in lasting(journal(pen)) if each.kind != "document"]
    others = ["hld_no", "topic/x", "a", ""]
    found = store.resources_by_id(pen.info, [*others, *(each.id for each in lives)])
    assert sorted(each.id for each in found) == sorted(each.id for each in lives)
    assert all(each in lives for each in found)
    assert store.resources_by_id(pen.info, others) == store.resources_by_id(pen.info, []) == []


def test_what_is_held_is_what_remains_of_open_holds(store: FullStore, pen: Pen) -> None:
    expected: dict[int, int] = {}
    for each in lasting(journal(pen)):
        if isinstance(each, Hold) and each.remaining:
            expected[each.account_no] = expected.get(each.account_no, 0) + each.remaining
    numbers = [
        standing.account.number for standing in store.accounts(pen.info, AccountFilter(), None, ALL)
    ]
    assert len(expected) == 2
    assert store.held(pen.info, numbers) == expected
    one = next(iter(expected))
    assert store.held(pen.info, [one, 999]) == {one: expected[one]}
    assert store.held(pen.info, []) == {}
