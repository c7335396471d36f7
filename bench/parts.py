"""The parts: what `./dev bench` measures, in the order in which it does, and the goal of each.

Goals are of the issue that asked for them, for a machine of 2 cores; they are shown as a look and
never fail a run.
"""

from enum import Enum

import msgspec

REFERENCE = "baseline_10000"
"""The part that all ratios are to."""
COLD, HOT = "bulk_8000", "bulk_8000_hot"
PLAIN, WALLETS = "http_256", "http_wallets_256"
"""Plain transactions over HTTP, and transfers from wallet to wallet, which are to be nearly as many."""
CATCH_UP = "feed_catch_up"
"""Reading the event feed from its beginning, which is to be much faster than events come by HTTP."""
MANY_ACCOUNTS, HOT_ACCOUNTS = 10_000, 10


class Kind(Enum):
    """How a part drives its ledger."""

    BASELINE = "SQL, by pgbench"
    BULK = "batches through the library"
    SINGLES = "single transfers through the library"
    HTTP = "single transfers over HTTP"
    WRITING = "holds, templates, reversals through the library"
    READING = "verification and proofs"


class Part(msgspec.Struct, frozen=True):
    """One part: `concurrency` requests at once, each of `size` transfers.

    `goal` is the least ratio to the reference that we want to see, if there is one;
    `goal_over_cold` the same for 10 accounts against 10,000, `goal_over_plain` for wallets against plain
    transactions, `goal_over_live` for reading events against making them. What is counted are `units`; a cycle is
    a hold and its capture. Parts of other units than transfers have no ratio to the reference.
    """

    name: str
    kind: Kind
    concurrency: int
    size: int = 1
    accounts: int = MANY_ACCOUNTS
    goal: float | None = None
    goal_over_cold: float | None = None
    goal_over_plain: float | None = None
    goal_over_live: float | None = None
    units: str = "transfers"


PARTS = (
    Part("baseline_10000", Kind.BASELINE, 20),
    Part("baseline_10", Kind.BASELINE, 20, accounts=HOT_ACCOUNTS),
    Part("bulk_8000", Kind.BULK, 3, 8_000, goal=8.0),
    Part("bulk_8000_hot", Kind.BULK, 3, 8_000, HOT_ACCOUNTS, goal_over_cold=0.95),
    Part("bulk_100", Kind.BULK, 16, 100),
    Part("singles_512", Kind.SINGLES, 512, goal=3.0),
    Part("http_64", Kind.HTTP, 64, goal=1.3),
    Part("http_256", Kind.HTTP, 256, goal=1.3),
    Part("http_wallets_256", Kind.HTTP, 256, accounts=1_000, goal_over_plain=0.7),
    Part("holds_512", Kind.WRITING, 512, units="cycles"),
    Part("holds_500", Kind.WRITING, 3, 500, units="cycles"),
    Part("captures_512", Kind.WRITING, 512, accounts=1_000, units="cycles"),
    Part("templates_2000", Kind.WRITING, 3, 2_000, 1_000, units="postings"),
    Part("reversals_1000", Kind.WRITING, 3, 1_000, units="reversals"),
    Part("verify", Kind.READING, 1, accounts=1_000, units="records"),
    Part("inclusions", Kind.READING, 1, accounts=1_000, units="proofs"),
    Part("receipts", Kind.READING, 1, accounts=1_000, units="receipts"),
    Part("consistency", Kind.READING, 1, accounts=1_000, units="proofs"),
    Part("feed_catch_up", Kind.READING, 1, 500, 1_000, goal_over_live=10.0, units="events"),
    *(
        Part(f"export_{each}", Kind.READING, 1, accounts=1_000, units="rows")
        for each in ("csv", "ndjson", "parquet", "xlsx")
    ),
)


class Plan(msgspec.Struct, frozen=True):
    """How long each part runs: first to warm up, then measured."""

    warm_up_seconds: float = 2.0
    measured_seconds: float = 10.0

    @property
    def seconds(self) -> float:
        """Both."""
        return self.warm_up_seconds + self.measured_seconds

    def of(self, part: Part) -> "Plan":
        """What else a ledger does than transfers is measured for a shorter time."""
        share = _SHARES.get(part.kind, 1.0)
        return Plan(self.warm_up_seconds * share, self.measured_seconds * share)


_SHARES = {Kind.WRITING: 0.5, Kind.READING: 0.2}
FULL, QUICK = Plan(1.5, 8.0), Plan(0.6, 2.0)
