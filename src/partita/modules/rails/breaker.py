"""The circuit breaker of a rail: after so many failures in a row nobody asks it for a while.

    closed ── failures ──► open ── time ──► half open ── success ──► closed
                             ▲                  │
                             └──── failure ─────┘

Pure: a breaker is a value, time comes in, and the table below is all there is to it. Half open, one
call at a time is let through to see whether the rail is back (M. Nygard, "Release It!", ch. 5).
"""

from enum import Enum

import msgspec

from partita.kernel.moment import Moment


class BreakerState(Enum):
    """Whether calls are let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Signal(Enum):
    """What a breaker hears of."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    FAILED_OFTEN = "failed_often"
    """Failed for as many times in a row as its policy bears."""
    RESTED = "rested"
    """It has been open for as long as its policy says, and somebody wants to call."""


class BreakerPolicy(msgspec.Struct, frozen=True):
    """After how many failures in a row a breaker opens, and for how long."""

    failures: int = 5
    rest_seconds: int = 30


TRANSITIONS: dict[tuple[BreakerState, Signal], BreakerState] = {
    (BreakerState.CLOSED, Signal.SUCCEEDED): BreakerState.CLOSED,
    (BreakerState.CLOSED, Signal.FAILED): BreakerState.CLOSED,
    (BreakerState.CLOSED, Signal.FAILED_OFTEN): BreakerState.OPEN,
    (BreakerState.OPEN, Signal.RESTED): BreakerState.HALF_OPEN,
    # Calls that were under way when it opened: what they say late is no reason to open it now.
    (BreakerState.OPEN, Signal.SUCCEEDED): BreakerState.OPEN,
    (BreakerState.OPEN, Signal.FAILED): BreakerState.OPEN,
    (BreakerState.OPEN, Signal.FAILED_OFTEN): BreakerState.OPEN,
    (BreakerState.HALF_OPEN, Signal.SUCCEEDED): BreakerState.CLOSED,
    (BreakerState.HALF_OPEN, Signal.FAILED): BreakerState.OPEN,
    (BreakerState.HALF_OPEN, Signal.FAILED_OFTEN): BreakerState.OPEN,
}
"""Where each signal leads. Nobody is rested but who is open: no other row is missing."""


class Breaker(msgspec.Struct, frozen=True):
    """A breaker as it is now; `since` is when it came into its state.

    >>> policy = BreakerPolicy(failures=2, rest_seconds=30)
    >>> breaker = Breaker().failed(policy, Moment(0)).failed(policy, Moment(0))
    >>> breaker.state, breaker.admits(policy, Moment(1))
    (<BreakerState.OPEN: 'open'>, False)
    >>> breaker.admits(policy, Moment(30_000_000))
    True
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    since: Moment = Moment(0)
    is_probing: bool = False

    def admits(self, policy: BreakerPolicy, now: Moment) -> bool:
        """Whether a call is let through; whoever makes it says so with `asked`."""
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return now >= self.since + policy.rest_seconds * 1_000_000
            case BreakerState.HALF_OPEN:
                return not self.is_probing

    def asked(self, now: Moment) -> "Breaker":
        """The breaker while a call that it admits is under way."""
        if self.state is BreakerState.CLOSED:
            return self
        if self.state is BreakerState.OPEN:
            state = TRANSITIONS[self.state, Signal.RESTED]
            return Breaker(state, self.failures, now, is_probing=True)
        return Breaker(self.state, self.failures, self.since, is_probing=True)

    def succeeded(self, now: Moment) -> "Breaker":
        """The breaker after a call that was answered, whatever the answer."""
        state = TRANSITIONS[self.state, Signal.SUCCEEDED]
        failures = self.failures if state is BreakerState.OPEN else 0
        return Breaker(state, failures, self.since if state is self.state else now)

    def failed(self, policy: BreakerPolicy, now: Moment) -> "Breaker":
        """The breaker after a call that did not get through, or got no answer."""
        failures = self.failures + 1
        signal = Signal.FAILED_OFTEN if failures >= policy.failures else Signal.FAILED
        state = TRANSITIONS[self.state, signal]
        return Breaker(state, failures, self.since if state is self.state else now)
