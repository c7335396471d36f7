"""`partita witness`: the small program that cosigns logs which only grow. It needs no books."""

import logging
import os
import signal
import threading
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from partita.journal.notes import BadNote, SignatureKind, VerifierKey
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import Json
from partita.surfaces.cli.talk import emit, say
from partita.surfaces.witness.cosigning import Witness
from partita.surfaces.witness.memory import Memory
from partita.surfaces.witness.serving import WitnessServer

DEFAULT_PORT = 8090


def witness(
    *,
    folder: Annotated[Path, Parameter(help="Where it keeps its key and what it saw.")] = Path(
        "partita-witness"
    ),
    log: Annotated[
        tuple[str, ...], Parameter(help="Verifier key of a log to trust from now on; repeatable.")
    ] = (),
    name: Annotated[str | None, Parameter(help="Its name, at the first start.")] = None,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="TCP port; 0 takes a free one.")] = DEFAULT_PORT,
    json: Json = False,
) -> None:
    """Cosign checkpoints of trusted logs until Ctrl-C or SIGTERM, as long as they only grow.

    Run it under another administrator than the ledger, or it proves nothing. With --json, one line
    {"url":…,"verifier_key":…,"pid":…} says that connections are taken.
    """
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    memory = Memory(folder.absolute(), name)
    try:
        memory.trust([_log_key(text) for text in log])
        with WitnessServer((host, port), Witness(memory)) as server:
            _tell(server.url, memory, as_json=json)
            _until_told_to_stop(server)
    finally:
        memory.close()


def _log_key(text: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except BadNote as error:
        raise CommandFailed(f"--log: {error}.", "see `partita log key`.", status=USAGE) from error
    if key.kind is not SignatureKind.LOG:
        problem = f"{key.name} is the key of a witness, not of a log."
        raise CommandFailed(problem, "see `partita log key`.", status=USAGE)
    return key


def _tell(url: str, memory: Memory, *, as_json: bool) -> None:
    key = memory.key.text()
    if as_json:
        emit({"url": url, "verifier_key": key, "pid": os.getpid()})
        return
    say(f"Witness of {len(memory.trusted())} logs at {url}. Ctrl-C stops it. Tell the ledger:")
    say(f"PARTITA_WITNESSES='{url} {key}'")


def _until_told_to_stop(server: WitnessServer) -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    thread = threading.Thread(target=server.serve_forever, name="partita-witness", daemon=True)
    thread.start()
    stopped.wait()
    server.shutdown()
    thread.join()
