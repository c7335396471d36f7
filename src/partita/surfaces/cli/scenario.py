"""`partita scenario`: a made-up month of a business, in a ledger of its own. See `surfaces/scenario`."""

import time
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from partita.kernel.amount import to_decimal
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import HERE, Place
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, say, table

if TYPE_CHECKING:  # it loads the engine, for which no help text should wait
    from partita.surfaces.scenario.neobank import Lived
    from partita.surfaces.scenario.reckoning import Reckoning

app = App(name="scenario", help="Live a made-up month, with faults, and see that everything ties.")
_SCALE = 2


@app.command
def neobank(
    *,
    payments: Annotated[int, Parameter(help="How many payments are begun.")] = 10_000,
    seed: Annotated[int, Parameter(help="The same seed makes the same month.")] = 1,
    faults: Annotated[
        str | None,
        Parameter(help="none, or rates in ten thousandths such as reject=200,silent=30 [a mix]."),
    ] = None,
    ledger: Annotated[str, Parameter(help="Name of the new ledger.")] = "neobank",
    place: Place = HERE,
) -> int:
    """Live a month at a small bank: payments of all types, on a network that fails in every way.

    It rejects, returns days later, repeats itself, falls silent and answers out of order. Exit status 1 if anything is left open, the float does not tie, or the journal does not verify.
    """
    # Imported here: they load the engine, for which no help text should wait.
    from partita import wiring  # noqa: PLC0415
    from partita.surfaces.scenario import neobank as scenario  # noqa: PLC0415
    from partita.surfaces.scenario.time import SteeredClock  # noqa: PLC0415

    plan = scenario.Plan(
        payments, seed, ledger, scenario.FAULTS if faults is None else _rates(faults)
    )
    clock = SteeredClock(scenario.START)
    application = wiring.build(place.settings(), clock=clock)
    began = time.monotonic()
    try:
        with progress("scenario neobank", "payments") as advance:
            lived = scenario.live(application, clock, plan, advance)
        with progress("verify", "records") as advance:
            reckoning = scenario.look_back(application, plan, advance)
    finally:
        application.close()
    figures = _figures(plan, lived, reckoning, time.monotonic() - began)
    emit(figures) if place.json else _tell(figures, reckoning)
    return 0 if figures["ok"] else 1


def _rates(text: str) -> dict[str, int]:
    if text == "none":
        return {}
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(rate.isdecimal() for _name, _sign, rate in pairs):
        mend = "write it like reject=200,silent=30, in ten thousandths, or none."
        raise CommandFailed(f"{text!r} are no rates of faults.", mend, status=USAGE)
    return {name: int(rate) for name, _sign, rate in pairs}


def _figures(plan: Any, lived: "Lived", reckoning: "Reckoning", seconds: float) -> dict[str, Any]:
    """All figures, for programs; amounts as text."""
    # Imported here: it loads the engine, for which no help text should wait.
    from partita.surfaces.scenario.reckoning import shape  # noqa: PLC0415

    run = lived.run
    return {
        "ok": reckoning.ok,
        "scenario": "neobank",
        "ledger": plan.ledger,
        "seed": plan.seed,
        "faults": dict(plan.faults),
        "payments": run.payments,
        "commands": run.commands,
        "accepted": dict(sorted(run.tally.accepted.items())),
        "refused": dict(sorted(run.tally.refused.items())),
        "quiet_after_days": lived.quiet_after_days,
        **shape(reckoning),
        "live_seconds": round(lived.seconds, 2),
        "rate": round(run.payments / lived.seconds),
        "seconds": round(seconds, 2),
    }


def _tell(figures: dict[str, Any], reckoning: "Reckoning") -> None:
    lines = reckoning.lines
    rows = [(e.type, e.state, f"{e.count:,}", to_decimal(e.amount, _SCALE)) for e in lines]
    table(("type", "state", "count", "amount"), rows, right="count amount")
    print()
    table(
        ("refused", "times"),
        [(code, f"{n:,}") for code, n in figures["refused"].items()],
        right="times",
    )
    print()
    for block in reckoning.float_blocks:
        held, there = (to_decimal(n, _SCALE) for n in (block.customers, block.custody))
        print(
            f"float {block.asset}: customers hold {held}, custody {there}, difference {block.difference}"
        )
    verdict = "ok" if figures["ok"] else "NOT OK"
    print(
        f"{verdict}: float ties {figures['float_ties']}, under way {figures['under_way']},"
        f" sagas open {figures['sagas_open']}, due {figures['due']}, verified {figures['verified']}"
    )
    say(
        f"{figures['payments']:,} payments ({figures['commands']:,} commands, {figures['records']:,}"
        f" records) in {figures['live_seconds']:.0f} s, {figures['rate']:,} a second; verified in"
        f" {figures['verify_seconds']:.0f} s."
    )
