"""Account statements: issue one, list them, get one as JSON, CSV or PDF."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.kernel.events import DocumentSaved
from partita.kernel.rejections import Code
from partita.modules.account_statements import rendering
from partita.modules.account_statements.issuing import (
    Issued,
    IssueStatement,
    Statements,
    of_document,
)
from partita.modules.account_statements.snapshot import AccountStatement
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import statements as shapes
from partita.surfaces.http.shapes.fields import moment

_encode = msgspec.json.Encoder().encode
_URL = "/v1/account_statements"
_ONE = f"{_URL}/{{id:str}}"


@operation(
    "POST", _URL, tag="Statements", summary="Issue an account statement", status=201,
    status_if_there=200,
    description="Seals the statement's hash in the journal. Asked again while nothing of the account"
    " has changed, it is the same statement; with late entries in it, it is a new version.",
    request=shapes.StatementRequest, reply=shapes.IssuedStatement, scope=Scope.WRITE,
    key=KeyRule.OPTIONAL,
    codes=("not_found", "invalid_timestamp"),
    example={"account": "customers:alice", "from": "2026-10-01T00:00:00Z",
             "to": "2026-11-01T00:00:00Z"},
)  # fmt: skip
async def issue_account_statement(call: Call) -> Reply:
    """Issue a statement of an account over a span of effective time."""
    asked = _asked(call.body)
    command = await call.read(_statements(call).command, asked)
    outcome = await call.submit(command, asked=asked)
    if isinstance(outcome, Refused):
        if outcome.rejection.code is not Code.DOCUMENT_UNCHANGED:
            raise of_rejection(outcome.rejection, replayed=outcome.replayed)
        known = outcome.rejection.facts["existing_resource_id"]
        return ok(shapes.issued_statement(await call.read(_statements(call).issued, known)))
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    event = outcome.record.event
    assert isinstance(event, DocumentSaved), "saving is answered by being saved"
    body = _encode(shapes.issued_statement(of_document(event.document)))
    location = f"{_URL}/{event.document.id}"
    return written(201, body, outcome.record, replayed=outcome.replayed, location=location)


def _statements(call: Call) -> Statements:
    return call.desk.application.statements(call.info)


def _asked(body: shapes.StatementRequest) -> IssueStatement:
    begins_at, ends_at = moment(body.begins_at, "/from"), moment(body.ends_at, "/to")
    return IssueStatement(body.account, begins_at, ends_at)


@operation(
    "GET", _URL, tag="Statements", summary="List account statements", description="Newest first.",
    query=shapes.StatementQuery, reply=shapes.IssuedStatementList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_account_statements(call: Call) -> Reply:
    """List issued statements."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> shapes.IssuedStatementList:
    query: shapes.StatementQuery = call.query
    found = _statements(call).list_issued(wanted.number, wanted.limit + 1, query.account_id)
    issued, has_more = wanted.cut(found)
    return shapes.IssuedStatementList(
        data=[shapes.issued_statement(each) for each in issued],
        has_more=has_more,
        next_cursor=wanted.cursor(issued[-1].document.number) if has_more else None,
        url=_URL,
    )


@operation(
    "GET", _ONE, tag="Statements", summary="Get an account statement's summary",
    reply=shapes.IssuedStatement, codes=("not_found",),
)  # fmt: skip
async def get_account_statement(call: Call) -> Reply:
    """Get what a statement comes to."""
    return ok(shapes.issued_statement(await call.read(_statements(call).issued, call.path["id"])))


@operation(
    "GET", f"{_ONE}/json", tag="Statements", summary="Get an account statement as JSON",
    description="All lines. `statement` is the very content whose SHA-256 is `sha256`; made again,"
    " it is the same bytes.", codes=("not_found",),
)  # fmt: skip
async def get_account_statement_json(call: Call) -> Reply:
    """Get a whole statement as JSON."""
    return Reply(200, rendering.to_json(*await call.read(_whole, call)))


@operation(
    "GET", f"{_ONE}/csv", tag="Statements", summary="Get an account statement as CSV",
    description="The same lines, with decimal amounts.", media_type="text/csv",
    codes=("not_found",),
)  # fmt: skip
async def get_account_statement_csv(call: Call) -> Reply:
    """Get a whole statement as CSV."""
    body = rendering.to_csv(*await call.read(_whole, call))
    return Reply(200, body, media_type=b"text/csv; charset=utf-8")


@operation(
    "GET", f"{_ONE}/pdf", tag="Statements", summary="Get an account statement as PDF",
    description="For people. Needs the optional extra `pdf`.", media_type="application/pdf",
    codes=("not_found", "format_unavailable"),
)  # fmt: skip
async def get_account_statement_pdf(call: Call) -> Reply:
    """Get a whole statement as PDF."""
    return Reply(200, await call.read(_pdf, call), media_type=b"application/pdf")


def _whole(call: Call) -> tuple[Issued, AccountStatement]:
    statements = _statements(call)
    issued = statements.issued(call.path["id"])
    return issued, statements.again(issued)


def _pdf(call: Call) -> bytes:
    return call.desk.application.pdf.write(*_whole(call))


OPERATIONS = (
    issue_account_statement, list_account_statements, get_account_statement,
    get_account_statement_json, get_account_statement_csv, get_account_statement_pdf,
)  # fmt: skip
