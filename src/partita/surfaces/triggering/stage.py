"""The stage: the ledger that acts play in, and the names and parties that they use.

Everything that an act makes has a name of its own, so that it can be played as often as one likes.
"""

from collections.abc import Awaitable, Callable
from secrets import token_hex

from partita.journal.record import Record
from partita.kernel.account import Account
from partita.kernel.moment import Moment
from partita.surfaces.library import LibraryLedger, credit, debit

ASSET, AMOUNT, PLENTY = "USD", 500, 10_000
REASON = "triggered"
SECOND = 1_000_000


class Stage:
    """A ledger of a sandbox, for one act."""

    def __init__(self, ledger: LibraryLedger, now: Callable[[], Moment]) -> None:
        """Play in this ledger; `now` is its clock."""
        self.ledger, self._now = ledger, now
        self.token = token_hex(6)

    def name(self, what: str) -> str:
        """A name that nobody had before."""
        return f"{what}-{self.token}"

    def later(self, seconds: float) -> Moment:
        """A moment so far ahead."""
        return Moment(self._now() + round(seconds * SECOND))

    async def account(self, what: str = "account") -> Account:
        """A new account that holds a customer's money."""
        return await self.ledger.open_account(f"triggers:{self.name(what)}", ASSET, "liability")

    async def funded(self, what: str = "account") -> Account:
        """One with money in it."""
        bank = await self.ledger.open_account(f"triggers:{self.name('bank')}", ASSET, "asset")
        account = await self.account(what)
        await self.ledger.post(debit(bank.path, PLENTY, ASSET), credit(account.path, PLENTY, ASSET))
        return account

    async def transfer(self) -> Record:
        """Money from one account to another, posted."""
        payer, payee = await self.funded("payer"), await self.account("payee")
        return await self.ledger.post(
            debit(payer.path, AMOUNT, ASSET), credit(payee.path, AMOUNT, ASSET), type="transfer"
        )

    def wallet_account(self, customer: str) -> str:
        """The account of a customer's wallet, which opens by itself where there is no chart."""
        return f"customers:{self.name(customer)}:wallets:main:{ASSET}"


Play = Callable[[Stage], Awaitable[object]]
"""What has to be done for an event to happen."""
