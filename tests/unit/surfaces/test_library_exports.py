"""The library writes lists to files, at once and as jobs that its own worker does."""

import asyncio
import csv
import json
from pathlib import Path

import pytest

import partita
from partita import Rejected, credit, debit
from partita.engine.errors import NotFound
from partita.modules.exports.export import ExportStatus
from partita.modules.exports.lists import ListRefused
from partita.surfaces.library import LibraryLedger


async def fill(ledger: LibraryLedger) -> None:
    await ledger.open_account("cash", "USD", "asset")
    await ledger.open_account("alice", "USD", "liability")
    for n in range(3):
        await ledger.post(debit("cash", 5, "USD"), credit("alice", 5, "USD"), external_id=f"e{n}")


async def test_a_list_is_a_file_at_once(tmp_path: Path) -> None:
    async with partita.open(memory=True) as ledger:
        await fill(ledger)
        assert await ledger.export_list("transactions", tmp_path / "t.csv") == 3
        legs = await ledger.export_list(
            "transactions", tmp_path / "legs", format="ndjson", each="postings",
            filters={"external_id": "e1"},
        )  # fmt: skip
        assert legs == 2
        with pytest.raises(ListRefused, match="There is no list 'nothing'"):
            await ledger.export_list("nothing", tmp_path / "n.csv")
        with pytest.raises(ValueError, match="pdf"):
            await ledger.export_list("accounts", tmp_path / "n.pdf")
        names = [each.name for each in ledger.lists()]
    assert {"accounts", "transactions"} <= set(names)
    with (tmp_path / "t.csv").open(newline="") as file:
        assert [row["external_id"] for row in csv.DictReader(file)] == ["e2", "e1", "e0"]
    lines = (tmp_path / "legs").read_text().splitlines()
    assert [json.loads(line)["postings.direction"] for line in lines] == ["debit", "credit"]


async def test_a_job_is_done_beside_the_program() -> None:
    async with partita.open(memory=True) as ledger:
        await fill(ledger)
        export = await ledger.request_export("accounts", "ndjson", external_id="mine")
        for _ in range(200):
            if not (await ledger.export(export)).is_open:
                break
            await asyncio.sleep(0.05)
        done = await ledger.export(export.id)
        assert done.status is ExportStatus.COMPLETED
        assert (await ledger.export_progress(done)).done == 2
        assert len((await ledger.export_file(done)).read_bytes().splitlines()) == 2
        assert (await ledger.export_manifest(done)).startswith("partita export v1\n")
        assert [each.id for each in await ledger.exports(status="completed")] == [done.id]
        with pytest.raises(Rejected):
            await ledger.cancel_export(done)
        with pytest.raises(NotFound):
            await ledger.export("exp_01M7W7N0QW460X59E8QN11KFMB")
        with pytest.raises(ListRefused):
            await ledger.request_export("nothing", "csv")
        folder = (await ledger.export_file(done)).parents[2]
    assert not folder.exists(), "what is in memory leaves nothing behind"
