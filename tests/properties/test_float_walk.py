"""Any walk through a ledger ties: posted, pending, held, reversed, under a chart that changes.

Accounts open by themselves under one chart and stand outside the next; nothing of it may leave a
unit unexplained, at any place of the journal.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from partita.adapters.stores.memory import MemoryStore
from partita.engine.as_of import AsOf
from partita.engine.outcome import Accepted
from partita.kernel import commands
from partita.kernel.account import Side
from partita.kernel.events import HoldPlaced, TransactionPended, TransactionPosted
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.modules.chart.applying import RetireChart, apply_command
from partita.modules.chart.ready import READY, ready_chart
from partita.modules.chart.roles import ROLES
from partita.modules.float.reading import read_float
from partita.wiring import Application
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one

_VALUES = {"customer": "c", "wallet": "w", "rail": "r", "kind": "k", "ledger": "l", "traded": "USD"}


@st.composite
def _paths(draw: st.DrawFn) -> str:
    role = draw(st.sampled_from(sorted(ROLES)))
    known = {name: _VALUES.get(name, "EUR") for name in ROLES[role]}
    return ready_chart(draw(st.sampled_from(READY[:2]))).place(role, **known)


_STEPS = st.one_of(
    st.tuples(st.just("post"), _paths(), _paths(), st.integers(1, 500), st.integers(-9, 9)),
    st.tuples(st.just("pend"), _paths(), _paths(), st.integers(1, 500)),
    st.tuples(st.just("hold"), _paths(), st.integers(1, 500)),
    st.tuples(st.just("chart"), st.sampled_from([*READY, None])),
    st.tuples(st.sampled_from(["reverse", "settle", "capture"]), st.integers(0, 9)),
)


def _command(step: tuple[Any, ...], made: list[Any]) -> Any:
    """The command that a step asks for; None if there is nothing yet that it could be about."""
    name, *rest = step
    if name in {"post", "pend"}:
        debit, credit, amount = rest[:3]
        legs = (
            Posting(debit, Side.DEBIT, amount, "EUR"),
            Posting(credit, Side.CREDIT, amount, "EUR"),
        )
        if name == "pend":
            return commands.PendTransaction(legs)
        return commands.PostTransaction(legs, effective_at=Moment(NOON + rest[3] * 1_000_000))
    if name == "hold":
        return commands.PlaceHold(rest[0], rest[1], "EUR")
    if name == "chart":
        return RetireChart() if rest[0] is None else apply_command(ready_chart(rest[0]).document)
    return _command_about(name, rest[0], made)


def _command_about(name: str, which: int, made: list[Any]) -> Any:
    kind = {"reverse": TransactionPosted, "settle": TransactionPended, "capture": HoldPlaced}[name]
    found = [event for event in made if isinstance(event, kind)]
    if not found:
        return None
    event = found[which % len(found)]
    if isinstance(event, HoldPlaced):
        return commands.CaptureHold(event.hold.id, destination="treasury:EUR")
    if isinstance(event, TransactionPended):
        return commands.SettleTransaction(event.transaction.id)
    return commands.ReverseTransaction(event.id)


@settings(max_examples=40, deadline=None)
@given(st.lists(_STEPS, min_size=1, max_size=25))
def test_any_walk_ties_at_every_place_of_the_journal(steps: list[tuple[Any, ...]]) -> None:
    clock = StandingClock(step_microseconds=1)
    store = MemoryStore()
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    try:
        ledger = application.open_ledger("main")
        ask_one(ledger, apply_command(ready_chart().document))
        made: list[Any] = []
        for step in steps:
            command = _command(step, made)
            outcome = None if command is None else ask_one(ledger, command)
            if isinstance(outcome, Accepted):
                made.append(outcome.record.event)
        info = ledger.info
        for sequence in range(1, store.head(info).sequence + 1):
            for moment in (None, Moment(NOON - 5_000_000), Moment(NOON + 5_000_000)):
                found = read_float(store, info, AsOf(moment, sequence))
                assert all(block.difference == 0 for block in found.blocks)
                assert all(sum(line.net for line in b.lines) == 0 for b in found.blocks)
    finally:
        application.close()
