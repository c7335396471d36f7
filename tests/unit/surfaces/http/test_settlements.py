"""Settlement over HTTP: a plan, what accrues, a batch with its statement, a payout."""

from typing import Any

import pytest

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.moment import Moment
from partita.modules.payments.acts import Advance, CreateDeposit, CreatePayment
from partita.modules.payments.lifecycle import Verb
from partita.modules.wallets.acts import CreateCustomer, CreateWallet
from partita.modules.wallets.customer import CustomerKind
from partita.modules.wallets.wallet import WalletKind
from partita.surfaces.http.routes.settlements import set_settlement_plan
from tests.plugins.steering import StandingClock, ask
from tests.unit.surfaces.http.conftest import Client

TERMS: dict[str, Any] = {
    "cut_off": "17:00", "timezone": "Europe/Zurich", "reserve_basis_points": 1_000,
    "reserve_days": 90,
}  # fmt: skip


def done(client: Client, act: Act) -> str:
    """The id of what an act made or changed."""
    (outcome,) = ask(client.application.ledger("main"), wish(act))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.record.event, MatterChanged)
    return outcome.record.event.matter.id


@pytest.fixture
def till(client: Client) -> str:
    """A merchant's wallet into which somebody has paid, one morning."""
    at(client, "2026-11-20T08:00:00Z")
    customer = done(client, CreateCustomer(kind=CustomerKind.BUSINESS))
    wallet = CreateWallet(customer=customer, kind=WalletKind.MERCHANT, assets=("USD",))
    return done(client, wallet)


def at(client: Client, text: str) -> None:
    clock = client.application.clock
    assert isinstance(clock, StandingClock)
    clock.moment = Moment.parse(text)


def sell(client: Client, till: str, amount: int) -> str:
    done(client, CreateDeposit(destination="purse:USD", amount=amount, asset="USD"))
    act = CreatePayment(
        source="purse:USD", destination=till, amount=amount, asset="USD", begin=Verb.PAY
    )
    return done(client, act)


@pytest.fixture(autouse=True)
async def purse(client: Client) -> None:
    opened = {"path": "purse:USD", "type": "liability", "asset": "USD"}
    assert (await client.post("/v1/accounts", opened)).status == 201


async def plan(client: Client, till: str, **terms: Any) -> dict[str, Any]:
    body = {"wallet": till, "asset": "USD", **TERMS, **terms}
    answer = await client.post("/v1/settlement_plans", body)
    assert answer.status in {200, 201}, answer.body
    told: dict[str, Any] = answer.json
    return told


async def test_from_a_plan_to_a_payout(client: Client, till: str) -> None:
    made = await plan(client, till)
    assert made["next_cut_off"] == "2026-11-20T16:00:00.000000Z"
    assert made["terms"]["weekdays"] == [0, 1, 2, 3, 4, 5, 6]
    one = f"/v1/settlement_plans/{made['id']}"
    assert (await client.get(one)).json == made
    assert (await client.get(f"/v1/settlement_plans?wallet={till}")).json["data"] == [made]
    sale = sell(client, till, 10_000)
    accrued = (await client.get(f"{one}/accrued")).json
    assert (accrued["figures"]["sales"], accrued["figures"]["closing"]) == ("10000", "10000")
    assert [line["payment"] for line in accrued["lines"]] == [sale]
    assert (await client.post("/v1/settlements/run")).json["done"] == 0
    at(client, "2026-11-20T16:00:00Z")
    assert (await client.post("/v1/settlements/run")).json["done"] == 2
    (batch,) = (await client.get(f"/v1/settlements?plan={made['id']}")).json["data"]
    assert (batch["status"], batch["payable"], batch["reserve"], batch["net"]) == (
        "paying", "10000", "1000", "9000"
    )  # fmt: skip
    done(client, Advance(payment=batch["withdrawal"], verb=Verb.SUBMIT))
    done(client, Advance(payment=batch["withdrawal"], verb=Verb.SETTLE))
    assert (await client.post("/v1/settlements/run")).json["done"] == 1
    paid = (await client.get(f"/v1/settlements/{batch['id']}")).json
    assert paid["status"] == "paid"
    statement = (await client.get(f"/v1/settlements/{batch['id']}/statement")).json
    assert statement["settlement"] == paid
    (line,) = statement["lines"]
    assert (line["kind"], line["gross"], line["net"], line["balance"]) == (
        "sale", "10000", "10000", "10000"
    )  # fmt: skip


async def test_terms_are_changed_paused_and_resumed(client: Client, till: str) -> None:
    first = await plan(client, till)
    second = await plan(client, till, cut_off="09:00", least_payout="500")
    assert (second["id"], second["version"]) == (first["id"], 2)
    one = f"/v1/settlement_plans/{first['id']}"
    paused = await client.post(f"{one}/pause", {"reason": "a review"})
    assert (paused.json["status"], paused.json["allowed_actions"]) == ("paused", ["set", "resume"])
    assert (await client.post(f"{one}/pause", {})).code == "invalid_state"
    assert (await client.post(f"{one}/resume")).json["status"] == "active"
    dry = await client.post(f"{one}/pause?dry_run=true", {})
    assert dry.json["status"] == "paused"
    assert (await client.get(one)).json["status"] == "active"


async def test_a_payout_that_failed_is_paid_again(client: Client, till: str) -> None:
    await plan(client, till)
    sell(client, till, 10_000)
    at(client, "2026-11-20T16:00:00Z")
    await client.post("/v1/settlements/run")
    (batch,) = (await client.get("/v1/settlements?status=paying")).json["data"]
    one = f"/v1/settlements/{batch['id']}"
    assert (await client.post(f"{one}/pay")).code == "invalid_state"
    done(client, Advance(payment=batch["withdrawal"], verb=Verb.CANCEL))
    await client.post("/v1/settlements/run")
    failed = (await client.get(one)).json
    assert (failed["status"], failed["allowed_actions"]) == ("failed", ["pay"])
    again = (await client.post(f"{one}/pay")).json
    assert again["status"] == "paying"
    assert again["withdrawal"] not in {None, batch["withdrawal"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timezone": "Mars/Base"}, "invalid_request"),
        ({"cut_off": "24:00"}, "invalid_request"),
        ({"weekdays": []}, "invalid_request"),
        ({"reserve_days": 0}, "invalid_request"),
        ({"least_payout": "1.5"}, "invalid_request"),
        ({"wallet": "wal_01M7W7N0R2QFH4PZWZ85JVAPF2"}, "wallet_not_found"),
        ({"asset": "EUR"}, "asset_not_in_wallet"),
        ({"surprise": 1}, "unknown_field"),
    ],
)
async def test_what_nobody_can_keep_to_is_refused(
    client: Client, till: str, changes: dict[str, Any], code: str
) -> None:
    body = {"wallet": till, "asset": "USD", **TERMS, **changes}
    assert (await client.post("/v1/settlement_plans", body)).code == code
    assert (await client.get("/v1/settlement_plans")).json["data"] == []


@pytest.mark.parametrize(
    "address",
    ["settlement_plans/spl_x", "settlement_plans/spl_x/accrued", "settlements/stl_x",
     "settlements/stl_x/statement"],
)  # fmt: skip
async def test_what_is_not_there_is_404(client: Client, address: str) -> None:
    assert (await client.get(f"/v1/{address}")).code == "not_found"


async def test_the_example_of_a_plan_runs(client: Client, till: str) -> None:
    answer = await client.post(
        "/v1/settlement_plans", set_settlement_plan.example | {"wallet": till}
    )
    assert answer.status == 201
