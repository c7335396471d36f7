"""The short way and the explaining table say the same of every transaction, and touch nothing."""

from hypothesis import event, given
from hypothesis import strategies as st

from partita.kernel.account import AccountStatus, AccountType, Constraints, Side, Totals
from partita.kernel.amount import LARGEST
from partita.kernel.book import Book, Standing, evolve
from partita.kernel.commands import PostTransaction
from partita.kernel.decide import decide
from partita.kernel.posting import Posting
from partita.kernel.posting_rules import CHECKS, entries_of
from partita.kernel.rejections import Rejection
from tests.unit.kernel.bookkeeping import book_of, context, identifier, snapshot, standing

PATHS = ("a", "b", "c", "d")
SMALL = st.integers(0, 12)
SUMS = SMALL | st.sampled_from((LARGEST - 3, LARGEST))
BOUNDS = st.none() | st.integers(-10, 10)


@st.composite
def standings(draw: st.DrawFn, path: str) -> Standing:
    """An account of any status, limits and history; open and plain ones are the most frequent."""
    return standing(
        path,
        asset=draw(st.sampled_from(("USD", "USD", "EUR"))),
        type=draw(st.sampled_from(AccountType)),
        constraints=Constraints(*(draw(BOUNDS) for _ in range(4)), overdraft=draw(SMALL)),
        status=draw(st.sampled_from((AccountStatus.OPEN,) * 6 + tuple(AccountStatus))),
        totals=Totals(draw(SUMS), draw(SUMS), draw(SMALL), draw(SMALL)),
    )


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Four accounts and one external id that is taken."""
    book = book_of(*(draw(standings(path)) for path in PATHS))
    book.external_ids.add("taken")
    return book


REFERENCES = st.sampled_from(PATHS + tuple(identifier(path) for path in PATHS))
ODD_REFERENCES = REFERENCES | st.sampled_from(("nobody", "acc_NOBODY"))
AMOUNTS = st.integers(1, 9) | st.sampled_from((0, -1, LARGEST, LARGEST + 1))


@st.composite
def careless(draw: st.DrawFn) -> PostTransaction:
    """Any legs at all."""
    legs = st.builds(
        Posting, ODD_REFERENCES, st.sampled_from(Side), AMOUNTS, st.sampled_from(("USD", "EUR"))
    )
    external_id = draw(st.sampled_from((None, "fresh", "taken")))
    return PostTransaction(tuple(draw(st.lists(legs, max_size=5))), external_id=external_id)


@st.composite
def careful(draw: st.DrawFn) -> PostTransaction:
    """Balanced legs in plausible amounts, so that the later rules have their turn as well."""
    legs: list[Posting] = []
    for asset in draw(st.sampled_from((("USD",), ("EUR",), ("USD", "EUR")))):
        amount = draw(st.integers(2, 9))
        part = draw(st.integers(1, amount))
        legs.append(Posting(draw(REFERENCES), Side.DEBIT, amount, asset))
        legs.append(Posting(draw(REFERENCES), Side.CREDIT, part, asset))
        if part < amount:
            legs.append(Posting(draw(REFERENCES), Side.CREDIT, amount - part, asset))
    return PostTransaction(tuple(legs))


COMMANDS = careless() | careful()


@given(books(), COMMANDS)
def test_a_transaction_is_accepted_exactly_if_no_rule_objects(
    book: Book, command: PostTransaction
) -> None:
    before = snapshot(book)
    objections = [found for check in CHECKS.values() if (found := check(book, command))]
    assert (entries_of(book, command) is None) is bool(objections)
    decision = decide(book, command, context())
    if objections:
        assert decision == objections[0]
    else:
        assert not isinstance(decision, Rejection)
    assert snapshot(book) == before, "deciding changes nothing"
    event("refused: " + objections[0].code.value if objections else "accepted")


@given(books(), careful())
def test_what_is_accepted_changes_the_accounts_it_names_and_nothing_else(
    book: Book, command: PostTransaction
) -> None:
    decision = decide(book, command, context())
    if isinstance(decision, Rejection):
        return
    before = {
        path: (s.version, s.totals, s.status, s.account) for path, s in book.standings.items()
    }
    evolve(book, decision)
    debits, credits = {}, {}
    for posting in command.postings:
        path = posting.account.removeprefix("acc_").lower()
        side = debits if posting.direction is Side.DEBIT else credits
        side.setdefault(path, []).append(posting.amount)
    for path in PATHS:
        version, totals, status, account = before[path]
        now = book.standings[path]
        assert now is book.standings[identifier(path)]
        assert (now.status, now.account) == (status, account)
        legs = debits.get(path, []) + credits.get(path, [])
        assert now.version == version + len(legs)
        assert now.totals == Totals(
            totals.posted_debits + sum(debits.get(path, [])),
            totals.posted_credits + sum(credits.get(path, [])),
            totals.pending_debits,
            totals.pending_credits,
        )
