"""`partita verify`: everything recomputed from the journal, and the first wrong row by name."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from partita.engine.verification import VerificationReport, verify_ledger
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import HERE, Place, nearest, opened
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, say


def verify(
    *,
    ledger: Annotated[str | None, Parameter(help="Only this ledger; else every one.")] = None,
    place: Place = HERE,
) -> int:
    """Recompute hashes, root, sums, running totals and every table from the journal.

    Exit status 1 if anything is not as it must be; the first wrong row is named.
    """
    with opened(place) as application:
        known = application.store.ledgers()
        infos = [info for info in known if ledger in (None, info.name)]
        if ledger is not None and not infos:
            mend = nearest(ledger, [info.name for info in known])
            raise CommandFailed(f"There is no ledger {ledger!r}.", mend)
        reports = []
        for info in infos:
            with progress(f"verify {info.name}", "records") as advance:
                reports.append(verify_ledger(application.store, info, advance))
    if place.json:
        emit(_together(reports))
    else:
        for report in reports:
            _tell(report)
    return 0 if all(report.ok for report in reports) else 1


def _together(reports: Sequence[VerificationReport]) -> dict[str, Any]:
    """One object for all ledgers; `root` is the first one's, and each stands in `ledgers`."""
    shapes = [_shape(report) for report in reports]
    found = [shape["first_bad"] for shape in shapes if shape["first_bad"] is not None]
    records, seconds = sum(r.records for r in reports), sum(r.seconds for r in reports)
    return {
        "ok": not found,
        "records": records,
        "root": reports[0].root,
        "first_bad": found[0] if found else None,
        "rate": round(records / seconds),
        "seconds": round(seconds, 3),
        "ledgers": shapes,
    }


def _shape(report: VerificationReport) -> dict[str, Any]:
    shape: dict[str, Any] = msgspec.to_builtins(report)
    if report.first_bad is not None:
        shape["first_bad"]["ledger"] = report.ledger
    return {**shape, "rate": round(report.rate), "seconds": round(report.seconds, 3)}


def _tell(report: VerificationReport) -> None:
    bad = report.first_bad
    print(f"{report.ledger}: {'ok' if report.ok else 'NOT OK'}")
    print(f"records  {report.records:,} ({report.entries:,} entries, {report.accounts:,} accounts)")
    print(f"root     {report.root}")
    if bad is not None:
        for name, value in msgspec.to_builtins(bad).items():
            print(f"  {name:<9}{value}")
    say(f"{report.seconds:.1f} s, {report.rate:,.0f} records/s.")
