"""Findings: what verification reports when something kept is not what the journal calls for."""

import msgspec


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first thing that is wrong: which row of which table, in what, and the two values.

    `expected` follows from the journal, `found` is what is kept. `sequence` is the record's that
    the row belongs to; an entry also has its account and version, an outcome its key.
    """

    table: str
    what: str
    expected: str
    found: str
    sequence: int | None = None
    account: str | None = None
    version: int | None = None
    key: str | None = None


class Wrong(Exception):
    """Raised where a finding ends the verification."""

    def __init__(self, finding: Finding) -> None:
        """Carry the finding."""
        super().__init__(f"{finding.table}: {finding.what}")
        self.finding = finding
