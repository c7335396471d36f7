"""Files of lists from a real server: whole if they end, and broken off if they cannot be ended."""

import asyncio
import http.client
import json
from typing import Any

import pytest

from partita.engine.access import Scope
from partita.engine.asking import ask_all
from partita.engine.idempotency import wish
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.modules.exports.table import Format
from partita.wiring import Application
from tests.unit.surfaces.http.test_server import ask, served

ACCOUNTS = 3_500


@pytest.fixture
def headers(application: Application) -> dict[str, str]:
    """A key, in books with more accounts than three pages hold."""
    opening = (OpenAccount(f"a:{n}", "USD", AccountType.LIABILITY) for n in range(ACCOUNTS))
    ask_all(application.ledger("main"), [wish(each) for each in opening])
    return {"Authorization": f"Bearer {application.access.create('main', Scope.READ)[0]}"}


@pytest.mark.parametrize("kept", list(Format), ids=lambda each: each.value)
async def test_a_whole_list_comes_through(
    application: Application, headers: dict[str, str], kept: Format
) -> None:
    path = f"/v1/accounts?format={kept.value}"
    async with served(application) as address:
        status, named, data, _ = await asyncio.to_thread(ask, address, "GET", path, **headers)
        empty = await asyncio.to_thread(ask, address, "HEAD", path, **headers)
    assert (status, empty[0], empty[2]) == (200, 200, b"")
    assert named["content-type"].startswith(kept.media_type)
    if kept is Format.NDJSON:
        paths = {json.loads(line)["path"] for line in data.splitlines()}
        assert paths == {f"a:{n}" for n in range(ACCOUNTS)}
    if kept in (Format.PARQUET, Format.XLSX):
        assert int(named["content-length"]) == len(data)


async def test_what_fails_on_its_way_is_not_taken_for_whole(
    application: Application, headers: dict[str, str], monkeypatch: Any
) -> None:
    whole, reads = application.store.accounts, iter(range(100))

    def failing(*given: Any) -> Any:
        if next(reads) == 2:
            raise OSError("the store has gone")
        return whole(*given)

    monkeypatch.setattr(application.store, "accounts", failing)
    async with served(application) as address:
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            await asyncio.to_thread(ask, address, "GET", "/v1/accounts?format=csv", **headers)
