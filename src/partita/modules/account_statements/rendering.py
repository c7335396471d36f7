"""Account statements as files: JSON and CSV here; PDF through a port, since it needs a library.

The same statement gives the same bytes, always: what is written is the statement, its id, and when
it was issued.
"""

import csv
import io
from typing import Protocol

import msgspec

from partita.kernel.amount import to_decimal
from partita.modules.account_statements.issuing import Issued
from partita.modules.account_statements.snapshot import AccountStatement

_encode = msgspec.json.Encoder().encode
_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "effective_at", "recorded_at", "sequence", "transaction_id", "external_id", "direction",
    "amount", "balance", "asset",
)  # fmt: skip


class PdfWriter(Protocol):
    """Whoever can set a statement on pages."""

    def write(self, issued: Issued, statement: AccountStatement) -> bytes:
        """The statement as a PDF; the same bytes for the same statement."""
        ...


def to_json(issued: Issued, statement: AccountStatement) -> bytes:
    """The statement as JSON: id, moment and hash, then the very content that was hashed."""
    head = {
        "object": "account_statement",
        "id": issued.document.id,
        "issued_at": issued.document.saved_at.text(),
        "sha256": issued.sealed.sha256,
    }
    return _encode(head)[:-1] + b',"statement":' + statement.content() + b"}\n"


def to_csv(issued: Issued, statement: AccountStatement) -> bytes:
    """The statement as CSV with decimal amounts: opening, lines, closing."""
    summary, scale = statement.summary, statement.summary.scale
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)

    def total(moment: str, word: str, figure: str) -> None:
        amount = to_decimal(int(figure), scale)
        writer.writerow((moment, "", "", "", word, "", "", amount, summary.asset))

    total(summary.begins_at, "opening", summary.opening)
    for line in statement.lines:
        writer.writerow((
            line.effective_at, line.recorded_at, line.sequence, line.transaction_id,
            harmless(line.external_id or ""), line.direction, to_decimal(int(line.amount), scale),
            to_decimal(int(line.balance), scale), summary.asset,
        ))  # fmt: skip
    total(summary.ends_at, "closing", summary.closing)
    total(issued.document.saved_at.text(), f"issued as {issued.document.id}", summary.closing)
    return file.getvalue().encode()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(_FORMULA_MARKS) else text
