"""The short way of plain transfers makes the very facts that the general way makes."""

import re
from functools import partial
from typing import Any

import msgspec
import pytest

from partita.engine.business import Business
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.kernel.rejections import Code
from partita.modules.payments.acts import CreateTransfer
from partita.modules.payments.deciding import begin
from partita.modules.payments.ruling import RuleCharger
from partita.modules.rules.rulebook import Rulebook
from partita.modules.wallets import deciding as wallets
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one
from tests.unit.modules.payments.till import ALICE, BOB, Till, opener
from tests.unit.modules.rules.paper import Equalities

_MINTED = re.compile(r"\b(?:tra|txn|evt)_[0-9A-Z]{26}")


def facts_of(ledger: Ledger, till: Till, act: CreateTransfer) -> list[Any]:
    """What an act writes, its new ids by their places and without the moments."""
    before = till.store.head(till.info).sequence
    outcome = ask_one(ledger, act)
    assert isinstance(outcome, Accepted), outcome
    records = till.store.records(till.info, before, 9)
    text = msgspec.json.encode([msgspec.to_builtins(r.event, enc_hook=str) for r in records])
    minted = list(dict.fromkeys(_MINTED.findall(text.decode())))
    named = _MINTED.sub(lambda found: f"id-{minted.index(found[0])}", text.decode())
    return [
        {name: each[name] for name in each if name not in {"entries", "effective_at", "matter"}}
        | {"matter": _bare(each.get("matter")), "moved": _moved(each.get("entries"))}
        for each in msgspec.json.decode(named)
    ]


def _bare(matter: dict[str, Any] | None) -> Any:
    if matter is None:
        return None
    body = msgspec.json.decode(matter["body"])
    return {**matter, "number": None, "body": {**body, "created_at": None}}


def _moved(entries: list[dict[str, Any]] | None) -> Any:
    return [[e["account"], e["direction"], e["amount"]] for e in entries or ()]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reason": "rent", "metadata": {"order": "7"}},
        {"external_id": "t"},
        {"amount": 10**5},
    ],
)
def test_both_ways_make_the_same_facts(
    till: Till, clock: StandingClock, more: dict[str, Any]
) -> None:
    general = partial(begin, RuleCharger(Rulebook(Equalities())))
    business = Business({CreateTransfer: general, **wallets.DECIDERS}, opener)
    other = Ledger(till.info, till.store, clock, SeededEntropy(99), business=business)
    told = []
    for ledger in (till.ledger, other):
        wanted: dict[str, Any] = {
            "source": ALICE,
            "destination": BOB,
            "amount": 5,
            "asset": "USD",
        } | more
        if "external_id" in more:
            wanted["external_id"] = f"t-{ledger is other}"
        told.append(facts_of(ledger, till, CreateTransfer(**wanted)))
    other.close()
    text = msgspec.json.encode(told[1]).replace(b"t-True", b"t-False")
    assert told[0] == msgspec.json.decode(text)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": 0}, Code.AMOUNT_OUT_OF_RANGE),
        ({"amount": 10**38}, Code.AMOUNT_OUT_OF_RANGE),
        ({"source": "wal_1"}, Code.WALLET_NOT_FOUND),
        ({"destination": "wal_1"}, Code.WALLET_NOT_FOUND),
        ({"asset": "EUR"}, Code.ASSET_MISMATCH),
        ({"destination": "nobody"}, Code.ACCOUNT_NOT_FOUND),
        ({"destination": ALICE}, Code.SAME_ACCOUNT),
    ],
)
def test_what_is_not_plain_is_refused_as_ever(till: Till, more: dict[str, Any], code: Code) -> None:
    wanted: dict[str, Any] = {"source": ALICE, "destination": BOB, "amount": 5, "asset": "USD"}
    assert till.refusal(CreateTransfer(**(wanted | more))).code is code
