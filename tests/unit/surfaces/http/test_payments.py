"""Payments over HTTP: the same routes for every type, made from its table."""

from typing import Any

import pytest

from partita.modules.payments.acts import plural
from partita.modules.payments.lifecycle import PaymentType
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.routes import OPERATIONS
from tests.unit.surfaces.http.conftest import Answer, Client

ALICE, BOB = "customers:alice:wallets:main:USD", "customers:bob:wallets:main:USD"
LATER = "2026-11-27T12:00:00Z"


async def made(client: Client, address: str, **body: Any) -> dict[str, Any]:
    """What came of a request that is accepted."""
    answer = await client.post_transaction(body, address=f"/v1/{address}")
    assert answer.status in {200, 201}, answer.body
    told: dict[str, Any] = answer.json
    return told


@pytest.fixture
async def rich(client: Client) -> Client:
    """A client, and 100.00 dollars in alice's wallet."""
    await made(client, "deposits", destination=ALICE, amount="10000", asset="USD")
    return client


async def transfer(client: Client, amount: str = "400", **more: Any) -> Answer:
    body = {"source": ALICE, "destination": BOB, "amount": amount, "asset": "USD"} | more
    return await client.post_transaction(body, address="/v1/transfers")


async def test_a_transfer_is_told_in_full(rich: Client) -> None:
    answer = await transfer(rich, external_id="t-1", metadata={"order": "7"}, reason="rent")
    told = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/transfers/{told['id']}"
    assert answer.headers["etag"] == '"1"'
    assert told.pop("id").startswith("tra_")
    (transaction,) = told.pop("transaction_ids")
    assert told.pop("created_at").startswith("2026-11-20T12:00")
    assert told == {
        "object": "transfer", "status": "settled", "state": "posted", "amount": "400",
        "asset": "USD", "scale": 2, "allowed_actions": ["reverse"], "version": 1,
        "source": {"account": ALICE, "wallet_id": None},
        "destination": {"account": BOB, "wallet_id": None},
        "reason": "rent", "external_id": "t-1", "metadata": {"order": "7"},
    }  # fmt: skip
    shown = (await rich.get(f"/v1/transactions/{transaction}")).json
    assert shown["metadata"] == {"partita.payment": answer.json["id"]}


async def test_the_same_key_has_the_same_bytes(rich: Client) -> None:
    body = {"source": ALICE, "destination": BOB, "amount": "400", "asset": "USD"}
    first = await rich.post_transaction(body, "k", "/v1/transfers")
    await made(rich, f"transfers/{first.json['id']}/reverse")
    second = await rich.post_transaction(body, "k", "/v1/transfers")
    assert first.body == second.body  # as it was then, whatever became of it
    assert second.headers["idempotent-replayed"] == "true"
    other = await rich.post_transaction(body | {"amount": "401"}, "k", "/v1/transfers")
    assert other.json["code"] == "idempotency_key_reused"


async def test_a_dry_run_tells_the_same_and_names_nothing_new(rich: Client) -> None:
    body = {"source": ALICE, "destination": BOB, "amount": "400", "asset": "USD"}
    answer = await rich.post("/v1/transfers?dry_run=true", body)
    assert answer.status == 201
    assert answer.json["state"] == "posted"
    assert "id" not in answer.json
    assert answer.json["transaction_ids"] == []
    assert (await rich.get("/v1/transfers")).json["data"] == []


async def test_what_the_table_does_not_allow_is_told_what_is(rich: Client) -> None:
    told = (await transfer(rich)).json
    answer = await rich.post_transaction({}, address=f"/v1/transfers/{told['id']}/cancel")
    assert (answer.status, answer.json["code"]) == (409, "invalid_state")
    assert answer.json["allowed_actions"] == ["reverse"]
    assert answer.json["facts"] == {"status": "posted"}


async def test_a_payment_from_its_authorisation_to_its_last_refund(rich: Client) -> None:
    told = await made(
        rich, "payments", source=ALICE, destination=BOB, amount="1000", asset="USD",
        begin="authorize", expires_at=LATER,
    )  # fmt: skip
    assert (told["status"], told["state"]) == ("processing", "authorized")
    address = f"payments/{told['id']}"
    assert (await made(rich, f"{address}/capture", amount="300"))["captured"] == "300"
    done = await made(rich, f"{address}/capture", amount="200", final=True)
    assert (done["status"], done["refundable"]) == ("settled", "500")
    refund = await made(rich, "refunds", payment=told["id"], amount="500")
    assert (refund["payment_id"], refund["state"]) == (told["id"], "succeeded")
    assert (await rich.get(f"/v1/{address}")).json["status"] == "reversed"
    body = {"payment": told["id"], "amount": "1"}
    over = await rich.post_transaction(body, address="/v1/refunds")
    assert (over.status, over.json["code"]) == (422, "refund_exceeds_captured")
    assert over.json["errors"][0]["pointer"] == "/amount"


async def test_a_timeline_tells_every_step_with_its_postings(rich: Client) -> None:
    told = await made(rich, "withdrawals", source=ALICE, amount="250", asset="USD")
    address = f"withdrawals/{told['id']}"
    await made(rich, f"{address}/submit", submission="sub_1")
    await made(rich, f"{address}/fail", code="AC04", reason="account closed")
    steps = (await rich.get(f"/v1/{address}/timeline")).json["data"]
    assert [step["type"] for step in steps] == [
        "withdrawal.reserved", "withdrawal.submitted", "withdrawal.failed",
    ]  # fmt: skip
    assert [step["payment"]["state"] for step in steps] == ["reserved", "submitted", "failed"]
    assert [len(step["postings"]) for step in steps] == [0, 2, 2]
    last = steps[-1]
    assert last["reason"] == "account closed"
    assert last["facts"] == {"verb": "fail", "amount": "250", "from": "submitted"}
    assert last["actor"].startswith("key_")
    assert last["idempotency_key"]
    assert last["payment"]["attempts"][0]["code"] == "AC04"
    moved = {leg["account"]: (leg["direction"], leg["amount"]) for leg in last["postings"]}
    assert moved == {"in_transit:book:USD": ("debit", "250"), ALICE: ("credit", "250")}


async def test_lists_are_filtered_and_paged(rich: Client) -> None:
    ids = [(await transfer(rich, external_id=f"t-{n}")).json["id"] for n in range(3)]
    scheduled = (await transfer(rich, scheduled_at=LATER)).json["id"]
    await made(rich, f"transfers/{ids[0]}/reverse")

    async def listed(query: str) -> list[str]:
        answer = await rich.get(f"/v1/transfers?{query}")
        assert answer.status == 200, answer.body
        return [each["id"] for each in answer.json["data"]]

    assert (await listed("external_id=t-1")) == [ids[1]]
    assert (await listed("status=initiated")) == [scheduled]
    assert (await listed("status=scheduled")) == [scheduled]
    assert (await listed("status=reversed")) == [ids[0]]
    assert len(await listed("")) == 5
    assert (await listed("created[gte]=2099-01-01T00:00:00Z")) == []
    assert len(await listed("created[lt]=2099-01-01T00:00:00Z")) == 5
    first = (await rich.get("/v1/transfers?limit=2&status=settled")).json
    rest = (
        await rich.get(f"/v1/transfers?limit=2&status=settled&cursor={first['next_cursor']}")
    ).json
    got = [each["id"] for each in (*first["data"], *rest["data"])]
    assert set(ids[1:]) < set(got)
    assert len(set(got)) == 3
    for query in ("status=lost", "wallet=wal_1&payment=pay_1"):
        assert (await rich.get(f"/v1/transfers?{query}")).json["code"] == "invalid_request"


async def test_refunds_are_found_by_their_payment(rich: Client) -> None:
    told = await made(
        rich, "payments", source=ALICE, destination=BOB, amount="1000", asset="USD", begin="pay"
    )
    refund = await made(rich, "refunds", payment=told["id"], amount="1")
    listed = (await rich.get(f"/v1/refunds?payment={told['id']}")).json["data"]
    assert [each["id"] for each in listed] == [refund["id"]]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"amount": 400}, "invalid_amount", "/amount"),
        ({"amount": "4.00"}, "invalid_amount", "/amount"),
        ({"amount": "0"}, "amount_out_of_range", "/amount"),
        ({"scheduled_at": "tomorrow"}, "invalid_timestamp", "/scheduled_at"),
        ({"begin": "post"}, "unknown_field", "/begin"),
        ({"destinatoin": BOB}, "unknown_field", "/destinatoin"),
        ({"splits": [{"destination": BOB, "amount": "x"}]}, "invalid_amount", "/splits/0/amount"),
        ({"splits": [{"destination": BOB, "amount": "500"}]}, "amount_out_of_range", "/splits"),
    ],
)
async def test_what_is_not_understood_is_refused(
    rich: Client, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await transfer(rich, **({"amount": "400"} | body))
    assert (answer.json["code"], answer.json["errors"][0]["pointer"]) == (code, pointer)


@pytest.mark.parametrize("identifier", ["tra_1", "pay_01M7W7N0R2QFH4PZWZ85JVAPF2", "x"])
async def test_an_id_of_another_type_is_not_found(client: Client, identifier: str) -> None:
    assert (await client.get(f"/v1/transfers/{identifier}")).status == 404
    answer = await client.post_transaction({}, address=f"/v1/transfers/{identifier}/reverse")
    assert answer.status == 404


async def test_what_no_chart_has_a_place_for_is_refused(rich: Client) -> None:
    body = {"source": ALICE, "amount": "5", "asset": "USD", "kind": "no such/kind"}
    answer = await rich.post_transaction(body, address="/v1/fees")
    assert (answer.status, answer.json["code"]) == (422, "account_outside_chart")


_BEGINNINGS = [
    each for each in OPERATIONS
    if each.method == "POST" and each.path in {f"/v1/{plural(type_)}" for type_ in PaymentType}
]  # fmt: skip


@pytest.mark.parametrize("begun", _BEGINNINGS, ids=lambda each: each.name)
async def test_every_example_runs(rich: Client, begun: Operation) -> None:
    example = dict(begun.example)
    if "payment" in example:
        paid = await made(
            rich, "payments", source=ALICE, destination=BOB, amount="5000", asset="USD", begin="pay"
        )
        example["payment"] = paid["id"]
    answer = await rich.post_transaction(example, address=begun.path)
    assert answer.status == 201, answer.body


def test_every_type_and_verb_has_a_route() -> None:
    routes = {(each.method, each.path) for each in OPERATIONS}
    for type_ in PaymentType:
        url = f"/v1/{plural(type_)}"
        assert ("POST", url) in routes
        assert ("GET", f"{url}/{{id:str}}/timeline") in routes
        for verb in LIFECYCLES[type_].verbs:
            assert ("POST", f"{url}/{{id:str}}/{verb.value}") in routes
