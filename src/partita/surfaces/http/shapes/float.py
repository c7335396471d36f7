"""Float on the wire: what customers hold against what there is, for each asset."""

from typing import Literal

import msgspec

from partita.kernel.account import Side
from partita.modules.float.lines import FloatBlock, FloatLine, Group
from partita.modules.float.reading import Float
from partita.surfaces.http.shapes.balances import BalancesQuery
from partita.surfaces.http.shapes.fields import AssetCode, SignedAmount, Timestamp


class FloatQuery(BalancesQuery, frozen=True, kw_only=True):
    """As of when, and in which asset."""

    asset: AssetCode | None = None


class FloatClass(msgspec.Struct, frozen=True, rename={"account_class": "class"}):
    """All accounts of one class: amounts on the side on which the class grows."""

    account_class: str
    group: Group
    side: Side
    accounts: int
    posted: SignedAmount
    available: SignedAmount


class FloatOfAsset(msgspec.Struct, frozen=True):
    """What customers believe they hold of an asset, and what there is for it.

    `surplus` is custody less in transit, with what is awaited, less customers: below zero it is a
    shortfall. It is own less others less unclassified; `difference` is what that leaves, always 0.
    """

    asset: str
    scale: int
    customers: SignedAmount
    customers_available: SignedAmount
    custody: SignedAmount
    in_transit: SignedAmount
    awaiting: SignedAmount
    surplus: SignedAmount
    own: SignedAmount
    others: SignedAmount
    unclassified: SignedAmount
    difference: SignedAmount
    classes: list[FloatClass]


class FloatReport(msgspec.Struct, frozen=True):
    """The float of a ledger, by the chart that was in force then."""

    ledger: str
    chart: str
    chart_version: int
    basis: Literal["recorded", "effective"]
    as_of: Timestamp | None
    sequence: str
    data: list[FloatOfAsset]
    object: Literal["float"] = "float"


def float_report(found: Float, as_of: str | None = None) -> FloatReport:
    """The report as it is shown; `as_of` is a recorded moment, where one was asked for."""
    is_effective = found.effective_at is not None
    return FloatReport(
        ledger=found.ledger,
        chart=found.chart,
        chart_version=found.chart_version,
        basis="effective" if is_effective else "recorded",
        as_of=as_of if found.effective_at is None else found.effective_at.text(),
        sequence=str(found.sequence),
        data=[_block(block) for block in found.blocks],
    )


def _block(block: FloatBlock) -> FloatOfAsset:
    return FloatOfAsset(
        asset=block.asset,
        scale=block.scale,
        customers=str(block.customers),
        customers_available=str(block.customers_available),
        custody=str(block.custody),
        in_transit=str(block.in_transit),
        awaiting=str(block.awaiting),
        surplus=str(block.surplus),
        own=str(block.own),
        others=str(block.others),
        unclassified=str(block.unclassified),
        difference=str(block.difference),
        classes=[_line(line) for line in block.lines],
    )


def _line(line: FloatLine) -> FloatClass:
    return FloatClass(
        line.account_class, line.group, line.side, line.accounts, str(line.posted),
        str(line.available),
    )  # fmt: skip
