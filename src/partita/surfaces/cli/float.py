"""`partita float`: what customers believe they hold against what there is, now or in any past."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from partita.engine.as_of import NOW
from partita.kernel.amount import to_decimal
from partita.modules.float.lines import FloatBlock
from partita.modules.float.reading import read_float
from partita.surfaces.cli.balances import When
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.talk import emit, table
from partita.surfaces.http.shapes.float import float_report

_AT_PRESENT = When()
_COLUMNS = ("asset", "customers", "custody", "in_transit", "awaiting", "surplus", "own", "others",
            "unclassified", "difference")  # fmt: skip
_RIGHT = "customers custody in_transit awaiting surplus own others unclassified difference"


def show_float(
    *,
    when: When = _AT_PRESENT,
    asset: Annotated[str | None, Parameter(help="Only this asset.")] = None,
    classes: Annotated[
        bool, Parameter(negative="", help="Show each class of the chart by itself.")
    ] = False,
    place: InLedger = IN_MAIN,
) -> None:
    """Show what customers believe they hold, in custody, in transit, awaited; it always ties.

    surplus = custody - in transit + awaiting - customers: a shortfall is below zero. What explains
    it: own - others - unclassified.
    """
    when.check()
    with books(place) as open_books:
        as_of = when.past(open_books) or NOW
        found = read_float(open_books.store, open_books.info, as_of, asset)
    if place.json:
        emit(msgspec.to_builtins(float_report(found)))
        return
    print(
        f"By the chart {found.chart}, version {found.chart_version}, at sequence {found.sequence}."
    )
    table(_COLUMNS, map(_row, found.blocks), right=_RIGHT)
    for block in found.blocks if classes else ():
        print()
        _classes(block)


def _row(block: FloatBlock) -> tuple[str, ...]:
    figures = (
        block.customers, block.custody, block.in_transit, block.awaiting, block.surplus,
        block.own, block.others, block.unclassified, block.difference,
    )  # fmt: skip
    return block.asset, *(to_decimal(figure, block.scale) for figure in figures)


def _classes(block: FloatBlock) -> None:
    rows = (
        (
            line.account_class, line.group.value, str(line.accounts),
            to_decimal(line.posted, block.scale), to_decimal(line.available, block.scale),
            line.side.value, block.asset,
        )
        for line in block.lines
    )  # fmt: skip
    columns = ("class", "group", "accounts", "posted", "available", "side", "asset")
    table(columns, rows, right="accounts posted available")
