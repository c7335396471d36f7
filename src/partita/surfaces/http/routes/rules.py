"""Rules: save one, try it on history, put it in force, take it back; and what a payment would cost."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Record
from partita.kernel.asset import BUILT_IN
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code
from partita.modules.payments.trying_rules import RuleTrials, Trial, span_of
from partita.modules.rules.backtesting import Span
from partita.modules.rules.commands import (
    ActivateRule,
    NoteBacktest,
    RetireRule,
    RollBackRule,
    RuleAct,
    ShadowRule,
)
from partita.modules.rules.document import RuleDocument
from partita.modules.rules.kept import read_kept
from partita.modules.rules.occasion import Applied
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import rules as shapes
from partita.surfaces.http.shapes.fields import amount, moment, moment_at

_encode = msgspec.json.Encoder().encode
_URL = "/v1/rules"
_ONE = f"{_URL}/{{rule:str}}"
_WRITES = {"tag": "Rules", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}
_CHANGE = {"reply": shapes.Rule, **_WRITES}
_CHANGE_CODES = ("not_found", "rule_not_found", "invalid_state")
_EXAMPLE = {
    "name": "card-fee",
    "on": "payment.captured",
    "asset": "EUR",
    "fee": {"to": "fees/card", "percentage": "1.5%", "fixed": "30", "cap": "500"},
}


@operation(
    "POST", _URL, summary="Save a rule", status=201, status_if_there=200,
    description="Makes the next version of its name, a draft, which does nothing yet (201); or"
    " answers with the rule as it is if its newest version says the same (200).",
    request=RuleDocument, reply=shapes.Rule, example=_EXAMPLE,
    codes=("rule_invalid",), **_WRITES,
)  # fmt: skip
async def save_rule(call: Call) -> Reply:
    """Keep a document as a rule's next version."""
    command = await call.read(_rules(call).save_command, call.body)
    outcome = await call.submit(command)
    if isinstance(outcome, Refused) and outcome.rejection.code is Code.DOCUMENT_UNCHANGED:
        return ok(await call.read(_shape, call, await call.read(_kept, call, command.name)))
    record = _accepted(outcome).record
    shown = await call.read(_shape, call, _matter(record))
    return written(
        201, _encode(shown), record, replayed=outcome.replayed, location=f"{_URL}/{shown.id}"
    )


def _accepted(outcome: object) -> Accepted:
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return outcome


def _matter(record: Record) -> Matter:
    assert isinstance(record.event, MatterChanged), "what happens to a rule leaves a rule"
    return record.event.matter


def _shape(call: Call, kept: Matter) -> shapes.Rule:
    return shapes.rule(kept, _scales(call))


def _scales(call: Call) -> shapes.Scales:
    """The scale of every asset that is known here; asks the store."""
    return {a.code: a.scale for a in (*BUILT_IN.values(), *call.desk.store.assets(call.info))}


def _kept(call: Call, reference: str) -> Matter:
    """A rule by its name or its id; asks the store.

    Raises:
        NotFound: there is none.
    """
    return _rules(call).find(reference)


def _rules(call: Call) -> RuleTrials:
    return call.desk.application.rules(call.info)


@operation(
    "GET", _URL, tag="Rules", summary="List rules", description="Newest first.",
    query=shapes.RuleQuery, reply=shapes.RuleList, codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_rules(call: Call) -> Reply:
    """List rules by filters."""
    return ok(await call.read(_list, call))


def _list(call: Call) -> shapes.RuleList:
    wanted = page(_URL, call.query)
    kept, has_more = wanted.cut(
        _rules(call).page(wanted.number, wanted.limit + 1, call.query.status)
    )
    scales = _scales(call)
    return shapes.RuleList(
        data=[shapes.rule(each, scales) for each in kept],
        has_more=has_more,
        next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
        url=_URL,
    )


@operation(
    "GET", _ONE, tag="Rules", summary="Get a rule",
    description="By its name or its id, with all versions that can still matter.",
    reply=shapes.Rule, codes=("not_found",),
)  # fmt: skip
async def get_rule(call: Call) -> Reply:
    """Get one rule."""
    kept = await call.read(_kept, call, call.path["rule"])
    return ok(await call.read(_shape, call, kept))


@operation(
    "POST", f"{_ONE}/backtest", summary="Try a rule on history",
    description="Works out what a version would have done to the payments of a span, each and in"
    " sum, and keeps the sum with the version, which may then be put in force. Moves nothing.",
    request=shapes.BacktestRequest, reply=shapes.BacktestReply,
    example={"begins_at": "2026-10-01T00:00:00Z", "ends_at": "2026-11-01T00:00:00Z"},
    codes=(*_CHANGE_CODES, "invalid_timestamp"), **_WRITES,
)  # fmt: skip
async def backtest_rule(call: Call) -> Reply:
    """Try a version on the payments of a span."""
    trial = await call.read(_trial, call, _span(call))
    note = NoteBacktest(trial.rule, version=trial.version, backtest=trial.report.summary)
    asked = BacktestAsked(trial.rule, call.body)
    outcome = _accepted(await call.submit(note, asked=asked))
    if outcome.replayed:
        # The key stands for what was asked; the first answer was of the span that it then had.
        kept = read_kept(_matter(outcome.record).body).get(trial.version)
        assert kept is not None, "what was noted is kept"
        assert kept.backtest is not None, "what was noted is kept"
        first = kept.backtest
        again = Span(first.begins_at, first.ends_at, first.at)
        trial = await call.read(_trial, call, again)
    shown = shapes.backtest(trial, await call.read(_scales, call))
    return written(200, _encode(shown), outcome.record, replayed=outcome.replayed)


class BacktestAsked(msgspec.Struct, frozen=True):
    """What a key of a backtest stands for."""

    rule: str
    request: shapes.BacktestRequest


def _span(call: Call) -> Span:
    request: shapes.BacktestRequest = call.body
    now = call.desk.clock.now()
    begins_at = moment(request.begins_at, "/begins_at")
    return span_of(begins_at, moment_at(request.ends_at, "/ends_at"), now)


def _trial(call: Call, span: Span) -> Trial:
    rules, request = _rules(call), call.body
    return rules.backtest(rules.find(call.path["rule"]), request.version, span)


@operation(
    "POST", f"{_ONE}/shadow", summary="Let a rule run in shadow",
    description="The version is worked out and recorded with every payment, and moves nothing.",
    request=shapes.VersionRequest, example={"version": 1}, codes=_CHANGE_CODES, **_CHANGE,
)  # fmt: skip
async def shadow_rule(call: Call) -> Reply:
    """Let a version run beside."""
    return await _change(call, ShadowRule, version=call.body.version)


@operation(
    "POST", f"{_ONE}/promote", summary="Put a rule in force",
    description="The version applies to every payment from now on; the one before is retired.",
    request=shapes.PromoteRequest, example={"without_backtest": True}, codes=(*_CHANGE_CODES, "rule_not_backtested"), **_CHANGE,
)  # fmt: skip
async def promote_rule(call: Call) -> Reply:
    """Put a version in force."""
    body: shapes.PromoteRequest = call.body
    return await _change(
        call, ActivateRule, version=body.version, without_backtest=body.without_backtest
    )


@operation(
    "POST", f"{_ONE}/rollback", summary="Go back to the version before",
    description="The version that was in force before is so again; the one that is, is retired.",
    request=shapes.RollBackRequest, example={"reason": "too dear"}, codes=_CHANGE_CODES, **_CHANGE,
)  # fmt: skip
async def roll_back_rule(call: Call) -> Reply:
    """Put the version before in force again."""
    return await _change(call, RollBackRule, reason=call.body.reason)


@operation(
    "POST", f"{_ONE}/retire", summary="Take a rule out of force",
    description="One version, or all of them. What they did stays as it is.",
    request=shapes.RetireRuleRequest, example={"reason": "replaced"}, codes=_CHANGE_CODES, **_CHANGE,
)  # fmt: skip
async def retire_rule(call: Call) -> Reply:
    """Take a version, or all, out of force."""
    body: shapes.RetireRuleRequest = call.body
    return await _change(call, RetireRule, version=body.version, reason=body.reason)


async def _change(call: Call, kind: type[RuleAct], **how: object) -> Reply:
    # A rule that the address names and that is not there is 404 and leaves no trace.
    kept = await call.read(_kept, call, call.path["rule"])
    outcome = _accepted(await call.submit(kind(kept.id, **how)))
    shown = await call.read(_shape, call, _matter(outcome.record))
    return written(200, _encode(shown), outcome.record, replayed=outcome.replayed)


@operation(
    "POST", "/v1/fees/quote", tag="Rules", summary="Quote what a payment would cost",
    description="What the rules in force would charge, give, hold or refuse, worked out now.",
    request=shapes.QuoteRequest, reply=shapes.FeeQuote, codes=("invalid_amount",),
    example={"amount": "10000", "asset": "EUR", "destination_kind": "merchant"},
)  # fmt: skip
async def quote_fees(call: Call) -> Reply:
    """Say what a payment would cost."""
    request: shapes.QuoteRequest = call.body
    figure = amount(request.amount, "/amount")
    applied = await call.read(_quote, call, figure)
    return ok(shapes.quote(request, applied, await call.read(_scales, call)))


def _quote(call: Call, amount: int) -> Applied:
    rules = _rules(call)
    return rules.quote(shapes.occasion(call.body, amount, call.desk.clock.now(), rules))


OPERATIONS = (
    save_rule, list_rules, get_rule, backtest_rule, shadow_rule, promote_rule, roll_back_rule,
    retire_rule, quote_fees,
)  # fmt: skip
