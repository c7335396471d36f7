"""Opening, registering, freezing and closing: what the rules say to all that is no transaction."""

import pytest

from partita.kernel import commands, events
from partita.kernel.account import (
    AccountStatus,
    AccountType,
    Constraints,
    FreezeFlow,
    Side,
    Totals,
)
from partita.kernel.asset import Asset, AssetKind
from partita.kernel.book import Book, evolve
from partita.kernel.decide import ALLOWED_ACTIONS, Decision, decide
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from tests.unit.kernel.bookkeeping import (
    NOW,
    book_of,
    context,
    credit,
    debit,
    identifier,
    post,
    snapshot,
    standing,
)


def decided(book: Book, command: commands.Command) -> Decision:
    """The decision, which leaves the book as it is."""
    before = snapshot(book)
    decision = decide(book, command, context())
    assert snapshot(book) == before
    return decision


def code(book: Book, command: commands.Command) -> Code:
    """The code of a refusal."""
    decision = decided(book, command)
    assert isinstance(decision, Rejection)
    return decision.code


def test_a_ledger_is_opened_once() -> None:
    book = Book()
    event = decided(book, commands.OpenLedger("main", {"owner": "us"}))
    assert isinstance(event, events.LedgerOpened)
    assert (event.name, event.metadata) == ("main", {"owner": "us"})
    evolve(book, event)
    assert code(book, commands.OpenLedger("main")) is Code.LEDGER_EXISTS


def test_an_asset_is_registered_once_and_currencies_never() -> None:
    book, points = book_of(), Asset("PTS", 0, AssetKind.POINTS, metadata={"a": "b"})
    event = decided(book, commands.RegisterAsset(points))
    assert isinstance(event, events.AssetRegistered)
    evolve(book, event)
    assert book.asset("PTS") == points
    assert code(book, commands.RegisterAsset(Asset("PTS", 2))) is Code.ASSET_EXISTS
    assert code(book, commands.RegisterAsset(Asset("USD", 2))) is Code.ASSET_EXISTS
    rejection = decided(book, commands.RegisterAsset(points))
    assert isinstance(rejection, Rejection)
    assert rejection.pointer == "/code"


@pytest.mark.parametrize("type", AccountType)
@pytest.mark.parametrize("side", [None, Side.DEBIT, Side.CREDIT])
def test_an_account_is_opened_as_it_was_wished(type: AccountType, side: Side | None) -> None:
    book, limits = book_of(), Constraints(min_posted=-5, overdraft=7)
    wish = commands.OpenAccount("a:b", "JPY", type, side, limits, {"k": "v"})
    event = decide(book, wish, context(sequence=42))
    assert isinstance(event, events.AccountOpened)
    account = event.account
    usual = Side.DEBIT if type.value in ("asset", "expense") else Side.CREDIT
    assert (account.number, account.path, account.asset) == (42, "a:b", "JPY")
    assert (account.type, account.normal_side) == (type, side or usual)
    assert (account.constraints, account.metadata, account.opened_at) == (limits, {"k": "v"}, NOW)
    evolve(book, event)
    assert book.standings["a:b"] is book.standings[account.id]
    assert book.standings["a:b"].status is AccountStatus.OPEN
    assert book.standings["a:b"].totals == Totals()


@pytest.mark.parametrize(
    "command",
    [
        commands.OpenLedger('my "books"'),
        commands.OpenLedger(""),
        commands.RegisterAsset(Asset('P"S', 0)),
        commands.OpenAccount('a"b', "USD", AccountType.ASSET),
        commands.OpenAccount("acc_1", "USD", AccountType.ASSET),
    ],
)
def test_no_name_enters_the_journal_that_is_none(command: commands.Command) -> None:
    """Not even where no face stands before the rules: the journal's lines hold names as they are."""
    with pytest.raises(ValueError, match="not a"):
        decide(Book(), command, context())


@pytest.mark.parametrize("status", AccountStatus)
def test_a_path_is_taken_for_ever(status: AccountStatus) -> None:
    book = book_of(standing("a", status=status))
    rejection = decided(book, commands.OpenAccount("a", "USD", AccountType.ASSET))
    assert isinstance(rejection, Rejection)
    assert (rejection.code, rejection.pointer) == (Code.PATH_TAKEN, "/path")


def test_an_account_needs_an_asset_that_is_known() -> None:
    rejection = decided(book_of(), commands.OpenAccount("a", "PTS", AccountType.ASSET))
    assert isinstance(rejection, Rejection)
    assert (rejection.code, rejection.pointer) == (Code.ASSET_NOT_FOUND, "/asset")


CHANGES = {
    "freeze": (commands.FreezeAccount, AccountStatus.FROZEN),
    "unfreeze": (commands.UnfreezeAccount, AccountStatus.OPEN),
    "close": (commands.CloseAccount, AccountStatus.CLOSED),
}
# From status, by action, to status; what is not here is refused.
TRANSITIONS = {
    (AccountStatus.OPEN, "freeze"): AccountStatus.FROZEN,
    (AccountStatus.OPEN, "close"): AccountStatus.CLOSED,
    (AccountStatus.FROZEN, "unfreeze"): AccountStatus.OPEN,
    (AccountStatus.FROZEN, "close"): AccountStatus.CLOSED,
    (AccountStatus.FROZEN_IN, "freeze"): AccountStatus.FROZEN,
    (AccountStatus.FROZEN_IN, "unfreeze"): AccountStatus.OPEN,
    (AccountStatus.FROZEN_IN, "close"): AccountStatus.CLOSED,
    (AccountStatus.FROZEN_OUT, "freeze"): AccountStatus.FROZEN,
    (AccountStatus.FROZEN_OUT, "unfreeze"): AccountStatus.OPEN,
    (AccountStatus.FROZEN_OUT, "close"): AccountStatus.CLOSED,
}


@pytest.mark.parametrize("reference", ["a", identifier("a")])
@pytest.mark.parametrize("status", AccountStatus)
@pytest.mark.parametrize("action", CHANGES)
def test_an_account_changes_by_its_table(
    action: str, status: AccountStatus, reference: str
) -> None:
    book = book_of(standing("a", status=status), standing("b"))
    wish, after = CHANGES[action]
    decision = decided(book, wish(reference, "because"))
    if (status, action) not in TRANSITIONS:
        assert isinstance(decision, Rejection)
        assert decision.code is Code.INVALID_STATE
        allowed = [name for name in CHANGES if (status, name) in TRANSITIONS]
        assert sorted(decision.facts["allowed_actions"].split(",")) == sorted(allowed or [""])
        return
    assert not isinstance(decision, Rejection)
    assert decision.reason == "because"
    evolve(book, decision)
    assert book.standings["a"].status is TRANSITIONS[status, action] is after
    assert book.standings["b"].status is AccountStatus.OPEN


@pytest.mark.parametrize(
    ("before", "flow", "after"),
    [
        (AccountStatus.OPEN, FreezeFlow.IN, AccountStatus.FROZEN_IN),
        (AccountStatus.OPEN, FreezeFlow.OUT, AccountStatus.FROZEN_OUT),
        (AccountStatus.OPEN, FreezeFlow.BOTH, AccountStatus.FROZEN),
        (AccountStatus.FROZEN_IN, FreezeFlow.OUT, AccountStatus.FROZEN),
        (AccountStatus.FROZEN_OUT, FreezeFlow.IN, AccountStatus.FROZEN),
        (AccountStatus.FROZEN_IN, FreezeFlow.IN, None),
        (AccountStatus.FROZEN_OUT, FreezeFlow.OUT, None),
        (AccountStatus.FROZEN, FreezeFlow.IN, None),
        (AccountStatus.FROZEN, FreezeFlow.OUT, None),
    ],
)
def test_a_freeze_over_a_freeze_stops_what_either_does(
    before: AccountStatus, flow: FreezeFlow, after: AccountStatus | None
) -> None:
    book = book_of(standing("a", status=before))
    decision = decided(book, commands.FreezeAccount("a", None, flow))
    if after is None:
        assert isinstance(decision, Rejection)
        assert decision.code is Code.INVALID_STATE
        assert decision.facts["allowed_actions"] == "unfreeze,close"
        return
    assert not isinstance(decision, Rejection)
    evolve(book, decision)
    assert book.standings["a"].status is after


@pytest.mark.parametrize("status", AccountStatus)
@pytest.mark.parametrize("type", [AccountType.ASSET, AccountType.LIABILITY])
@pytest.mark.parametrize("side", Side)
def test_a_frozen_account_takes_what_goes_in_the_other_direction(
    status: AccountStatus, type: AccountType, side: Side
) -> None:
    """Seen from its normal side: `frozen_in` stops what would raise it, `frozen_out` what lowers it."""
    stopped = {
        AccountStatus.OPEN: "",
        AccountStatus.FROZEN: "in out",
        AccountStatus.FROZEN_IN: "in",
        AccountStatus.FROZEN_OUT: "out",
        AccountStatus.CLOSED: "in out",
    }[status]
    book = book_of(standing("a", type=type, status=status), standing("b"))
    legs = (
        (debit("a", 5), credit("b", 5)) if side is Side.DEBIT else (debit("b", 5), credit("a", 5))
    )
    decision = decided(book, post(*legs))
    takes = ("in" if (side is Side.DEBIT) is (type is AccountType.ASSET) else "out") not in stopped
    assert takes is not isinstance(decision, Rejection)
    if isinstance(decision, Rejection):
        is_closed = status is AccountStatus.CLOSED
        assert decision.code is (Code.ACCOUNT_CLOSED if is_closed else Code.ACCOUNT_FROZEN)


def test_the_allowed_actions_are_those_of_the_table() -> None:
    found = {(status, action) for status, actions in ALLOWED_ACTIONS.items() for action in actions}
    assert found == set(TRANSITIONS)


@pytest.mark.parametrize("wish", [change for change, _ in CHANGES.values()])
def test_nobody_changes_an_account_that_is_not_there(wish: type) -> None:
    assert code(book_of(), wish("nobody")) is Code.ACCOUNT_NOT_FOUND


@pytest.mark.parametrize(
    "totals",
    [
        Totals(posted_debits=5),
        Totals(posted_credits=5),
        Totals(5, 6),
        Totals(5, 5, pending_debits=1),
        Totals(5, 5, pending_credits=1),
        Totals(5, 5, 1, 1),
        Totals(posted_debits=5, pending_credits=5),
        Totals(posted_credits=5, pending_debits=5),
    ],
)
def test_an_account_with_money_in_it_or_under_way_stays_open(totals: Totals) -> None:
    book = book_of(standing("a", totals=totals))
    assert code(book, commands.CloseAccount("a")) is Code.ACCOUNT_NOT_EMPTY


@pytest.mark.parametrize("totals", [Totals(), Totals(5, 5)])
def test_an_empty_account_closes_whatever_went_through(totals: Totals) -> None:
    book = book_of(standing("a", totals=totals))
    assert isinstance(decided(book, commands.CloseAccount("a")), events.AccountClosed)


def test_a_transaction_counts_when_it_says_else_when_it_is_recorded() -> None:
    book = book_of(standing("a"), standing("b"))
    wish = post(debit("a", 1), credit("b", 1))
    event = decided(book, wish)
    assert isinstance(event, events.TransactionPosted)
    assert event.effective_at == NOW
    for moment in (Moment(0), Moment(-1), Moment(NOW + 1)):
        dated = commands.PostTransaction(wish.postings, effective_at=moment)
        event = decided(book, dated)
        assert isinstance(event, events.TransactionPosted)
        assert event.effective_at == moment


def test_a_fact_that_does_not_follow_is_no_fact() -> None:
    book = book_of(standing("a"), standing("b"))
    event = decide(book, post(debit("a", 1), credit("b", 1)), context())
    assert isinstance(event, events.TransactionPosted)
    evolve(book, event)
    with pytest.raises(AssertionError, match="dense"):
        evolve(book, event)
