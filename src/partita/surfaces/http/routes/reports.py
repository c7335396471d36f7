"""Reports: trial balance, general ledger, income statement, balance sheet, at any moments."""

from partita.kernel.asset import BUILT_IN
from partita.modules.fx.rates import MissingRate
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.modules.reports.conversion import Base
from partita.modules.reports.making import Reporter, ReportRefused
from partita.modules.reports.rendering import to_csv, to_json, to_text
from partita.modules.reports.report import Kind, Report
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import whole_number
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import reports as shapes
from partita.surfaces.http.shapes.fields import moment_or_none

_ONE = "/v1/reports/{kind:str}"
_KINDS = ", ".join(kind.value for kind in Kind)
_SHARED = {
    "tag": "Reports", "query": shapes.ReportQuery,
    "codes": ("not_found", "invalid_timestamp"),
}  # fmt: skip


@operation(
    "GET", _ONE, summary="Make a report",
    description=f"Kinds: {_KINDS}. Of entries effective from `from` (inclusive) to `to`"
    " (exclusive), as known at `known_at` or `known_at_sequence`.",
    reply=shapes.Report, **_SHARED,
)  # fmt: skip
async def get_report(call: Call) -> Reply:
    """Make a report as JSON."""
    return ok(to_json(await call.read(_report, call)))


@operation(
    "GET", f"{_ONE}/csv", summary="Make a report as CSV",
    description="The same lines, with decimal figures.", media_type="text/csv", **_SHARED,
)  # fmt: skip
async def get_report_csv(call: Call) -> Reply:
    """Make a report as CSV."""
    report = await call.read(_report, call)
    return Reply(200, to_csv(report).encode(), media_type=b"text/csv; charset=utf-8")


@operation(
    "GET", f"{_ONE}/text", summary="Make a report as a plain table",
    description="The same lines, for people.", media_type="text/plain", **_SHARED,
)  # fmt: skip
async def get_report_text(call: Call) -> Reply:
    """Make a report as a plain table."""
    report = await call.read(_report, call)
    return Reply(200, to_text(report).encode(), media_type=b"text/plain; charset=utf-8")


def _report(call: Call) -> Report:
    kinds = {kind.value: kind for kind in Kind}
    kind = kinds.get(call.path["kind"])
    if kind is None:
        raise Refusal("not_found", f"There is no report {call.path['kind'][:60]!r}, but {_KINDS}.")
    query: shapes.ReportQuery = call.query
    asked = shapes.asked(kind, query, _sequence(call, query))
    store, info = call.desk.store, call.info
    scales = {a.code: a.scale for a in (*BUILT_IN.values(), *store.assets(info))}
    try:
        return Reporter(info, store, scales).report(asked, _base(call, scales))
    except (ReportRefused, MissingRate) as error:
        raise Refusal("invalid_request", f"{str(error)[:1].upper()}{str(error)[1:]}.") from None


def _base(call: Call, scales: dict[str, int]) -> Base | None:
    query: shapes.ReportQuery = call.query
    day = shapes.rates_on(query)
    if day is None or query.base is None:
        return None
    if query.base not in scales:
        raise Refusal("invalid_request", f"There is no asset {query.base!r} in this ledger.")
    brought = shapes.rates(query, day)
    if brought is not None:
        return Base(query.base, day, brought, scales)
    store, info = call.desk.store, call.info
    provider = query.provider or policy_in_force(store, info).provider
    return Base(query.base, day, LedgerRates(store, info, provider), scales)


def _sequence(call: Call, query: shapes.ReportQuery) -> int | None:
    moment = moment_or_none(query.known_at)
    if moment is None:
        given = query.known_at_sequence
        return None if given is None else whole_number(given, "known_at_sequence")
    if query.known_at_sequence is not None:
        raise Refusal(
            "invalid_request", "known_at and known_at_sequence are two answers to one question."
        )
    return call.desk.store.sequence_at(call.info, moment)


OPERATIONS = (get_report, get_report_csv, get_report_text)
