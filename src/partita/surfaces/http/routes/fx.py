"""Foreign exchange: the ledger's policy, its rates, and what its open positions are worth."""

import msgspec

from partita.engine.access import Scope
from partita.engine.as_of import AsOf
from partita.engine.listing import ResourceFilter
from partita.kernel.moment import Moment
from partita.modules.fx import ledger_rates
from partita.modules.fx.books import NoBaseAsset, revalued
from partita.modules.fx.deal import day_of
from partita.modules.fx.rates import MissingRate, Rate
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.modules.fx.revaluation import Revaluation
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import LIST_CODES, Things, changed, kept, listed
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import fx_replies as replies
from partita.surfaces.http.shapes import fx_requests as requests
from partita.surfaces.http.shapes.fields import moment_or_none

_encode = msgspec.json.Encoder().encode
_POLICY, _RATES = "/v1/fx_policy", "/v1/fx_rates"
_DAYS = Things(ledger_rates.KIND, ledger_rates.PREFIX, _RATES, "day of rates")
_WRITES = {"tag": "Foreign exchange", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}


@operation(
    "PUT", _POLICY, summary="Set the policy of exchange",
    description="The base asset, in which positions are valued, is chosen once.",
    request=requests.FxPolicyRequest, reply=replies.FxPolicy,
    codes=("asset_not_found", "invalid_state", "rate_invalid"), example={"base": "EUR", "provider": "ecb"},
    **_WRITES,
)  # fmt: skip
async def set_fx_policy(call: Call) -> Reply:
    """Put a policy in force."""
    act = requests.set_policy(call.body)
    return await changed(call, act, lambda _matter: replies.policy(act.policy))


@operation(
    "GET", _POLICY, tag="Foreign exchange", summary="Get the policy of exchange",
    reply=replies.FxPolicy,
)  # fmt: skip
async def get_fx_policy(call: Call) -> Reply:
    """Get the policy in force."""
    return ok(replies.policy(await call.read(policy_in_force, call.desk.store, call.info)))


@operation(
    "POST", _RATES, summary="Publish rates of a day", status=201,
    description="Keeps what a provider says for a day, or for `always`. A figure that is there is"
    " replaced, and every version stays in the journal.",
    request=requests.FxRatesRequest, reply=replies.FxRates, codes=("rate_invalid",),
    example={"provider": "bank", "day": "2024-12-31", "rates": {"EUR/USD": "1.0389"}},
    **_WRITES,
)  # fmt: skip
async def publish_fx_rates(call: Call) -> Reply:
    """Publish rates of a day."""
    return await changed(call, requests.publish(call.body), replies.rates, _RATES)


@operation(
    "GET", _RATES, tag="Foreign exchange", summary="List days of rates",
    description="The last one published first.", query=requests.RatesQuery,
    reply=replies.FxRatesList, codes=LIST_CODES,
)  # fmt: skip
async def list_fx_rates(call: Call) -> Reply:
    """List days of rates by provider and day."""
    return Reply(200, await call.read(_days, call, page(_RATES, call.query)))


def _days(call: Call, wanted: Page) -> bytes:
    query: requests.RatesQuery = call.query
    name = None
    if query.day is not None:
        if query.provider is None:
            raise Refusal("invalid_request", "A day is one provider's: name the provider too.")
        name = ledger_rates.name_of(query.provider, requests.day_of(query.day))
    which = ResourceFilter(ledger_rates.KIND, name=name, about=query.provider)
    found, rest = listed(call, wanted, which)
    return _encode(replies.FxRatesList(data=list(map(replies.rates, found)), url=_RATES, **rest))


@operation(
    "GET", f"{_RATES}/{{id:str}}", tag="Foreign exchange", summary="Get a day of rates",
    reply=replies.FxRates, codes=("not_found",),
)  # fmt: skip
async def get_fx_rates(call: Call) -> Reply:
    """Get one day of rates by its id."""
    return ok(replies.rates(await call.read(kept, call, _DAYS)))


@operation(
    "GET", "/v1/fx_rate", tag="Foreign exchange", summary="Get a rate",
    description="As a conversion would take it: directly, turned round, or across one third asset."
    " A day that has none is refused, and the last one before it is named.",
    query=requests.RateQuery, reply=replies.FxRate, codes=("rate_missing",),
)  # fmt: skip
async def get_fx_rate(call: Call) -> Reply:
    """Get one rate of one day."""
    return ok(replies.rate(await call.read(_rate, call)))


def _rate(call: Call) -> Rate:
    query: requests.RateQuery = call.query
    if query.pair is None:
        raise Refusal("invalid_request", "Name the pair: ?pair=EUR/USD.")
    source, _, target = query.pair.partition("/")
    provider, day = _asked(call, query.provider, query.day)
    try:
        return LedgerRates(call.desk.store, call.info, provider).told(day, source, target)
    except MissingRate as error:
        raise of_rejection(ledger_rates.missing(provider, error)) from None


def _asked(call: Call, provider: str | None, day: str | None) -> tuple[str, str]:
    """The provider and the day, or what stands for them: the policy's, and today."""
    if provider is None:
        provider = policy_in_force(call.desk.store, call.info).provider
    return provider, day_of(call.desk.clock.now()) if day is None else requests.day_of(day)


@operation(
    "GET", "/v1/fx_revaluation", tag="Foreign exchange", summary="Revalue open positions",
    description="What each open position would gain if it were closed at the rates of a day."
    " Nothing is posted.",
    query=requests.RevaluationQuery, reply=replies.FxRevaluation,
    codes=("rate_missing", "invalid_timestamp"),
)  # fmt: skip
async def get_fx_revaluation(call: Call) -> Reply:
    """Value the open positions at the rates of a day."""
    report = await call.read(_revalued, call)
    return ok(replies.revaluation(report))


def _revalued(call: Call) -> Revaluation:
    query: requests.RevaluationQuery = call.query
    provider, day = _asked(call, query.provider, query.day)
    try:
        return revalued(call.desk.store, call.info, day, provider, _as_of(query))
    except NoBaseAsset as error:
        detail = f"{str(error).capitalize()}: set one first, PUT /v1/fx_policy."
        raise Refusal("invalid_request", detail) from None
    except MissingRate as error:
        raise of_rejection(ledger_rates.missing(provider, error)) from None


def _as_of(query: requests.RevaluationQuery) -> AsOf:
    end = moment_or_none(query.end)
    known = query.known_at_sequence
    return AsOf(
        None if end is None else Moment(end - 1),
        None if known is None else whole_number(known, "known_at_sequence"),
    )


OPERATIONS = (
    set_fx_policy, get_fx_policy, publish_fx_rates, list_fx_rates, get_fx_rates, get_fx_rate,
    get_fx_revaluation,
)  # fmt: skip
