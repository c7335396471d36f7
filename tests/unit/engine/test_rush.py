"""Several processes go for the same money at the same moment: as many get it as there is money for."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.kernel import commands
from partita.kernel.velocity_limits import LimitScope, Window, WindowKind
from partita.wiring import Application
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import ask_one
from tests.properties.accountant import EVERYTHING
from tests.properties.auditor import audited
from tests.unit.engine.bookkeeping import FLOOR, accepted, open_accounts, pay
from tests.unit.engine.rushing_process import Errand, prepare, rush

PROCESSES, THINGS = 3, 25


def laid_out(store: PostgresStore, kind: str) -> list[str]:
    """So many holds of 100, transactions of 100 that can be reversed, or accounts limited to 100."""
    application = Application(store, pepper=b"p" * 32, clock=SystemClock(), entropy=SystemEntropy())
    ledger = application.open_ledger("main")
    open_accounts(ledger, ["bank", "shop"])
    open_accounts(ledger, ["alice"], FLOOR)
    made = [pay("bank", "alice", 100 * THINGS)]
    names = []
    if kind == "hold":
        accepted(ask_one(ledger, made[0]))
        place = commands.PlaceHold("alice", 100, "USD")
        names = [accepted(ask_one(ledger, place)).event.id for _ in range(THINGS)]
    elif kind == "payer":
        names = [f"payer:{n}" for n in range(THINGS)]
        open_accounts(ledger, names)
        hour = Window(WindowKind.ROLLING, 3_600)
        limit = commands.SetLimit("l", LimitScope.ACCOUNT, "payer:*", "USD", hour, max_amount=100)
        accepted(ask_one(ledger, limit))
    else:
        names = [
            accepted(ask_one(ledger, pay("bank", "alice", 100))).event.id for _ in range(THINGS)
        ]
    ledger.close()
    return names


@pytest.mark.parametrize(
    ("kind", "amount", "winners", "refusals"),
    [
        ("hold", 100, 1, {"invalid_state"}),
        ("hold", 40, 2, {"capture_exceeds_hold"}),
        ("transaction", 40, 2, {"reversal_exceeds_transaction"}),
        ("payer", 40, 2, {"velocity_exceeded"}),
    ],
)
def test_no_money_is_had_twice(
    postgres_database: PostgresDatabase, postgres_store: PostgresStore,
    kind: str, amount: int, winners: int, refusals: set[str],
) -> None:  # fmt: skip
    names = tuple(laid_out(postgres_store, kind))
    urls = postgres_database.poster, postgres_database.reader
    errands = [Errand(*urls, n, names, amount) for n in range(PROCESSES)]
    spawning = get_context("spawn")
    barrier = spawning.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, spawning, prepare, (barrier,)) as pool:
        said = list(pool.map(rush, errands))
    for answers in zip(*said, strict=True):
        won = [answer for answer in answers if answer.startswith("txn_")]
        assert len(set(won)) == len(won) == winners
        assert {answer for answer in answers if answer not in won} == refusals
    lucky = {n for n, answers in enumerate(said) for a in answers if a.startswith("txn_")}
    assert len(lucky) > 1, "they went for it at the same time, not one after another"
    info = postgres_store.ledgers()[0]
    bank = audited(postgres_store.records(info, 0, EVERYTHING))
    spent = bank.accounts["shop"].posted or -bank.accounts["bank"].posted
    expected = winners * amount * THINGS
    assert spent == (100 * THINGS - expected if kind == "transaction" else expected)
