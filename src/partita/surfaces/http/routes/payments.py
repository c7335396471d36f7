"""Payments: the same routes for every type, made from its transition table.

`POST /v1/transfers` begins one, `GET` lists and shows them, `POST /v1/transfers/{id}/{verb}` takes
one a step further: a verb for each that the table knows. What the table does not allow now is 409.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.engine.ports import LedgerInfo
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged, entries_in
from partita.kernel.matters import Matter
from partita.modules.payments.acts import plural, type_of
from partita.modules.payments.finding import Wanted, find, is_status, timeline
from partita.modules.payments.lifecycle import Lifecycle, PaymentType, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import read_payment
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import Handler, KeyRule, Operation, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import payment_requests as requests
from partita.surfaces.http.shapes import payments as shapes
from partita.surfaces.http.shapes.fields import moment_or_none
from partita.surfaces.http.shapes.ledgers import PlainQuery

_encode = msgspec.json.Encoder().encode
_MONEY_CODES = (
    "account_closed", "account_frozen", "account_not_found", "account_outside_chart",
    "amount_out_of_range", "asset_mismatch", "asset_not_found", "insufficient_funds",
    "invalid_state", "limit_exceeded", "period_closed", "rule_denied", "rule_failed",
    "same_account", "velocity_exceeded", "wallet_not_found",
)  # fmt: skip
_BODY_CODES = ("invalid_amount", "invalid_metadata", "invalid_timestamp")
_CODES_OF_TYPE: Mapping[PaymentType, tuple[str, ...]] = {
    PaymentType.TRANSFER: ("invalid_expiry",),
    PaymentType.PAYMENT: ("invalid_expiry",),
    PaymentType.REFUND: ("payment_not_found", "refund_exceeds_captured"),
    PaymentType.DISPUTE: ("payment_not_found", "dispute_exceeds_captured"),
    PaymentType.ADJUSTMENT: ("reason_missing",),
}
_CODES_OF_VERB: Mapping[Verb, tuple[str, ...]] = {
    Verb.CAPTURE: ("capture_exceeds_hold",),
    Verb.AUTHORIZE: ("invalid_expiry",),
    Verb.SUBMIT: ("rail_rejected",),
    Verb.RESUBMIT: ("rail_rejected",),
    Verb.CONTEST: ("deadline_passed",),
    Verb.EVIDENCE: ("reason_missing",),
    Verb.REVERSE: ("already_reversed", "reason_missing"),
}
_PARTIES = {
    "source": "customers:alice:wallets:main:USD",
    "destination": "customers:bob:wallets:main:USD",
}
_EXAMPLE: Mapping[str, Any] = {
    **_PARTIES, "amount": "1200", "asset": "USD", "reason": "typed twice", "rail": "book",
    "payment": "pay_01M7W7N0R2QFH4PZWZ85JVAPF2", "kind": "card",
}  # fmt: skip
_ONCE = {"tag": "", "scope": Scope.WRITE, "key": KeyRule.REQUIRED}


def _routes(table: Lifecycle) -> list[Operation]:
    """All operations on payments of one type."""
    return [
        _create(table),
        _list(table),
        _get(table),
        _timeline(table),
        *(_step(table, verb) for verb in table.verbs),
    ]


def _article(type_: PaymentType) -> str:
    return f"{'an' if type_.value[0] in 'aeiou' else 'a'} {type_.value}"


def _named(handler: Handler, name: str, sentence: str) -> Handler:
    """The handler under the name by which the OpenAPI document knows the operation."""
    handler.__name__, handler.__doc__ = name, sentence
    return handler


def _create(table: Lifecycle) -> Operation:
    type_, body = table.type, requests.beginning(table.type)
    begins = ", ".join(f"`{verb.value}`" for verb in table.births)

    async def create(call: Call) -> Reply:
        return await _submit(call, requests.begin_act(type_, call.body), 201)

    name = plural(type_)
    fields = {field.name for field in msgspec.structs.fields(body.shape)}
    return operation(
        "POST", f"/v1/{name}", summary=f"Create {_article(type_)}", status=201,
        description=f"{(body.shape.__doc__ or '').strip()}\n\nIt begins with {begins}.",
        request=body.shape, reply=shapes.Payment,
        codes=(*_MONEY_CODES, *_BODY_CODES, *_CODES_OF_TYPE.get(type_, ()), "external_id_taken"),
        example={k: v for k, v in _EXAMPLE.items() if k in fields and k != "kind"},
        **(_ONCE | {"tag": name.title()}),
    )(_named(create, f"create_{type_.value}", f"Create {_article(type_)}."))  # fmt: skip


def _step(table: Lifecycle, verb: Verb) -> Operation:
    type_, body = table.type, requests.stepping(table.type, verb)
    rows = [row for row in table.transitions if row.verb is verb and not row.is_birth]
    steps = "; ".join(
        f"{', '.join(s.value for s in row.from_states)} → {row.to_state.value}"
        f"{f' ({row.case.value})' if row.case.value else ''}"
        for row in rows
    )

    async def step(call: Call) -> Reply:
        identifier = _id(call, type_)
        return await _submit(call, requests.step_act(type_, identifier, verb, call.body), 200)

    name, word = plural(type_), verb.value.replace("_", " ")
    return operation(
        "POST", f"/v1/{name}/{{id:str}}/{verb.value}",
        summary=f"{word.capitalize()}: {_article(type_)}",
        description=f"Allowed: {steps}. Anything else is `invalid_state`.",
        request=body.shape, reply=shapes.Payment,
        codes=(*_MONEY_CODES, *_BODY_CODES, *_CODES_OF_VERB.get(verb, ()), "payment_not_found"),
        example={"reason": "as agreed"}, **(_ONCE | {"tag": name.title()}),
    )(_named(step, f"{verb.value}_{type_.value}", f"{word.capitalize()} {_article(type_)}."))  # fmt: skip


async def _submit(call: Call, act: Act, status: int) -> Reply:
    outcome = await call.submit(act)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    record = outcome.record
    assert isinstance(record.event, MatterChanged), "a payment's step changes the payment"
    matter = record.event.matter
    shown = await _shape(call, matter)
    location = f"/v1/{plural(PaymentType(matter.kind))}/{matter.id}" if status == 201 else None
    reply = written(status, _encode(shown), record, replayed=outcome.replayed, location=location)
    return reply._replace(headers=(*reply.headers, _etag(matter.version)))


def _etag(version: int) -> tuple[bytes, bytes]:
    return (b"etag", b'"%d"' % version)


async def _shape(call: Call, matter: Matter) -> shapes.Payment:
    """A payment as it goes out; its asset's scale is nearly always at hand."""
    payment, books = read_payment(matter.body), call.opened
    scale = books.scales.get(payment.asset)
    if scale is None:
        scale = await call.read(books.scale, payment.asset)
    assert scale is not None, "a payment's asset is known"
    return shapes.shown(payment, matter.version, scale)


def _id(call: Call, type_: PaymentType) -> str:
    """The id in the address.

    Raises:
        Refusal: 404, nothing of this type has such an id.
    """
    identifier = call.path["id"]
    if type_of(identifier) is not type_ or len(identifier) != len("pay_") + 26:
        raise call.no_such(type_.value, identifier[:255])
    return identifier


def _get(table: Lifecycle) -> Operation:
    type_ = table.type

    async def get(call: Call) -> Reply:
        identifier = _id(call, type_)
        matter = await call.read(_matter, call, type_, identifier)
        return ok(await _shape(call, matter))._replace(headers=(_etag(matter.version),))

    name = plural(type_)
    return operation(
        "GET", f"/v1/{name}/{{id:str}}", tag=name.title(), summary=f"Get {_article(type_)}",
        reply=shapes.Payment, codes=("not_found",),
    )(_named(get, f"get_{type_.value}", f"Get {_article(type_)} as it is now."))  # fmt: skip


def _matter(call: Call, type_: PaymentType, identifier: str) -> Matter:
    found = call.desk.store.resource(call.info, type_.value, identifier)
    if not isinstance(found, Matter):
        raise call.no_such(type_.value, identifier)
    return found


def _list(table: Lifecycle) -> Operation:
    type_, url = table.type, f"/v1/{plural(table.type)}"

    async def list_all(call: Call) -> Reply:
        return Reply(200, await call.read(_listed, call, type_, page(url, call.query)))

    return operation(
        "GET", url, tag=plural(type_).title(), summary=f"List {plural(type_)}",
        description="Newest first.", query=shapes.PaymentQuery, reply=shapes.PaymentList,
        codes=("invalid_cursor", "cursor_mismatch", "invalid_timestamp"),
    )(_named(list_all, f"list_{plural(type_)}", f"List {plural(type_)} by filters."))  # fmt: skip


def _listed(call: Call, type_: PaymentType, wanted: Page) -> bytes:
    query: shapes.PaymentQuery = call.query
    if query.status is not None and not is_status(query.status, type_):
        detail = f"{_article(type_).capitalize()} is never {query.status[:60]!r}."
        raise Refusal("invalid_request", detail)
    if query.wallet is not None and query.payment is not None:
        raise Refusal("invalid_request", "Ask by wallet or by payment, not by both.")
    which = Wanted(
        type_,
        query.status,
        query.wallet or query.payment,
        query.external_id,
        moment_or_none(query.created_from),
        moment_or_none(query.created_to),
    )
    info: LedgerInfo = call.info
    matters, has_more = wanted.cut(
        find(call.desk.store, info, which, wanted.number, wanted.limit + 1)
    )
    kept = [(read_payment(each.body), each.version) for each in matters]
    return _encode(
        shapes.PaymentList(
            data=[shapes.shown(one, version, _scale(call, one.asset)) for one, version in kept],
            has_more=has_more,
            next_cursor=wanted.cursor(matters[-1].number) if has_more else None,
            url=f"/v1/{plural(type_)}",
        )
    )


def _scale(call: Call, asset: str) -> int:
    scale = call.opened.scale(asset)
    assert scale is not None, "a payment's asset is known"
    return scale


def _timeline(table: Lifecycle) -> Operation:
    type_, name = table.type, plural(table.type)

    async def list_timeline(call: Call) -> Reply:
        url = f"/v1/{name}/{_id(call, type_)}/timeline"
        return Reply(200, await call.read(_steps, call, type_, url, page(url, call.query)))

    return operation(
        "GET", f"/v1/{name}/{{id:str}}/timeline", tag=name.title(),
        summary=f"List what happened to {_article(type_)}",
        description="Oldest first: every step with its cause, actor, reason, rules and postings.",
        query=PlainQuery, reply=shapes.PaymentTimeline,
        codes=("not_found", "invalid_cursor", "cursor_mismatch"),
    )(
        _named(
            list_timeline, f"list_{type_.value}_timeline", f"List the steps of {_article(type_)}."
        )
    )  # fmt: skip


def _steps(call: Call, type_: PaymentType, url: str, wanted: Page) -> bytes:
    identifier = _matter(call, type_, call.path["id"]).id
    found = timeline(call.desk.store, call.info, identifier, wanted.number or 0, wanted.limit + 1)
    steps, has_more = wanted.cut(found)
    entries = [e for step in steps for r in step.transactions for e in entries_in(r.event)]
    scales = dict(call.opened.look_up(entries).scales)
    for step in steps:
        asset = read_payment(step.matter.body).asset
        scales[asset] = _scale(call, asset)
    return _encode(
        shapes.PaymentTimeline(
            data=[shapes.timeline_step(each, scales) for each in steps],
            has_more=has_more,
            next_cursor=wanted.cursor(steps[-1].record.sequence) if has_more else None,
            url=url,
        )
    )


OPERATIONS = tuple(made for table in LIFECYCLES.values() for made in _routes(table))
