"""A process that makes events and brings them to an address, to be killed at any moment.

Run as `python -m tests.faults.webhook_process FOLDER URL`. It makes two endpoints there, once, one of
them strict, and 60 events, once; then it delivers until nothing is owed, and prints how many tries it
made. Whoever is killed and run again goes on.
"""

import sys
import time
from pathlib import Path

from partita.config import Settings
from partita.engine.asking import ask_all
from partita.engine.idempotency import wish
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.modules.webhooks import dispatching
from partita.modules.webhooks.commands import CreateEndpoint
from partita.modules.webhooks.endpoint import Order
from partita.wiring import build

EVENTS = 60
# Long enough for an answer on this machine, short for a test that waits for dead ones' claims.
dispatching.CLAIM_SECONDS = 1


def main(folder: str, url: str) -> None:
    """Make what is to be made, and deliver what is owed."""
    settings = Settings(data=Path(folder), webhook_allow_private=True)
    application = build(settings)
    ledger = application.ledger("main")
    for order in Order:
        act = CreateEndpoint(url=f"{url}/{order.value}", types=("account.opened",), order=order)
        ask_all(ledger, [wish(act, key=order.value)])
    opened = [OpenAccount(f"customers:c{n}", "USD", AccountType.LIABILITY) for n in range(EVENTS)]
    ask_all(ledger, [wish(each, key=each.path) for each in opened])
    print("ready", flush=True)
    tries, info = 0, ledger.info
    while True:
        tries += application.deliver_webhooks()
        if not application.store.backlogs(info):
            break
        time.sleep(0.1)
    print(tries, flush=True)
    application.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
