"""The server about itself: health, measures, pages; and what it does when something fails."""

import re
from html.parser import HTMLParser

import pytest

from partita import __version__
from partita.engine.errors import CorruptJournal, Overloaded, StoreUnavailable
from partita.surfaces.http.problems import PROBLEMS
from partita.surfaces.http.routes import OPERATIONS
from tests.unit.surfaces.http.conftest import Client, transfer


async def test_it_is_alive_and_ready(client: Client) -> None:
    assert (await client.get("/healthz")).json == {"status": "ok"}
    assert (await client.get("/readyz")).json == {"status": "ready"}
    assert (await client.get("/version")).json == {
        "name": "partita", "version": __version__, "api": "v1",
    }  # fmt: skip


async def test_it_is_alive_but_not_ready_without_its_store(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise StoreUnavailable("no connection to somewhere")

    monkeypatch.setattr(client.application.store, "ledgers", gone)
    assert (await client.get("/healthz")).status == 200
    answer = await client.get("/readyz")
    assert (answer.status, answer.code) == (503, "store_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-should-retry"] == "true"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Overloaded("40000 commands wait already"), "temporary_reduced_capacity"),
        (StoreUnavailable("no connection"), "store_unavailable"),
        (CorruptJournal("row 7"), "read_only"),
    ],
)
async def test_a_fault_of_the_engine_is_told_as_retryable(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def refuse(*_given: object) -> None:
        raise error

    monkeypatch.setattr(client.application.ledger("main"), "submit", refuse)
    answer = await client.post_transaction(transfer())
    assert (answer.status, answer.code) == (503, code)
    assert answer.json["retryable"] is True
    assert "retry-after" in answer.headers


async def test_an_unforeseen_failure_says_nothing_of_the_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(client.application.store, "accounts", fail)
    answer = await client.get("/v1/accounts")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"secret of the inside" not in answer.body
    logged = capsys.readouterr().out
    assert "secret of the inside" in logged
    assert answer.headers["request-id"] in logged
    assert client.key is not None
    assert client.key not in logged


async def test_measures_count_what_was_done(client: Client) -> None:
    await client.post_transaction(transfer())
    await client.get("/v1/nothing")
    answer = await client.get("/metrics")
    text = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'partita_http_requests_total{operation="POST /v1/transactions",status="201"} 1.0' in text
    assert 'partita_http_requests_total{operation="unrouted",status="404"} 1.0' in text
    bucket = r'duration_seconds_bucket\{le="\+Inf",operation="POST /v1/transactions"\} 1\.0'
    assert re.search(bucket, text)
    assert f'partita_journal_sequence{{ledger="main"}} {client.sequence}.0' in text
    assert 'partita_ledger_queued{ledger="main"} 0.0' in text


class Page(HTMLParser):
    """What a page refers to, and which ids it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.addresses.append(value)
            if name == "id" and value:
                self.ids.append(value)
            assert name != "style", "the policy would not let it through"
            assert not name.startswith("on"), "the policy would not let it through"


@pytest.mark.parametrize("address", ["/docs", "/errors", "/errors/insufficient_funds"])
async def test_pages_load_nothing_from_outside(client: Client, address: str) -> None:
    client.key = None
    answer = await client.get(address, headers={"accept": "text/html"})
    text = answer.body.decode()
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"https?://(?!127\.0\.0\.1|shop\.example\.com)", text)
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    for link in {link.partition("#")[0] for link in page.addresses} - {""}:
        assert (await client.get(link)).status == 200, link
    inner = {link[1:] for link in page.addresses if link.startswith("#")}
    assert inner <= set(page.ids)


async def test_style_and_script_load_nothing_from_outside(client: Client) -> None:
    for address in ("/docs/style.css", "/docs/copy.js"):
        text = (await client.get(address)).body.decode()
        assert "http" not in text
        assert "url(" not in text


async def test_the_reference_tells_every_operation(client: Client) -> None:
    text = (await client.get("/docs")).body.decode()
    for operation in OPERATIONS:
        if operation.tag != "Pages":
            assert f'id="{operation.name}"' in text


@pytest.mark.parametrize("address", ["/healthz", "/v1/accounts", "/v1/accounts/customers:alice"])
async def test_head_is_get_without_its_body(client: Client, address: str) -> None:
    got, head = await client.get(address), await client.send("HEAD", address)
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == str(len(got.body))


@pytest.mark.parametrize(
    ("address", "methods"),
    [
        ("/v1/accounts", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/v1/accounts/customers:alice", {"GET", "HEAD", "OPTIONS"}),
        ("/v1/transactions/batch", {"POST", "OPTIONS"}),
    ],
)
async def test_options_tells_the_methods(client: Client, address: str, methods: set[str]) -> None:
    client.key = None
    answer = await client.send("OPTIONS", address)
    assert (answer.status, answer.body) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize("address", ["/v1/accounts", "/v1/nothing", "/v1/transactions/x"])
async def test_data_is_not_kept_and_not_sniffed(client: Client, address: str) -> None:
    headers = (await client.get(address)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_problems_carry_all_their_fields(client: Client) -> None:
    answer = await client.get("/v1/accounts/customers:nobody")
    told = answer.json
    assert told["type"] == told["doc_url"] == "/errors/not_found"
    assert told["title"] == PROBLEMS["not_found"].title
    assert told["instance"] == "/v1/accounts/customers:nobody"
    assert told["request_id"] == answer.headers["request-id"]
    assert (told["status"], told["retryable"], told["retry_after_ms"]) == (404, False, None)
    assert told["fix"]
