"""The circuit breaker: its table is total, and it keeps callers away for exactly as long as it says."""

from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.moment import Moment
from partita.modules.rails.breaker import (
    TRANSITIONS,
    Breaker,
    BreakerPolicy,
    BreakerState,
    Signal,
)

POLICY = BreakerPolicy(failures=3, rest_seconds=10)
REST = 10_000_000


def failing(times: int, breaker: Breaker | None = None, now: int = 0) -> Breaker:
    """A breaker after so many failures."""
    found = breaker or Breaker()
    for _ in range(times):
        found = found.failed(POLICY, Moment(now))
    return found


def test_the_table_has_a_row_for_everything_that_can_be_heard() -> None:
    heard = {(state, signal) for state in BreakerState for signal in Signal}
    never = {(s, Signal.RESTED) for s in (BreakerState.CLOSED, BreakerState.HALF_OPEN)}
    assert set(TRANSITIONS) == heard - never


def test_it_opens_with_the_last_failure_that_it_bears_and_not_before() -> None:
    assert failing(2).state is BreakerState.CLOSED
    assert failing(2).admits(POLICY, Moment(0))
    assert failing(3).state is BreakerState.OPEN


def test_a_success_forgets_the_failures_before_it() -> None:
    assert failing(2, failing(2).succeeded(Moment(0))).state is BreakerState.CLOSED


def test_open_it_admits_nobody_until_it_has_rested() -> None:
    breaker = failing(3, now=100)
    assert not breaker.admits(POLICY, Moment(100 + REST - 1))
    assert breaker.admits(POLICY, Moment(100 + REST))


def test_half_open_it_admits_one_at_a_time() -> None:
    probing = failing(3).asked(Moment(REST))
    assert probing.state is BreakerState.HALF_OPEN
    assert not probing.admits(POLICY, Moment(REST))


def test_a_probe_that_succeeds_closes_it_and_one_that_fails_opens_it_anew() -> None:
    probing = failing(3).asked(Moment(REST))
    assert probing.succeeded(Moment(REST)) == Breaker(BreakerState.CLOSED, 0, Moment(REST))
    again = probing.failed(POLICY, Moment(REST + 5))
    assert (again.state, again.since) == (BreakerState.OPEN, REST + 5)
    assert not again.admits(POLICY, Moment(2 * REST))
    assert again.admits(POLICY, Moment(2 * REST + 5))


def test_what_was_under_way_when_it_opened_changes_nothing() -> None:
    breaker = failing(3)
    late = breaker.succeeded(Moment(1))
    assert (late.state, late.since) == (breaker.state, breaker.since)
    assert failing(1, breaker, now=5).since == breaker.since


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3 * REST)), max_size=60))
def test_whatever_happens_no_call_is_made_while_it_rests(
    story: list[tuple[bool, int]],
) -> None:
    breaker, now, opened_at = Breaker(), 0, None
    for is_well, passed in story:
        now += passed
        if not breaker.admits(POLICY, Moment(now)):
            assert opened_at is not None
            assert now < opened_at + REST
            continue
        breaker = breaker.asked(Moment(now))
        moment = Moment(now)
        breaker = breaker.succeeded(moment) if is_well else breaker.failed(POLICY, moment)
        assert not breaker.is_probing
        opened_at = now if breaker.state is BreakerState.OPEN else None
