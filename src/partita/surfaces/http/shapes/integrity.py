"""Integrity on the wire: what the standing auditor knows of a ledger."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.integrity import IntegrityStatus
from partita.journal.findings import Finding


class IntegrityFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that is not what the journal calls for."""

    table: str
    what: str
    expected: str
    found: str
    sequence: str | None = None
    account: str | None = None
    version: str | None = None
    key: str | None = None


class Integrity(msgspec.Struct, frozen=True):
    """What the standing auditor knows of a ledger.

    `coverage` is how much of the journal the pass at hand has seen; `drift` counts the findings.
    """

    object: Literal["integrity"]
    ledger: str
    state: Annotated[str, Meta(description="`checking`, `well` or `drifted`.")]
    checked_through: str
    sequence: str
    coverage: Annotated[str, Meta(description="From 0.000 to 1.000.", examples=["1.000"])]
    records_checked: str
    passes: int
    last_pass_at: str | None
    drift: int
    findings: list[IntegrityFinding]


def integrity(status: IntegrityStatus) -> Integrity:
    """The shape of a status."""
    return Integrity(
        object="integrity",
        ledger=status.ledger,
        state=status.state.value,
        checked_through=str(status.checked_through),
        sequence=str(status.sequence),
        coverage=f"{status.coverage:.3f}",
        records_checked=str(status.records_checked),
        passes=status.passes,
        last_pass_at=status.last_pass_at,
        drift=len(status.findings),
        findings=[_finding(finding) for finding in status.findings],
    )


def _finding(finding: Finding) -> IntegrityFinding:
    return IntegrityFinding(
        finding.table, finding.what, finding.expected[:1_000], finding.found[:1_000],
        None if finding.sequence is None else str(finding.sequence), finding.account,
        None if finding.version is None else str(finding.version), finding.key,
    )  # fmt: skip
