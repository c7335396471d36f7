"""Short words for tests of the engine: wishes to post, accounts to post to, answers to expect."""

from collections.abc import Iterable

from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.account import UNLIMITED, AccountType, Constraints, Side
from partita.kernel.commands import Bulk, Command, PostTransaction
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from tests.plugins.steering import ask_one

FLOOR = Constraints(min_posted=0)


def pay(source: str, target: str, amount: int, external_id: str | None = None) -> PostTransaction:
    """Money from one account to another, both of a kind that grows by credits."""
    legs = Posting(source, Side.DEBIT, amount, "USD"), Posting(target, Side.CREDIT, amount, "USD")
    return PostTransaction(legs, external_id=external_id)


def open_accounts(ledger: Ledger, paths: Iterable[str], limits: Constraints = UNLIMITED) -> None:
    """Open accounts for customers' money."""
    for path in paths:
        wish = commands.OpenAccount(path, "USD", AccountType.LIABILITY, constraints=limits)
        accepted(ask_one(ledger, wish))


def accepted(outcome: Outcome) -> Record:
    """The record of a wish that was accepted."""
    assert isinstance(outcome, Accepted), outcome
    return outcome.record


def refused(outcome: Outcome) -> Code:
    """The code of a wish that was refused."""
    assert isinstance(outcome, Refused), outcome
    return outcome.rejection.code


def atomic(*wishes: Command) -> Bulk:
    """A bulk that stands or falls as one."""
    return Bulk(wishes, atomic=True)


def independent(*wishes: Command) -> Bulk:
    """A bulk whose wishes each stand alone."""
    return Bulk(wishes, atomic=False)
