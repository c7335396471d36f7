"""A month at a small bank, with a network that fails in every way: does everything tie at the end?

Payments of all types, lived through on embedded PostgreSQL in a temporary folder, as `partita scenario
neobank` does it. At the end nothing may be under way or due, the float of each asset ties to the
last unit, no saga is open, and the journal verifies.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from partita import wiring
from partita.config import Settings
from partita.kernel.amount import to_decimal
from partita.surfaces.cli.progress import progress
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.reckoning import Reckoning
from partita.surfaces.scenario.time import SteeredClock
from tools.showing import Show, main

PAYMENTS, SEED = 100_000, 1
_SCALE = 2


def options(parser: argparse.ArgumentParser) -> None:
    """How long the month is, and which."""
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("--seed", type=int, default=SEED)


def tell(show: Show) -> None:
    """Live the month, then ask what came of it."""
    asked = show.arguments
    plan = neobank.Plan(asked.payments, asked.seed, "neobank", neobank.FAULTS)
    clock = SteeredClock(neobank.START)
    with tempfile.TemporaryDirectory(prefix="partita-neobank-") as folder:
        application = wiring.build(Settings(data=Path(folder)), clock=clock)
        try:
            with progress("neobank", "payments") as advance:
                lived = neobank.live(application, clock, plan, advance)
            with progress("verify", "records") as advance:
                reckoning = neobank.look_back(application, plan, advance)
        finally:
            application.close()
    show.demand(
        "payments begun", lived.run.payments, f"at least {plan.payments:,}",
        ok=lived.run.payments >= plan.payments,
    )  # fmt: skip
    _tell(show, reckoning)
    show.figure("days until all was quiet", lived.quiet_after_days)
    show.figure("seconds to live", round(lived.seconds, 1))
    show.figure("payments a second", round(lived.run.payments / lived.seconds))
    show.figure("seconds to verify", reckoning.verify_seconds)


def _tell(show: Show, reckoning: Reckoning) -> None:
    for line in reckoning.lines:
        show.figure(f"{line.type} {line.state}", line.count)
    types = {line.type for line in reckoning.lines}
    show.equal("types of payments", len(types), len(neobank.KINDS))
    for block in reckoning.float_blocks:
        show.figure(f"customers hold, {block.asset}", to_decimal(block.customers, _SCALE))
        show.figure(f"custody, {block.asset}", to_decimal(block.custody, _SCALE))
        show.equal(f"float that nothing explains, {block.asset}", block.difference, 0)
        show.equal(f"in transit, {block.asset}", block.in_transit, 0)
        show.equal(f"awaiting, {block.asset}", block.awaiting, 0)
    show.equal("float ties", reckoning.float_ties, True)
    show.equal("payments under way", reckoning.under_way, 0)
    show.equal("matters due", reckoning.due, 0)
    for status, count in sorted(reckoning.sagas.items()):
        show.figure(f"sagas {status}", count)
    show.equal("sagas open", reckoning.sagas_open, 0)
    show.equal("journal verified", reckoning.verified, True)
    show.figure("records", reckoning.records)


if __name__ == "__main__":
    sys.exit(main(tell, __doc__, options))
