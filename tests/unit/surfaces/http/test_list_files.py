"""Every list in every format: the file has what the pages have, all of it, and nothing else."""

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from partita import wiring
from partita.config import Settings
from partita.engine.access import Scope
from partita.modules.exports.table import Format
from partita.surfaces.http.app import create_app
from partita.surfaces.http.list_catalogue import is_list, name_of
from partita.surfaces.http.list_tables import list_table, parts
from partita.surfaces.http.routes import OPERATIONS
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.time import SteeredClock
from partita.wiring import Application
from tests.contracts.table_readers import READERS, read_csv, read_ndjson
from tests.unit.surfaces.http.conftest import Client, living, transfer

LISTS = [each for each in OPERATIONS if is_list(each)]
OF_FILES = [Format.PARQUET, Format.XLSX]
every_list = pytest.mark.parametrize("each", LISTS, ids=name_of)


@pytest.fixture(scope="module")
def month() -> Iterator[Application]:
    """Books in which nearly every kind of thing is."""
    clock = SteeredClock(neobank.START)
    built = wiring.build(Settings(memory=True), clock=clock)
    plan = neobank.Plan(200, 1, "neobank", {})
    neobank.live(built, clock, plan, lambda _done, _total: None)
    yield built
    built.close()


@pytest.fixture
async def bank(month: Application) -> AsyncIterator[Client]:
    app = create_app(month, reading_threads=2)
    async with living(app):
        client = Client(app, month)
        client.key = month.access.create("neobank", Scope.WRITE)[0]
        yield client


async def read_pages(client: Client, address: str) -> list[dict[str, Any]]:
    """All items, by pages."""
    query = "?limit=200"
    items: list[dict[str, Any]] = []
    if "limit" not in address and not (await client.get(f"{address}{query}")).json.get("data"):
        query = ""
    while True:
        answer = await client.get(f"{address}{query}")
        if answer.status != 200:
            return items
        items += answer.json["data"]
        if answer.json["next_cursor"] is None:
            return items
        query = f"?limit=200&cursor={answer.json['next_cursor']}"


async def address_of(client: Client, each: Any) -> str:
    """An address of this list, of a thing that is there if there is one."""
    found = re.search(r"\{(\w+):str\}", each.path)
    if found is None:
        return str(each.path)
    around = each.path[: found.start() - 1]
    items = (await client.get(around)).json.get("data") or [
        {"id": "none_00000000000000000000000000"}
    ]
    busiest = max(items, key=lambda item: int(item.get("version", 0)))
    return str(each.path.replace(found.group(), busiest["id"]))


def spread(item: dict[str, Any], names: list[str]) -> dict[str, Any]:
    values = {}
    for name in names:
        value: Any = item
        for step in name.split("."):
            value = None if value is None else value.get(step)
        values[name] = value
    return values


@every_list
async def test_every_list_is_the_same_in_pages_and_in_files(
    bank: Client, each: Any, tmp_path: Path
) -> None:
    address = await address_of(bank, each)
    items = await read_pages(bank, address)
    columns = list_table(each.reply).columns
    names = [column.name for column in columns]
    lines, page = await bank.get(f"{address}?format=ndjson"), await bank.get(address)
    if page.status != 200:
        assert (lines.status, lines.code) == (page.status, page.code)
        return
    assert lines.status == 200, lines.body
    counts = {name for name in names if re.fullmatch(r"(.*[._])?sequence", name)}
    if each.path == "/v1/events":
        counts = set()  # an event's is padded to twenty digits, in files too
    for line, item in zip(lines.body.splitlines(), items, strict=True):
        told = json.loads(line)
        expected = spread(item, names)
        for name in counts:
            expected[name] = None if expected[name] is None else int(expected[name])
        assert told == expected
    (tmp_path / "list.ndjson").write_bytes(lines.body)
    expected_rows = read_ndjson(tmp_path / "list.ndjson", columns)[1]
    for kept in (Format.CSV, *OF_FILES):
        answer = await bank.get(f"{address}?format={kept.value}")
        assert (answer.status, answer.headers["content-type"].split(";")[0]) == (
            200,
            kept.media_type,
        )
        (tmp_path / "file").write_bytes(answer.body)
        (tmp_path / "file").rename(tmp_path / f"list.{kept.value}")
        head, rows = READERS[kept](tmp_path / f"list.{kept.value}", columns)
        assert head == names
        assert len(rows) == len(items)
        for row, line_row in zip(rows, expected_rows, strict=True):
            for column, cell, value in zip(columns, row, line_row, strict=True):
                if column.kind.value == "document":
                    cell = None if cell in ("", None) else json.loads(str(cell))
                    value = None if value is None else json.loads(str(value))
                assert (cell or None) == (value or None), column


async def test_the_month_has_something_in_most_lists(bank: Client) -> None:
    filled = [each for each in LISTS if await read_pages(bank, await address_of(bank, each))]
    assert len(filled) > len(LISTS) * 0.6, [name_of(each) for each in filled]


async def test_more_than_a_page_comes_whole_and_once(client: Client) -> None:
    for n in range(3):
        posted = await client.post(
            "/v1/transactions/batch",
            {
                "mode": "atomic",
                "transactions": [transfer(external_id=f"{n}-{m}") for m in range(900)],
            },
            headers={"idempotency-key": f"batch-{n}"},
        )
        assert posted.status in (200, 201), posted.body
    lines = (await client.get("/v1/transactions?format=ndjson")).body.splitlines()
    ids = [json.loads(line)["external_id"] for line in lines]
    assert ids == [f"{n}-{m}" for n in reversed(range(3)) for m in reversed(range(900))]


async def test_the_header_accept_asks_for_a_file_too(client: Client) -> None:
    for accept, media_type in (
        ("text/csv", "text/csv"),
        ("text/html, text/csv;q=0.5", "text/csv"),
        ("application/json;q=0.1, application/x-ndjson", "application/x-ndjson"),
        ("application/json, text/csv;q=0.9", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=x", "application/json"),
    ):
        answer = await client.get("/v1/accounts", headers={"accept": accept})
        assert answer.headers["content-type"].split(";")[0] == media_type, accept
    both = await client.get("/v1/accounts?format=ndjson", headers={"accept": "text/csv"})
    assert both.headers["content-type"] == "application/x-ndjson"


async def test_filters_hold_for_files(client: Client) -> None:
    answer = await client.get("/v1/accounts?path_prefix=customers&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert sorted(row["path"] for row in rows) == ["customers:alice", "customers:bob"]
    assert answer.headers["content-disposition"] == 'attachment; filename="main-accounts.csv"'
    assert answer.headers["as-of-sequence"] == str(client.sequence)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("format=pdf", "invalid_request"),
        ("format=csv&format=csv", "invalid_request"),
        ("format=csv&limit=5", "invalid_request"),
        ("format=csv&cursor=x", "invalid_request"),
        ("format=csv&each=accounts", "invalid_request"),
        ("each=postings", "invalid_request"),
        ("format=csv&colour=red", "unknown_filter"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: Client, query: str, code: str) -> None:
    assert (await client.get(f"/v1/accounts?{query}")).code == code


async def test_what_is_no_list_has_no_format(client: Client) -> None:
    assert (await client.get("/v1/journal/head?format=csv")).code == "unknown_filter"


async def test_without_a_key_nothing_is_said_of_formats(client: Client) -> None:
    client.key = None
    assert (await client.get("/v1/accounts?format=pdf")).status == 401


async def test_head_says_the_form_and_sends_nothing(client: Client) -> None:
    for kept in Format:
        answer = await client.send("HEAD", f"/v1/accounts?format={kept.value}")
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-type"].startswith(kept.media_type)


async def test_each_gives_a_row_for_each_posting(client: Client, tmp_path: Path) -> None:
    await client.post_transaction(transfer("500", external_id="a"))
    await client.post_transaction(transfer("7", external_id="b"))
    answer = await client.get("/v1/transactions?format=csv&each=postings")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    told = [(r["external_id"], r["postings.account"], r["postings.amount"]) for r in rows]
    assert told == [
        ("b", "bank:main", "7"), ("b", "customers:alice", "7"),
        ("a", "bank:main", "500"), ("a", "customers:alice", "500"),
    ]  # fmt: skip
    assert "postings" not in rows[0]
    (tmp_path / "list.csv").write_bytes(answer.body)
    (operation,) = (each for each in LISTS if each.name == "list_transactions")
    assert parts(operation.reply) == ["postings"]
    columns = list_table(operation.reply, "postings").columns
    assert read_csv(tmp_path / "list.csv", columns)[0] == [column.name for column in columns]


async def test_an_amount_of_38_digits_survives_the_whole_way(
    client: Client, tmp_path: Path
) -> None:
    largest = "9" * 38
    assert (await client.post_transaction(transfer(largest))).status == 201
    (operation,) = (each for each in LISTS if each.name == "list_entries")
    columns = list_table(operation.reply).columns
    for kept in Format:
        answer = await client.get(f"/v1/accounts/customers:alice/entries?format={kept.value}")
        file = tmp_path / f"list.{kept.value}"
        file.write_bytes(answer.body)
        (row,) = READERS[kept](file, columns)[1]
        told = dict(zip((column.name for column in columns), row, strict=True))
        assert (told["amount"], told["balance_after.posted"]) == (int(largest), int(largest))


async def test_a_key_sees_in_files_what_it_sees_in_pages(client: Client) -> None:
    client.application.open_ledger("other")
    answer = await client.get("/v1/ledgers?format=ndjson")
    assert [json.loads(line)["name"] for line in answer.body.splitlines()] == ["main"]


async def test_a_list_that_fails_on_its_way_breaks_off(client: Client, monkeypatch: Any) -> None:
    for n in range(3):
        await client.post(
            "/v1/transactions/batch",
            {
                "mode": "atomic",
                "transactions": [transfer(external_id=f"{n}-{m}") for m in range(900)],
            },
            headers={"idempotency-key": f"batch-{n}"},
        )
    store, reads = client.application.store, iter(range(100))
    whole = store.transactions

    def failing(*arguments: Any) -> Any:
        if next(reads) == 2:
            raise OSError("the store has gone")
        return whole(*arguments)

    monkeypatch.setattr(store, "transactions", failing)
    with pytest.raises(OSError, match="the store has gone"):
        await client.get("/v1/transactions?format=csv")
    reads = iter(range(100))
    answer = await client.get("/v1/transactions?format=parquet")
    assert answer.code == "internal_error"
    await asyncio.sleep(0)
