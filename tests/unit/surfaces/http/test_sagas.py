"""Sagas over HTTP: started, seen, lent a hand; the late ones are found by one question."""

from typing import Any

import pytest

from partita.engine.access import Scope
from partita.kernel.moment import Moment
from tests.unit.surfaces.http.conftest import Answer, Client

URL = "/v1/sagas"
BODY = {
    "flow": "collect_and_pay", "external_id": "order-7",
    "arguments": {
        "payer": "customers:alice", "merchant": "customers:bob", "asset": "USD", "amount": "500",
        "rail": "book", "end_to_end_id": "order-7",
    },
}  # fmt: skip
DAY = 86_400 * 1_000_000


def run(client: Client) -> None:
    """Take everything as far as it goes now."""
    application = client.application
    (process,) = (each for each in application.processes if each.name == "sagas")
    while process.run_once(application.clock.now()):
        pass


async def start(client: Client, key: str = "k", **changed: Any) -> Answer:
    return await client.send("POST", URL, BODY | changed, headers={"idempotency-key": key})


async def verb(client: Client, saga: str, name: str, **body: str) -> Answer:
    return await client.post_transaction(body, address=f"{URL}/{saga}/{name}")


async def deposit_of(client: Client, saga: str) -> str:
    """The id of the deposit that a saga waits for."""
    run(client)
    step = (await client.get(f"{URL}/{saga}")).json["steps"][0]
    assert step["status"] == "waiting"
    return str(step["result"]["id"])


async def test_a_flow_from_its_start_to_its_end(client: Client) -> None:
    answer = await start(client)
    saga = answer.json
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"{URL}/{saga['id']}"
    assert (saga["status"], saga["step"], saga["attempt"]) == ("running", "collect", 1)
    assert saga["allowed_actions"] == ["retry", "compensate"]
    assert (await start(client)).json == saga
    deposit = await deposit_of(client, saga["id"])
    settled = await client.post_transaction({}, address=f"/v1/deposits/{deposit}/settle")
    assert settled.status == 200, settled.body
    run(client)
    after = (await client.get(f"{URL}/{saga['id']}")).json
    assert after["status"] == "completed"
    assert [step["status"] for step in after["steps"]] == ["done", "done"]
    assert after["allowed_actions"] == []
    assert after["finished_at"] is not None
    bob = (await client.get("/v1/accounts/customers:bob/balances")).json
    assert bob["posted"] == "500"
    told = (await client.get(f"{URL}/{saga['id']}/timeline")).json["data"]
    assert [each["type"] for each in told] == [
        "saga.started", "saga.step_accepted", "saga.step_done", "saga.completed",
    ]  # fmt: skip
    assert {each["actor"] for each in told[1:]} == {"sagas"}


async def test_a_late_one_is_found_and_can_be_given_up(client: Client) -> None:
    saga = (await start(client)).json["id"]
    await deposit_of(client, saga)
    assert (await client.get(f"{URL}?overdue=true")).json["data"] == []
    clock: Any = client.application.clock
    clock.moment = Moment(clock.moment + 8 * DAY)
    (late,) = (await client.get(f"{URL}?overdue=true")).json["data"]
    assert (late["id"], late["overdue"], late["status"]) == (saga, True, "running")
    run(client)
    measures = (await client.get("/metrics")).body.decode()
    assert 'partita_sagas_overdue{ledger="main"} 1.0' in measures
    assert 'partita_sagas_open{ledger="main",status="running"} 1.0' in measures
    retried = await verb(client, saga, "retry", reason="the bank says tomorrow")
    assert retried.json["overdue"] is False
    given_up = await verb(client, saga, "compensate", reason="the customer left")
    assert given_up.status == 200, given_up.body
    assert given_up.json["status"] == "compensated", "nothing of it needs undoing"
    assert (await client.get(f"{URL}?overdue=true")).json["data"] == []
    again = await verb(client, saga, "compensate")
    assert again.code == "invalid_state"
    assert again.json["allowed_actions"] == []


async def test_lists_are_filtered(client: Client) -> None:
    made = [(await start(client, f"k{n}", external_id=f"x{n}")).json["id"] for n in range(3)]
    await verb(client, made[1], "compensate")
    run(client)
    running = (await client.get(f"{URL}?status=running&limit=1")).json
    rest = (await client.get(f"{URL}?status=running&limit=1&cursor={running['next_cursor']}")).json
    assert [each["id"] for each in (*running["data"], *rest["data"])] == [made[2], made[0]]
    over = (await client.get(f"{URL}?status=compensated")).json["data"]
    assert [each["id"] for each in over] == [made[1]]
    assert (await client.get(f"{URL}?status=nonsense")).status == 400


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"flow": "no_such"}, "saga_invalid"),
        ({"arguments": {"payer": "x"}}, "saga_invalid"),
        ({"arguments": {**BODY["arguments"], "amount": "1.5"}}, "saga_invalid"),  # type: ignore[dict-item]
        ({"arguments": {"payer": 5}}, "invalid_request"),
        ({"note": "x"}, "unknown_field"),
    ],
)
async def test_what_makes_no_saga_is_refused(
    client: Client, changed: dict[str, Any], code: str
) -> None:
    assert (await start(client, **changed)).code == code


async def test_a_flow_over_other_ledgers_needs_a_key_for_all(client: Client) -> None:
    names = ("source", "destination_ledger", "destination", "asset", "rail", "beneficiary")
    across = {
        "flow": "ledger_transfer_and_withdraw",
        "arguments": {**dict.fromkeys(names, "x"), "amount": "1"},
    }
    assert (await start(client, **across)).code == "permission_denied"
    client.key = client.application.access.create("*", Scope.WRITE)[0]
    assert (await start(client, **across)).status == 201


async def test_the_flows_say_what_they_need(client: Client) -> None:
    flows = (await client.get("/v1/saga_flows")).json["data"]
    found = {each["name"]: each for each in flows}
    assert set(found) == {
        "convert_and_withdraw", "ledger_transfer_and_withdraw", "collect_and_pay",
    }  # fmt: skip
    needed = [each["name"] for each in found["collect_and_pay"]["arguments"]]
    assert sorted(needed) == sorted(BODY["arguments"])  # type: ignore[call-overload]


async def test_what_is_not_there_is_not_found(client: Client) -> None:
    nobody = "sag_" + "0" * 26
    assert (await client.get(f"{URL}/{nobody}")).code == "not_found"
    assert (await client.get(f"{URL}/sag_x/timeline")).code == "not_found"
    assert (await verb(client, nobody, "retry")).code == "saga_not_found"
    assert (await verb(client, nobody, "resolve", reason="x")).code == "saga_not_found"
    assert (await verb(client, nobody, "resolve")).code == "invalid_request"
