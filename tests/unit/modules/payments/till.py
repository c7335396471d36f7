"""A till: payments begun and taken along, on a ledger whose customers have money; for tests."""

from collections import deque
from typing import Any

from partita.engine.business import Business, Desk
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.plain_documents import parse_yaml
from partita.kernel.account import Side
from partita.kernel.commands import OpenAccount
from partita.kernel.events import MatterChanged
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection
from partita.modules.chart.ready import ready_chart
from partita.modules.payments.acts import (
    BEGINNINGS,
    Advance,
    Begin,
    CreateDeposit,
    CreatePayment,
)
from partita.modules.payments.deciding import deciders
from partita.modules.payments.lifecycle import (
    Case,
    HoldStep,
    Lifecycle,
    PaymentType,
    State,
    Transition,
    Verb,
)
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.payments.ruling import RuleCharger
from partita.modules.rules import deciding as rules
from partita.modules.rules.commands import ActivateRule
from partita.modules.rules.document import read_rule
from partita.modules.rules.rulebook import Rulebook
from partita.modules.wallets import deciding as wallets
from partita.modules.wallets.acts import CreateWallet
from partita.modules.wallets.wallet import WalletKind
from partita.wiring import Application, FullStore
from partita.wiring.event_types import event_types
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one
from tests.unit.modules.rules.paper import Equalities

ALICE, BOB = "customers:alice:wallets:main:USD", "customers:bob:wallets:main:USD"
A_DAY = 86_400_000_000
PURSE = 1_000_000
_RULES = Rulebook(Equalities())


def opener(_desk: Desk, path: str, _is_business: bool) -> OpenAccount | None:
    """What the built-in chart opens."""
    return ready_chart().opening(path)


class Till:
    """Payments on one ledger."""

    def __init__(self, application: Application, clock: StandingClock) -> None:
        info = application.ledger("main").info
        business = Business(
            {**deciders(RuleCharger(_RULES)), **rules.DECIDERS, **wallets.DECIDERS},
            opener, facts=event_types(),
        )  # fmt: skip
        self.store: FullStore = application.store
        self.clock, self.info = clock, info
        self.ledger = Ledger(info, self.store, clock, SeededEntropy(7), business=business)
        for customer in (ALICE, BOB):
            self.begin(CreateDeposit(destination=customer, amount=PURSE, asset="USD"))

    def event(self, act: Begin | Advance, key: str | None = None) -> MatterChanged:
        """What came of an act that is accepted."""
        outcome = ask_one(self.ledger, act, key)
        assert isinstance(outcome, Accepted), outcome
        event = outcome.record.event
        assert isinstance(event, MatterChanged)
        return event

    def begin(self, act: Begin, key: str | None = None) -> Payment:
        """A payment that has begun."""
        return read_payment(self.event(act, key).matter.body)

    def step(self, payment: Payment | str, verb: Verb, **options: Any) -> Payment:
        """A payment taken a step further."""
        return read_payment(self.event(_advance(payment, verb, options)).matter.body)

    def refusal(self, act: Begin | Advance, key: str | None = None) -> Rejection:
        """Why an act is refused; that nothing has changed by it."""
        before = self.store.head(self.info).sequence
        outcome = ask_one(self.ledger, act, key)
        assert isinstance(outcome, Refused), outcome
        assert self.store.head(self.info).sequence == before, "what is refused writes nothing"
        return outcome.rejection

    def step_refusal(self, payment: Payment | str, verb: Verb, **options: Any) -> Rejection:
        """Why a step is refused."""
        return self.refusal(_advance(payment, verb, options))

    def wallet(self, *assets: str, customer: str | None = None) -> str:
        """A new wallet with these assets; its id."""
        act = CreateWallet(kind=WalletKind.PERSONAL, assets=assets, customer=customer)
        outcome = ask_one(self.ledger, act)
        assert isinstance(outcome, Accepted), outcome
        assert isinstance(outcome.record.event, MatterChanged)
        return outcome.record.event.matter.id

    def rule(self, text: str) -> None:
        """Put a rule in force."""
        document = read_rule(parse_yaml(text), are_texts=True)
        for act in (
            _RULES.save_command(document),
            ActivateRule(rule=document.name, without_backtest=True),
        ):
            outcome = ask_one(self.ledger, act)
            assert isinstance(outcome, Accepted), outcome

    def now(self, payment: Payment | str) -> Payment:
        """A payment as the store has it."""
        identifier = payment if isinstance(payment, str) else payment.id
        (found,) = self.store.resources_by_id(self.info, [identifier])
        return read_payment(found.body)  # type: ignore[attr-defined]

    def balance(self, path: str) -> int:
        """What an account has, on its normal side; 0 if there is none."""
        standing = self.store.account(self.info, path)
        if standing is None:
            return 0
        totals = standing.totals
        net = totals.posted_credits - totals.posted_debits
        return net if standing.account.normal_side is Side.CREDIT else -net

    def available(self, path: str) -> int:
        """What of a customer's money is not set aside."""
        standing = self.store.account(self.info, path)
        assert standing is not None, path
        return self.balance(path) - standing.totals.pending_debits

    def later(self, microseconds: int = A_DAY) -> Moment:
        """A moment that is still to come."""
        return Moment(self.clock.moment + microseconds)


def _advance(payment: Payment | str, verb: Verb, options: dict[str, Any]) -> Advance:
    identifier = payment if isinstance(payment, str) else payment.id
    return Advance(payment=identifier, verb=verb, **options)


def way_to(table: Lifecycle, state: State, *, is_held: bool = False) -> list[Transition]:
    """The shortest way from nothing to a state; if `is_held`, with proceeds that are held yet."""
    waiting: deque[list[Transition]] = deque([row] for row in table.transitions if row.is_birth)
    while waiting:
        path = waiting.popleft()
        if path[-1].to_state is state and (not is_held or path[-1].proceeds is HoldStep.PLACE):
            return path
        waiting += [
            [*path, row]
            for row in table.transitions
            if path[-1].to_state in row.from_states and row not in path
        ]
    raise AssertionError(f"{state} cannot be reached")


def way_before(table: Lifecycle, state: State, row: Transition) -> list[Transition]:
    """The shortest way to a state out of which this very row leads."""
    leaves_held = row.case is Case.HELD and row.proceeds is None
    return way_to(table, state, is_held=leaves_held)


def first_act(till: Till, type_: PaymentType, row: Transition, amount: int = 600) -> Begin:
    """The act by which a payment begins with a row."""
    kind = BEGINNINGS[type_]
    wanted: dict[str, Any] = {
        "source": ALICE, "destination": BOB, "amount": amount, "asset": "USD",
        "reason": "because", "begin": row.verb,
    }  # fmt: skip
    if "payment" in kind.__struct_fields__:
        pay = CreatePayment(
            source=ALICE, destination=BOB, amount=amount, asset="USD", begin=Verb.PAY
        )
        wanted["payment"] = till.begin(pay).id
    if row.verb is Verb.SCHEDULE:
        wanted["scheduled_at"] = till.later()
    if row.case is Case.HELD:
        wanted["available_at"] = till.later()
    known = {name: wanted[name] for name in kind.__struct_fields__ if name in wanted}
    return kind(**known)


def options_of(till: Till, payment: Payment, row: Transition) -> dict[str, Any]:
    """What has to be said for a row to be the one that is taken."""
    options: dict[str, Any] = {}
    if row.case in {Case.PART, Case.PART_HELD}:
        options["amount"] = payment.uncaptured // 2
    if row.case in {Case.HELD, Case.PART_HELD} and row.verb in {Verb.CAPTURE, Verb.SETTLE}:
        options["available_at"] = till.later()
    if row.verb is Verb.RELEASE and payment.destination is None:
        options["destination"] = BOB
    if row.verb is Verb.EVIDENCE:
        options["evidence"] = "receipt 12"
    return options | {"reason": "because"}


def walk(till: Till, type_: PaymentType, path: list[Transition]) -> Payment:
    """A payment taken along a path of rows, from nothing."""
    payment = till.begin(first_act(till, type_, path[0]))
    for row in path[1:]:
        payment = till.step(payment, row.verb, **options_of(till, payment, row))
        assert payment.state is row.to_state, f"{row.verb} {row.case}"
    return payment
