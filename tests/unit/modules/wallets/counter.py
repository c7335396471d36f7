"""A counter at which tests ask for customers and wallets, and look at what there is then."""

from typing import Any

from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.wanting import Act
from partita.kernel.account import AccountType, Side
from partita.kernel.book import Standing
from partita.kernel.commands import OpenAccount, PostTransaction
from partita.kernel.events import MatterChanged
from partita.kernel.posting import Posting
from partita.kernel.rejections import Rejection
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER, Customer, CustomerKind, read_customer
from partita.modules.wallets.wallet import WALLET, Wallet, WalletKind, read_wallet
from partita.wiring import FullStore
from tests.plugins.steering import ask_one

BANK = {"USD": "custody:bank:USD", "EUR": "custody:bank:EUR"}


class Counter:
    """A ledger with a bank account, and whatever is asked for at its counter."""

    def __init__(self, ledger: Ledger, store: FullStore) -> None:
        self.ledger, self.store = ledger, store
        for asset, path in BANK.items():
            self.done(OpenAccount(path, asset, AccountType.ASSET))

    def ask(self, command: Any, key: str | None = None) -> Any:
        return ask_one(self.ledger, command, key)

    def done(self, command: Any, key: str | None = None) -> Any:
        """The event of a command that is accepted."""
        outcome = self.ask(command, key)
        assert isinstance(outcome, Accepted), outcome
        return outcome.record.event

    def refused(self, command: Any) -> Rejection:
        """Why a command is refused, which leaves no record."""
        before = self.store.head(self.ledger.info).sequence
        outcome = self.ask(command)
        assert isinstance(outcome, Refused), outcome
        assert self.store.head(self.ledger.info).sequence == before
        return outcome.rejection

    def customer(self, **how: Any) -> Customer:
        """A new customer."""
        event = self.done(acts.CreateCustomer(**({"kind": CustomerKind.PERSON} | how)))
        return self.customer_now(event.matter.id)

    def wallet(self, customer: Customer | None = None, **how: Any) -> Wallet:
        """A new wallet."""
        whose = None if customer is None else customer.id
        given = {"kind": WalletKind.PERSONAL, "assets": ("USD",), "customer": whose} | how
        return self.made(acts.CreateWallet(**given))

    def made(self, act: Act) -> Wallet:
        """The wallet that a command made or changed, as it is afterwards."""
        event = self.done(act)
        assert isinstance(event, MatterChanged)
        return self.wallet_now(event.matter.id)

    def wallet_now(self, identifier: str) -> Wallet:
        """A wallet as the store has it."""
        found = read_wallet(self.store.resource(self.ledger.info, WALLET, identifier))  # type: ignore[arg-type]
        assert found is not None
        return found

    def customer_now(self, identifier: str) -> Customer:
        """A customer as the store has it."""
        found = read_customer(self.store.resource(self.ledger.info, CUSTOMER, identifier))  # type: ignore[arg-type]
        assert found is not None
        return found

    def standing(self, path: str) -> Standing:
        """An account as it stands."""
        found = self.store.account(self.ledger.info, path)
        assert found is not None, path
        return found

    def fund(self, wallet: Wallet, amount: int, asset: str = "USD") -> None:
        """Money from the bank into a wallet."""
        self.done(pay(BANK[asset], wallet.account(asset), amount, asset))

    def balance(self, wallet: Wallet, asset: str = "USD") -> int:
        """What is in a wallet."""
        totals = self.standing(wallet.account(asset)).totals
        return totals.posted_credits - totals.posted_debits


def pay(debit: str, credit: str, amount: int, asset: str = "USD") -> PostTransaction:
    """A transaction of two postings."""
    return PostTransaction(
        (Posting(debit, Side.DEBIT, amount, asset), Posting(credit, Side.CREDIT, amount, asset))
    )
