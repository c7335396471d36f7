"""schemathesis reads the OpenAPI document and tries to catch the server breaking its word.

Made-up requests, of the right form and of the wrong one, go to every operation. No answer may be a
5xx, or have a status, a body or a header that the document does not tell, or take what the document
says is refused.
"""

import asyncio
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import (
    missing_required_header,
    positive_data_acceptance,
    response_schema_conformance,
)

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.access import Scope
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.surfaces.http.openapi import document
from partita.surfaces.http.routes import OPERATIONS
from partita.surfaces.http.server import serve
from partita.wiring import Application
from tests.plugins.steering import ask_one

ENDLESS = "/v1/events/stream"
"""It answers for as long as the client stays; `unit/surfaces/http/test_event_stream.py` reads it."""
schema = schemathesis.openapi.from_dict(document(OPERATIONS)).exclude(path=ENDLESS)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, str]]:
    """The address of a server on a memory store, and a key for everything."""
    application = Application(
        MemoryStore(), pepper=b"p" * 32, clock=SystemClock(), entropy=SystemEntropy()
    )
    ledger = application.open_ledger("main")
    ask_one(ledger, OpenAccount("customers:alice", "USD", AccountType.LIABILITY))
    key, _ = application.access.create("*", Scope.WRITE)
    addresses: queue.Queue[str] = queue.Queue()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete,
        args=(serve(application, port=0, ready=addresses.put, stop=stop),),
    )
    thread.start()
    yield addresses.get(timeout=20), key
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    application.close()


@schema.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate),
          suppress_health_check=list(HealthCheck))  # fmt: skip
def test_the_server_keeps_the_documents_word(case: Case[Any], server: tuple[str, str]) -> None:
    address, key = server
    case.query.pop("wait", None)  # it does what it says, for up to half a minute
    # The rules of a ledger refuse much that has the right form, such as money nobody has.
    # A missing If-Match is 428, the status that RFC 6585 made for it.
    excluded = [positive_data_acceptance, missing_required_header]
    if case.query.get("dry_run") == "true":
        # The schemas tell of what was done; a dry run leaves out the names of what was not.
        excluded.append(response_schema_conformance)
    case.call_and_validate(
        base_url=address, headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded
    )
