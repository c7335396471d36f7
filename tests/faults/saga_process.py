"""A process that takes sagas further, to be killed at one of the calls it makes to a ledger.

Run as `python -m tests.faults.saga_process FOLDER [CALL before|after]`. It starts the sagas of the
test, once, and takes them as far as they go; then it prints how many calls that took, and ends. With a
CALL it kills itself at that one, before the ledger has it or after the ledger has answered.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from partita.config import Settings
from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.ports import ResourceFilter
from partita.kernel.matters import Matter
from partita.modules.payments.acts import Advance, CreateDeposit
from partita.modules.payments.lifecycle import Verb
from partita.modules.payments.payment import read_payment
from partita.modules.sagas import process as saga_process
from partita.modules.sagas.deciding import StartSaga
from partita.wiring import Application, build

ALICE = "customers:alice:wallets:main:EUR"
NAMES = ("main", "other")
ACROSS = {
    "source": ALICE, "destination_ledger": "other", "destination": ALICE, "asset": "EUR",
    "amount": "5000", "beneficiary": "DE02120300000000202051",
}  # fmt: skip
SAGAS = {
    "it ends": StartSaga("ledger_transfer_and_withdraw", "main", {**ACROSS, "rail": "book"}),
    "it comes back": StartSaga("ledger_transfer_and_withdraw", "main", {**ACROSS, "rail": "none"}),
}
TURNS = 400


class Fuse:
    """Counts calls, and kills this process at one of them."""

    def __init__(self, at: int, *, is_after: bool) -> None:
        self.count, self._at, self._is_after = 0, at, is_after

    def around(self, do: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, with the fuse in it."""

        def call(*given: Any, **named: Any) -> Any:
            self.count += 1
            is_it = self.count == self._at
            if is_it and not self._is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = do(*given, **named)
            if is_it:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call


def _begin(application: Application) -> None:
    """Alice's money in both ledgers, and the sagas: each once, however often this is run."""
    for name in NAMES:
        ledger = application.open_ledger(name)
        deposit = CreateDeposit(destination=ALICE, amount=100_000, asset="EUR")
        ask(ledger, wish(deposit, key="purse"))
    for key, saga in SAGAS.items():
        ask(application.ledger("main"), wish(saga, key=key))


def _cancel_what_no_rail_takes(application: Application) -> None:
    """What somebody does about a withdrawal by a rail that is not there."""
    other = application.ledger("other")
    for matter in application.store.resources(
        other.info, ResourceFilter("withdrawal", state="reserved"), None, 9
    ):
        assert isinstance(matter, Matter)
        if read_payment(matter.body).rail == "none":
            canceling = Advance(payment=matter.id, verb=Verb.CANCEL, reason="there is no such rail")
            ask(other, wish(canceling, key=f"cancel {matter.id}"))


def main(folder: str, call: str = "0", when: str = "before") -> None:
    """Take everything as far as it goes."""
    application = build(Settings(data=Path(folder)))
    _begin(application)
    fuse = Fuse(int(call), is_after=when == "after")
    saga_process.ask = fuse.around(saga_process.ask)
    application.ledger_transfers.send = fuse.around(application.ledger_transfers.send)  # type: ignore[method-assign]
    info = application.ledger("main").info
    for _ in range(TURNS):
        for process in application.processes:
            process.run_once(application.clock.now())
        if not application.sagas.counts(info):
            break
        _cancel_what_no_rail_takes(application)
    print(fuse.count, flush=True)
    application.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
