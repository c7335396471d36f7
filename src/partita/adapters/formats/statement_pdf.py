"""Account statements as PDF, set by ReportLab in its invariant mode: the same bytes every time.

ReportLab is an optional extra (`partita[pdf]`): without it everything else works, and asking for a
PDF says what to install.
"""

import io
from typing import Any

from partita.engine.errors import FormatUnavailable
from partita.kernel.amount import to_decimal
from partita.modules.account_statements.issuing import Issued
from partita.modules.account_statements.snapshot import AccountStatement

_WIDTHS = (38, 42, 24, 34, 34)
_COLUMNS = ("Effective (UTC)", "Reference", "Record", "Amount", "Balance")
_FONT, _BOLD = "Vera", "VeraBd"


class ReportLabStatement:
    """Sets statements on A4 pages."""

    def write(self, issued: Issued, statement: AccountStatement) -> bytes:
        """The statement as a PDF.

        Raises:
            FormatUnavailable: ReportLab is not installed.
        """
        try:
            # Imported here, since it is an optional extra.
            from reportlab.lib.pagesizes import A4  # noqa: PLC0415
            from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415
        except ImportError as error:
            raise FormatUnavailable("PDF needs ReportLab: pip install 'partita[pdf]'") from error
        _register_fonts()
        file, summary = io.BytesIO(), statement.summary
        title = f"Account statement {issued.document.id}"
        document = SimpleDocTemplate(
            file, pagesize=A4, invariant=1, title=title, author=summary.ledger, topMargin=50,
            bottomMargin=50, leftMargin=40, rightMargin=40,
        )  # fmt: skip
        document.build(
            [*_heading(issued, statement), _lines(statement)],
            onFirstPage=_footer(issued),
            onLaterPages=_footer(issued),
        )
        return file.getvalue()


def _register_fonts() -> None:
    """Fonts with more letters than the standard ones; they come with ReportLab."""
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 - an optional extra
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 - an optional extra

    for name in (_FONT, _BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


def _heading(issued: Issued, statement: AccountStatement) -> list[Any]:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415 - an optional extra
    from reportlab.platypus import Paragraph, Spacer  # noqa: PLC0415 - an optional extra

    summary = statement.summary
    large = ParagraphStyle("large", fontName=_BOLD, fontSize=15, leading=20)
    small = ParagraphStyle("small", fontName=_FONT, fontSize=8.5, leading=12)
    facts = (
        f"Account {summary.account} ({summary.account_id}), in {summary.asset}",
        f"From {summary.begins_at} to {summary.ends_at}, the end not included",
        f"As known through record {summary.known_through} of the ledger {summary.ledger}",
        " · ".join(
            f"{word} {_money(statement, getattr(summary, word))}"
            for word in ("opening", "debits", "credits", "closing")
        ),
    )
    shown = [Paragraph(_escaped(fact), small) for fact in facts]
    return [Paragraph("Account statement", large), *shown, Spacer(1, 10)]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _money(statement: AccountStatement, figure: str) -> str:
    return f"{to_decimal(int(figure), statement.summary.scale)} {statement.summary.asset}"


def _lines(statement: AccountStatement) -> Any:
    from reportlab.lib.units import mm  # noqa: PLC0415 - an optional extra
    from reportlab.platypus import LongTable, TableStyle  # noqa: PLC0415 - an optional extra

    scale, summary = statement.summary.scale, statement.summary
    rows: list[tuple[str, ...]] = [_COLUMNS]
    rows.append(("", "Opening balance", "", "", str(to_decimal(int(summary.opening), scale))))
    for line in statement.lines:
        reference = line.external_id or line.transaction_id
        moment = line.effective_at[:19].replace("T", " ")
        amount, balance = (to_decimal(int(n), scale) for n in (line.amount, line.balance))
        rows.append((moment, _short(reference), line.sequence, str(amount), str(balance)))
    rows.append(("", "Closing balance", "", "", str(to_decimal(int(summary.closing), scale))))
    style = TableStyle([
        ("FONT", (0, 0), (-1, -1), _FONT, 7),
        ("FONT", (0, 0), (-1, 0), _BOLD, 7),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, "#000000"),
        ("LINEABOVE", (0, -1), (-1, -1), 0.6, "#000000"),
    ])  # fmt: skip
    return LongTable(rows, colWidths=[width * mm for width in _WIDTHS], repeatRows=1, style=style)


def _short(reference: str, most: int = 30) -> str:
    return reference if len(reference) <= most else f"{reference[: most - 1]}…"


def _footer(issued: Issued) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont(_FONT, 6.5)
        document_id, moment = issued.document.id, issued.document.saved_at.text()
        canvas.drawString(40, 32, f"{document_id} · issued {moment} · page {document.page}")
        canvas.drawString(40, 23, f"SHA-256 {issued.sealed.sha256}")

    return draw
