"""Account statements: opening and lines lead to the closing, and made again they are the same bytes."""

import csv
import io
import json
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.adapters.formats.statement_pdf import ReportLabStatement
from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.errors import CorruptJournal, NotFound, StatementRefused
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Refused
from partita.kernel.account import AccountType, Side
from partita.kernel.commands import OpenAccount, PlaceHold, PostTransaction
from partita.kernel.events import DocumentSaved
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.modules.account_statements.issuing import (
    Issued,
    IssueStatement,
    Statements,
    of_document,
)
from partita.modules.account_statements.rendering import to_csv, to_json
from partita.wiring import Application, FullStore
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import SeededEntropy, StandingClock, ask

OCTOBER, NOVEMBER = (Moment.parse(f"2026-{month}-01T00:00:00Z") for month in ("10", "11"))
DAY = 86_400_000_000


def pay(
    amount: int, at: Moment, *, back: bool = False, reference: str | None = None
) -> PostTransaction:
    """A payment into alice's account, or back out of it."""
    sides = (Side.CREDIT, Side.DEBIT) if back else (Side.DEBIT, Side.CREDIT)
    legs = (Posting("bank", sides[0], amount, "USD"), Posting("alice", sides[1], amount, "USD"))
    return PostTransaction(legs, external_id=reference, effective_at=at)


def opened(store: FullStore) -> Application:
    """Two accounts on which nothing has happened."""
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    ledger = application.open_ledger("main")
    ask(ledger, wish(OpenAccount("bank", "USD", AccountType.ASSET)))
    ask(ledger, wish(OpenAccount("alice", "USD", AccountType.LIABILITY)))
    return application


@pytest.fixture
def application(store: FullStore) -> Iterator[Application]:
    application = opened(store)
    posts = (
        pay(1_000, Moment(OCTOBER - 1)),
        pay(500, OCTOBER),
        pay(120, Moment(OCTOBER + 3 * DAY), back=True, reference="=cmd()"),
        pay(7, Moment(NOVEMBER - 1)),
        pay(90, NOVEMBER),
    )
    ask(application.ledger(), *(wish(post) for post in posts))
    ask(application.ledger(), wish(PlaceHold("alice", 50, "USD")))
    yield application
    application.ledger().close()
    application.notary.close()


def issue(
    application: Application, begins_at: Moment = OCTOBER, ends_at: Moment = NOVEMBER
) -> Issued:
    """A statement of alice's account, sealed in the journal; the known one if nothing changed."""
    statements = application.statements(application.ledger().info)
    (outcome,) = ask(
        application.ledger(), wish(statements.command(IssueStatement("alice", begins_at, ends_at)))
    )
    if isinstance(outcome, Refused):
        assert outcome.rejection.code is Code.DOCUMENT_UNCHANGED
        return statements.issued(outcome.rejection.facts["existing_resource_id"])
    assert isinstance(outcome, Accepted)
    event = outcome.record.event
    assert isinstance(event, DocumentSaved)
    return of_document(event.document)


def test_the_span_is_half_open_and_the_sums_lead_to_the_closing(application: Application) -> None:
    issued = issue(application)
    whole = application.statements(application.ledger().info).again(issued)
    summary = whole.summary
    assert (summary.opening, summary.closing, summary.lines) == ("1000", "1387", 3)
    assert (summary.debits, summary.credits) == ("120", "507")
    assert [line.amount for line in whole.lines] == ["500", "-120", "7"]
    assert [line.balance for line in whole.lines] == ["1500", "1380", "1387"]


def test_asked_again_it_is_the_same_statement(application: Application) -> None:
    first, second = issue(application), issue(application)
    assert first == second
    assert first.document.version == 1


def test_a_late_entry_makes_another_version_and_leaves_the_first_as_it_was(
    application: Application,
) -> None:
    statements = application.statements(application.ledger().info)
    first = issue(application)
    before = to_json(first, statements.again(first))
    ask(application.ledger(), wish(pay(33, Moment(OCTOBER + DAY))))
    second = issue(application)
    assert (first.document.version, second.document.version) == (1, 2)
    assert second.sealed.summary.closing == "1420"
    assert to_json(first, statements.again(first)) == before
    assert [each.document.version for each in statements.list_issued(None, 10)] == [2, 1]
    assert statements.list_issued(None, 10, "acc_nobody") == []


def test_every_format_is_the_same_bytes_when_made_again(application: Application) -> None:
    pytest.importorskip("reportlab", reason="the extra `pdf` is not installed")
    statements = application.statements(application.ledger().info)
    issued = issue(application)
    for write in (to_json, to_csv, ReportLabStatement().write):
        first = write(issued, statements.again(issued))
        assert first == write(statements.issued(issued.document.id), statements.again(issued))
        assert first


def test_json_holds_the_very_content_that_was_hashed(application: Application) -> None:
    statements = application.statements(application.ledger().info)
    issued = issue(application)
    data = to_json(issued, statements.again(issued))
    shown = json.loads(data)
    assert shown["sha256"] == issued.sealed.sha256
    assert statements.again(issued).content() in data


def test_csv_ties_and_no_cell_is_a_formula(application: Application) -> None:
    statements = application.statements(application.ledger().info)
    issued = issue(application)
    rows = list(csv.DictReader(io.StringIO(to_csv(issued, statements.again(issued)).decode())))
    assert rows[0]["balance"] == "10.00"
    assert rows[-2]["balance"] == "13.87"
    assert rows[2]["external_id"] == "'=cmd()"
    assert rows[2]["amount"] == "-1.20"


def test_a_pdf_shows_the_closing_balance(application: Application) -> None:
    pytest.importorskip("reportlab", reason="the extra `pdf` is not installed")
    statements = application.statements(application.ledger().info)
    issued = issue(application)
    data = ReportLabStatement().write(issued, statements.again(issued))
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")


def test_what_cannot_be_made_is_refused(application: Application) -> None:
    statements = application.statements(application.ledger().info)
    with pytest.raises(StatementRefused):
        statements.command(IssueStatement("alice", NOVEMBER, NOVEMBER))
    with pytest.raises(NotFound):
        statements.command(IssueStatement("nobody", OCTOBER, NOVEMBER))
    with pytest.raises(NotFound):
        statements.issued("doc_nothing")


def test_an_account_without_entries_has_an_empty_statement(store: FullStore) -> None:
    application = opened(store)
    summary = issue(application).sealed.summary
    assert (summary.opening, summary.closing, summary.lines) == ("0", "0", 0)
    assert summary.known_through == "0"
    application.ledger().close()
    application.notary.close()


def test_a_register_that_was_changed_does_not_give_the_statement_again(
    postgres_store: PostgresStore, postgres_database: PostgresDatabase
) -> None:
    application = opened(postgres_store)
    ask(application.ledger(), wish(pay(500, OCTOBER)))
    issued = issue(application)
    application.ledger().close()
    application.notary.close()
    with psycopg.connect(postgres_database.administrator) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update partita.entry set amount = amount * 2")
    statements = Statements(postgres_store.ledgers()[0], postgres_store)
    with pytest.raises(CorruptJournal, match=issued.document.id):
        statements.again(issued)


@given(
    st.lists(st.tuples(st.integers(1, 10**12), st.integers(-3, 3), st.booleans()), max_size=12),
    st.integers(-3, 2),
    st.integers(1, 4),
)
def test_neighbouring_statements_meet(
    payments: list[tuple[int, int, bool]], first_day: int, days: int
) -> None:
    application = opened(MemoryStore())
    posts = [pay(amount, Moment(OCTOBER + day * DAY), back=back) for amount, day, back in payments]
    ask(application.ledger(), *(wish(post) for post in posts))
    begins = Moment(OCTOBER + first_day * DAY)
    middle, ends = Moment(begins + days * DAY), Moment(begins + 2 * days * DAY)
    statements = application.statements(application.ledger().info)
    one, two, both = (
        statements.again(issue(application, *span))
        for span in ((begins, middle), (middle, ends), (begins, ends))
    )
    assert one.summary.closing == two.summary.opening
    assert (both.summary.opening, both.summary.closing) == (
        one.summary.opening,
        two.summary.closing,
    )
    assert one.summary.lines + two.summary.lines == both.summary.lines
    application.ledger().close()
    application.notary.close()
