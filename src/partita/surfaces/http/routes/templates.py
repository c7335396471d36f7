"""Templates: save a posting scheme, look at what it makes of arguments, post that."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.kernel.commands import PostTransaction
from partita.kernel.documents import Document
from partita.kernel.events import DocumentArchived, DocumentSaved
from partita.kernel.rejections import Code
from partita.modules.templates.cabinet import Cabinet, Wanted, archive_command
from partita.modules.templates.document import TemplateDocument
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.routes.transactions import POSTING_CODES, posted
from partita.surfaces.http.shapes import templates as shapes
from partita.surfaces.http.shapes.transactions import Transaction
from partita.surfaces.template_answers import first_answer

_encode = msgspec.json.Encoder().encode
_URL = "/v1/transaction_templates"
_EXAMPLE = {
    "name": "card_fee",
    "parameters": {
        "price": {"type": "amount", "asset": "USD"},
        "merchant": {"type": "text"},
    },
    "postings": [
        {
            "amount": "price",
            "debit": "bank:main",
            "credit": [
                {"account": "income:fees", "amount": "half_even(price * 2.9%) + 30"},
                {"account": "customers:{merchant}", "rest": True},
            ],
        }
    ],
    "type": "card_payment",
}
_ARGUMENTS = {"arguments": {"price": "10000", "merchant": "alice"}}
_FILL_CODES = (
    "template_argument_invalid", "template_render_failed", "template_not_found",
    "template_archived", "template_invalid", "invalid_timestamp", "invalid_metadata",
)  # fmt: skip


@operation(
    "POST", _URL, tag="Templates", summary="Save a template", status=201, status_if_there=200,
    description="Compiles and proves it first: what could ever be unbalanced is refused. Makes the"
    " next version of its name (201), or answers with the newest one if that says the same (200).",
    request=TemplateDocument, reply=shapes.TransactionTemplate, example=_EXAMPLE,
    scope=Scope.WRITE, key=KeyRule.OPTIONAL, codes=("template_invalid",),
)  # fmt: skip
async def save_template(call: Call) -> Reply:
    """Keep a document as a template's next version."""
    cabinet = _cabinet(call)
    command = await call.read(cabinet.save_command, call.body)
    outcome = await call.submit(command)
    cabinet.forget(call.info, command.title)
    if isinstance(outcome, Refused):
        if outcome.rejection.code is not Code.DOCUMENT_UNCHANGED:
            raise of_rejection(outcome.rejection, replayed=outcome.replayed)
        identifier = outcome.rejection.facts["existing_resource_id"]
        return ok(shapes.template(await call.read(_document, call, identifier)))
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    event = outcome.record.event
    assert isinstance(event, DocumentSaved), "saving is answered by being saved"
    body, location = _encode(shapes.template(event.resource)), f"{_URL}/{command.title}"
    return written(201, body, outcome.record, replayed=outcome.replayed, location=location)


def _document(call: Call, identifier: str) -> Document:
    found = call.desk.store.resource(call.info, Document.kind, identifier)
    assert isinstance(found, Document), "the rules have just named it"
    return found


@operation(
    "GET", _URL, tag="Templates", summary="List templates",
    description="By name, each in its newest version; archived ones too.",
    query=shapes.TemplateListQuery, reply=shapes.TransactionTemplateList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_templates(call: Call) -> Reply:
    """List the newest version of each template."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, part: Page) -> shapes.TransactionTemplateList:
    newest = _cabinet(call).newest_of_each(call.info)
    found, has_more = part.cut([each for each in newest if each.title > (part.after or "")])
    return shapes.TransactionTemplateList(
        data=[shapes.template(each) for each in found],
        has_more=has_more,
        next_cursor=part.cursor(found[-1].title) if has_more else None,
        url=_URL,
    )


@operation(
    "GET", f"{_URL}/{{template:str}}", tag="Templates", summary="Get a template",
    description="The newest version, or the one that `version` names.",
    query=shapes.VersionQuery, reply=shapes.TransactionTemplate, codes=("template_not_found",),
)  # fmt: skip
async def get_template(call: Call) -> Reply:
    """Get one version of a template."""
    version = shapes.version_number(call.query.version)
    found = await call.read(_cabinet(call).saved, call.info, call.path["template"], version)
    return ok(shapes.template(found))


@operation(
    "POST", f"{_URL}/{{template:str}}/render", tag="Templates", summary="Render a template",
    description="Shows the postings that the arguments lead to. Nothing is posted, and neither"
    " accounts nor their limits are looked at.",
    request=shapes.FillRequest, reply=shapes.RenderedTransaction, example=_ARGUMENTS,
    codes=_FILL_CODES,
)  # fmt: skip
async def render_template(call: Call) -> Reply:
    """Show what a template makes of arguments."""
    command = await call.read(_render, call)
    await call.read(_learn_scales, call, command)
    return ok(shapes.rendered(command, call.opened.scales))


def _render(call: Call) -> PostTransaction:
    wanted = _wanted(call)
    template = _cabinet(call).template(call.info, wanted)
    return template.render(wanted.arguments, wanted.extras)


def _learn_scales(call: Call, command: PostTransaction) -> None:
    for posting in command.postings:
        call.opened.scale(posting.asset)


@operation(
    "POST", f"{_URL}/{{template:str}}/post", tag="Templates", summary="Post by a template", status=201,
    description="Renders and posts at once. The transaction's metadata names the template and the"
    " version (`template`, `template_version`). A retry under the same Idempotency-Key has the"
    " first answer, also after a new version was saved.",
    request=shapes.FillRequest, reply=Transaction, example=_ARGUMENTS,
    scope=Scope.WRITE, key=KeyRule.REQUIRED, codes=(*_FILL_CODES, *POSTING_CODES),
)  # fmt: skip
async def post_by_template(call: Call) -> Reply:
    """Post what a template makes of arguments."""
    cabinet, wanted = _cabinet(call), _wanted(call)
    commands, is_at_hand = (
        cabinet.commands(call.info, wanted),
        cabinet.is_at_hand(call.info, wanted),
    )
    outcome = await first_answer(commands, call.submit, call.read, is_at_hand=is_at_hand)
    return await posted(call, outcome)


@operation(
    "POST", f"{_URL}/{{template:str}}/archive", tag="Templates", summary="Archive a template",
    description="It takes no more postings; saving it again revives it.",
    reply=shapes.TransactionTemplate, scope=Scope.WRITE, key=KeyRule.OPTIONAL,
    codes=("template_not_found", "document_not_found", "invalid_state"),
)  # fmt: skip
async def archive_template(call: Call) -> Reply:
    """Put a template away."""
    cabinet, name = _cabinet(call), call.path["template"]
    await call.read(cabinet.saved, call.info, name)
    outcome = await call.submit(archive_command(name))
    cabinet.forget(call.info, name)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    event = outcome.record.event
    assert isinstance(event, DocumentArchived), "archiving is answered by being archived"
    body = _encode(shapes.template(event.resource))
    return written(200, body, outcome.record, replayed=outcome.replayed)


def _wanted(call: Call) -> Wanted:
    return shapes.wanted(call.path["template"], call.body, call.key)


def _cabinet(call: Call) -> Cabinet:
    return call.desk.application.templates


OPERATIONS = (
    save_template, list_templates, get_template, render_template, post_by_template,
    archive_template,
)  # fmt: skip
