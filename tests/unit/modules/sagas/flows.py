"""Flows for tests, over plain transactions and holds, and a bench on which they run."""

from collections.abc import Callable
from typing import Any

from partita.engine.asking import ask
from partita.engine.business import Business
from partita.engine.idempotency import wish
from partita.engine.joint import Jointly
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.kernel.commands import OpenLedger, PlaceHold, ReleaseHold, ReverseTransaction
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.chart.in_force import opener
from partita.modules.ledger_transfers import deciding as transferring
from partita.modules.ledger_transfers.sending import LedgerTransfers
from partita.modules.ledger_transfers.transfer import Order
from partita.modules.sagas.deciding import StartSaga, as_saga, deciders
from partita.modules.sagas.flow import (
    MENDED_BY_TIME,
    Argument,
    Ask,
    Flow,
    Flows,
    Late,
    Scene,
    Send,
    Step,
    Until,
)
from partita.modules.sagas.process import SagaProcess
from partita.modules.sagas.saga import Saga, read
from partita.wiring import FullStore
from partita.wiring.event_types import event_types
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one
from tests.unit.engine.bookkeeping import FLOOR, accepted, open_accounts, pay

SECOND = 1_000_000
AMOUNT = Argument("amount", "so much", is_amount=True)
TO = Argument("to", "who gets it in the end")


def _pay(source: str, target: str) -> Callable[[Scene], Ask]:
    return lambda scene: Ask(pay(source, target, int(scene.arguments["amount"])))


def _reverse(step: str, ledger: str | None = None) -> Callable[[Scene], Ask]:
    return lambda scene: Ask(ReverseTransaction(scene.results[step]["id"]), ledger)


def _across(scene: Scene, *, back: bool = False) -> Send:
    names = (scene.ledger, "other") if not back else ("other", scene.ledger)
    return Send(
        Order(
            source_ledger=names[0], destination_ledger=names[1], source="alice",
            destination="alice", amount=int(scene.arguments["amount"]), asset="USD",
        )
    )  # fmt: skip


WALK = Flow(
    name="walk",
    sentence="A payment, a hold, a transfer to another ledger, a payment there.",
    arguments=(AMOUNT, TO),
    steps=(
        Step(name="pay", do=_pay("alice", "escrow"), undo=_reverse("pay"), retries=2,
             mended_by_time=MENDED_BY_TIME | {Code.INSUFFICIENT_FUNDS}),
        Step(name="hold", do=lambda scene: Ask(PlaceHold("escrow", 1, "USD")),
             undo=lambda scene: Ask(ReleaseHold(scene.results["hold"]["id"]))),
        Step(name="note", do=_pay("bank", "notes")),
        Step(name="send", do=_across, undo=lambda scene: _across(scene, back=True)),
        Step(name="end", retries=0,
             do=lambda scene: Ask(pay("alice", scene.arguments["to"], 1), "other")),
    ),
)  # fmt: skip
"""Whether it comes to its end depends on whether `to` is an account of the other ledger."""


def _until_other(scene: Scene) -> Until:
    return Until("saga", scene.arguments["other"], frozenset({"completed"}),
                 frozenset({"compensated"}))  # fmt: skip


def waiting(late: Late) -> Flow:
    """A payment, then a payment that counts once another saga is completed."""
    return Flow(
        name=f"waiting_{late.value}",
        sentence="Waits for another saga.",
        arguments=(AMOUNT, Argument("other", "the saga that is waited for")),
        steps=(
            Step(name="pay", do=_pay("alice", "escrow"), undo=_reverse("pay")),
            Step(name="wait", do=_pay("bank", "notes"), until=_until_other, undo=_reverse("wait"),
                 deadline_seconds=30, late=late),
        ),
    )  # fmt: skip


STUBBORN = Flow(
    name="stubborn",
    sentence="Its undoing is refused as long as the hold is not there.",
    arguments=(AMOUNT, TO),
    steps=(
        Step(name="pay", do=_pay("alice", "escrow"), undo=_reverse("pay"), retries=1,
             mended_by_time=frozenset({Code.INSUFFICIENT_FUNDS})),
        Step(name="end", do=lambda scene: Ask(pay("escrow", scene.arguments["to"], 1))),
    ),
)  # fmt: skip


def _mistaken(scene: Scene) -> Until:
    raise KeyError(scene.saga)


MISTAKEN = Flow(
    name="mistaken",
    sentence="What it waits for cannot be said.",
    arguments=(AMOUNT,),
    steps=(Step(name="pay", do=_pay("alice", "escrow"), until=_mistaken, undo=_reverse("pay")),),
)

FLOWS: Flows = {
    flow.name: flow
    for flow in (WALK, STUBBORN, MISTAKEN, waiting(Late.WAIT), waiting(Late.COMPENSATE))
}


class Stage:
    """Two ledgers on a store, in which sagas of these flows run as far as they are driven."""

    def __init__(self, store: FullStore, clock: StandingClock) -> None:
        self.store, self.clock = store, clock
        self.ledgers = {
            name: self._opened(name, seed) for seed, name in enumerate(("main", "other"))
        }
        self.transfers = LedgerTransfers(
            Jointly(store, clock, SeededEntropy(8)), self.ledgers.__getitem__, store, clock,
            SeededEntropy(9),
        )  # fmt: skip
        self.process = self.another_process()

    def _opened(self, name: str, seed: int) -> Ledger:
        info = self.store.create_ledger(name, NOON)
        decided = {**deciders(FLOWS), **transferring.DECIDERS}
        business = Business(decided, opener=opener, facts=event_types())
        ledger = Ledger(info, self.store, self.clock, SeededEntropy(seed), business=business)
        if self.store.head(info).sequence == 0:
            accepted(ask_one(ledger, OpenLedger(name)))
            open_accounts(ledger, ["bank", "notes"])
            open_accounts(ledger, ["alice", "escrow"], FLOOR)
            accepted(ask_one(ledger, pay("bank", "alice", 1_000)))
        return ledger

    def another_process(self, **changed: Any) -> SagaProcess:
        """A process that has just been started."""
        given = {
            "store": self.store, "ledger_of": self.ledgers.__getitem__,
            "transfers": self.transfers, "flows": FLOWS,
        }  # fmt: skip
        return SagaProcess(**{**given, **changed})

    def start(self, flow: str, key: str | None = None, **arguments: str) -> Saga:
        outcome = ask(self.ledgers["main"], wish(StartSaga(flow, "main", arguments), key=key))
        assert isinstance(outcome, Accepted), outcome
        return as_saga(outcome.record.event.matter)  # type: ignore[union-attr]

    def saga(self, identifier: str) -> Saga:
        found = self.store.resource(self.ledgers["main"].info, "saga", identifier)
        assert found is not None
        return read(found)  # type: ignore[arg-type]

    def drive(self, process: SagaProcess | None = None, turns: int = 200) -> int:
        """Take everything as far as it goes at this moment; how many steps that were."""
        done = 0
        for _ in range(turns):
            went_on = (process or self.process).run_once(self.clock.now())
            done += went_on
            if not went_on:
                return done
        raise AssertionError("it never comes to rest")

    def wait(self, seconds: float) -> None:
        self.clock.moment = Moment(self.clock.moment + int(seconds * SECOND))

    def balances(self) -> dict[str, int]:
        """What is on every account of both ledgers; credits less debits, nothing where nothing."""
        found = {}
        for name, ledger in self.ledgers.items():
            for standing, _ in self.store.trial_balance(ledger.info, None):
                totals = standing.totals
                net = totals.posted_credits - totals.posted_debits
                if net:
                    found[f"{name}:{standing.account.path}"] = net
        return found

    def held(self) -> int:
        """How much open holds set aside in `main`."""
        numbers = [
            s.account.number for s, _ in self.store.trial_balance(self.ledgers["main"].info, None)
        ]
        return sum(self.store.held(self.ledgers["main"].info, numbers).values())

    def close(self) -> None:
        for ledger in self.ledgers.values():
            ledger.close()
