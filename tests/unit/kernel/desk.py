"""A desk: a book, a clock that is set by hand, and commands carried out one after another."""

from partita.kernel import commands, events
from partita.kernel.account import UNLIMITED, AccountStatus, AccountType, Constraints
from partita.kernel.balance import Balance, balance
from partita.kernel.book import Book, evolve
from partita.kernel.context import Context
from partita.kernel.decide import decide
from partita.kernel.holding import expire
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from tests.unit.kernel.bookkeeping import NOW, book_of, credit, debit, standing

FLOOR = Constraints(min_available=0)
SECOND = 1_000_000


class Desk:
    """Carries out commands on a book of its own, where each account begins with some money."""

    def __init__(self, **money: int) -> None:
        """`alice=100` opens an account with a floor of nothing, and pays in 100 from the bank."""
        self.book: Book = book_of(standing("bank"))
        self.now, self.sequence = NOW, 100
        for path, amount in money.items():
            self.open(path, amount)

    def open(
        self,
        path: str,
        amount: int = 0,
        *,
        asset: str = "USD",
        kind: AccountType = AccountType.LIABILITY,
        limits: Constraints = FLOOR,
    ) -> None:
        """One more account; money comes to it from the bank of its asset."""
        self.book.put(standing(path, asset=asset, type=kind, constraints=limits))
        bank = "bank" if asset == "USD" else f"bank_{asset}"
        if bank not in self.book.standings:
            self.book.put(standing(bank, asset=asset, constraints=UNLIMITED))
        if amount:
            legs = debit(bank, amount, asset), credit(path, amount, asset)
            self.done(commands.PostTransaction(legs))

    def ask(self, command: commands.Command) -> events.Event | Rejection:
        """What a command becomes; if it is accepted, the book goes on from there."""
        self.sequence += 1
        place, self.book.now = self.sequence, self.now
        decision = decide(self.book, command, Context(self.now, place, lambda p: f"{p}{place}"))
        if not isinstance(decision, Rejection):
            evolve(self.book, decision)
        return decision

    def done(self, command: commands.Command) -> events.Event:
        """The event of a command that must be accepted."""
        decision = self.ask(command)
        assert not isinstance(decision, Rejection), decision
        return decision

    def refused(self, command: commands.Command) -> Rejection:
        """The rejection of a command that must be refused; the book is untouched by it."""
        before = dict(self.book.resources), self.figures()
        decision = self.ask(command)
        assert isinstance(decision, Rejection), decision
        assert (dict(self.book.resources), self.figures()) == before
        return decision

    def code(self, command: commands.Command) -> Code | None:
        """The code of refusal, or None if accepted."""
        decision = self.ask(command)
        return decision.code if isinstance(decision, Rejection) else None

    def place(self, amount: int, account: str = "alice", **more: object) -> str:
        """A hold; its id."""
        return self.done(commands.PlaceHold(account, amount, "USD", **more)).id  # type: ignore[arg-type]

    def expire(self, hold: str) -> None:
        """What the engine does once a hold is due."""
        self.sequence += 1
        place = self.sequence
        evolve(
            self.book,
            expire(self.book, self.hold(hold), Context(self.now, place, lambda p: f"{p}{place}")),
        )

    def hold(self, identifier: str) -> Hold:
        """A hold as it is now."""
        found = self.book.resources[Hold.kind, identifier]
        assert isinstance(found, Hold)
        return found

    def transaction(self, identifier: str) -> Transaction:
        """A transaction as it is now."""
        found = self.book.resources[Transaction.kind, identifier]
        assert isinstance(found, Transaction)
        return found

    def later(self, microseconds: int) -> "Desk":
        """Let time pass."""
        self.now = Moment(self.now + microseconds)
        return self

    def money(self, path: str = "alice") -> Balance:
        """The five figures of an account."""
        found = self.book.standings[path]
        return balance(found.totals, found.account.normal_side)

    def figures(self) -> dict[str, tuple[object, ...]]:
        """Where every account stands."""
        return {name: (s.status, s.version, s.totals) for name, s in self.book.standings.items()}

    def put_status(self, path: str, status: AccountStatus) -> None:
        """Have an account be frozen, or closed whatever is in it."""
        self.book.standings[path].status = status


def capture(
    hold: str, amount: int, target: str = "shop", *, is_final: bool = False, **more: object
) -> commands.CaptureHold:
    """Spend so much of a hold on one account."""
    legs = (Posting(target, credit("", 1).direction, amount, "USD"),)
    return commands.CaptureHold(hold, legs, is_final=is_final, **more)  # type: ignore[arg-type]
