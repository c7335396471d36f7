"""Exports over HTTP: asked for, followed, fetched in one piece or in several, vouched for."""

import asyncio
import csv
import io
import json
from hashlib import sha256
from typing import Any

import pytest

from partita.engine.access import Scope
from partita.journal.notes import Note
from partita.modules.exports.table import Format
from tests.unit.surfaces.http.conftest import Answer, Client, transfer

CSV = {"list": "transactions", "format": "csv"}


async def ask(client: Client, body: Any, **headers: str) -> Answer:
    return await client.post("/v1/exports", body, headers=headers)


async def written(client: Client, body: Any) -> Any:
    """An export once it is completed, by the process that a worker runs."""
    made = await ask(client, body)
    assert made.status == 201, made.body
    process = client.application.exporting.process
    for _ in range(20):
        await asyncio.to_thread(process.run_once, client.application.clock.now())
        found = (await client.get(f"/v1/exports/{made.json['id']}")).json
        if not found["allowed_actions"] or found["allowed_actions"] == ["download"]:
            return found
    raise AssertionError("it did not come to an end")


async def test_a_list_is_asked_for_followed_and_fetched(client: Client) -> None:
    for n in range(3):
        await client.post_transaction(transfer(external_id=f"e{n}"))
    made = await ask(client, CSV)
    assert (made.status, made.headers["location"]) == (201, f"/v1/exports/{made.json['id']}")
    first = made.json
    assert (first["status"], first["progress"]["done"]) == ("requested", 0)
    assert (first["download_url"], first["allowed_actions"]) == (None, ["cancel"])
    assert (await client.get(f"/v1/exports/{first['id']}/download")).code == "not_found"
    assert (await client.get(f"/v1/exports/{first['id']}/manifest")).code == "not_found"
    done = await written(client, CSV)
    assert (done["status"], done["rows"]) == ("completed", 3)
    assert done["progress"] == {
        "done": 3, "total": 3, "is_estimate": False, "rate": None, "eta_seconds": None,
    }  # fmt: skip
    file = await client.get(done["download_url"])
    assert (file.status, file.headers["content-type"]) == (200, "text/csv")
    assert file.headers["etag"] == f'"{sha256(file.body).hexdigest()}"' == f'"{done["sha256"]}"'
    assert int(file.headers["content-length"]) == len(file.body) == done["bytes"]
    rows = list(csv.DictReader(io.StringIO(file.body.decode())))
    assert [row["external_id"] for row in rows] == ["e2", "e1", "e0"]
    assert file.body == (await client.get("/v1/transactions?format=csv")).body


async def test_filters_and_rows_of_parts_hold_in_jobs(client: Client) -> None:
    await client.post_transaction(transfer(external_id="a"))
    await client.post_transaction(transfer(external_id="b"))
    body = {"list": "/v1/transactions", "format": "ndjson", "filters": {"external_id": "a"}}
    done = await written(client, {**body, "each": "postings", "external_id": "mine"})
    assert (done["filters"], done["each"]) == ({"external_id": "a"}, "postings")
    assert done["external_id"] == "mine"
    lines = (await client.get(done["download_url"])).body.splitlines()
    told = [json.loads(line) for line in lines]
    assert [line["postings.account"] for line in told] == ["bank:main", "customers:alice"]
    entries = {"list": "accounts/customers:alice/entries", "format": "csv"}
    assert (await written(client, entries))["rows"] == 2


async def test_a_manifest_is_signed_by_the_log(client: Client) -> None:
    done = await written(client, CSV)
    answer = await client.get(done["manifest_url"])
    note = Note.parse(answer.body.decode())
    application = client.application
    key = application.notary.seal.verifier_key(application.ledger("main").info)
    assert note.signers([key]) == [key]
    first, line, end = note.text.split("\n")
    assert (first, end) == ("partita export v1", "")
    told = json.loads(line)
    assert (told["export"], told["list"], told["ledger"]) == (done["id"], "transactions", "main")
    assert told["written"]["sha256"] == done["sha256"]
    assert told["written"]["from_sequence"] == done["from_sequence"]


@pytest.mark.parametrize(
    ("wanted", "status", "cut"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=5-99999999", 206, slice(5, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
    ],
)
async def test_a_range_goes_on_where_a_download_broke(
    client: Client, wanted: str, status: int, cut: slice
) -> None:
    done = await written(client, {"list": "assets", "format": "csv"})
    whole = (await client.get(done["download_url"])).body
    part = await client.get(done["download_url"], headers={"range": wanted})
    assert (part.status, part.body) == (status, whole[cut])
    if status == 206:
        start = len(whole) - len(whole[cut]) if cut.start else 0
        end = start + len(part.body) - 1
        assert part.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"
    other = {"range": wanted, "if-range": '"another"'}
    assert (await client.get(done["download_url"], headers=other)).body == whole


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"list": "nothing", "format": "csv"}, "invalid_request"),
        ({"list": "accounts/{account}/entries", "format": "csv"}, "invalid_request"),
        ({"list": "journal/head", "format": "csv"}, "invalid_request"),
        ({**CSV, "filters": {"colour": "red"}}, "invalid_request"),
        ({**CSV, "filters": {"limit": "5"}}, "invalid_request"),
        ({**CSV, "each": "legs"}, "invalid_request"),
        ({"list": "transactions", "format": "pdf"}, "invalid_request"),
        ({**CSV, "colour": "red"}, "unknown_field"),
    ],
)
async def test_what_cannot_be_exported_is_refused_at_once(
    client: Client, body: Any, code: str
) -> None:
    assert (await ask(client, body)).code == code


async def test_the_same_key_asks_once(client: Client) -> None:
    first = await ask(client, CSV, **{"idempotency-key": "k"})
    again = await ask(client, CSV, **{"idempotency-key": "k"})
    assert (first.json["id"], again.headers["idempotent-replayed"]) == (again.json["id"], "true")


async def test_exports_are_jobs(client: Client) -> None:
    made = (await ask(client, CSV)).json
    done = await written(client, {"list": "accounts", "format": "ndjson"})
    jobs = (await client.get("/v1/jobs")).json["data"]
    assert [job["id"] for job in jobs] == [done["id"], made["id"]]
    assert {job["kind"] for job in jobs} == {"export"}
    assert jobs[0]["result_url"] == done["download_url"]
    assert (await client.get("/v1/jobs?status=completed")).json["data"][0] == jobs[0]
    one = (await client.get(f"/v1/jobs/{done['id']}")).json
    assert one == jobs[0]


@pytest.mark.parametrize("kind", ["exports", "jobs"])
async def test_what_runs_can_be_called_off_once(client: Client, kind: str) -> None:
    made = (await ask(client, CSV)).json
    url = f"/v1/{kind}/{made['id']}"
    called_off = await client.post(f"{url}/cancel", {"reason": "why"})
    assert (called_off.status, called_off.json["status"]) == (200, "canceled")
    again = await client.post(f"{url}/cancel", {})
    assert (again.code, again.json["allowed_actions"]) == ("invalid_state", [])
    steps = (await client.get(f"/v1/exports/{made['id']}/timeline")).json["data"]
    assert [step["type"] for step in steps] == ["export.requested", "export.canceled"]
    assert steps[1]["reason"] == "why"


async def test_a_job_sees_what_every_key_of_its_ledger_may_see(client: Client) -> None:
    """For every one of them may fetch the file."""
    client.application.open_ledger("other")
    own, client.key = client.key, client.application.access.create("*", Scope.WRITE)[0]
    assert len((await client.get("/v1/ledgers?format=ndjson")).body.splitlines()) == 2
    done = await written(client, {"list": "ledgers", "format": "ndjson"})
    client.key = own
    (line,) = (await client.get(done["download_url"])).body.splitlines()
    assert json.loads(line)["name"] == "main"


async def test_nobody_else_on_the_machine_reads_the_files(client: Client) -> None:
    done = await written(client, CSV)
    info = client.application.ledger("main").info
    folder = client.application.exporting.place.of(info, done["id"]).path
    assert folder.stat().st_mode & 0o077 == 0


async def test_a_file_that_was_lost_is_not_found_and_says_where_it_should_be(
    client: Client,
) -> None:
    done = await written(client, CSV)
    info = client.application.ledger("main").info
    client.application.exporting.place.of(info, done["id"]).remove()
    answer = await client.get(done["download_url"])
    assert (answer.code, "PARTITA_EXPORTS" in answer.json["detail"]) == ("not_found", True)


async def test_the_lists_are_listed_with_their_columns(client: Client) -> None:
    lists = {each["name"]: each for each in (await client.get("/v1/lists")).json["data"]}
    assert lists["transactions"]["parts"] == ["postings"]
    assert "created[gte]" in lists["transactions"]["filters"]
    columns = {
        each["name"]: each["kind"] for each in lists["accounts/{account}/entries"]["columns"]
    }
    assert columns["amount"] == columns["balance_after.posted"] == "amount"
    assert columns["recorded_at"] == "moment"


async def test_without_the_extra_a_job_is_refused_before_it_is_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys  # noqa: PLC0415 - only this test takes something away

    monkeypatch.setitem(sys.modules, "duckdb", None)
    answer = await ask(client, {"list": "accounts", "format": Format.PARQUET.value})
    assert (answer.status, answer.code) == (501, "format_unavailable")
    assert "partita[export]" in answer.json["detail"]
    assert (await client.get("/v1/accounts?format=parquet")).code == "format_unavailable"
    assert (await client.get("/v1/exports")).json["data"] == []
