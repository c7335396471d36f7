"""The table of problems is complete, and every problem is explained."""

import re
from pathlib import Path

import pytest

from partita.engine import errors
from partita.engine.access import Denial
from partita.kernel.rejections import MEANINGS, Code, Rejection
from partita.surfaces import http
from partita.surfaces.http.json_input import FIELD_CODES
from partita.surfaces.http.openapi import codes_of
from partita.surfaces.http.problems import HTTP_PROBLEMS, PROBLEMS, REJECTION_STATUS
from partita.surfaces.http.refusal import Refusal, of_error, of_rejection
from partita.surfaces.http.routes import OPERATIONS
from tests.unit.surfaces.http.conftest import Client

SOURCES = Path(http.__file__).parent
RAISED = re.compile(r'(?:Refusal|_unauthorized)\(\s*"([a-z_]+)"')


@pytest.mark.parametrize("code", Code)
def test_every_rejection_has_a_status_a_title_and_a_fix(code: Code) -> None:
    kind = PROBLEMS[code.value]
    assert kind.status == REJECTION_STATUS[code]
    assert kind.status in {404, 409, 422}
    assert (kind.title, kind.fix) == MEANINGS[code]


def test_codes_of_http_and_of_the_rules_are_apart() -> None:
    assert not set(HTTP_PROBLEMS) & {code.value for code in Code}


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_can_be_written(code: str) -> None:
    kind, body = PROBLEMS[code], Refusal(code, "What happened.").body("req_1", "/v1/x")
    assert (body.code, body.status, body.title) == (code, kind.status, kind.title)
    assert body.type == body.doc_url == f"/errors/{code}"
    assert kind.retryable == (kind.retry_after_ms is not None)


def test_every_code_that_is_raised_is_in_the_table() -> None:
    raised = {
        code for file in SOURCES.rglob("*.py") for code in RAISED.findall(file.read_text("utf-8"))
    }
    raised |= {denial.value for denial in Denial} | set(FIELD_CODES.values())
    assert raised <= set(PROBLEMS)


def test_every_problem_can_occur_somewhere() -> None:
    told = {code for operation in OPERATIONS for code in codes_of(operation)}
    # That a document says the same already is answered by that document, with 200.
    # 405 belongs to the methods that an address does not have; ledger_exists and the like are told.
    assert set(PROBLEMS) - told == {"method_not_allowed", "document_unchanged"}


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.Overloaded("full"), "temporary_reduced_capacity", 503),
        (errors.StoreUnavailable("gone"), "store_unavailable", 503),
        (errors.Stopped("closing"), "maintenance", 503),
        (errors.CorruptJournal("broken"), "read_only", 503),
        (errors.NotFound("no ledger"), "not_found", 404),
    ],
)
def test_faults_of_the_engine_have_a_problem(error: Exception, code: str, status: int) -> None:
    refusal = of_error(error)
    assert refusal is not None
    assert (refusal.kind.code, refusal.kind.status) == (code, status)
    assert refusal.kind.retryable == (status == 503)


def test_an_unforeseen_fault_has_none() -> None:
    assert of_error(RuntimeError("?")) is None


def test_what_the_store_says_is_not_told_to_callers() -> None:
    refusal = of_error(errors.StoreUnavailable("connection to 10.0.0.7 failed for user poster"))
    assert refusal is not None
    assert "10.0.0.7" not in refusal.detail


def test_a_rejection_keeps_its_pointer_and_facts() -> None:
    rejection = Rejection(Code.INSUFFICIENT_FUNDS, "Too little.", "/postings/1", {"short_by": "5"})
    refusal = of_rejection(rejection, replayed=True, prefix="/transactions/3")
    body = refusal.body("req_1", "/v1/x")
    assert body.errors[0].pointer == "/transactions/3/postings/1"
    assert body.facts == {"short_by": "5"}
    headers = dict(refusal.reply("req_1", "/v1/x").headers)
    assert headers[b"idempotent-replayed"] == b"true"
    assert headers[b"x-should-retry"] == b"false"


def test_allowed_actions_and_existing_resources_stand_at_the_top() -> None:
    facts = {"allowed_actions": "freeze,close", "existing_resource_id": "txn_1"}
    body = Refusal("invalid_state", "No.", facts=facts).body("req_1", "/")
    assert body.allowed_actions == ("freeze", "close")
    assert body.existing_resource_id == "txn_1"
    assert body.facts == {}
    assert (
        Refusal("invalid_state", "No.", facts={"allowed_actions": ""}).body("", "").allowed_actions
        == ()
    )


@pytest.mark.parametrize("code", PROBLEMS)
async def test_every_problem_has_its_page(client: Client, code: str) -> None:
    client.key = None
    page = await client.get(f"/errors/{code}", headers={"accept": "text/html"})
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert code in page.body.decode()
    told = await client.get(f"/errors/{code}", headers={"accept": "application/json"})
    assert told.json["code"] == told.json["example"]["code"] == code
    assert told.json["retry_rule"]
    assert told.json["fix"]


async def test_an_unknown_problem_has_no_page(client: Client) -> None:
    assert (await client.get("/errors/no_such_code")).code == "not_found"


async def test_all_problems_are_listed(client: Client) -> None:
    page = (await client.get("/errors", headers={"accept": "text/html"})).body.decode()
    assert all(f'href="/errors/{code}"' in page for code in PROBLEMS)
    listed = (await client.get("/errors", headers={"accept": "application/json"})).json
    assert [item["code"] for item in listed] == list(PROBLEMS)
