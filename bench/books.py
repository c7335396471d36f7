"""Books of our own ledger, before a part and after it: open accounts, then see that nothing is lost.

A part counts what was acknowledged and how much it moved. Afterwards the journal must be longer by
exactly so many records, and the trial balance must show exactly so much on either side.
"""

import asyncio

import msgspec

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Outcome
from partita.kernel.account import AccountType, Constraints
from partita.kernel.commands import OpenAccount
from partita.kernel.events import MatterChanged
from partita.modules.payments.acts import CreateDeposit
from partita.modules.wallets.acts import CreateWallet
from partita.modules.wallets.wallet import WalletKind
from partita.surfaces.library import LibraryLedger
from partita.wiring import Application

ASSET = "USD"
FLOOR = -(10**15)
"""A floor that is checked at each posting and never reached."""
_AT_ONCE = 2_000


class Tally(msgspec.Struct):
    """What was acknowledged: how many transactions, and the sum of their amounts."""

    transactions: int = 0
    amount: int = 0


class WrongBooksError(RuntimeError):
    """Something acknowledged is not there, or more than that is."""


def account_path(number: int) -> str:
    """The path of the n-th account; all are of one length, so that requests are too."""
    return f"customers:{number:05d}"


async def open_accounts(ledger: LibraryLedger, count: int) -> None:
    """Open so many customers' accounts, each with a floor."""
    constraints = Constraints(min_available=FLOOR)
    commands = [
        OpenAccount(account_path(number), ASSET, AccountType.LIABILITY, constraints=constraints)
        for number in range(count)
    ]
    for start in range(0, count, _AT_ONCE):
        batch = [wish(command) for command in commands[start : start + _AT_ONCE]]
        for outcome in await ledger.submit_many(batch):
            if type(outcome) is not Accepted:
                raise WrongBooksError(f"an account could not be opened: {outcome}")


async def open_wallets(ledger: LibraryLedger, count: int) -> list[str]:
    """Make so many wallets with money that is never used up; their ids."""
    make = [wish(CreateWallet(kind=WalletKind.PERSONAL, assets=(ASSET,))) for _ in range(count)]
    ids = [_matter(outcome) for outcome in await ledger.submit_many(make)]
    fill = [wish(CreateDeposit(destination=each, amount=-FLOOR, asset=ASSET)) for each in ids]
    for outcome in await ledger.submit_many(fill):
        _matter(outcome)
    return ids


def _matter(outcome: Outcome) -> str:
    if type(outcome) is not Accepted or not isinstance(outcome.record.event, MatterChanged):
        raise WrongBooksError(f"a wallet could not be made: {outcome}")
    return outcome.record.event.matter.id


def moved(application: Application, name: str) -> int:
    """The sum of all debits."""
    info = application.ledger(name).info
    balances = application.store.trial_balance(info, None)
    return sum(totals.posted_debits for _standing, totals in balances)


class Before(msgspec.Struct):
    """How a ledger stood before a part: its records and debits, and how many records each makes."""

    length: int
    debits: int = 0
    each: int = 1


async def check(application: Application, name: str, before: Before, tally: Tally) -> None:
    """Hold the ledger against the tally.

    Raises:
        WrongBooksError: anything is lost, doubled or unbalanced.
    """
    await asyncio.to_thread(_check, application, name, before, tally)


def length(application: Application, name: str) -> int:
    """How many records the journal has."""
    return application.store.head(application.ledger(name).info).sequence


def _check(application: Application, name: str, before: Before, tally: Tally) -> None:
    written = length(application, name) - before.length
    debits = credits = -before.debits
    info = application.ledger(name).info
    for _standing, totals in application.store.trial_balance(info, None):
        debits += totals.posted_debits
        credits += totals.posted_credits
    if (written, debits, credits) != (
        tally.transactions * before.each,
        tally.amount,
        tally.amount,
    ):
        raise WrongBooksError(
            f"{name}: {tally.transactions} transactions of {tally.amount} in all were acknowledged;"
            f" the journal has {written} more records, and {debits} debited, {credits} credited"
        )
