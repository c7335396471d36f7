"""Wallets and exchange under attack, over real HTTP: freezes, closings and quotes that race or come late.

Written from what was promised: a freeze takes effect inside the commit, closing needs nothing left or a
sweep, and a quote is good once, and only in its time.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from partita.kernel.moment import Moment
from tests.plugins.steering import StandingClock
from tests.scenarios.http.bank import accepted, codes, made
from tests.scenarios.http.caller import Caller, Said

MONEY = {"amount": "10", "asset": "USD"}


def wallet(call: Caller, money: str = "0", *assets: str) -> str:
    """A person's new wallet with so much in it; its id."""
    customer = made(call.post("/v1/customers", {"kind": "person"}))["id"]
    body = {"kind": "personal", "customer": customer, "assets": ["USD", *assets]}
    found = str(made(call.post("/v1/wallets", body))["id"])
    if int(money):
        made(call.post("/v1/deposits", {"destination": found, "amount": money, "asset": "USD"}))
    return found


def held(call: Caller, wallet_id: str, asset: str = "USD") -> int:
    """What a wallet holds of an asset."""
    account = call("GET", f"/v1/wallets/{wallet_id}").body
    (path,) = [each for each in _accounts(account) if each.endswith(f":{asset}")]
    return call.balance(path)


def _accounts(value: Any) -> list[str]:
    """Every text that ends like an account of a wallet, wherever it stands in a reply."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _accounts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _accounts(each)]
    return [value] if isinstance(value, str) and value.count(":") >= 3 else []


@pytest.mark.parametrize(
    ("flow", "stops_out", "stops_in"),
    [("out", True, False), ("in", False, True), ("both", True, True)],
)
def test_a_freeze_stops_its_direction_from_its_place_on(
    call: Caller, flow: str, stops_out: bool, stops_in: bool
) -> None:
    mine, other = wallet(call, "1000"), wallet(call, "1000")
    out = partial(call.post, "/v1/transfers", {"source": mine, "destination": other, **MONEY})
    back = partial(call.post, "/v1/transfers", {"source": other, "destination": mine, **MONEY})
    calls: list[Callable[[], Said]] = [out, back] * 15
    calls.insert(
        15, partial(call.post, f"/v1/wallets/{mine}/freeze", {"reason": "stolen", "flow": flow})
    )
    answers = call.all_at_once(calls)
    freeze = answers.pop(15)
    assert freeze.status == 200, freeze.body
    for ways, stops in ((answers[0::2], stops_out), (answers[1::2], stops_in)):
        through = accepted(ways)
        if stops:
            assert all(said.sequence < freeze.sequence for said in through)
            assert codes(ways) in ([], ["account_frozen"], ["wallet_frozen"])
        else:
            assert len(through) == 15
    assert (out().status == 422) == stops_out
    assert (back().status == 422) == stops_in
    assert held(call, mine) + held(call, other) == 2_000


def test_a_wallet_that_is_not_empty_does_not_close_and_loses_nothing(call: Caller) -> None:
    mine, other = wallet(call, "1000"), wallet(call)
    head = call.head()
    refused = call.post(f"/v1/wallets/{mine}/close", {"reason": "left"})
    assert refused.status in (409, 422), refused.body
    assert call.head() == head
    assert held(call, mine) == 1_000
    made(call.post(f"/v1/wallets/{mine}/close", {"reason": "left", "sweep_to": other}))
    assert held(call, other) == 1_000
    late = call.post("/v1/transfers", {"source": other, "destination": mine, **MONEY})
    assert late.code == "wallet_closed", late.body
    assert held(call, other) == 1_000


def test_a_closing_that_races_payments_leaves_nothing_behind(call: Caller) -> None:
    mine, other = wallet(call, "1000"), wallet(call, "1000")
    pay = partial(call.post, "/v1/transfers", {"source": other, "destination": mine, **MONEY})
    calls: list[Callable[[], Said]] = [pay] * 12
    body = {"reason": "left", "sweep_to": other}
    calls.insert(6, partial(call.post, f"/v1/wallets/{mine}/close", body))
    answers = call.all_at_once(calls)
    assert answers.pop(6).status == 200
    assert held(call, other) == 2_000, "whatever came before it was swept, and nothing came after"


def _published(call: Caller, rate: str) -> None:
    body = {"provider": "manual", "day": "always", "rates": {"USD/EUR": rate}}
    made(call.post("/v1/fx_rates", body))


def _quote(call: Caller, source: str) -> dict[str, Any]:
    terms = {"source": source, "source_asset": "USD", "target_asset": "EUR", "amount": "1000"}
    return made(call.post("/v1/fx_quotes", terms | {"seconds": 60}))


def test_a_quote_is_accepted_once(call: Caller) -> None:
    mine = wallet(call, "100000", "EUR")
    _published(call, "0.9")
    quote = _quote(call, mine)
    path = f"/v1/fx_quotes/{quote['id']}/accept"
    answers = call.all_at_once([partial(call.post, path) for _ in range(12)])
    assert len(accepted(answers)) == 1
    assert codes(answers) == ["invalid_state"]
    assert (held(call, mine), held(call, mine, "EUR")) == (99_000, 900)


def test_a_quote_keeps_its_rate_and_is_worth_nothing_when_its_time_is_over(
    call: Caller, clock: StandingClock
) -> None:
    mine = wallet(call, "100000", "EUR")
    _published(call, "0.9")
    first, second = _quote(call, mine), _quote(call, mine)
    _published(call, "0.5")
    made(call.post(f"/v1/fx_quotes/{first['id']}/accept"))
    assert held(call, mine, "EUR") == 900, "at the rate that was quoted"
    clock.moment = Moment(clock.moment + 61_000_000)
    head = call.head()
    late = call.post(f"/v1/fx_quotes/{second['id']}/accept")
    assert (late.status, late.code) == (422, "quote_expired")
    assert call.head() == head
    assert (held(call, mine), held(call, mine, "EUR")) == (99_000, 900)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0"}, {"amount": "-5"}, {"amount": 1000}, {"target_asset": "USD"},
        {"target_asset": "XXQ"}, {"target_asset": "JPY"}, {"source": "wal_01M7W7N0R2QFH4PZWZ85JVAPF2"},
        {"expected_rate": "0.8"}, {"rate": "0.1"}, {"amount": "100001"}, {"day": "2024-02-30"},
    ],
)  # fmt: skip
def test_an_exchange_that_makes_no_sense_is_refused(call: Caller, change: dict[str, Any]) -> None:
    mine = wallet(call, "100000", "EUR")
    _published(call, "0.9")
    terms = {"source": mine, "source_asset": "USD", "target_asset": "EUR", "amount": "1000"}
    head = call.head()
    said = call.post("/v1/fx_conversions", terms | change)
    assert said.status in (400, 404, 422), said.body
    assert said.code
    assert call.head() == head
    assert held(call, mine) == 100_000


def test_what_a_customer_owns_is_stopped_as_one(call: Caller) -> None:
    """A customer's freeze stops all wallets at once; each stays stopped until it is lifted."""
    customer = made(call.post("/v1/customers", {"kind": "person"}))["id"]
    body = {"kind": "personal", "customer": customer, "assets": ["USD"]}
    mine = [str(made(call.post("/v1/wallets", body))["id"]) for _ in range(3)]
    for each in mine:
        made(call.post("/v1/deposits", {"destination": each, "amount": "100", "asset": "USD"}))
    other = wallet(call)
    made(call.post(f"/v1/customers/{customer}/freeze", {"reason": "a court order"}))
    for each in mine:
        said = call.post("/v1/transfers", {"source": each, "destination": other, **MONEY})
        assert said.status == 422, said.body
    made(call.post(f"/v1/customers/{customer}/unfreeze"))
    for each in mine:
        made(call.post("/v1/transfers", {"source": each, "destination": other, **MONEY}))
    assert held(call, other) == 30
