"""Both stores' search index finds what a walk over a plain list of transactions finds."""

import random
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.engine.ports import LedgerInfo
from partita.engine.search import tending
from partita.engine.search.finding import Finder
from partita.engine.search.question import Found, Question, Wanted, admits, needs
from partita.engine.search.terms import (
    amount_spans,
    amount_terms,
    moment_spans,
    moment_terms,
)
from partita.engine.trailing.scanning import Scan
from partita.journal.record import Cause, Record
from partita.kernel import events
from partita.kernel.account import Side, Totals
from partita.kernel.identifiers import mint
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction, TransactionStatus
from partita.kernel.posting import Entry, Posting
from partita.views.search import SEARCH
from partita.wiring import FullStore
from tests.plugins.steering import NOON

WORDS = ("Café", "STRASSE", "straße", "o'neil", "100%", "a&b|c", "naïve", "注文", "x", "ledger")
ACCOUNTS = ("customers:alice", "customers:alice:usd", "customers:al", "bank", "fees:card", "fees")
TYPES = (None, "card", "fee", "pay.out")
ASSETS = ("USD", "JPY")
AMOUNTS = (1, 2, 15, 16, 17, 31, 999, 1_000, 1_023, 1_024, 5_000_000, 2**29, 2**29 + 1, 10**38 - 1)


class Book:
    """A plain list of transactions as they are now, and the records that made them so."""

    def __init__(self, seed: int) -> None:
        self.random, self.sequence = random.Random(seed), 0
        self.found: dict[int, Found] = {}
        self.records: list[Record] = []
        for _ in range(90):
            self.sequence += self.random.choice((1, 1, 2, 900, 30_000))
            self._step()

    def _step(self) -> None:
        pending = [
            number
            for number, each in self.found.items()
            if each.transaction.status is TransactionStatus.PENDING
        ]
        if pending and self.random.random() < 0.4:
            self._change(self.random.choice(pending))
        else:
            self._create()

    def _create(self) -> None:
        it, recorded_at = self._transaction(), self._moment()
        key = self.random.choice((None, f"key {self.sequence}"))
        reason = None
        if it.status is TransactionStatus.PENDING:
            event: events.Event = events.TransactionPended(
                it.id, it, recorded_at, (), it.external_id
            )
        else:
            assert it.effective_at is not None
            entries = tuple(
                Entry(leg.account, 1, 1, leg.direction, leg.amount, leg.asset, Totals())
                for leg in it.legs
            )
            posted = [
                n for n, f in self.found.items() if f.transaction.status is TransactionStatus.POSTED
            ]
            if posted and self.random.random() < 0.2:
                reason, taken = (
                    self.random.choice(("Fraud, à tort", None)),
                    self.random.choice(posted),
                )
                before = self.found[taken].transaction
                after = before.with_changes(reversed_by=(*before.reversed_by, it.id))
                event = events.TransactionReversed(
                    it.id, after, it.effective_at, entries, it.type, it.external_id, reason, it.metadata
                )  # fmt: skip
                self.found[taken] = self.found[taken]._replace(transaction=after)
            else:
                event = events.TransactionPosted(
                    it.id, it.type, it.external_id, it.effective_at, entries, it.metadata
                )
        self.found[self.sequence] = Found(it, recorded_at, key, reason)
        self._note(event, recorded_at, key)

    def _change(self, number: int) -> None:
        before, now = self.found[number], self._moment()
        what = self.random.choice(("settle", "archive", "edit"))
        held = before.transaction
        identity = mint("evt_", self.sequence, bytes(self.random.randbytes(16)))
        if what == "settle":
            after = held.with_changes(
                status=TransactionStatus.POSTED, effective_at=held.effective_at or now,
                settled_in=self.sequence,
            )  # fmt: skip
            event: events.Event = events.TransactionSettled(identity, after, now, ())
        elif what == "archive":
            reason = self.random.choice((None, "gave UP"))
            after = held.with_changes(status=TransactionStatus.ARCHIVED, reason=reason)
            event = events.TransactionArchived(identity, after, now, ())
            before = before._replace(reason=reason)
        else:
            fresh = self._transaction()
            after = held.with_changes(
                version=held.version + 1, legs=fresh.legs, type=fresh.type, metadata=fresh.metadata
            )
            event = events.TransactionEdited(identity, after, now, ())
        self.found[number] = before._replace(transaction=after)
        self._note(event, now, None)

    def _note(self, event: events.Event, now: Moment, key: str | None) -> None:
        self.records.append(Record(self.sequence, now, event, Cause(key=key), b"", b""))

    def _transaction(self) -> Transaction:
        pick = self.random.choice
        is_pending = self.random.random() < 0.3
        words = " ".join(self.random.sample(WORDS, 2))
        legs = tuple(
            Posting(pick(ACCOUNTS), side, pick(AMOUNTS), pick(ASSETS))
            for side in Side
            for _ in "ab"
        )
        return Transaction(
            mint("txn_", self.sequence * 50, self.random.randbytes(16)),
            self.sequence,
            TransactionStatus.PENDING if is_pending else TransactionStatus.POSTED,
            legs,
            type=pick(TYPES),
            external_id=pick((None, f"order-{self.sequence:06}", f"Ré f%{self.sequence}")),
            effective_at=pick((None, self._moment())) if is_pending else self._moment(),
            metadata=pick(({}, {"note": words}, {"channel": pick(("web", "atm")), "n": "7"})),
        )

    def _moment(self) -> Moment:
        days = self.random.choice((-300_000, -1, 0, 0, 1, 30, 800))
        return Moment(NOON + days * 86_400_000_000 + self.random.randrange(10**9))

    def answers(self, asked: Question) -> list[int]:
        return [n for n in sorted(self.found, reverse=True) if admits(asked, self.found[n])]


def questions(book: Book) -> st.SearchStrategy[Question]:
    """Questions of which most have answers: their values come from the book."""
    some = st.sampled_from(list(book.found.values()))
    moments = st.one_of(
        st.none(), some.map(lambda f: f.recorded_at), some.map(lambda f: f.transaction.effective_at)
    )
    amounts = st.none() | st.sampled_from(AMOUNTS) | st.sampled_from(AMOUNTS).map(lambda n: n + 1)
    texts = some.map(
        lambda f: " ".join((*f.transaction.metadata.values(), f.transaction.external_id or "x"))
    )
    return st.builds(
        Question,
        id_prefix=st.none()
        | st.builds(lambda f, n: f.transaction.id[:n], some, st.integers(1, 30)),
        external_id=st.none() | some.map(lambda f: f.transaction.external_id),
        external_id_prefix=st.sampled_from((None, None, "order-0", "Ré f%", "nothing")),
        idempotency_key=st.none() | some.map(lambda f: f.idempotency_key),
        type=st.sampled_from(TYPES),
        status=st.none() | st.sampled_from(Wanted),
        account=st.sampled_from((None, None, "customers", "customers:alice", "fees", "fee")),
        is_whole_account=st.booleans(),
        asset=st.sampled_from(ASSETS),
        amount_from=amounts,
        amount_below=amounts,
        effective_from=moments,
        effective_to=moments,
        metadata=st.none().map(lambda _n: ())
        | some.map(lambda f: tuple(f.transaction.metadata.items())[:1]),
        text=st.none() | st.sampled_from(WORDS) | texts,
    )


def with_fields(asked: Question, kept: set[str]) -> Question:
    """The same question with few conditions: all at once never find anything."""
    if kept & {"amount_from", "amount_below"}:
        kept = {*kept, "asset"}
    values = {name: getattr(asked, name) for name in kept if name in asked.__struct_fields__}
    return Question(**values)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gather and bind after few transactions, so that a small book has rows of every kind."""
    monkeypatch.setattr(tending, "GATHERED", 8)
    monkeypatch.setattr(tending, "FREQUENT_PLACES", 3)
    monkeypatch.setattr(tending, "LATE_GROUPS", 2)


def project(store: FullStore, info: LedgerInfo, book: Book, cut: int) -> None:
    """Take a book into the view, so many records at a time."""
    standing = store.begin_generation(info, SEARCH, NOON)
    for start in range(0, len(book.records), cut):
        some = book.records[start : start + cut]
        upto = some[-1].sequence
        assert store.apply(
            info, SEARCH, list(SEARCH.project(some)), held=standing, upto=upto, now=NOON
        )
        standing = msgspec.structs.replace(standing, sequence=upto)


@pytest.mark.usefixtures("small")
def test_finds_what_a_walk_over_a_plain_list_finds(store: FullStore) -> None:
    info, book = store.create_ledger("main", NOON), Book(5)
    project(store, info, book, 7)
    kinds = {name: len(store.scan(info, SEARCH, Scan(name, limit=10**6)).rows) for name in
             ("fresh", "loose", "bound", "frequent")}  # fmt: skip
    assert all(kinds.values()), kinds
    names = [name for name in Question.__struct_fields__ if name != "is_whole_account"]
    finder = Finder(store, info, SEARCH)
    for status in Wanted:  # what once was pending must not be looked up again and again
        asked = Question(status=status)
        wanted = needs(asked)
        assert wanted is not None
        assert list(finder.sequences(wanted, 1, book.sequence + 1)) == book.answers(asked)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(questions(book), st.sets(st.sampled_from(names), max_size=3), st.booleans())
    def ask(asked: Question, kept: set[str], whole: bool) -> None:
        narrow = with_fields(asked, {*kept, *(("is_whole_account",) if whole else ())})
        if narrow.text is not None and not narrow.words:
            return
        wanted = needs(narrow)
        found = [] if wanted is None else list(finder.sequences(wanted, 1, book.sequence + 1))
        assert found == sorted(set(found), reverse=True)
        assert [n for n in found if admits(narrow, book.found[n])] == book.answers(narrow)

    ask()


@pytest.mark.usefixtures("small")
def test_rows_do_not_hang_on_how_records_are_cut_into_batches(store: FullStore) -> None:
    book = Book(6)
    tables = []
    for number, cut in enumerate((1, 500)):
        info = store.create_ledger(f"cut-{number}", NOON)
        project(store, info, book, cut)
        tables.append([sorted(store.scan(info, SEARCH, Scan(table.name, limit=10**6)).rows) for table in SEARCH.tables])  # fmt: skip
    assert tables[0] == tables[1]


def test_terms_find_closely_what_has_an_order() -> None:
    """Of one value in a million others only those at the very edge of a range are found for nothing."""
    numbers = random.Random(3)
    for _ in range(300):
        low, high = sorted(numbers.randrange(1, 10 ** numbers.randrange(1, 9)) for _ in "ab")
        spans = amount_spans("USD", low, high)
        for value in {low - 1, low, low + 1, high - 1, high, high + 1, (low + high) // 2} - {0}:
            found = any(s.low <= t < s.high for t in amount_terms("USD", value) for s in spans)
            assert found == (low <= value < high), (low, value, high)


def test_a_moment_of_any_year_is_found() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for year in (1, 1969, 1970, 2026, 9999):
        it = int((datetime(year, 6, 1, tzinfo=UTC) - epoch).total_seconds()) * 1_000_000
        for low, high in ((None, it + 1), (it, None), (it, it + 1), (it - 10**13, it + 10**13)):
            spans = moment_spans("effective", low, high)
            assert any(s.low <= t < s.high for t in moment_terms("effective", it) for s in spans)
        missed = moment_spans("effective", it + 10**6, it + 10**9)
        assert not any(s.low <= t < s.high for t in moment_terms("effective", it) for s in missed)
