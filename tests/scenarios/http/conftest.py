"""A bank that is served over real HTTP, on each store."""

from collections.abc import Iterator

import pytest

from partita.wiring import Application
from tests.docs.serving import served
from tests.scenarios.http.bank import ALICE, made
from tests.scenarios.http.caller import Caller


@pytest.fixture
def call(application: Application) -> Iterator[Caller]:
    """A caller of a served ledger in which alice has 1,000.00 dollars."""
    with served(application) as url:
        caller = Caller(application, url)
        made(
            caller.post("/v1/deposits", {"destination": ALICE, "amount": "100000", "asset": "USD"})
        )
        yield caller
