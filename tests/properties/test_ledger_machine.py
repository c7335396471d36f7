"""Anything anybody may ask of a ledger, in any order, beside a plain model that must agree.

The model (`plain_ledger.py`) shares no code with the rules. After each step every balance agrees;
after each run the journal is folded anew, hashed anew, and held against all that the store says.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from partita.adapters.stores.memory.store import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.as_of import AsOf
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, FreezeFlow, Side, Totals
from partita.kernel.asset import Asset
from partita.kernel.balance import balance
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.wiring import FullStore
from tests.plugins.postgres import PostgresDatabases
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask, ask_one
from tests.properties.accountant import assert_sound
from tests.properties.plain_ledger import MOST, Leg, PlainLedger

Wanted = tuple[commands.Command, Callable[[PlainLedger, int], str | None]]
"""A command, and what it asks of the plain ledger at a moment."""

USUAL = {"USD": ("u0", "u1", "u2", "u3"), "EUR": ("e0", "e1", "e2"), "PTS": ("s0", "s1")}
"""Where each asset usually is; now and then a wish names the wrong place."""
PATHS = tuple(path for each in USUAL.values() for path in each)
paths = st.sampled_from(PATHS)
seldom = st.integers(0, 14).map(lambda n: n == 7)
keys = st.none() | st.sampled_from([f"key-{n}" for n in range(8)])
references = st.none() | st.none() | st.sampled_from([f"ref-{n}" for n in range(9)])
moments = st.none() | st.integers(-3, 3).map(lambda days: Moment(NOON + days * 86_400_000_000))
limits = st.fixed_dictionaries(
    {},
    optional={
        "min_posted": st.integers(-20, 5), "min_available": st.integers(-20, 5),
        "max_posted": st.integers(20, 60), "max_available": st.integers(20, 60),
        "overdraft": st.integers(0, 20),
    },
)  # fmt: skip


def opening(path: str, asset: str, kind: AccountType, bounds: dict[str, int]) -> Wanted:
    """A wish to open an account."""
    grows_by_debits = kind in (AccountType.ASSET, AccountType.EXPENSE)
    command = commands.OpenAccount(path, asset, kind, constraints=Constraints(**bounds))
    return command, lambda plain, _: plain.open(
        path, asset, grows_by_debits=grows_by_debits, limits=bounds
    )


@st.composite
def openings(draw: st.DrawFn) -> Wanted:
    """A wish to open an account, often with limits."""
    asset = draw(st.sampled_from(("USD", "USD", "EUR", "PTS")))
    path = draw(paths if draw(seldom) else st.sampled_from(USUAL[asset]))
    kind, bounds = draw(st.sampled_from(AccountType)), draw(st.just({}) | limits)
    return opening(path, asset, kind, bounds)


@st.composite
def changes(draw: st.DrawFn) -> Wanted:
    """A wish to freeze, unfreeze or close an account."""
    path = draw(paths)
    kinds = {
        "unfreeze": commands.UnfreezeAccount,
        "close": commands.CloseAccount,
    }
    action = draw(st.sampled_from(("freeze", "freeze", *["unfreeze"] * 4, "close")))
    if action == "freeze":
        flow = draw(st.sampled_from(FreezeFlow))
        more = ("in", "out") if flow is FreezeFlow.BOTH else (flow.value,)
        command = commands.FreezeAccount(path, None, flow)
        return command, lambda plain, _: plain.change(path, "freeze", more)
    return kinds[action](path), lambda plain, _: plain.change(path, action)


def registration(code: str) -> Wanted:
    """A wish to make an asset known."""
    return commands.RegisterAsset(Asset(code, 0)), lambda plain, _: plain.register(code)


REGISTER_POINTS = registration("PTS")
registrations = st.sampled_from(("PTS", "EUR", "GOLD")).map(registration)


@st.composite
def legs(draw: st.DrawFn) -> list[Leg]:
    """2 to 6 legs over one or two assets; mostly balanced, now and then careless."""
    found: list[Leg] = []
    for asset in draw(
        st.sampled_from((("USD",), ("USD",), ("EUR",), ("USD", "EUR"), ("USD", "PTS")))
    ):
        amount = MOST if draw(seldom) else draw(st.integers(2, 25))
        part = min(draw(st.integers(1, 25)), amount)
        source, *targets = draw(st.permutations(USUAL[asset]))
        target = draw(paths) if draw(seldom) else targets[0]
        sign = draw(st.sampled_from((1, -1)))
        found.append(Leg(source, sign * amount, asset))
        found.append(Leg(target, -sign * part, asset))
        if amount > part:
            found.append(Leg(targets[-1], sign * (part - amount), asset))
    if draw(seldom):
        return found[:-1]
    if draw(seldom):
        found[0] = found[0]._replace(change=0)
    return found


@st.composite
def postings(draw: st.DrawFn) -> Wanted:
    """A wish to post a transaction, backdated or not."""
    lines, reference, at = draw(legs()), draw(references), draw(moments)
    command = commands.PostTransaction(
        tuple(
            Posting(x.account, Side.DEBIT if x.change >= 0 else Side.CREDIT, abs(x.change), x.asset)
            for x in lines
        ),
        external_id=reference,
        effective_at=at,
    )
    return command, lambda plain, now: plain.post(lines, reference, now if at is None else at)


KINDS = [postings(), openings(), changes(), registrations]


@st.composite
def any_wish(draw: st.DrawFn) -> Wanted:
    """Mostly transactions."""
    return draw(KINDS[draw(st.sampled_from((0,) * 12 + (1, 2, 2, 3)))])


wishes = any_wish()


class LedgerMachine(RuleBasedStateMachine):
    """Drives a ledger and the plain one side by side."""

    make_store: Callable[[], FullStore]

    def __init__(self) -> None:
        super().__init__()
        self.store = type(self).make_store()
        self.clock = StandingClock(step_microseconds=1)
        self.info = self.store.create_ledger("main", NOON)
        self.seed = 0
        self.ledger = self._ledger()
        ask_one(self.ledger, commands.OpenLedger("main"))
        self.plain = PlainLedger({"USD", "EUR"})
        self.answered: dict[tuple[str, str], tuple[commands.Command | commands.Bulk, Outcome]] = {}

    def _ledger(self) -> Ledger:
        self.seed += 1
        return Ledger(self.info, self.store, self.clock, SeededEntropy(self.seed))

    @initialize(bounds=st.lists(st.just({}) | limits, min_size=len(PATHS), max_size=len(PATHS)))
    def begin_with_accounts(self, bounds: list[dict[str, int]]) -> None:
        """Little happens without accounts; one of them is left to be opened later."""
        for path, limit in list(zip(PATHS, bounds, strict=True))[:-1]:
            asset = next(asset for asset, places in USUAL.items() if path in places)
            if path == USUAL["PTS"][0]:
                self.ask_alone(REGISTER_POINTS, None)
            self.ask_alone(opening(path, asset, AccountType.LIABILITY, limit), None)

    @rule(wanted=wishes, key=keys)
    def ask_alone(self, wanted: Wanted, key: str | None) -> None:
        """One wish; under a key that may have been used before."""
        command, entry = wanted
        outcome = ask_one(self.ledger, command, key)
        if not self._is_known(command, key, outcome):
            self._agree(outcome, entry(self.plain, self.store.head(self.info).recorded_at))

    @rule(several=st.lists(wishes, min_size=2, max_size=5))
    def ask_together(self, several: list[Wanted]) -> None:
        """Several wishes in one batch, decided in their order."""
        now = self.clock.moment + 1
        outcomes = ask(self.ledger, *(wish(command) for command, _ in several))
        for (_, entry), outcome in zip(several, outcomes, strict=True):
            self._agree(outcome, entry(self.plain, self._recorded(outcome, now)))

    @rule(several=st.lists(wishes, max_size=4), key=keys)
    def ask_for_all_or_nothing(self, several: list[Wanted], key: str | None) -> None:
        """An atomic bulk."""
        bulk = commands.Bulk(tuple(command for command, _ in several), atomic=True)
        outcome = ask_one(self.ledger, bulk, key)
        if self._is_known(bulk, key, outcome):
            return
        trial, now = self.plain.copy(), self.store.head(self.info).recorded_at
        for n, (_, entry) in enumerate(several):
            if (code := entry(trial, now)) is not None:
                self._agree(outcome, code)
                assert isinstance(outcome, Refused)
                assert outcome.index == n
                return
        assert isinstance(outcome, BulkDone)
        assert all(isinstance(result, Accepted) for result in outcome.results)
        self.plain = trial

    @rule(several=st.lists(wishes, max_size=4), key=keys)
    def ask_for_each(self, several: list[Wanted], key: str | None) -> None:
        """A bulk of independent wishes."""
        bulk = commands.Bulk(tuple(command for command, _ in several), atomic=False)
        outcome = ask_one(self.ledger, bulk, key)
        if self._is_known(bulk, key, outcome):
            return
        assert isinstance(outcome, BulkDone)
        now = self.store.head(self.info).recorded_at
        for (_, entry), result in zip(several, outcome.results, strict=True):
            self._agree(result, entry(self.plain, self._recorded(result, now)))

    @rule(choice=st.randoms(use_true_random=False))
    def ask_again(self, choice: random.Random) -> None:
        """An old wish under its old key."""
        if self.answered:
            command, first = choice.choice(list(self.answered.values()))
            key = next(k for (_, k), (c, _) in self.answered.items() if c is command)
            again = ask_one(self.ledger, command, key)
            assert again.replayed
            assert _plain(again) == _plain(first)

    @rule(jump=st.integers(-5_000_000, 5_000_000))
    def let_the_clock_jump(self, jump: int) -> None:
        """Clocks do."""
        self.clock.moment = Moment(self.clock.moment + jump)

    @rule()
    def open_anew(self) -> None:
        """Another process takes over, which knows nothing but what is stored."""
        self.ledger.close()
        self.ledger = self._ledger()

    def _is_known(
        self, command: commands.Command | commands.Bulk, key: str | None, outcome: Outcome
    ) -> bool:
        """Whether the key was used before; if so, the answer is judged here."""
        if key is None:
            return False
        place = (_operation(command), key)
        if place not in self.answered:
            assert not outcome.replayed
            self.answered[place] = (command, outcome)
            return False
        first_command, first = self.answered[place]
        if first_command == command:
            assert outcome.replayed
            assert _plain(outcome) == _plain(first)
        else:
            self._agree(outcome, "idempotency_key_reused")
        return True

    def _recorded(self, outcome: Outcome, otherwise: int) -> int:
        return outcome.record.recorded_at if isinstance(outcome, Accepted) else otherwise

    def _agree(self, outcome: Outcome, code: str | None) -> None:
        if code is None:
            assert isinstance(outcome, Accepted), outcome
        else:
            assert isinstance(outcome, Refused), (code, outcome)
            assert outcome.rejection.code.value == code

    @invariant()
    def balances_agree(self) -> None:
        """Every account stands where the plain one does; each asset sums to zero."""
        found = {s.account.path: (s, t) for s, t in self.store.trial_balance(self.info, None)}
        assert found.keys() == self.plain.accounts.keys()
        sums: dict[str, int] = {}
        for path, (standing, totals) in found.items():
            account = self.plain.accounts[path]
            assert totals == Totals(*account.turnover())
            assert balance(totals, standing.account.normal_side).posted == account.balance()
            assert (standing.status.value, standing.version) == (account.status, len(account.lines))
            net = totals.posted_debits - totals.posted_credits
            sums[account.asset] = sums.get(account.asset, 0) + net
        assert not any(sums.values())

    def teardown(self) -> None:
        """Judge the whole journal, and balances over effective time."""
        try:
            assert_sound(self.store, self.info)
            for days in range(-4, 5):
                moment = Moment(NOON + days * 86_400_000_000)
                for standing, totals in self.store.trial_balance(self.info, AsOf(moment)):
                    expected = self.plain.accounts[standing.account.path].balance(moment)
                    assert balance(totals, standing.account.normal_side).posted == expected
        finally:
            self.ledger.close()
            self.store.close()


def _operation(command: commands.Command | commands.Bulk) -> str:
    return type(command).__name__


def _plain(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, replayed=False)


def run(make_store: Callable[[], FullStore], *, examples: int, steps: int) -> None:
    """Run the machine so many times for so many steps."""
    machine = type("Machine", (LedgerMachine,), {"make_store": staticmethod(make_store)})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=checks,
        ),
    )  # fmt: skip


@contextmanager
def fresh_databases(databases: PostgresDatabases) -> Iterator[Callable[[], FullStore]]:
    """A maker of stores on databases of their own, which are dropped in the end."""
    made: list[Any] = []

    def make() -> PostgresStore:
        made.append(databases.create())
        return PostgresStore(made[-1].poster, made[-1].reader, connections=2)

    yield make
    for database in made:
        databases.drop(database)


def test_the_ledger_in_memory_does_as_the_plain_one() -> None:
    run(MemoryStore, examples=50, steps=40)


def test_the_ledger_in_postgres_does_as_the_plain_one(
    postgres_databases: PostgresDatabases,
) -> None:
    with fresh_databases(postgres_databases) as make:
        run(make, examples=10, steps=30)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_ledger_does_as_the_plain_one_for_long(postgres_databases: PostgresDatabases) -> None:
    run(MemoryStore, examples=2000, steps=60)
    with fresh_databases(postgres_databases) as make:
        run(make, examples=200, steps=60)
