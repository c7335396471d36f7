"""Velocity limits on every store: what was used survives restarts, forgetting and other writers."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import Measure
from partita.engine.nearness import Wanted, nearest
from partita.engine.outcome import Accepted, BulkDone, Refused
from partita.engine.ports import LedgerInfo
from partita.engine.verification import verify_ledger
from partita.kernel import commands
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.kernel.velocity_limits import Limit, LimitScope, Usage, Window, WindowKind
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask, ask_one
from tests.unit.engine.bookkeeping import accepted, atomic, independent, open_accounts, pay, refused

SECOND = 1_000_000
PEOPLE = ("alice", "bob", "carol", "dan")
HOUR = Window(WindowKind.ROLLING, 3_600)


class Hall:
    """Ledgers of one name on one store, as if in several processes; a limit of 100 an hour."""

    def __init__(self, store: FullStore) -> None:
        self.store, self.clock = store, StandingClock()
        self.info: LedgerInfo = store.create_ledger("main", NOON)
        self._open: list[Ledger] = []
        self.first = self.ledger()
        accepted(ask_one(self.first, commands.OpenLedger("main")))
        open_accounts(self.first, ["bank", *PEOPLE])
        self.limit = accepted(ask_one(self.first, hourly())).event.id

    def ledger(self, *, accounts_kept: int | None = None) -> Ledger:
        """One more process."""
        entropy = SeededEntropy(len(self._open) + 1)
        made = Ledger(self.info, self.store, self.clock, entropy)
        if accounts_kept is not None:
            made._decider._accounts_kept = accounts_kept
        self._open.append(made)
        return made

    def used(self, subject: str) -> int:
        """What the store says that was used within the window now."""
        limit = self.store.resource(self.info, Limit.kind, self.limit)
        assert isinstance(limit, Limit)
        kept = self.store.usages(self.info, self.limit, Measure.AMOUNT, None, 1_000)
        found = {usage.subject: usage for usage in kept}
        usage = found.get(subject) or Usage(self.limit, subject)
        return usage.used(limit, self.clock.moment)[0]

    def demand_soundness(self) -> None:
        """Every row equals what the journal says."""
        report = verify_ledger(self.store, self.info)
        assert report.ok, report.first_bad

    def close(self) -> None:
        """Let all of them go."""
        for ledger in self._open:
            ledger.close()


def hourly(most: int = 100) -> commands.SetLimit:
    """So much may leave each account in any hour."""
    return commands.SetLimit("hourly", LimitScope.ACCOUNT, "*", "USD", HOUR, max_amount=most)


@pytest.fixture
def hall(store: FullStore) -> Iterator[Hall]:
    hall = Hall(store)
    yield hall
    hall.demand_soundness()
    hall.close()


def test_what_was_used_is_known_after_a_restart(hall: Hall) -> None:
    accepted(ask_one(hall.first, pay("alice", "bank", 60)))
    hall.first.close()
    again = hall.ledger()
    assert refused(ask_one(again, pay("alice", "bank", 41))) is Code.VELOCITY_EXCEEDED
    accepted(ask_one(again, pay("alice", "bank", 40)))
    assert hall.used("alice") == 100


def test_two_writers_cannot_pass_a_limit_by_turns(hall: Hall) -> None:
    second = hall.ledger()
    said = [
        isinstance(ask_one(ledger, pay("alice", "bank", 30)), Accepted)
        for _ in range(3)
        for ledger in (hall.first, second)
    ]
    assert said == [True, True, True, False, False, False]
    accepted(ask_one(second, hourly(120)))
    accepted(ask_one(hall.first, pay("alice", "bank", 30)))
    assert refused(ask_one(second, pay("alice", "bank", 1))) is Code.VELOCITY_EXCEEDED


def test_writers_at_once_let_no_more_through_than_the_limit(hall: Hall) -> None:
    ledgers = [hall.first, hall.ledger(), hall.ledger()]

    def spend(n: int) -> bool:
        mine = ledgers[n % len(ledgers)]
        return isinstance(ask_one(mine, pay("alice", "bank", 7)), Accepted)

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(spend, range(45)))
    assert said.count(True) == 100 // 7
    assert hall.used("alice") == 98


def test_a_batch_of_wishes_is_judged_one_after_another(hall: Hall) -> None:
    wishes = [wish(pay("alice", "bank", 30)) for _ in range(5)]
    said = [isinstance(outcome, Accepted) for outcome in ask(hall.first, *wishes)]
    assert said == [True, True, True, False, False]


def test_a_refused_bulk_uses_nothing_and_an_independent_one_what_it_did(hall: Hall) -> None:
    outcome = ask_one(hall.first, atomic(*(pay("alice", "bank", 40) for _ in range(3))))
    assert isinstance(outcome, Refused)
    assert (outcome.rejection.code, outcome.index) == (Code.VELOCITY_EXCEEDED, 2)
    assert hall.used("alice") == 0
    done = ask_one(hall.first, independent(*(pay("alice", "bank", 40) for _ in range(3))))
    assert isinstance(done, BulkDone)
    assert [isinstance(each, Accepted) for each in done.results] == [True, True, False]
    assert hall.used("alice") == 80
    accepted(ask_one(hall.first, pay("alice", "bank", 20)))


def test_a_limit_in_a_batch_counts_what_comes_after_it(hall: Hall) -> None:
    tight = commands.SetLimit("tight", LimitScope.ACCOUNT, "bob", "USD", HOUR, max_count=1)
    outcomes = ask(
        hall.first, wish(pay("bob", "bank", 1)), wish(tight), wish(pay("bob", "bank", 1)),
        wish(pay("bob", "bank", 1)),
    )  # fmt: skip
    assert [isinstance(each, Accepted) for each in outcomes] == [True, True, True, False]


def test_a_dry_run_leaves_what_is_used_as_it_is(hall: Hall) -> None:
    accepted(ask_one(hall.first, pay("alice", "bank", 50)))
    for amount, kind in ((50, Accepted), (51, Refused)):
        (outcome,) = ask(hall.first, wish(pay("alice", "bank", amount), is_dry=True))
        assert isinstance(outcome, kind)
    dry = wish(commands.Bulk((hourly(1), pay("bob", "bank", 2)), atomic=True), is_dry=True)
    (outcome,) = ask(hall.first, dry)
    assert isinstance(outcome, Refused)
    assert hall.used("alice") == 50
    accepted(ask_one(hall.first, pay("alice", "bank", 50)))


def test_a_hold_by_another_writer_counts_by_its_metadata(hall: Hall) -> None:
    card = commands.SetLimit("card", LimitScope.METADATA, "card", "USD", HOUR, max_amount=100)
    accepted(ask_one(hall.first, card))
    place = commands.PlaceHold("bob", 80, "USD", overcapture_bps=10_000, metadata={"card": "1"})
    hold = accepted(ask_one(hall.first, place)).event.id
    second = hall.ledger()
    capture = commands.CaptureHold(hold, destination="bank", amount=101)
    assert refused(ask_one(second, capture)) is Code.VELOCITY_EXCEEDED
    fitting = commands.CaptureHold(hold, destination="bank", amount=100)
    accepted(ask_one(second, fitting))
    more = commands.PostTransaction(pay("carol", "bank", 1).postings, metadata={"card": "1"})
    assert refused(ask_one(hall.first, more)) is Code.VELOCITY_EXCEEDED


def test_forgetful_writers_agree_with_a_plain_list(hall: Hall) -> None:
    chance = random.Random(7)
    ledgers = [hall.ledger(accounts_kept=1) for _ in range(2)]
    let: list[tuple[int, str, int]] = []
    for _ in range(120):
        hall.clock.moment = Moment(hall.clock.moment + chance.randrange(600) * SECOND)
        now, count = hall.clock.moment, chance.randrange(1, 4)
        wishes = [(chance.choice(PEOPLE), chance.randrange(1, 80)) for _ in range(count)]
        mine = chance.choice(ledgers)
        outcomes = ask(mine, *(wish(pay(who, "bank", amount)) for who, amount in wishes))
        for (who, amount), outcome in zip(wishes, outcomes, strict=True):
            spent = [each for each in let if each[1] == who]
            within = sum(a for then, _, a in spent if then > now - 3_600 * SECOND)
            nearly = sum(a for then, _, a in spent if then > now - 3_660 * SECOND)
            if isinstance(outcome, Accepted):
                let.append((now, who, amount))
                assert within + amount <= 100
            else:
                assert nearly + amount > 100
    assert 20 < len(let) < 200


def test_who_is_near_is_read_over_many_pages(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partita.engine.nearness._PAGE", 3)
    for n, who in enumerate(PEOPLE):
        accepted(ask_one(hall.first, pay(who, "bank", 10 * (n + 1))))
    limit = hall.store.resource(hall.info, Limit.kind, hall.limit)
    assert isinstance(limit, Limit)
    near = nearest(hall.store, hall.info, limit, hall.clock.moment, Wanted(limit=10))
    assert [(each.subject, each.percent) for each in near] == [
        ("dan", 40), ("carol", 30), ("bob", 20), ("alice", 10),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_are_those_that_all_rows_say(
    hall: Hall, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By amount and by count, after uses have left the window, whatever the pages are."""
    monkeypatch.setattr("partita.engine.nearness._PAGE", 2)
    chance = random.Random(seed)
    people = [f"many:p{n}" for n in range(14)]
    open_accounts(hall.first, people)
    bounds = commands.SetLimit(
        "both", LimitScope.ACCOUNT, "many:*", "USD", HOUR, max_amount=90, max_count=6
    )
    limit = accepted(ask_one(hall.first, bounds)).event.resource
    for _n in range(60):
        hall.clock.moment = Moment(hall.clock.moment + chance.randrange(300) * SECOND)
        ask_one(hall.first, pay(chance.choice(people), "bank", chance.randrange(1, 20)))
    now = hall.clock.moment
    all_rows = hall.store.usages(hall.info, limit.id, Measure.USES, None, 1_000)
    used = {usage.subject: usage.used(limit, now) for usage in all_rows}
    shares = {
        who: max(amount * 1_000_000 // 90, count * 1_000_000 // 6)
        for who, (amount, count) in used.items()
        if count
    }
    expected = sorted((-share, who) for who, share in shares.items())
    assert len(expected) > 4
    after, found = None, []
    while page := nearest(hall.store, hall.info, limit, now, Wanted(0, after, 3)):
        found += [near.place for near in page]
        after = found[-1]
    assert found == expected
    near = nearest(hall.store, hall.info, limit, now, Wanted(50))
    assert [each.place for each in near] == [p for p in expected if -p[0] >= 500_000]


@pytest.mark.parametrize("measure", Measure)
def test_usages_come_by_what_is_kept(hall: Hall, measure: Measure) -> None:
    for n, who in enumerate(PEOPLE):
        for _time in range(4 - n):
            accepted(ask_one(hall.first, pay(who, "bank", 4 + 5 * n)))
    whole = hall.store.usages(hall.info, hall.limit, measure, None, 100)
    assert {usage.subject for usage in whole} == set(PEOPLE)
    places = [(measure.kept(usage), usage.subject) for usage in whole]
    assert places == sorted(places, reverse=True)
    pages, after = [], None
    while page := hall.store.usages(hall.info, hall.limit, measure, after, 1):
        pages += page
        after = page[-1]
    assert pages == whole
