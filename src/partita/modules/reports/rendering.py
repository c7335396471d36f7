"""Reports as JSON for programs, CSV for spreadsheets, and a plain table for people."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from partita.kernel.amount import to_decimal
from partita.kernel.moment import Moment
from partita.modules.reports.report import Block, Line, Report

_GAP = "  "


def to_json(report: Report) -> dict[str, Any]:
    """A report as JSON values: amounts are strings of minor units, None where there is none."""
    span = report.span
    return {
        "object": "report",
        "kind": report.kind.value,
        "ledger": report.ledger,
        "from": _moment(span.start),
        "to": _moment(span.end),
        "sequence": str(span.sequence),
        "base": report.base,
        "rates_on": report.rates_on,
        "columns": list(report.columns),
        "blocks": [
            {
                "asset": block.asset,
                "scale": block.scale,
                "lines": [_line(line) for line in block.lines],
            }
            for block in report.blocks
        ],
    }


def _moment(moment: Moment | None) -> str | None:
    return None if moment is None else moment.text()


def _line(line: Line) -> dict[str, Any]:
    return {
        "role": line.role.value,
        "label": line.label,
        "depth": line.depth,
        "amounts": [None if amount is None else str(amount) for amount in line.amounts],
        "effective_at": _moment(line.at),
        "transaction_id": line.reference,
    }


def to_csv(report: Report) -> str:
    """A report as CSV (RFC 4180, LF): decimal figures, an empty field where there is none."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("asset", "role", "depth", "label", "effective_at", "transaction_id", *report.columns)
    )
    for block in report.blocks:
        for line in block.lines:
            moment, reference = _moment(line.at) or "", line.reference or ""
            figures = _figures(line, block.scale)
            writer.writerow(
                (block.asset, line.role.value, line.depth, line.label, moment, reference, *figures)
            )
    return out.getvalue()


def to_text(report: Report) -> str:
    """A report as a plain table."""
    lines = [_title(report)]
    for block in report.blocks:
        lines += ["", *_table(report, block)]
    if not report.blocks:
        lines += ["", "nothing"]
    return "\n".join(lines) + "\n"


def _title(report: Report) -> str:
    span = report.span
    parts = [report.kind.value.replace("_", " "), "of", report.ledger]
    if span.start is not None:
        parts += ["from", span.start.text()]
    if span.end is not None:
        parts += ["to", span.end.text()]
    parts += ["as known at", str(span.sequence)]
    if report.base is not None:
        parts += ["in", report.base, "at rates of", report.rates_on or ""]
    return " ".join(parts)


def _table(report: Report, block: Block) -> Iterator[str]:
    rows = [(block.asset, *report.columns)]
    rows += [(_name(line), *_figures(line, block.scale)) for line in block.lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *figures in rows:
        cells = [first.ljust(widths[0])]
        cells += [figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)]
        yield _GAP.join(cells).rstrip()


def _name(line: Line) -> str:
    day = "" if line.at is None else f"{line.at.text()[:10]} "
    return f"{_GAP * line.depth}{day}{line.label}"


def _figures(line: Line, scale: int) -> list[str]:
    return ["" if amount is None else to_decimal(amount, scale) for amount in line.amounts]
