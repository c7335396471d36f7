"""A small house of exchange for tests: alice's accounts, a few days of rates, a policy."""

from dataclasses import dataclass
from typing import Any

from partita.engine.business import Act
from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Refused
from partita.engine.ports import LedgerInfo
from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.events import TransactionPosted
from partita.kernel.matters import Matter
from partita.kernel.posting import Posting
from partita.kernel.rejections import Rejection
from partita.modules.fx.conversions import Conversion, read_conversion
from partita.modules.fx.deal import Terms
from partita.modules.fx.ledger_rates import DayOfRates, PublishRates
from partita.modules.fx.policy import Policy, SetPolicy
from partita.wiring import Application, FullStore
from tests.plugins.steering import StandingClock, ask_one
from tests.unit.engine.bookkeeping import accepted

TODAY = "2026-11-20"
"""The day of `steering.NOON`."""
RATES = {
    "2026-11-18": {"EUR/USD": "1.05", "EUR/JPY": "160"},
    "2026-11-19": {"EUR/USD": "1.04"},
    TODAY: {"EUR/USD": "1.0389", "EUR/JPY": "163.06", "EUR/CZK": "25.185"},
}
ALICE = {code: f"alice:{code}" for code in ("EUR", "USD", "JPY")}
FUNDS = {"EUR": 1_000_000, "USD": 1_000_000, "JPY": 1_000_000}


def publish(ledger: Ledger, days: dict[str, dict[str, str]], provider: str = "ecb") -> Matter:
    published = tuple(DayOfRates(day, figures) for day, figures in days.items())
    return matter(ask_one(ledger, PublishRates(provider, published)))


def open_house(ledger: Ledger, base: str | None = "EUR", **policy: Any) -> None:
    """Alice has money of three assets; the ECB's rates of three days are known."""
    free = Constraints(min_available=0)
    for code, path in ALICE.items():
        opened = [
            commands.OpenAccount(f"bank:{code}", code, AccountType.ASSET),
            commands.OpenAccount(path, code, AccountType.LIABILITY, constraints=free),
        ]
        for each in opened:
            accepted(ask_one(ledger, each))
        legs = (
            Posting(f"bank:{code}", Side.DEBIT, FUNDS[code], code),
            Posting(path, Side.CREDIT, FUNDS[code], code),
        )
        accepted(ask_one(ledger, commands.PostTransaction(legs)))
    publish(ledger, RATES)
    accepted(ask_one(ledger, SetPolicy(Policy(base=base, provider="ecb", **policy))))


def terms(source: str, target: str, amount: int, **others: Any) -> Terms:
    return Terms(
        source=ALICE[source], destination=ALICE[target], source_asset=source, target_asset=target,
        amount=amount, **others,
    )  # fmt: skip


def matter(outcome: Outcome) -> Matter:
    found = accepted(outcome).event.matter  # type: ignore[union-attr]
    assert isinstance(found, Matter)
    return found


def balance(store: FullStore, info: LedgerInfo, path: str) -> int:
    """Credits less debits of an account; 0 where there is none yet."""
    standing = store.account(info, path)
    if standing is None:
        return 0
    return standing.totals.posted_credits - standing.totals.posted_debits


@dataclass
class House:
    """The ledger, and what stands in it."""

    ledger: Ledger
    application: Application
    clock: StandingClock

    def balance(self, path: str) -> int:
        return balance(self.application.store, self.ledger.info, path)

    def do(self, command: Act, key: str | None = None) -> Outcome:
        return ask_one(self.ledger, command, key)

    def done(self, command: Act) -> tuple[Matter, Conversion]:
        found = matter(self.do(command))
        return found, read_conversion(found)

    def refused(self, command: Act) -> Rejection:
        head = self.application.store.head(self.ledger.info)
        outcome = self.do(command)
        assert isinstance(outcome, Refused), outcome
        assert self.application.store.head(self.ledger.info) == head, "nothing was written"
        return outcome.rejection

    def told(self, identifier: str) -> dict[str, str]:
        record = self.application.store.record_by_id(self.ledger.info, identifier)
        assert record is not None
        assert isinstance(record.event, TransactionPosted)
        return record.event.metadata
