"""The OpenAPI document tells what is served, no more and no less, and its examples run."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.engine.access import Scope
from partita.kernel.account import LONGEST_PATH, check_path
from partita.modules.payments.acts import plural
from partita.modules.payments.lifecycle import PaymentType
from partita.surfaces.http.app import create_app
from partita.surfaces.http.openapi import codes_of, document
from partita.surfaces.http.operation import KeyRule
from partita.surfaces.http.problems import PROBLEMS
from partita.surfaces.http.routes import OPERATIONS
from partita.surfaces.http.shapes.accounts import PATH_PATTERN
from partita.wiring import Application
from tests.unit.surfaces.http.conftest import Client, living, transfer

DOCUMENT = document(OPERATIONS)
MOVES_MONEY = {"Transactions", "Holds"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            yield method.upper(), path, told


def test_every_route_is_told_and_every_told_route_is_served(application: Application) -> None:
    served = {route.path_format for route in create_app(application).litestar.routes}
    assert served == set(DOCUMENT["paths"])
    assert len(OPERATIONS) == len(list(operations()))


def test_every_request_is_told_under_a_name_of_its_own() -> None:
    told = DOCUMENT["components"]["schemas"]
    names = {o.request.__name__ for o in OPERATIONS if o.request is not None}
    assert names <= set(told), f"two shapes share a name: {names - set(told)}"


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [told["operationId"] for _, _, told in operations()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_every_code_of_an_operation_is_told_under_its_status(operation: Any) -> None:
    path = operation.path.replace(":str", "").replace(":path", "").replace(":path", "")
    responses = DOCUMENT["paths"][path][operation.method.lower()]["responses"]
    told = {code for response in responses.values() for code in response.get("x-codes", ())}
    assert told == set(codes_of(operation))
    for status, response in responses.items():
        assert all(PROBLEMS[code].status == int(status) for code in response.get("x-codes", ()))
    assert str(operation.status) in responses


def test_money_needs_a_key() -> None:
    required = {o.path for o in OPERATIONS if o.key is KeyRule.REQUIRED}
    assert required >= {o.path for o in OPERATIONS if o.tag in MOVES_MONEY and o.method != "GET"}
    writing = [o for o in OPERATIONS if o.method == "POST" and o.scope is not Scope.READ]
    # A statement that is asked for again is the same statement; a simulation moves no money of ours.
    # What settlement does has keys of its own, which follow from the batch.
    again = {"/v1/account_statements", "/v1/sandbox/simulations/{rail:str}/{event:str}"}
    again |= {"/v1/settlements/run", "/v1/settlements/{id:str}/pay"}
    # What is brought to others again has the ids that it had; nothing is written in the journal.
    again |= {"/v1/webhook_deliveries/replay", "/v1/webhook_deliveries/{id:str}/retry"}
    parked = "/v1/event_sinks/{id:str}/parked/{sequence:str}"
    again |= {f"{parked}/retry", f"{parked}/discard"}
    assert all(o.key is not KeyRule.NONE for o in writing if o.path not in again)


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    schemas = DOCUMENT["components"]["schemas"]
    assert {r.rsplit("/", 1)[-1] for r in references(DOCUMENT)} <= set(schemas)


def test_requests_refuse_unknown_fields() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("Request"):
            assert schema["additionalProperties"] is False, name


async def test_the_document_is_served(client: Client) -> None:
    client.key = None
    answer = await client.get("/openapi.json")
    assert answer.json == DOCUMENT
    assert answer.json["openapi"].startswith("3.1")


# The examples' accounts: alice is opened by the example itself, so that it has to run as well.
BANK = {"path": "bank:main", "asset": "USD", "type": "asset"}
FEES = {"path": "income:fees", "asset": "USD", "type": "income"}
ALICE = {"path": "customers:alice", "asset": "USD", "type": "liability"}
PAYMENTS = {plural(type_) for type_ in PaymentType}
PARAMETERS = {
    "{account}": "customers:alice", "{code}": "USD", "{name}": "main", "{template}": "card_fee",
    "{rail}": "simulator", "{schema}": "payment.settled.v1", "{event}": "receive",
}  # fmt: skip


async def parameters(client: Client, path: str) -> dict[str, str]:
    """What stands in an address: of a hold that was placed just now, a transaction that pends."""
    if path.startswith("/v1/holds"):
        assert (await client.post_transaction(transfer("10000"))).status == 201
    if "{rule}" in path:
        return PARAMETERS | {"{rule}": await rule(client, path.rpartition("/")[2])}
    if path.startswith(("/v1/fx_quotes", "/v1/fx_conversions")):
        return PARAMETERS | {"{id}": await deal(client, path)}
    if "{id}" not in path:
        return PARAMETERS
    if path.startswith(("/v1/wallets", "/v1/customers")):
        return PARAMETERS | {"{id}": await holder(client, *path.split("/")[2::2])}
    if path.startswith("/v1/sagas"):
        return PARAMETERS | {"{id}": await saga(client)}
    for stem, make in (
        ("/v1/webhook_endpoints", webhook),
        ("/v1/event_sinks", sink),
        ("/v1/periods", period),
        ("/v1/exports", export),
        ("/v1/jobs", export),
    ):
        if path.startswith(stem):
            return PARAMETERS | {"{id}": await make(client, path.rpartition("/")[2])}
    first, body = "/v1/holds", {"account": "customers:alice", "amount": "5000", "asset": "USD"}
    if path.startswith("/v1/transactions"):
        body = transfer(status="posted" if path.endswith("/reverse") else "pending")
        first = "/v1/transactions"
    made = await client.post_transaction(body, address=first)
    return PARAMETERS | {"{id}": made.json["id"]}


async def webhook(client: Client, action: str) -> str:
    """A webhook endpoint to which this may be done; its id."""
    url = "/v1/webhook_endpoints"
    made = (await client.post(url, {"url": "https://shop.example.com"})).json["id"]
    if action == "enable":
        await client.post(f"{url}/{made}/disable")
    return str(made)


async def sink(client: Client, action: str) -> str:
    """The id of a sink to which this may be done."""
    name = f"of-{action.strip('{}')}"
    wanted = {"name": name, "type": "file", "where": f"{name}.ndjson"}
    made = await client.post("/v1/event_sinks", wanted)
    assert made.status == 201, made.body
    if action == "resume":
        await client.post(f"/v1/event_sinks/{made.json['id']}/pause")
    return str(made.json["id"])


async def export(client: Client, _action: str) -> str:
    """The id of an export that was asked for just now."""
    asked = {"list": "accounts", "format": "csv"}
    return str((await client.post("/v1/exports", asked)).json["id"])


async def saga(client: Client) -> str:
    """The id of a saga that was started just now."""
    body = DOCUMENT["paths"]["/v1/sagas"]["post"]["requestBody"]["content"]
    made = await client.post_transaction(body["application/json"]["example"], address="/v1/sagas")
    return str(made.json["id"])


async def deal(client: Client, path: str) -> str:
    """The id of a new quote or conversion, at a rate that is known."""
    for asset in ("EUR", "USD"):
        account = {"path": f"customers:alice:{asset}", "asset": asset, "type": "liability"}
        await client.post("/v1/accounts", account)
    rates = DOCUMENT["paths"]["/v1/fx_rates"]["post"]["requestBody"]["content"]
    await client.post("/v1/fx_rates", rates["application/json"]["example"])
    address = "/".join(path.split("/")[:3])
    body = DOCUMENT["paths"][address]["post"]["requestBody"]["content"]
    made = await client.post_transaction(body["application/json"]["example"], address=address)
    return str(made.json["id"])


async def holder(client: Client, kind: str, action: str) -> str:
    """A customer or a wallet to which this may be done; its id."""
    wallet = {"kind": "loyalty" if action == "grants" else "personal", "assets": ["USD"]}
    made = await client.post(f"/v1/{kind}", wallet if kind == "wallets" else {"kind": "person"})
    url = f"/v1/{kind}/{made.json['id']}"
    if action == "spend":
        paid = transfer("5000")
        paid["postings"][1]["account"] = made.json["accounts"]["USD"]
        assert (await client.post_transaction(paid)).status == 201
    for before, after in (("freeze", "unfreeze"), ("lock", "unlock")):
        if action == after:
            assert (await client.post(f"{url}/{before}", {"reason": "why"})).status == 200
    return str(made.json["id"])


async def period(client: Client, action: str) -> str:
    """A period to which this may be done; its id."""
    year = {"soft_close": 2001, "reopen": 2002}[action]
    body = {"title": action, "begins_at": f"{year}-01-01T00:00:00Z"}
    body["ends_at"] = f"{year + 1}-01-01T00:00:00Z"
    made = (await client.post("/v1/periods", body)).json["id"]
    if action == "reopen":
        await client.post(f"/v1/periods/{made}/soft_close")
    return str(made)


async def rule(client: Client, action: str) -> str:
    """A rule to which this may be done; its name."""
    for percentage in ("1%", "2%") if action == "rollback" else ("1%",):
        fee = {"to": "fees", "percentage": percentage}
        await client.post("/v1/rules", {"name": action, "on": "payment.captured", "fee": fee})
        if action == "rollback":
            await client.post(f"/v1/rules/{action}/promote", {"without_backtest": True})
    return action


async def test_every_example_runs(application: Application) -> None:
    application.is_sandbox = True
    app = create_app(application, reading_threads=2)
    async with living(app):
        client = Client(app, application)
        client.key = application.access.create("*", Scope.WRITE)[0]
        await client.post("/v1/accounts", BANK)
        await client.post("/v1/accounts", FEES)
        application.open_ledger("travel")
        await client.post("/v1/accounts", ALICE, headers={"ledger": "travel"})
        ran = 0
        for method, path, told in operations():
            if "requestBody" not in told or path.endswith(("/close", "/resolve")):
                continue  # those need what only days of work lead to
            if path.split("/")[2].startswith("settlement"):
                continue  # `test_settlements.py` runs those, with a merchant's wallet
            if path.endswith("/replay"):
                continue  # `test_webhook_deliveries.py` runs it, with an endpoint
            if path.split("/")[2] in PAYMENTS:
                continue  # `test_payments.py` runs those, with money to pay
            example = told["requestBody"]["content"]["application/json"]["example"]
            for name, value in (await parameters(client, path)).items():
                path = path.replace(name, value)
            # The built-in chart, which a ledger begins with, has no version yet.
            seen = 0 if path.endswith("/chart_of_accounts") else 1
            headers = {"idempotency-key": path, "if-match": f'"{seen}"'}
            before = client.application.store.head(client.application.ledger("main").info)
            tried = await client.send(method, f"{path}?dry_run=true", example, headers=headers)
            # One that cannot be tried out says so, and does nothing.
            assert client.application.store.head(client.application.ledger("main").info) == before
            answer = await client.send(method, path, example, headers=headers)
            assert answer.status in {200, 201}, answer.body
            if tried.code != "unknown_filter":
                assert (tried.status, tried.headers["dry-run"]) == (answer.status, "true")
            ran += 1
            if path.startswith("/v1/accounts") and path.endswith("/freeze"):
                await client.post(path.replace("freeze", "unfreeze"))
                await client.post("/v1/accounts/customers:alice/freeze")
        assert ran >= 7


@given(st.from_regex(re.compile(PATH_PATTERN), fullmatch=True) | st.text(max_size=20))
def test_the_form_of_a_path_is_the_kernels(text: str) -> None:
    assert is_path(text) == (
        re.fullmatch(PATH_PATTERN, text) is not None
        and not text.startswith("acc_")
        and len(text) <= LONGEST_PATH
    )


def is_path(text: str) -> bool:
    try:
        return check_path(text) == text
    except ValueError:
        return False
