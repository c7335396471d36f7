"""A market: a customer with money, a merchant with a wallet, and a clock that can be moved; for tests."""

from typing import Any

from partita.engine.outcome import Accepted, Refused
from partita.engine.wanting import Act
from partita.kernel.account import Side
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.payments.acts import (
    Advance,
    CreateDeposit,
    CreatePayment,
    CreateRefund,
    OpenDispute,
)
from partita.modules.payments.lifecycle import Verb
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.rules.commands import ActivateRule, ShadowRule
from partita.modules.rules.document import read_rule
from partita.modules.settlement.batch import Batch, read_batch
from partita.modules.settlement.commands import SetPlan
from partita.modules.settlement.plan import Terms
from partita.modules.settlement.reading import Settlements
from partita.modules.wallets.acts import CreateCustomer, CreateWallet
from partita.modules.wallets.customer import CustomerKind
from partita.modules.wallets.wallet import WalletKind
from partita.wiring import RULEBOOK, Application
from tests.plugins.steering import StandingClock, ask_one

HOUR = 3_600_000_000
DAY = 24 * HOUR


class Market:
    """Sales of one merchant, on one ledger."""

    def __init__(self, application: Application, clock: StandingClock) -> None:
        self.application, self.clock, self.store = application, clock, application.store
        self.ledger = application.ledger("main")
        self.info = self.ledger.info
        self.process = application.settlement_process("main")
        self.read: Settlements = application.settlements(self.info)
        self.customer = self.done(CreateCustomer(kind=CustomerKind.BUSINESS)).id
        self.till = self.wallet(WalletKind.MERCHANT)
        self.purse = self.wallet(WalletKind.PERSONAL)
        self.done(CreateDeposit(destination=self.purse, amount=10**9, asset="USD"))

    def wallet(self, kind: WalletKind) -> str:
        made = CreateWallet(customer=self.customer, kind=kind, assets=("USD",))
        return self.done(made).id

    def done(self, act: Act) -> Matter:
        """The matter that an accepted act left."""
        outcome = ask_one(self.ledger, act)
        assert isinstance(outcome, Accepted), outcome
        event = outcome.record.event
        assert isinstance(event, MatterChanged)
        return event.matter

    def refused(self, act: Act) -> Code:
        outcome = ask_one(self.ledger, act)
        assert isinstance(outcome, Refused), outcome
        return outcome.rejection.code

    def rule(self, **document: Any) -> None:
        """Put a rule in force."""
        self.done(RULEBOOK.save_command(read_rule({"on": "payment.captured", **document})))
        self.done(ActivateRule(document["name"], without_backtest=True))

    def shadow(self, **document: Any) -> None:
        """Let a rule run in shadow."""
        self.done(RULEBOOK.save_command(read_rule({"on": "payment.captured", **document})))
        self.done(ShadowRule(document["name"]))

    def plan(self, **terms: Any) -> str:
        """The plan of the merchant's wallet; its id."""
        return self.done(SetPlan(wallet=self.till, asset="USD", terms=Terms(**terms))).id

    def at(self, text: str) -> None:
        """Set the clock."""
        self.clock.moment = Moment.parse(text)

    def run(self, after: int = 0) -> int:
        """Move the clock on, and let the process do what is due."""
        self.clock.moment = Moment(self.clock.moment + after)
        return self.process.run_once(self.clock.moment)

    def sell(self, amount: int) -> Payment:
        act = CreatePayment(
            source=self.purse, destination=self.till, amount=amount, asset="USD", begin=Verb.PAY
        )
        return read_payment(self.done(act).body)

    def sell_in_parts(self, *amounts: int) -> Payment:
        """Authorise the sum, capture each part."""
        act = CreatePayment(
            source=self.purse, destination=self.till, amount=sum(amounts), asset="USD",
            begin=Verb.AUTHORIZE,
        )  # fmt: skip
        made = self.done(act).id
        for amount in amounts:
            self.done(Advance(payment=made, verb=Verb.CAPTURE, amount=amount))
        return self.payment(made)

    def refund(self, payment: Payment, amount: int | None = None) -> Payment:
        return read_payment(self.done(CreateRefund(payment=payment.id, amount=amount)).body)

    def attempt_refund(self, payment: Payment, amount: int) -> None:
        """Refund, if there is enough in the wallet."""
        outcome = ask_one(self.ledger, CreateRefund(payment=payment.id, amount=amount))
        if isinstance(outcome, Refused):
            assert outcome.rejection.code is Code.INSUFFICIENT_FUNDS, outcome

    def dispute(self, payment: Payment) -> Payment:
        return read_payment(self.done(OpenDispute(payment=payment.id)).body)

    def step(self, payment: str, verb: Verb) -> Payment:
        return read_payment(self.done(Advance(payment=payment, verb=verb)).body)

    def payment(self, identifier: str) -> Payment:
        (found,) = self.store.resources_by_id(self.info, [identifier])
        return read_payment(found.body)  # type: ignore[attr-defined]

    def batches(self) -> list[Batch]:
        """All batches, the oldest first."""
        return [read_batch(each.body) for each in reversed(self.matters())]

    def matters(self) -> list[Matter]:
        return self.read.page("settlement_batch")

    def pay_out(self) -> Batch:
        """The newest batch, after its withdrawal went through."""
        withdrawal = self.batches()[-1].withdrawal
        assert withdrawal is not None, "it is being paid"
        self.step(withdrawal, Verb.SUBMIT)
        self.step(withdrawal, Verb.SETTLE)
        self.run()
        return self.batches()[-1]

    def balance(self, path: str) -> int:
        """What an account has, on its normal side; 0 if there is none."""
        standing = self.store.account(self.info, path)
        if standing is None:
            return 0
        totals = standing.totals
        net = totals.posted_credits - totals.posted_debits
        return net if standing.account.normal_side is Side.CREDIT else -net
