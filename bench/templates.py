"""Templates: what rendering costs, and how many postings by template a ledger takes in.

`python -m bench.templates` prints one JSON object. The functions take a ledger, so that another
load can call them too.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import partita
from bench.books import ASSET, account_path, open_accounts
from partita import wiring
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Wish
from partita.modules.templates.document import read_document
from partita.modules.templates.template import Template
from partita.surfaces.library import LibraryLedger

ACCOUNTS, BATCH = 1_000, 2_000
_ROUNDS, _RENDERINGS = 10, 2_000
_PARAMETERS = {
    "price": {"type": "amount", "asset": ASSET},
    "source": {"type": "account"},
    "destination": {"type": "account"},
}
_FEES, _TAX = account_path(0), account_path(1)

TRANSFER: dict[str, Any] = {
    "name": "transfer",
    "parameters": _PARAMETERS,
    "postings": [{"debit": "{source}", "credit": "{destination}", "amount": "price"}],
}
FEE: dict[str, Any] = {
    "name": "fee",
    "parameters": _PARAMETERS | {"rate": {"type": "rate", "default": "2.9%"}},
    "let": {"fee": "half_even(price * rate) + 30", "tax": "half_up(fee * 8.1%)"},
    "postings": [
        {
            "debit": "{source}",
            "amount": "price + 100",
            "credit": [
                {"account": _FEES, "amount": "fee"},
                {"account": _TAX, "amount": "tax", "skip_if_zero": True},
                {"account": "{destination}", "rest": True},
            ],
        }
    ],
    "type": "card_payment",
}
CONDITION = FEE | {
    "name": "condition",
    "postings": [FEE["postings"][0] | {"when": "price > 0 && source != destination"}],
}
SCHEMES = (TRANSFER, FEE, CONDITION)


def drawn(accounts: int = ACCOUNTS) -> Iterator[dict[str, str]]:
    """Arguments without end; the first two accounts take fees and tax."""
    stock = []
    for _ in range(BATCH):
        source, destination = random.sample(range(2, accounts), 2)
        stock.append({
            "price": str(random.randrange(1, 100_000)),
            "source": account_path(source),
            "destination": account_path(destination),
        })  # fmt: skip
    return itertools.cycle(stock)


def microseconds(work: Callable[[], object], times: int) -> float:
    """The least of ten rounds, per call: what it costs when nothing else runs."""
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - begun) / times * 1e6)
    return min(rounds)


def render_cost(scheme: Mapping[str, Any]) -> dict[str, float]:
    """Microseconds to compile and prove a scheme, which is done once, and to render it."""
    document, arguments = read_document(scheme), drawn()
    template = wiring.compiled(document)
    return {
        "compile_us": round(microseconds(lambda: wiring.compiled(document), 20), 1),
        "render_us": round(microseconds(lambda: template.render(next(arguments)), _RENDERINGS), 2),
    }


def wishes(template: Template, count: int, arguments: Iterator[dict[str, str]]) -> list[Wish]:
    """So many wishes to post by a template, each rendered and under a fresh key."""
    return [
        wish(template.render(next(arguments)), key=f"{random.getrandbits(128):032x}")
        for _ in range(count)
    ]


async def post_for(ledger: LibraryLedger, scheme: Mapping[str, Any], seconds: float) -> float:
    """Postings by template per second, rendering included, in batches, three at once."""
    template, arguments = wiring.compiled(read_document(scheme)), drawn()
    begun = time.perf_counter()

    async def repeat() -> int:
        taken = 0
        while time.perf_counter() - begun < seconds:
            outcomes = await ledger.submit_many(wishes(template, BATCH, arguments))
            assert all(type(outcome) is Accepted for outcome in outcomes), "every posting is taken"
            taken += len(outcomes)
        return taken

    taken = await asyncio.gather(repeat(), repeat(), repeat())
    return sum(taken) / (time.perf_counter() - begun)


async def measure(seconds: float = 3.0) -> dict[str, dict[str, float]]:
    """All schemes, on the memory store, so that the rules and the rendering are what is measured."""
    figures = {}
    async with partita.open(memory=True) as ledger:
        await open_accounts(ledger, ACCOUNTS)
        for scheme in SCHEMES:
            rate = await post_for(ledger, scheme, seconds)
            figures[scheme["name"]] = render_cost(scheme) | {"postings_per_second": round(rate)}
    return figures


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure()), indent=2))
