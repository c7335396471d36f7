"""Reports on the wire: lines in columns, amounts as strings of minor units."""

from typing import Literal

import msgspec

from partita.modules.fx.rates import RateError, Rates, check_day
from partita.modules.reports.making import Asked
from partita.modules.reports.report import Kind, Role
from partita.surfaces.http.paging import whole_number
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.accounts import PathPrefix
from partita.surfaces.http.shapes.fields import (
    AssetCode,
    QueryShape,
    SignedAmount,
    Timestamp,
    moment_or_none,
)
from partita.surfaces.http.shapes.fx_requests import Provider


class ReportQuery(QueryShape, frozen=True, kw_only=True):
    """Of which span (half-open), as known when, of which accounts, how deep, in which currency.

    `rates` are those of the day `rates_on`, such as `EUR/USD:1.0389,EUR/CZK:25.185`; without them
    the ledger's own count, of the `provider` or of the policy's.
    """

    start: Timestamp | None = msgspec.field(name="from", default=None)
    end: Timestamp | None = msgspec.field(name="to", default=None)
    known_at: Timestamp | None = None
    known_at_sequence: str | None = None
    asset: AssetCode | None = None
    prefix: PathPrefix | None = None
    depth: str | None = None
    base: AssetCode | None = None
    rates: str | None = None
    rates_on: str | None = None
    provider: Provider | None = None


class ReportLine(msgspec.Struct, frozen=True):
    """One line. Null where a column has no amount; the last two belong to entries."""

    role: Role
    label: str
    depth: int
    amounts: list[SignedAmount | None]
    effective_at: Timestamp | None
    transaction_id: str | None


class ReportBlock(msgspec.Struct, frozen=True):
    """The lines of one asset."""

    asset: str
    scale: int
    lines: list[ReportLine]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report: `columns` names the amounts of each line. `sequence` is as of when it was known."""

    object: Literal["report"] = "report"
    kind: Kind
    ledger: str
    start: Timestamp | None = msgspec.field(name="from")
    end: Timestamp | None = msgspec.field(name="to")
    sequence: str
    base: str | None
    rates_on: str | None
    columns: list[str]
    blocks: list[ReportBlock]


def asked(kind: Kind, query: ReportQuery, sequence: int | None) -> Asked:
    """What a query asks for.

    Raises:
        Refusal: a parameter is not what it must be.
    """
    depth = None if query.depth is None else whole_number(query.depth, "depth")
    return Asked(
        kind=kind,
        start=moment_or_none(query.start),
        end=moment_or_none(query.end),
        sequence=sequence,
        asset=query.asset,
        prefix=query.prefix,
        depth=depth,
    )


def rates_on(query: ReportQuery) -> str | None:
    """The day of the rates, if a query asks for a base currency.

    Raises:
        Refusal: base and day do not come together, or it is no day.
    """
    given = (query.base, query.rates_on, query.rates, query.provider)
    if given == (None, None, None, None):
        return None
    if query.base is None or query.rates_on is None:
        raise Refusal("invalid_request", "base and rates_on come together, or not at all.")
    try:
        return check_day(query.rates_on)
    except RateError as error:
        raise Refusal("invalid_request", f"{error}.") from None


def rates(query: ReportQuery, day: str) -> Rates | None:
    """The rates that a query brings itself.

    Raises:
        Refusal: they cannot be read.
    """
    if query.rates is None:
        return None
    try:
        return Rates([(day, *_pair(text)) for text in query.rates.split(",")])
    except RateError as error:
        raise Refusal("invalid_request", f"{error}.") from None


def _pair(text: str) -> tuple[str, str]:
    pair, mark, figure = text.partition(":")
    if not mark:
        raise RateError(f"{text!r} is no rate; write it like EUR/USD:1.0389")
    return pair, figure
