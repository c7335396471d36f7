"""`partita demo`: a small seeded ledger to try. The work is in `surfaces/demo`."""

import os
import shutil
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from partita.config import DEFAULT_LEDGER, Settings
from partita.engine.access import Scope
from partita.surfaces.cli.place import Json, Place
from partita.surfaces.cli.serve import DEFAULT_PORT, Host, Port
from partita.surfaces.cli.talk import emit, say
from partita.surfaces.cli.worker import Worker

DEFAULT_FOLDER = Path("partita-demo")
_TRY = """
Try these:

  curl -s {url}/v1/accounts/customers:0001:wallets:usd/balances -H 'Authorization: Bearer {key}'

  curl -s {url}/v1/transactions -H 'Authorization: Bearer {key}' \\
    -H 'Content-Type: application/json' -H 'Idempotency-Key: try-1' \\
    -d '{{"postings":[{{"account":"bank:usd","direction":"debit","amount":"500","asset":"USD"}},\
{{"account":"customers:0001:wallets:usd","direction":"credit","amount":"500","asset":"USD"}}],\
"type":"deposit"}}'

  curl -s '{url}/v1/transactions?account=customers:0001:wallets:usd&limit=3' \
-H 'Authorization: Bearer {key}'
"""


def demo(
    *,
    once: Annotated[bool, Parameter(negative="", help="Try it in a temporary folder.")] = False,
    data: Annotated[Path, Parameter(help="Data folder of the demo.")] = DEFAULT_FOLDER,
    host: Host = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    json: Json = False,
) -> int:
    """Make a small realistic ledger, print how to try it, and serve it until Ctrl-C.

    --once posts, reads back, replays and verifies over HTTP in a temporary folder, prints one
    JSON object as its last line, and ends with status 0 if all is well.
    """
    return _once() if once else _serve(data, host, port, json=json)


def _once() -> int:
    # Imported here: the server takes longer to load than help may take.
    from partita.surfaces.demo.once import once  # noqa: PLC0415

    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="partita-demo-"))
    try:
        result = once(Settings(data=folder), say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    emit({**result, "seconds": round(time.monotonic() - started, 2)})
    return 0 if result["ok"] else 1


def _serve(data: Path, host: str, port: int, *, json: bool) -> int:
    from partita import wiring  # noqa: PLC0415 - as above
    from partita.surfaces.demo.seed import seed  # noqa: PLC0415 - as above
    from partita.surfaces.http import server  # noqa: PLC0415 - as above

    application = wiring.build(Settings(data=data.absolute()))
    try:
        say(f"Seeding {data} (once; it is the same everywhere and every time).")
        seeded = seed(application)
        key, _stored = application.access.create(DEFAULT_LEDGER, Scope.WRITE, name="demo")

        def ready(url: str) -> None:
            if json:
                emit({"url": url, "pid": os.getpid(), "key": key, "records": seeded.records})
                return
            print(f"{seeded.accounts} accounts, {seeded.transactions} transactions.\n")
            print(f"URL      {url}   (reference: {url}/docs)\nAPI key  {key}")
            print(_TRY.format(url=url, key=key), flush=True)
            say("Ctrl-C stops it.")

        application.follow()
        with closing(Worker(Place(data).environment())) as worker:
            application.heard = worker.poke
            server.run(application, host=host, port=port, ready=ready)
    finally:
        application.close()
    return 0
