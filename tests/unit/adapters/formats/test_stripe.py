"""A processor's objects: the published samples, and what is refused."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from partita.adapters.formats.stripe import (
    DISPUTE_STAGES,
    BalanceTransaction,
    Charge,
    Dispute,
    Stage,
    StripeRefused,
    read_event,
    read_fixtures,
    read_object,
)

BESIDE = Path(__file__).parents[5] / "shared" / "data"
DATA = Path(os.environ.get("PARTITA_SHARED_DATA") or BESIDE)
FIXTURES = DATA / "processors" / "stripe" / "fixtures3.json.gz"
MOVED: dict[str, Any] = {
    "object": "balance_transaction",
    "id": "txn_1",
    "amount": 10_000,
    "fee": 320,
    "net": 9_680,
    "currency": "usd",
    "created": 1,
    "type": "charge",
    "source": "ch_1",
    "status": "available",
    "more": {"of": "what nobody reads"},
    "fee_details": [
        {"amount": 300, "currency": "usd", "type": "stripe_fee", "description": "x"},
        {"amount": 20, "currency": "usd", "type": "tax"},
    ],
}


def moved(**changes: object) -> BalanceTransaction:
    found = read_object(json.dumps(MOVED | changes).encode())
    assert isinstance(found, BalanceTransaction)
    return found


@pytest.mark.skipif(not FIXTURES.is_file(), reason=f"the published samples are not in {FIXTURES}")
def test_the_published_samples():
    with gzip.open(FIXTURES) as opened:
        found = {type(each).__name__: each for each in read_fixtures(opened.read())}
    amounts = {name: each.amount for name, each in found.items()}
    assert amounts == {
        "ApplicationFee": 100,
        "BalanceTransaction": 100,
        "Charge": 100,
        "Dispute": 1_000,
        "FeeRefund": 100,
        "Payout": 1_100,
        "Refund": 100,
        "TopUp": 1_000,
        "Transfer": 1_100,
        "TransferReversal": 1_100,
    }
    assert {each.asset for each in found.values()} == {"USD"}
    charge, dispute = found["Charge"], found["Dispute"]
    assert isinstance(charge, Charge)
    assert isinstance(dispute, Dispute)
    assert charge.balance_transaction == found["BalanceTransaction"].id
    assert (dispute.stage, dispute.charge) == (Stage.INQUIRY, charge.id)


def test_a_fee_is_split_as_it_says():
    found = moved()
    assert (found.amount, found.fee, found.net) == (10_000, 320, 9_680)
    assert [detail.type for detail in found.fee_details] == ["stripe_fee", "tax"]


def test_money_that_leaves_is_below_zero():
    assert moved(amount=-500, fee=0, net=-500, fee_details=[]).amount == -500


@pytest.mark.parametrize(
    "changes",
    [
        {"net": 9_681},
        {"fee": 319, "net": 9_681},
        {"fee_details": []},
        {"amount": 100.5},
        {"amount": "10000"},
        {"amount": None},
        {"currency": 7},
    ],
)
def test_what_does_not_add_up_is_refused(changes: dict[str, object]):
    with pytest.raises(StripeRefused):
        moved(**changes)


def test_a_missing_field_is_refused_by_name():
    without = {name: value for name, value in MOVED.items() if name != "net"}
    with pytest.raises(StripeRefused, match="net"):
        read_object(json.dumps(without).encode())


def test_objects_that_move_no_money_are_passed_over():
    assert read_object(b'{"object":"customer","id":"cus_1"}') is None
    assert read_object(b"{}") is None
    with pytest.raises(StripeRefused):
        read_object(b"[]")


def test_an_event_is_about_its_object():
    event = {"object": "event", "id": "evt_1", "type": "x", "data": {"object": MOVED}}
    assert read_event(json.dumps(event).encode()) == moved()
    with pytest.raises(StripeRefused):
        read_event(json.dumps(MOVED).encode())


def test_every_status_of_a_dispute_has_a_stage_and_no_other():
    assert {DISPUTE_STAGES[word] for word in ("won", "warning_closed")} == {Stage.WON}
    dispute = {
        "object": "dispute",
        "id": "dp_1",
        "amount": 1,
        "currency": "usd",
        "created": 1,
        "charge": "ch_1",
        "status": "new",
        "reason": "general",
        "balance_transactions": [],
        "evidence_details": {"due_by": None},
    }
    found = read_object(json.dumps(dispute).encode())
    assert isinstance(found, Dispute)
    with pytest.raises(StripeRefused, match="'new'"):
        _ = found.stage
