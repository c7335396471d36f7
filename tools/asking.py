"""A ledger for shows: asked one thing after another, or many at once, and answered at once."""

from collections.abc import Sequence
from queue import SimpleQueue

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Outcome
from partita.engine.wanting import Act
from partita.kernel.balance import balance
from partita.kernel.events import MatterChanged
from partita.modules.payments.payment import Payment, read_payment
from partita.wiring import Application


class Books:
    """The ledger `main` of an application."""

    def __init__(self, application: Application) -> None:
        """Open it."""
        self.application, self.ledger = application, application.ledger()

    def ask(self, *acts: Act) -> list[Outcome]:
        """Have things decided, in one batch as far as that goes; accepted or refused."""
        answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
        self.ledger.submit([wish(act) for act in acts], answers.put)
        answer = answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def do(self, act: Act) -> Payment:
        """Have a payment begun or taken a step further; it must be accepted."""
        return self.do_all([act])[0]

    def do_all(self, acts: Sequence[Act]) -> list[Payment]:
        """The same for many; all must be accepted."""
        return [_payment(outcome) for outcome in self.ask(*acts)] if acts else []

    def balance(self, path: str) -> int:
        """What is posted on an account, on its normal side; 0 if there is none yet."""
        standing = self.application.store.account(self.ledger.info, path)
        if standing is None:
            return 0
        return balance(standing.totals, standing.account.normal_side).posted


def _payment(outcome: Outcome) -> Payment:
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.record.event, MatterChanged), (
        "a payment's command ends with its matter"
    )
    return read_payment(outcome.record.event.matter.body)
