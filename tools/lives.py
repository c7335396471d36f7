"""The lives of holds and transactions, found by deciding each action in each status: for the documents."""

from collections.abc import Iterator

from partita.kernel import commands
from partita.kernel.account import Account, AccountType, Side, Totals
from partita.kernel.book import Book, Standing, evolve
from partita.kernel.context import Context
from partita.kernel.decide import decide
from partita.kernel.events import resource_in
from partita.kernel.holding import expire
from partita.kernel.holds import HOLD_ACTIONS, Hold, HoldStatus, LateCapture
from partita.kernel.moment import Moment
from partita.kernel.pending import TRANSACTION_ACTIONS, Transaction, TransactionStatus
from partita.kernel.posting import Posting
from partita.kernel.rejections import Rejection

Step = tuple[str, str, str]
"""Status before, what is done, status after."""
_NOW = Moment(1_000_000)
_CONTEXT = Context(_NOW, 9, lambda prefix: f"{prefix}9")

_HOLD_ACTIONS: tuple[tuple[str, str, commands.ChangeHold], ...] = (
    ("capture", "capture a part", commands.CaptureHold("hld_1", (), "b", 1)),
    ("capture", "capture what is left", commands.CaptureHold("hld_1", (), "b")),
    ("capture", "capture a final part", commands.CaptureHold("hld_1", (), "b", 1, is_final=True)),
    ("increment", "increment", commands.IncrementHold("hld_1", 1)),
    ("extend", "extend", commands.ExtendHold("hld_1", None)),
    ("release", "release a part", commands.ReleaseHold("hld_1", 1)),
    ("release", "release what is left", commands.ReleaseHold("hld_1")),
)
_LEGS = Posting("a", Side.DEBIT, 10, "USD"), Posting("b", Side.CREDIT, 10, "USD")
_TRANSACTION_ACTIONS: tuple[tuple[str, str, commands.ChangeTransaction], ...] = (
    ("edit", "edit", commands.EditTransaction("txn_1", type="x")),
    ("post", "post", commands.SettleTransaction("txn_1")),
    ("archive", "archive", commands.ArchiveTransaction("txn_1")),
    ("reverse", "reverse a part", commands.ReverseTransaction("txn_1", ((0, 1), (1, 1)))),
    ("reverse", "reverse what is left", commands.ReverseTransaction("txn_1")),
)


def hold_steps() -> Iterator[Step]:
    """Every step of a hold's life."""
    yield "(nothing)", "place", HoldStatus.PLACED.value
    for status, allowed in HOLD_ACTIONS.items():
        hold = _hold(status)
        for action, words, command in _HOLD_ACTIONS:
            if action in allowed:
                yield status.value, words, _after(hold, command)
        if hold.due_at is not None:
            expired = expire(_book(hold), hold, _CONTEXT).hold
            yield status.value, "its moment comes", expired.status.value


def _hold(status: HoldStatus) -> Hold:
    """A hold of 10 in a status; one that has expired may be captured late."""
    parts = {
        HoldStatus.PLACED: {"remaining": 10},
        HoldStatus.PARTIALLY_CAPTURED: {"remaining": 6, "captured": 4},
        HoldStatus.CAPTURED: {"captured": 10},
        HoldStatus.RELEASED: {"released": 10},
        HoldStatus.EXPIRED: {"expired": 10},
    }[status]
    late = LateCapture.ALLOWED
    hold = Hold("hld_1", 1, "a", 1, Side.DEBIT, "USD", 10, expires_at=_NOW, late_capture=late)
    return hold.with_changes(status=status, **parts)


def transaction_steps() -> Iterator[Step]:
    """Every step of a transaction's life."""
    yield "(nothing)", "post", TransactionStatus.POSTED.value
    yield "(nothing)", "pend", TransactionStatus.PENDING.value
    for status, allowed in TRANSACTION_ACTIONS.items():
        for action, words, command in _TRANSACTION_ACTIONS:
            if action in allowed:
                yield status.value, words, _after(Transaction("txn_1", 1, status, _LEGS), command)


def _after(
    thing: Hold | Transaction, command: commands.ChangeHold | commands.ChangeTransaction
) -> str:
    book = _book(thing)
    event = decide(book, command, _CONTEXT)
    assert not isinstance(event, Rejection), f"an allowed action is allowed: {event}"
    evolve(book, event)
    after = resource_in(event)
    assert after is not None, "what happens to a thing leaves it in some state"
    return after.state


def _book(thing: Hold | Transaction) -> Book:
    """Two accounts with money, and what the thing sets aside of it."""
    aside = thing.remaining if isinstance(thing, Hold) else 0
    if isinstance(thing, Transaction) and thing.status is TransactionStatus.PENDING:
        aside = 10
    coming = aside if isinstance(thing, Transaction) else 0
    book = Book()
    for number, (path, totals) in enumerate(
        (("a", Totals(0, 99, aside, 0)), ("b", Totals(0, 99, 0, coming))), start=1
    ):
        account = Account(number, f"acc_{number}", path, AccountType.LIABILITY, Side.CREDIT, "USD")
        book.put(Standing(account, totals=totals))
    book.keep(thing)
    return book
