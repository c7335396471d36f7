"""Deciding ahead: the second wish is decided while the first is still on its way into the store.

What the store says by then is out of date; what the first one left must count all the same.
"""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import NamedTuple

import pytest

from partita.engine.decider import Decider
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.ports import Draft, LedgerInfo
from partita.engine.verification import verify_ledger
from partita.engine.writer import Writer
from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.holds import Hold, HoldStatus
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock
from tests.properties.accountant import EVERYTHING
from tests.properties.auditor import audited
from tests.unit.engine.bookkeeping import pay
from tests.unit.engine.stores import LONG_SECONDS, Gate

SOON = Moment(NOON + 1_000_000)


class Watched(Gate):
    """A gate that tells when the next draft has been made ready before it."""

    def __init__(self, store: FullStore) -> None:
        super().__init__(store)
        self.opened.set()
        self.drafts: SimpleQueue[Draft] = SimpleQueue()

    def pack(self, ledger: LedgerInfo, draft: Draft) -> object:
        packed = self._store.pack(ledger, draft)
        self.drafts.put(draft)
        return packed


class Scene:
    """One writer, alone on its ledger, before a gate that can be closed; Alice has 100."""

    def __init__(self, store: FullStore, accounts_kept: int) -> None:
        self.store, self.clock = store, StandingClock()
        self.info = store.create_ledger("main", NOON)
        self.gate = Watched(store)
        entropy = SeededEntropy(3)
        decider = Decider(self.info, self.clock, entropy, accounts_kept=accounts_kept)
        self.writer = Writer(self.gate, self.info, decider)  # type: ignore[arg-type]
        opened = [
            commands.OpenAccount(
                path, "USD", AccountType.LIABILITY,
                constraints=Constraints(min_available=0 if path == "alice" else None),
            )
            for path in ("bank", "shop", "alice")
        ]  # fmt: skip
        for command in (commands.OpenLedger("main"), *opened, pay("bank", "alice", 100)):
            assert isinstance(self.ask(command), Accepted)

    def send(self, command: commands.Command) -> SimpleQueue[list[Outcome] | BaseException]:
        answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
        self.writer.submit((wish(command),), answers.put)
        return answers

    def ask(self, command: commands.Command) -> Outcome:
        return heard(self.send(command))

    def made(self, command: commands.Command) -> str:
        outcome = self.ask(command)
        assert isinstance(outcome, Accepted), outcome
        return outcome.record.event.id

    def ask_ahead(
        self, first: commands.Command, second: commands.Command, jump: int = 0
    ) -> tuple[Outcome, Outcome]:
        """Both, the second decided before the first is in the store."""
        self.gate.opened.clear()
        self.gate.waiting.clear()
        answers = [self.send(first)]
        assert self.gate.waiting.wait(LONG_SECONDS)
        while not self.gate.drafts.empty():
            self.gate.drafts.get()
        self.clock.moment = Moment(self.clock.moment + jump)
        answers.append(self.send(second))
        self.gate.drafts.get(timeout=LONG_SECONDS)
        self.gate.opened.set()
        one, other = (heard(each) for each in answers)
        return one, other

    def close(self) -> None:
        self.gate.opened.set()
        self.writer.close()


def heard(answers: SimpleQueue[list[Outcome] | BaseException]) -> Outcome:
    answer = answers.get(timeout=LONG_SECONDS)
    if isinstance(answer, BaseException):
        raise answer
    return answer[0]


@pytest.fixture(params=[100_000, 0], ids=["all kept", "none kept"])
def scene(store: FullStore, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """With a writer that remembers accounts, and with one that has to load them each time."""
    made = Scene(store, request.param)
    yield made
    made.close()
    report = verify_ledger(store, made.info)
    assert report.ok, report.first_bad
    audited(store.records(made.info, 0, EVERYTHING))


def spend(hold: str, amount: int) -> commands.CaptureHold:
    return commands.CaptureHold(hold, (Posting("shop", Side.CREDIT, amount, "USD"),))


class Case(NamedTuple):
    """What is there already, what is asked of it twice, and why the second is refused."""

    prepare: commands.Command
    first: Callable[[str], commands.Command]
    second: Callable[[str], commands.Command]
    code: str


HOLD, PENDING = (
    commands.PlaceHold("alice", 100, "USD"),
    commands.PendTransaction(pay("bank", "shop", 5).postings),
)
CASES = {
    "captured twice": Case(HOLD, lambda h: spend(h, 100), lambda h: spend(h, 100), "invalid_state"),
    "captured in parts": Case(
        HOLD, lambda h: spend(h, 60), lambda h: spend(h, 60), "capture_exceeds_hold"
    ),
    "captured when released": Case(
        HOLD, commands.ReleaseHold, lambda h: spend(h, 1), "invalid_state"
    ),
    "released when captured": Case(
        HOLD, lambda h: spend(h, 60), lambda h: commands.ReleaseHold(h, 41), "release_exceeds_hold"
    ),
    "spent when incremented": Case(
        commands.PlaceHold("alice", 50, "USD"), lambda h: commands.IncrementHold(h, 50),
        lambda _: pay("alice", "shop", 1), "insufficient_funds",
    ),
    "archived when posted": Case(
        PENDING, commands.SettleTransaction, commands.ArchiveTransaction, "invalid_state"
    ),
    "posted when edited": Case(
        PENDING, lambda t: commands.EditTransaction(t, type="a"),
        lambda t: commands.SettleTransaction(t, if_version=1), "version_conflict",
    ),
    "reversed twice": Case(
        pay("bank", "shop", 5), commands.ReverseTransaction, commands.ReverseTransaction,
        "already_reversed",
    ),
    "reversed in parts": Case(
        pay("bank", "shop", 5), lambda t: commands.ReverseTransaction(t, ((0, 3), (1, 3))),
        lambda t: commands.ReverseTransaction(t, ((0, 3), (1, 3))), "reversal_exceeds_transaction",
    ),
    "reference of a hold": Case(
        pay("bank", "shop", 5), lambda _: commands.PlaceHold("alice", 1, "USD", external_id="x"),
        lambda _: pay("bank", "shop", 1, "x"), "external_id_taken",
    ),
    "reference of a capture": Case(
        HOLD, lambda h: commands.CaptureHold(h, destination="shop", amount=1, external_id="x"),
        lambda _: commands.PlaceHold("bank", 1, "USD", external_id="x"), "external_id_taken",
    ),
    "held twice": Case(pay("bank", "shop", 5), lambda _: HOLD, lambda _: HOLD, "insufficient_funds"),
    "saved twice": Case(
        commands.SaveDocument("a", "b", "1"), lambda _: commands.SaveDocument("a", "b", "2"),
        lambda _: commands.SaveDocument("a", "b", "2"), "document_unchanged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_on_its_way_counts(scene: Scene, case: str) -> None:
    prepare, first, second, code = CASES[case]
    thing = scene.made(prepare)
    # Somebody else's wish in between, so that the thing is no longer in the writer's memory.
    scene.made(pay("bank", "shop", 1))
    one, other = scene.ask_ahead(first(thing), second(thing))
    assert isinstance(one, Accepted), one
    assert isinstance(other, Refused), "decided on what the store said before"
    assert other.rejection.code.value == code


def test_a_hold_on_its_way_runs_out(scene: Scene) -> None:
    place = commands.PlaceHold("alice", 100, "USD", expires_at=SOON)
    one, other = scene.ask_ahead(place, pay("alice", "shop", 100), jump=1_000_000)
    assert isinstance(one, Accepted)
    assert isinstance(other, Accepted), "it had run out when the second was decided"


def test_more_time_on_its_way_counts(scene: Scene) -> None:
    hold = scene.made(commands.PlaceHold("alice", 100, "USD", expires_at=SOON))
    scene.made(pay("bank", "shop", 1))
    extend = commands.ExtendHold(hold, Moment(SOON + 1))
    one, other = scene.ask_ahead(extend, pay("alice", "shop", 1), jump=1_000_000)
    assert isinstance(one, Accepted)
    assert isinstance(other, Refused), "it ran out early"
    kept = scene.store.resource(scene.info, "hold", hold)
    assert isinstance(kept, Hold)
    assert kept.status is HoldStatus.PLACED


def test_an_end_on_its_way_is_no_second_end(scene: Scene) -> None:
    hold = scene.made(commands.PlaceHold("alice", 100, "USD", expires_at=SOON))
    scene.made(pay("bank", "shop", 1))
    one, other = scene.ask_ahead(
        commands.ReleaseHold(hold), pay("alice", "shop", 100), jump=1_000_000
    )
    assert isinstance(one, Accepted)
    assert isinstance(other, Accepted)


def test_an_expiry_on_its_way_is_no_second_expiry(scene: Scene) -> None:
    scene.made(commands.PlaceHold("alice", 100, "USD", expires_at=SOON))
    scene.made(pay("bank", "shop", 1))
    scene.clock.moment = SOON
    one, other = scene.ask_ahead(pay("alice", "shop", 40), pay("alice", "shop", 60))
    assert isinstance(one, Accepted)
    assert isinstance(other, Accepted)


def test_less_time_on_its_way_counts(scene: Scene) -> None:
    hold = scene.made(commands.PlaceHold("alice", 100, "USD"))
    scene.made(pay("bank", "shop", 1))
    extend = commands.ExtendHold(hold, SOON)
    one, other = scene.ask_ahead(extend, pay("bank", "shop", 1), jump=1_000_000)
    assert isinstance(one, Accepted)
    assert isinstance(other, Accepted)
    kept = scene.store.resource(scene.info, "hold", hold)
    assert isinstance(kept, Hold)
    assert kept.status is HoldStatus.EXPIRED
