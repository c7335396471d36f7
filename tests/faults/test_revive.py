"""A server that dies under a running program is started again by whoever needs it next."""

import os
import signal
from pathlib import Path

import partita
from partita.adapters.stores.postgres import postmaster
from partita.surfaces.library import credit, debit


def kill_postgres(folder: Path) -> None:
    """The postmaster and all its backends, at once and without a word."""
    pid = postmaster.living_pid(folder / "postgres" / "data")
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for victim in (pid, *map(int, children)):
        os.kill(victim, signal.SIGKILL)


async def test_writing_and_reading_go_on_after_postgres_was_killed(server_folder: Path) -> None:
    legs = (debit("cash", 5, "USD"), credit("sales", 5, "USD"))
    async with partita.open(server_folder) as ledger:
        await ledger.open_account("cash", "USD", "asset")
        await ledger.open_account("sales", "USD", "income")
        await ledger.post(*legs, key="before")
        kill_postgres(server_folder)
        await ledger.post(*legs, key="after")
        kill_postgres(server_folder)
        assert (await ledger.balance("cash")).posted == 10
