"""A desk where velocity limits are in force, and what is spent against them."""

from partita.kernel import commands
from partita.kernel.velocity_limits import LimitScope, Window, WindowKind
from tests.unit.kernel.bookkeeping import credit, debit
from tests.unit.kernel.desk import SECOND, Desk

MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
ROLLING = Window(WindowKind.ROLLING, 3_600)


def limit(**changes: object) -> commands.SetLimit:
    """At most 100 in any hour may leave alice's account."""
    given: dict[str, object] = {
        "title": "hourly", "scope": LimitScope.ACCOUNT, "subject": "alice", "asset": "USD",
        "window": ROLLING, "max_amount": 100,
    }  # fmt: skip
    return commands.SetLimit(**(given | changes))  # type: ignore[arg-type]


def desk(*limits: commands.SetLimit) -> Desk:
    """Alice and bob have 1,000 each; these limits are in force."""
    at_desk = Desk(alice=1_000, bob=1_000, shop=0)
    for each in limits:
        at_desk.done(each)
    return at_desk


def spend(amount: int, account: str = "alice", **more: object) -> commands.PostTransaction:
    """So much to the shop."""
    legs = debit(account, amount), credit("shop", amount)
    return commands.PostTransaction(legs, **more)  # type: ignore[arg-type]


def used(at_desk: Desk, subject: str = "alice") -> tuple[int, int]:
    """What is used of the oldest limit now: amount and times."""
    velocity = at_desk.book.velocity
    oldest = next(iter(velocity.limits.values()))
    return velocity.usage(oldest.id, subject).used(oldest, at_desk.now)
