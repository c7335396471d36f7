"""Who may ask what: checked before anything else, in every operation that needs a key."""

import pytest

from partita.engine.access import Scope
from partita.kernel.moment import Moment
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.routes import OPERATIONS
from tests.unit.surfaces.http.conftest import Client, transfer

GUARDED = [operation for operation in OPERATIONS if operation.scope is not None]
OPEN = [operation for operation in OPERATIONS if operation.scope is None]


def address(operation: Operation) -> str:
    return (
        operation.path.replace("{code:str}", "not_found")
        .replace("{schema:str}", "ledger.opened.v1")
        .replace(":str", "")
        .replace(":path", "")
    )


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.label)
@pytest.mark.parametrize("key", [None, "", "partita_live_wrong", "x" * 10_000, "\xff"])
async def test_without_a_known_key_there_is_no_answer(
    client: Client, operation: Operation, key: str | None
) -> None:
    client.key = None
    raw = [] if key is None else [(b"authorization", f"Bearer {key}".encode("latin-1"))]
    answer = await client.send(operation.method, address(operation), b"{", raw_headers=raw)
    assert (answer.status, answer.code) == (401, "authentication_required")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", OPEN, ids=lambda o: o.label)
async def test_what_is_open_needs_no_key(client: Client, operation: Operation) -> None:
    client.key = None
    assert (await client.get(address(operation))).status in {200, 307}


def test_only_what_holds_no_ledger_data_is_open() -> None:
    assert {operation.path for operation in OPEN} == {
        "/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/docs/style.css",
        "/docs/copy.js", "/", "/errors", "/errors/{code:str}",
        "/schemas", "/schemas/{schema:str}", "/asyncapi.yaml",
    }  # fmt: skip


@pytest.mark.parametrize(
    "operation", [o for o in GUARDED if o.scope is Scope.WRITE], ids=lambda o: o.label
)
async def test_a_key_for_reading_does_not_write(client: Client, operation: Operation) -> None:
    client.key = client.application.access.create("main", Scope.READ)[0]
    before = client.sequence
    answer = await client.send(operation.method, address(operation), b"{")
    assert (answer.status, answer.code) == (403, "permission_denied")
    assert "'write'" in answer.json["detail"]
    assert client.sequence == before


def test_all_that_posts_needs_a_key_for_writing() -> None:
    # These have a body and write nothing.
    only_asking = {"render_template", "validate_chart", "quote_fees"}
    posting = {o.name for o in GUARDED if o.method != "GET"} - only_asking
    assert posting == {o.name for o in GUARDED if o.scope is Scope.WRITE}


async def test_a_key_for_writing_also_reads(client: Client) -> None:
    assert (await client.get("/v1/accounts")).status == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
async def test_the_scheme_is_written_in_any_case(client: Client, scheme: str) -> None:
    key, client.key = client.key, None
    answer = await client.get("/v1/accounts", headers={"authorization": f"{scheme} {key}"})
    assert answer.status == 200


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
async def test_another_scheme_is_no_key(client: Client, scheme: str) -> None:
    key, client.key = client.key, None
    answer = await client.get("/v1/accounts", headers={"authorization": f"{scheme} {key}"})
    assert answer.status == 401


async def test_two_keys_at_once_are_refused(client: Client) -> None:
    answer = await client.get("/v1/accounts", raw_headers=[(b"authorization", b"Bearer x")])
    assert answer.status == 400


async def test_a_revoked_key_is_told_so(client: Client) -> None:
    text, key = client.application.access.create("main", Scope.READ)
    client.key = text
    assert (await client.get("/v1/accounts")).status == 200
    client.application.access.revoke(key.id)
    answer = await client.get("/v1/accounts")
    assert (answer.status, answer.code) == (401, "key_revoked")


async def test_an_expired_key_is_told_so(client: Client) -> None:
    then = Moment(client.application.clock.now() - 1)
    client.key = client.application.access.create("main", Scope.READ, expires_at=then)[0]
    answer = await client.get("/v1/accounts")
    assert (answer.status, answer.code) == (401, "key_expired")


async def test_who_asked_is_in_the_journal(client: Client) -> None:
    answer = await client.post_transaction(transfer(), "k")
    application = client.application
    record = application.store.records(application.ledger("main").info, client.sequence - 1, 1)[0]
    assert record.cause.request_id == answer.headers["request-id"]
    assert record.cause.key == "k"
    assert record.cause.actor == application.store.keys()[0].id


async def test_a_request_id_is_ours_alone(client: Client) -> None:
    given = {"request-id": "req_00000000000000000000000000"}
    seen = {(await client.get("/healthz", headers=given)).headers["request-id"] for _ in range(50)}
    assert len(seen) == 50
    assert given["request-id"] not in seen
