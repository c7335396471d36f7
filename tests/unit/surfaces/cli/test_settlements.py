"""Settlement from the command line, on real PostgreSQL: what another program settled is shown."""

from pathlib import Path

import pytest

from partita.config import from_environment
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.moment import Moment
from partita.modules.payments.acts import Advance, CreateDeposit
from partita.modules.payments.lifecycle import Verb
from partita.modules.settlement.commands import SetPlan
from partita.modules.settlement.plan import Terms
from partita.modules.wallets.acts import CreateWallet
from partita.modules.wallets.wallet import WalletKind
from partita.wiring import Application, build
from tests.plugins.steering import StandingClock, ask
from tests.unit.surfaces.cli.conftest import CommandLine, Said

A_DAY = 86_400_000_000


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def do(application: Application, act: Act) -> str:
    (outcome,) = ask(application.ledger("main"), wish(act))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.record.event, MatterChanged)
    return outcome.record.event.matter.id


@pytest.fixture(scope="module")
def wallet(data_folder: Path) -> str:
    """A merchant who took in 100.00 two days ago, whose first payout was called off."""
    clock = StandingClock(Moment.parse("2026-01-05T10:00:00Z"))
    application = build(from_environment(data=data_folder), clock=clock)
    try:
        made = do(application, CreateWallet(kind=WalletKind.MERCHANT, assets=("USD", "EUR")))
        terms = Terms(reserve_basis_points=1_000, reserve_days=90)
        do(application, SetPlan(wallet=made, asset="USD", terms=terms))
        do(application, CreateDeposit(destination=made, amount=10_000, asset="USD"))
        clock.moment = Moment(clock.moment + A_DAY)
        process = application.settlement_process()
        process.run_once(clock.moment)
        (withdrawal,) = application.settlements(application.ledger().info).page("withdrawal")
        do(application, Advance(payment=withdrawal.id, verb=Verb.CANCEL))
        process.run_once(clock.moment)
    finally:
        application.close()
    return made


def test_a_batch_is_listed_shown_and_paid_again(partita: CommandLine, wallet: str) -> None:
    (batch,) = done(partita("settlements", "list", "--json")).json
    assert (batch["status"], batch["payable"]) == ("failed", "10000")
    assert "100.00" in done(partita("settlements", "list", "--status", "failed")).out
    assert done(partita("settlements", "show", batch["id"], "--json")).json == batch
    sheet = done(partita("settlements", "statement", batch["id"])).out
    assert "other" in sheet
    assert "closing" in sheet
    told = done(partita("settlements", "statement", batch["id"], "--json")).json
    assert [line["net"] for line in told["lines"]] == ["10000"]
    paying = done(partita("settlements", "pay", batch["id"], "--json")).json
    assert paying["status"] == "paying"
    again = partita("settlements", "pay", batch["id"])
    assert again.status == 1
    assert "nothing is to be paid" in again.err


def test_a_plan_is_set_paused_and_resumed(partita: CommandLine, wallet: str) -> None:
    words = ("settlements", "plan", wallet, "EUR", "--cut-off", "17:00", "--timezone")
    made = done(partita(*words, "Europe/Zurich", "--json")).json
    assert (made["status"], made["terms"]["cut_off"]) == ("active", "17:00")
    assert "17:00 Europe/Zurich" in done(partita("settlements", "plans")).out
    assert len(done(partita("settlements", "plans", "--json")).json) == 2
    assert done(partita("settlements", "accrued", made["id"], "--json")).json["lines"] == []
    assert "closing" in done(partita("settlements", "accrued", made["id"])).out
    paused = done(partita("settlements", "pause", made["id"], "--reason", "a review", "--json"))
    assert paused.json["status"] == "paused"
    dry = done(partita("settlements", "resume", made["id"], "--dry-run"))
    assert "nothing was written" in dry.err
    assert done(partita("settlements", "resume", made["id"], "--json")).json["status"] == "active"
    assert partita(*words, "Mars/Base").status == 2
    assert partita("settlements", "show", "stl_none").status == 1


def test_what_is_due_is_done_once(partita: CommandLine, wallet: str) -> None:
    assert done(partita("settlements", "run", "--json")).json["done"] > 0
    assert done(partita("settlements", "run")).out == "0 done\n"
