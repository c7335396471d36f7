"""The chart of accounts: read it, try a new one, put it in force, take it out of force."""

import msgspec

from partita import wiring
from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.engine.plain_documents import NotOfTheForm, check_depth
from partita.journal.record import Record
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code
from partita.modules.chart.applying import ApplyChart, RetireChart, apply_command
from partita.modules.chart.chart import Chart
from partita.modules.chart.comparing import Fit
from partita.modules.chart.document import ChartDocument, read_document
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.in_force import InForce, as_it_was, at_version, in_force
from partita.modules.chart.merging import merged
from partita.modules.chart.ready import READY, ready_chart
from partita.modules.chart.surveying import difference_of_version, survey
from partita.surfaces.http.call import Call
from partita.surfaces.http.if_match import etag, version_seen
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import whole_number
from partita.surfaces.http.refusal import Refusal, of_document_error, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import chart as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/chart_of_accounts"
_READS = {"tag": "Chart of accounts"}
_WRITES = {"tag": "Chart of accounts", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}
_CODES = ("chart_invalid", "version_conflict", "chart_conflict")
_EXAMPLE = {
    "document": {
        "name": "kiosk",
        "accounts": {
            "till:{asset}": {"type": "asset", "class": "custody", "opens": True},
            "sales:{asset}": {"type": "income", "class": "fee", "opens": True},
        },
    }
}


@operation(
    "GET", _URL, summary="Get the chart of accounts",
    description="The one in force; the built-in `neobank` where there is none. `version` reads an"
    " earlier one.",
    query=shapes.ChartQuery, reply=shapes.ChartOfAccounts, codes=("not_found",), **_READS,
)  # fmt: skip
async def get_chart(call: Call) -> Reply:
    """Get the chart as it is, or was."""
    kept = await call.read(_kept, call)
    return ok(shapes.chart(kept))._replace(headers=(etag(kept.version),))


def _kept(call: Call) -> InForce:
    query: shapes.ChartQuery = call.query
    if query.version is None:
        return in_force(call.desk.store, call.info)
    return at_version(call.desk.store, call.info, whole_number(query.version, "version"))


@operation(
    "GET", f"{_URL}/export", summary="Export the chart as JSON",
    description="The document alone, as it can be imported again.",
    query=shapes.ChartQuery, reply=ChartDocument, codes=("not_found",), **_READS,
)  # fmt: skip
async def export_chart(call: Call) -> Reply:
    """Write the chart down as JSON."""
    kept = await call.read(_kept, call)
    return ok(kept.chart.document)


@operation(
    "GET", f"{_URL}/export/yaml", summary="Export the chart as YAML",
    description="The same document, for people.", query=shapes.ChartQuery,
    media_type="application/yaml", codes=("not_found",), **_READS,
)  # fmt: skip
async def export_chart_yaml(call: Call) -> Reply:
    """Write the chart down as YAML."""
    kept = await call.read(_kept, call)
    text = await call.read(wiring.chart_text, kept.chart.document)
    return Reply(200, text.encode(), media_type=b"application/yaml; charset=utf-8")


@operation(
    "GET", f"{_URL}/ready", summary="List ready charts",
    description="What comes with the program: take one as it is, or as a beginning.",
    reply=shapes.ReadyChartList, **_READS,
)  # fmt: skip
async def list_ready_charts(call: Call) -> Reply:
    """List the charts that come ready made."""
    return ok(await call.read(_ready))


def _ready() -> shapes.ReadyChartList:
    documents = [ready_chart(name).document for name in READY]
    shown = [shapes.ReadyChart(each.name, each.description, each) for each in documents]
    return shapes.ReadyChartList(data=shown, has_more=False, next_cursor=None, url=f"{_URL}/ready")


@operation(
    "POST", f"{_URL}/validate", summary="Validate a chart",
    description="Says every mistake at its place; else what it would change, in the patterns and"
    " for the accounts there are. Nothing is written.",
    request=shapes.ChartInput, reply=shapes.ChartSurvey, codes=("chart_invalid",),
    example=_EXAMPLE, **_READS,
)  # fmt: skip
async def validate_chart(call: Call) -> Reply:
    """Try a chart out without any trace."""
    return ok(await call.read(_survey, call))


def _survey(call: Call) -> shapes.ChartSurvey:
    chart = _asked(call.body)
    found = survey(call.desk.store, call.info, chart)
    return shapes.survey(chart.document.name, len(chart.patterns), found)


@operation(
    "POST", f"{_URL}/import", summary="Import a chart",
    description="Puts it in force as the next version; the same again changes nothing. With"
    " `?dry_run=true` the answer also says how the accounts that exist stand to it.",
    request=shapes.ChartImport, reply=shapes.ChartOfAccounts, codes=_CODES, example=_EXAMPLE,
    **_WRITES,
)  # fmt: skip
async def import_chart(call: Call) -> Reply:
    """Put a chart in force."""
    body: shapes.ChartImport = call.body
    chart = await call.read(_asked, body)
    fit = (await call.read(survey, call.desk.store, call.info, chart)).fit if call.is_dry else None
    command = apply_command(chart.document, body.if_version, body.reason)
    return await _applied(call, command, fit)


@operation(
    "PATCH", _URL, summary="Change the chart of accounts",
    description="JSON Merge Patch (RFC 7396) of the document in force: null takes a path out."
    " Needs `If-Match` with the `version` that you saw.",
    request=shapes.ChartPatch, reply=shapes.ChartOfAccounts,
    codes=(*_CODES, "precondition_required"),
    example={"accounts": {"loans:{customer}:{asset}": {"type": "asset", "class": "claim"}}},
    **_WRITES,
)  # fmt: skip
async def change_chart(call: Call) -> Reply:
    """Change a part of the chart."""
    command = await call.read(_merged, call, version_seen(call))
    return await _applied(call, command)


def _merged(call: Call, version: int | None) -> ApplyChart:
    patch, now = msgspec.to_builtins(call.body), in_force(call.desk.store, call.info)
    try:
        check_depth(patch)
        document = merged(msgspec.to_builtins(now.chart.document), patch)
    except NotOfTheForm as error:
        raise of_document_error(ChartInvalid(error.finding)) from None
    return apply_command(read_document(document), version)


@operation(
    "POST", f"{_URL}/retire", summary="Retire the chart of accounts",
    description="Accounts stay as they are; none opens by itself any more, and business places"
    " its money by the built-in chart again.",
    request=shapes.RetireChartRequest, reply=shapes.ChartOfAccounts, codes=("invalid_state",),
    example={"reason": "the ready chart serves"},
    **_WRITES,
)  # fmt: skip
async def retire_chart(call: Call) -> Reply:
    """Take the chart out of force."""
    outcome = await call.submit(RetireChart(reason=call.body.reason))
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return _written(outcome, shapes.chart(_left_by(outcome.record)))


def _asked(body: shapes.ChartInput) -> Chart:
    """The chart that a body says.

    Raises:
        Refusal: there is none in it, or several; or no chart can be made of it.
    """
    ways = {"document": body.document, "yaml": body.yaml, "ready": body.ready}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) != 1:
        raise Refusal("invalid_request", "Send one of `document`, `yaml` and `ready`.")
    if body.ready is not None:
        return ready_chart(body.ready)
    try:
        if body.yaml is not None:
            return wiring.chart_of_text(body.yaml)
        return Chart(read_document(body.document))
    except ChartInvalid as error:
        # A text has no places of its own: they lead into what it says.
        raise of_document_error(error, "" if body.yaml is not None else "/document") from None


async def _applied(call: Call, command: ApplyChart, fit: Fit | None = None) -> Reply:
    outcome = await call.submit(command, asked=call.body)
    if isinstance(outcome, Refused):
        if outcome.rejection.code is Code.DOCUMENT_UNCHANGED:
            kept = await call.read(in_force, call.desk.store, call.info)
            return ok(shapes.chart(kept))._replace(headers=(etag(kept.version),))
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    left = _left_by(outcome.record)
    difference = await call.read(difference_of_version, call.desk.store, call.info, left.chart)
    return _written(outcome, shapes.chart(left, difference, fit))


def _left_by(record: Record) -> InForce:
    """The chart as this step left it: the same for every replay."""
    matter = resource_in(record.event)
    assert isinstance(matter, Matter), "a chart is kept as a matter"
    return as_it_was(matter)


def _written(outcome: Accepted, shown: shapes.ChartOfAccounts) -> Reply:
    reply = written(200, _encode(shown), outcome.record, replayed=outcome.replayed)
    return reply._replace(headers=(*reply.headers, etag(shown.version)))


OPERATIONS = (
    get_chart, validate_chart, import_chart, change_chart, retire_chart, export_chart,
    export_chart_yaml, list_ready_charts,
)  # fmt: skip
