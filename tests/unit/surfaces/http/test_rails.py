"""Rails over HTTP: what there is, what was told, enabled and disabled; and the sandbox's hand."""

import hashlib
import json
from typing import Any, get_args

import pytest

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.kernel.events import MatterChanged
from partita.modules.payments.acts import CreateDeposit, CreateWithdrawal
from partita.modules.payments.rail import MessageType
from partita.modules.rails.dispatching import Stage
from partita.modules.rails.simulation import SimulatedEvent
from partita.modules.rails.taking import Effect
from partita.surfaces.http.routes.rails import simulate
from partita.surfaces.http.shapes import rails as shapes
from tests.plugins.steering import ask
from tests.unit.surfaces.http.conftest import Client

ALICE = "customers:alice:wallets:main:EUR"


@pytest.fixture
def sandbox(client: Client) -> Client:
    client.application.is_sandbox = True
    return client


def begin(client: Client, act: Any) -> str:
    """The id of a payment that begins."""
    (outcome,) = ask(client.application.ledger("main"), wish(act))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.record.event, MatterChanged)
    return outcome.record.event.matter.id


def withdraw(client: Client, amount: int = 700, beneficiary: str = "DE89") -> str:
    """A withdrawal of Alice's, with the money for it."""
    begin(client, CreateDeposit(destination=ALICE, amount=amount, asset="EUR"))
    return begin(
        client,
        CreateWithdrawal(
            source=ALICE, amount=amount, asset="EUR", rail="simulator", beneficiary=beneficiary
        ),
    )


def run(client: Client) -> None:
    """What a server's process does by itself."""
    office = client.application.rails_office()
    while office.run_once(client.application.clock.now()):
        pass


async def test_rails_are_told_with_what_they_can_do_and_how_they_are(client: Client) -> None:
    answer = await client.get("/v1/rails")
    assert [rail["id"] for rail in answer.json["data"]] == ["book", "simulator"]
    book, simulator = answer.json["data"]
    assert (book["object"], book["status"], book["is_simulated"]) == ("rail", "enabled", False)
    assert simulator["is_simulated"]
    assert simulator["capabilities"]["unknown_is_final"]
    assert simulator["health"]["breaker"] == "closed"
    assert simulator["allowed_actions"] == ["disable"]
    assert (await client.get("/v1/rails/simulator")).json == simulator
    assert (await client.get("/v1/rails/nobody")).code == "not_found"


async def test_a_rail_is_disabled_and_enabled_and_keeps_its_stand_in(client: Client) -> None:
    answer = await client.post("/v1/rails/simulator/disable", {"fallback": "book"})
    assert (answer.status, answer.json["status"], answer.json["fallback"]) == (
        200, "disabled", "book",
    )  # fmt: skip
    assert answer.json["allowed_actions"] == ["enable"]
    again = await client.post("/v1/rails/simulator/enable", {})
    assert (again.json["status"], again.json["fallback"]) == ("enabled", "book")
    none = await client.post("/v1/rails/simulator/enable", {"fallback": None})
    assert none.json["fallback"] is None
    dry = await client.post("/v1/rails/simulator/disable?dry_run=true", {})
    assert dry.json["status"] == "disabled"
    assert (await client.get("/v1/rails/simulator")).json["status"] == "enabled"


@pytest.mark.parametrize(
    ("address", "body", "code"),
    [
        ("nobody/enable", {}, "not_found"),
        ("simulator/enable", {"fallback": "nobody"}, "not_found"),
        ("simulator/enable", {"fallback": "simulator"}, "rail_not_found"),
        ("simulator/enable", {"fall_back": "book"}, "unknown_field"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: Client, address: str, body: dict[str, Any], code: str
) -> None:
    assert (await client.post(f"/v1/rails/{address}", body)).code == code


async def test_messages_are_told_raw_and_parsed_with_their_hash(client: Client) -> None:
    payment = withdraw(client)
    run(client)
    listed = (await client.get(f"/v1/rail_messages?payment={payment}")).json["data"]
    assert [each["type"] for each in listed] == ["settled", "accepted"]
    for told in listed:
        assert (told["direction"], told["status"], told["rail"]) == ("in", "applied", "simulator")
        assert told["sha256"] == hashlib.sha256(told["raw"].encode()).hexdigest()
        assert json.loads(told["raw"])["order"] == told["submission"]
        assert (await client.get(f"/v1/rail_messages/{told['id']}")).json == told
    (sent,) = (await client.get(f"/v1/rail_messages?direction=out&payment={payment}")).json["data"]
    assert (sent["type"], sent["status"], sent["payment"]) == ("order", "closed", payment)
    assert sent["id"] == sent["submission"] == listed[0]["submission"]
    assert json.loads(sent["raw"])["uetr"] == sent["uetr"]
    assert sent["correlation_id"] == payment
    assert (await client.get(f"/v1/rail_messages/{sent['id']}")).json == sent


async def test_messages_are_paged_and_filtered(client: Client) -> None:
    withdraw(client, beneficiary="sim:contradict")
    run(client)
    first = (await client.get("/v1/rail_messages?limit=2")).json
    assert (len(first["data"]), first["has_more"]) == (2, True)
    rest = (await client.get(f"/v1/rail_messages?limit=2&cursor={first['next_cursor']}")).json
    assert (len(rest["data"]), rest["has_more"]) == (1, False)
    (odd,) = (await client.get("/v1/rail_messages?status=exception")).json["data"]
    assert (odd["type"], "settled" in odd["reason"]) == ("rejected", True)
    assert (await client.get("/v1/rail_messages?status=odd")).status == 400
    assert (await client.get("/v1/rail_messages/rmg_nobody")).code == "not_found"


async def test_nobody_steers_the_world_but_in_a_sandbox(client: Client) -> None:
    for address in ("simulator/outage", "nobody/outage", "simulator/earthquake"):
        answer = await client.post(f"/v1/sandbox/simulations/{address}", {})
        assert (answer.status, answer.code) == (403, "sandbox_only")


async def test_a_sandbox_settles_what_was_silent(sandbox: Client) -> None:
    payment = withdraw(sandbox, beneficiary="sim:silent")
    run(sandbox)
    address = "/v1/sandbox/simulations/simulator/settle"
    answer = await sandbox.post(address, {"payment": payment})
    assert answer.status == 200
    told = answer.json
    assert (told["object"], told["rail"], told["event"]) == ("simulation", "simulator", "settle")
    run(sandbox)
    (kept,) = (await sandbox.get(f"/v1/rail_messages?payment={payment}")).json["data"]
    assert (kept["message_id"], kept["status"]) == (told["message_id"], "applied")
    shown = (await sandbox.get(f"/v1/withdrawals/{payment}")).json
    assert shown["status"] == "settled"


async def test_a_sandbox_receives_money(sandbox: Client) -> None:
    body = {"amount": "500", "asset": "EUR", "beneficiary": ALICE, "end_to_end_id": "invoice 1"}
    assert (await sandbox.post("/v1/sandbox/simulations/simulator/receive", body)).status == 200
    run(sandbox)
    (kept,) = (await sandbox.get("/v1/rail_messages")).json["data"]
    deposit = (await sandbox.get(f"/v1/deposits/{kept['payment']}")).json
    assert (deposit["amount"], deposit["rail"]) == ("500", "simulator")


@pytest.mark.parametrize(
    ("address", "body", "code"),
    [
        ("nobody/outage", {}, "not_found"),
        ("simulator/earthquake", {}, "not_found"),
        ("simulator/settle", {"payment": "wdr_nobody"}, "not_found"),
        ("simulator/settle", {"submission": "sub_nobody"}, "invalid_request"),
        ("simulator/settle", {}, "invalid_request"),
        ("simulator/receive", {"amount": "12.50"}, "invalid_amount"),
        ("simulator/faults", {"faults": {"gremlins": 5}}, "invalid_request"),
        ("book/outage", {}, "invalid_request"),
    ],
)
async def test_what_cannot_happen_is_refused(
    sandbox: Client, address: str, body: dict[str, Any], code: str
) -> None:
    answer = await sandbox.post(f"/v1/sandbox/simulations/{address}", body)
    assert answer.code == code


async def test_an_outage_and_its_end_are_seen_in_the_measures(sandbox: Client) -> None:
    for word in ("outage", "recover"):
        await sandbox.post(f"/v1/sandbox/simulations/simulator/{word}", {})
    withdraw(sandbox)
    sandbox.application.rails_office()
    text = (await sandbox.get("/metrics")).body.decode()
    assert 'partita_rails_due{ledger="main"} 1.0' in text
    assert 'partita_rail_breaker{ledger="main",rail="simulator"} 0.0' in text
    run(sandbox)
    text = (await sandbox.get("/metrics")).body.decode()
    assert 'partita_rails_due{ledger="main"} 0.0' in text


def test_the_words_of_messages_are_those_of_the_tables() -> None:
    words = {*(effect.value for effect in Effect), *(stage.value for stage in Stage)}
    assert set(get_args(shapes.MessageStatus)) == words
    assert set(get_args(shapes.MessageKind)) == {"order", *(type_.value for type_ in MessageType)}


def test_every_event_is_named_in_the_document() -> None:
    assert all(f"`{event.value}`" in simulate.description for event in SimulatedEvent)
