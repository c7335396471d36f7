"""Rules over HTTP: saved, tried on payments that were made, put in force, taken back; and quoted."""

from typing import Any

import pytest

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.modules.payments.acts import Begin, CreateDeposit, CreatePayment
from partita.modules.payments.lifecycle import Verb
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.wallets.acts import CreateCustomer, CreateWallet
from partita.modules.wallets.customer import CustomerKind
from partita.modules.wallets.wallet import WalletKind
from tests.plugins.steering import ask
from tests.unit.surfaces.http.conftest import Client

FEE: dict[str, Any] = {
    "name": "card-fee", "on": "payment.captured", "asset": "USD",
    "fee": {"to": "fees/card", "percentage": "1.5%", "fixed": "30", "cap": "500"},
}  # fmt: skip
ALICE, SHOP = "customers:alice:wallets:main:USD", "merchants:shop:wallets:main:USD"
SPAN = {"begins_at": "2020-01-01T00:00:00Z"}


def begin(client: Client, act: Begin) -> Payment:
    """A payment that is made at once."""
    (outcome,) = ask(client.application.ledger("main"), wish(act))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.record.event, MatterChanged)
    return read_payment(outcome.record.event.matter.body)


def act_of(client: Client, wanted: Act) -> str:
    """The id of what an act made."""
    (outcome,) = ask(client.application.ledger("main"), wish(wanted))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.record.event, MatterChanged)
    return outcome.record.event.matter.id


def pay(client: Client, amount: int) -> Payment:
    """Alice pays the shop."""
    begin(client, CreateDeposit(destination=ALICE, amount=amount, asset="USD"))
    act = CreatePayment(
        source=ALICE, destination=SHOP, amount=amount, asset="USD", begin=Verb.PAY
    )  # fmt: skip
    return begin(client, act)


async def act(client: Client, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is answered to a verb that is done."""
    answer = await client.post(f"/v1/rules/card-fee/{verb}", body or {})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json
    return told


async def test_a_saved_rule_is_told_in_full(client: Client) -> None:
    answer = await client.post("/v1/rules", FEE)
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/rules/{told['id']}"
    assert (told["object"], told["name"], told["status"]) == ("rule", "card-fee", "draft")
    (version,) = told["versions"]
    assert (version["version"], version["status"], version["document"]) == (1, "draft", FEE)
    assert version["allowed_actions"] == ["backtest", "shadow", "promote", "retire"]
    assert (await client.get(answer.headers["location"])).json == told
    assert (await client.get("/v1/rules/card-fee")).json == told
    assert (await client.get("/v1/rules")).json["data"] == [told]
    again = await client.post("/v1/rules", FEE)
    assert (again.status, again.json) == (200, told)


async def test_what_is_no_rule_is_refused_at_all_its_places(client: Client) -> None:
    answer = await client.post("/v1/rules", FEE | {"timezone": "Mars/Base", "asset": "no asset"})
    assert (answer.status, answer.code) == (400, "rule_invalid")
    assert {item["pointer"] for item in answer.json["errors"]} == {"/timezone", "/asset"}
    unknown = await client.post("/v1/rules", FEE | {"fees": {}})
    assert (unknown.status, unknown.code) == (400, "unknown_field")
    assert (await client.get("/v1/rules")).json["data"] == []


async def test_a_rule_is_tried_on_history_and_then_put_in_force(client: Client) -> None:
    payments = [pay(client, amount) for amount in (100, 10_000, 1_000_000)]
    await client.post("/v1/rules", FEE)
    refused = await client.post("/v1/rules/card-fee/promote", {})
    assert (refused.status, refused.code) == (422, "rule_not_backtested")
    tried = await act(client, "backtest", SPAN)
    assert [line["payment"] for line in tried["payments"]] == [each.id for each in payments]
    assert [line["fact"]["moves"] for line in tried["payments"]] == [
        [{"debit": "destination", "credit": "fees/card", "amount": fee, "asset": "USD", "scale": 2}]
        for fee in ("32", "180", "500")
    ]
    summary = tried["summary"]
    assert (summary["payments"], summary["touched"], summary["denied"]) == (3, 3, 0)
    assert summary["totals"] == [{"amount": "712", "asset": "USD", "scale": 2}]
    assert pay(client, 10_000).charges == (), "a dry run moves nothing"
    active = await act(client, "promote")
    assert (active["active_version"], active["versions"][0]["backtest"]) == (1, summary)
    (charge,) = pay(client, 10_000).charges
    assert (charge.rule, charge.version, charge.amount) == ("card-fee", 1, 180)


async def test_a_span_takes_in_its_beginning_and_not_its_end(client: Client) -> None:
    made_at = pay(client, 100).created_at.text()
    await client.post("/v1/rules", FEE)
    for span, count in (
        ({"begins_at": made_at, "ends_at": "2100-01-01T00:00:00Z"}, 1),
        ({"begins_at": "2020-01-01T00:00:00Z", "ends_at": made_at}, 0),
    ):
        assert (await act(client, "backtest", span))["summary"]["payments"] == count


async def test_versions_come_and_go(client: Client) -> None:
    await client.post("/v1/rules", FEE)
    await act(client, "promote", {"without_backtest": True})
    dear = FEE | {"fee": FEE["fee"] | {"fixed": "40"}}
    second = (await client.post("/v1/rules", dear)).json
    assert [v["status"] for v in second["versions"]] == ["draft", "active"]
    assert (await act(client, "shadow"))["shadow_version"] == 2
    assert pay(client, 10_000).charges[0].amount == 180
    await act(client, "promote", {"version": 2, "without_backtest": True})
    assert pay(client, 10_000).charges[0].amount == 190
    back = await act(client, "rollback", {"reason": "too dear"})
    assert (back["active_version"], back["shadow_version"]) == (1, None)
    assert pay(client, 10_000).charges[0].amount == 180
    gone = await act(client, "retire")
    assert (gone["status"], gone["allowed_actions"]) == ("retired", ["rollback"])
    assert pay(client, 10_000).charges == ()
    again = await client.post("/v1/rules/card-fee/shadow", {})
    assert (again.status, again.code) == (409, "invalid_state")
    assert again.json["status"] == 409


async def test_what_is_not_there_is_404(client: Client) -> None:
    assert (await client.get("/v1/rules/nobody")).code == "not_found"
    for verb in ("backtest", "shadow", "promote", "rollback", "retire"):
        body = SPAN if verb == "backtest" else {}
        assert (await client.post(f"/v1/rules/nobody/{verb}", body)).code == "not_found"


async def test_a_dry_run_and_a_replay(client: Client) -> None:
    dry = await client.post("/v1/rules?dry_run=true", FEE)
    assert dry.status == 201
    assert "id" not in dry.json
    assert (await client.get("/v1/rules")).json["data"] == []
    await client.post("/v1/rules", FEE)
    pay(client, 100)
    keyed = {"Idempotency-Key": "once"}
    first = await client.send("POST", "/v1/rules/card-fee/backtest", SPAN, headers=keyed)
    pay(client, 100)
    again = await client.send("POST", "/v1/rules/card-fee/backtest", SPAN, headers=keyed)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json == first.json, "the same key has the same answer, whatever came since"


async def test_a_quote_says_what_a_payment_would_cost(client: Client) -> None:
    rules: list[dict[str, Any]] = [
        FEE,
        {"name": "points", "on": "payment.captured",
         "reward": {"asset": "POINTS", "percentage": "5%", "cap_per_month": "300"}},
        {"name": "later", "on": "payment.captured", "hold_funds": {"business_days": 3}},
    ]  # fmt: skip
    for rule in rules:
        await client.post("/v1/rules", rule)
        await client.post(f"/v1/rules/{rule['name']}/promote", {"without_backtest": True})
    asked = {"amount": "10000", "asset": "USD", "customer": "cus_anna"}
    quote = (await client.post("/v1/fees/quote", asked)).json
    assert [(m["credit"], m["amount"], m["asset"]) for m in quote["moves"]] == [
        ("fees/card", "180", "USD"),
        ("source", "300", "POINTS"),
    ]
    assert quote["holds_until"].endswith("T00:00:00.000000Z")
    assert [(f["rule"], f["version"]) for f in quote["facts"]] == [
        ("card-fee", 1), ("later", 1), ("points", 1)
    ]  # fmt: skip
    unknown = (await client.post("/v1/fees/quote", {"amount": "1", "asset": "USD"})).json
    assert unknown["denied"]["code"] == "rule_failed"


@pytest.mark.parametrize("body", [{"amount": "1.5", "asset": "USD"}, {"amount": "10"}])
async def test_a_quote_of_nothing_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert (await client.post("/v1/fees/quote", body)).status == 400


async def test_a_dry_run_knows_whose_wallets_they_were(client: Client) -> None:
    customer = act_of(client, CreateCustomer(kind=CustomerKind.PERSON))
    purse = act_of(
        client, CreateWallet(customer=customer, kind=WalletKind.PERSONAL, assets=("USD",))
    )
    till = act_of(
        client, CreateWallet(customer=customer, kind=WalletKind.MERCHANT, assets=("USD",))
    )
    begin(client, CreateDeposit(destination=purse, amount=1_000, asset="USD"))
    begin(client, CreatePayment(
        source=purse, destination=till, amount=1_000, asset="USD", begin=Verb.PAY
    ))  # fmt: skip
    await client.post("/v1/rules", FEE | {"when": "source_kind == 'personal'"})
    assert (await act(client, "backtest", SPAN))["summary"]["touched"] == 1
    await client.post("/v1/rules", FEE | {"when": "destination_kind == 'personal'"})
    assert (await act(client, "backtest", SPAN))["summary"]["touched"] == 0
    capped = {"asset": "POINTS", "percentage": "5%", "cap_per_month": "30"}
    points = {"name": "card-fee", "on": "payment.captured", "reward": capped}
    await client.post("/v1/rules", points)
    totals = (await act(client, "backtest", SPAN))["summary"]["totals"]
    assert totals == [{"amount": "30", "asset": "POINTS", "scale": None}]
    await act(client, "promote")
    asked = {"amount": "400", "asset": "USD", "source": purse, "destination": till}
    quote = (await client.post("/v1/fees/quote", asked)).json
    assert [move["amount"] for move in quote["moves"]] == ["20"], "the customer is the wallet's"
