"""Transfers between two ledgers: one order, both journals, and accounts that mirror each other."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from partita.engine.errors import NotFound
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.verification import verify_ledger
from partita.kernel.asset import Asset
from partita.kernel.commands import FreezeAccount, RegisterAsset
from partita.kernel.rejections import Code
from partita.modules.ledger_transfers.sending import Asker
from partita.modules.ledger_transfers.transfer import Order, Side
from partita.wiring import Application
from tests.plugins.steering import ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import FLOOR, accepted, open_accounts, pay, refused
from tests.unit.modules.wallets.counter import Counter

NAMES = ("main", "other", "third")
PAIRS = [(one, other) for one in NAMES for other in NAMES if one != other]
LONG_SECONDS = 120.0


@pytest.fixture
def ledgers(application: Application) -> Iterator[dict[str, Ledger]]:
    """Three ledgers; in each Alice has 1,000 and may not go below nothing."""
    found = {name: application.open_ledger(name) for name in NAMES}
    for ledger in found.values():
        open_accounts(ledger, ["bank"])
        open_accounts(ledger, ["alice"], FLOOR)
        accepted(ask_one(ledger, pay("bank", "alice", 1_000)))
    return found  # type: ignore[return-value]


def order(here: str = "main", there: str = "other", amount: int = 300, **more: str) -> Order:
    """From Alice here to Alice there."""
    named = {"source": "alice", "destination": "alice", "asset": "USD", **more}
    return Order(source_ledger=here, destination_ledger=there, amount=amount, **named)  # type: ignore[arg-type]


def send(
    application: Application, wanted: Order, key: str | None = None
) -> tuple[Outcome, Outcome]:
    return application.ledger_transfers.send(wanted, Asker(key))


def net(application: Application, ledger: str, path: str) -> int:
    """Debits less credits of an account, 0 if there is none."""
    standing = application.store.account(application.ledger(ledger).info, path)
    return 0 if standing is None else standing.totals.posted_debits - standing.totals.posted_credits


def assert_mirrored(application: Application, asset: str = "USD") -> None:
    """What each ledger says the other owes is what the other says that it owes."""
    for one, other in PAIRS:
        here = net(application, one, f"interledger:{other}:{asset}")
        there = net(application, other, f"interledger:{one}:{asset}")
        assert here == -there, (one, other)


def test_both_sides_keep_the_transfer_under_one_id(
    application: Application, ledgers: dict[str, Ledger]
) -> None:
    sent, received = send(application, order(external_id="invoice-7"), "k")
    transfers = application.ledger_transfers
    (here,) = transfers.newest(ledgers["main"].info, None, 9)
    (there,) = transfers.newest(ledgers["other"].info, None, 9)
    assert (here.id, here.side, there.side) == (there.id, Side.SENT, Side.RECEIVED)
    assert here.terms == there.terms
    assert here.created_at == there.created_at
    assert transfers.get(ledgers["main"].info, here.id) == here
    assert transfers.get(ledgers["other"].info, here.id) == there
    assert accepted(sent).event.parts[-1] == here.transaction  # type: ignore[union-attr]
    assert accepted(received).event.parts[-1] == there.transaction  # type: ignore[union-attr]
    assert (net(application, "main", "alice"), net(application, "other", "alice")) == (-700, -1_300)
    # The other ledger owes nothing to this one: this one owes what it has sent.
    assert net(application, "main", "interledger:other:USD") == -300
    assert net(application, "other", "interledger:main:USD") == 300
    for ledger in ledgers.values():
        assert_sound(application.store, ledger.info)
        assert verify_ledger(application.store, ledger.info).ok
    with pytest.raises(NotFound):
        transfers.get(ledgers["third"].info, here.id)


def test_the_same_key_moves_it_once(application: Application, ledgers: dict[str, Ledger]) -> None:
    first, again = (send(application, order(), "k") for _ in range(2))
    assert [accepted(each) for each in first] == [accepted(each) for each in again]
    assert all(each.replayed for each in again)
    assert net(application, "main", "alice") == -700
    other = send(application, order(amount=301), "k")
    assert [refused(each) for each in other] == [Code.IDEMPOTENCY_KEY_REUSED] * 2
    elsewhere = send(application, order(there="third"), "k")
    assert [refused(each) for each in elsewhere] == [Code.IDEMPOTENCY_KEY_REUSED] * 2


def test_a_key_counts_within_the_ledger_that_sends(
    application: Application, ledgers: dict[str, Ledger]
) -> None:
    for source, destination in (("main", "other"), ("third", "other"), ("other", "main")):
        sent, _ = send(application, order(source, destination, 10), "k")
        assert not sent.replayed
        accepted(sent)
    assert_mirrored(application)


@pytest.mark.parametrize(
    ("wanted", "code", "guilty"),
    [
        (order(amount=1_001), Code.INSUFFICIENT_FUNDS, 0),
        (order(there="third"), Code.ACCOUNT_FROZEN, 1),
        (order(asset="XYZ"), Code.ASSET_NOT_FOUND, 0),
        (order(amount=0), Code.AMOUNT_OUT_OF_RANGE, 0),
    ],
    ids=["no money", "frozen there", "no such asset", "nothing"],
)
def test_what_one_side_refuses_neither_has(
    application: Application,
    ledgers: dict[str, Ledger],
    wanted: Order,
    code: Code,
    guilty: int,
) -> None:
    accepted(ask_one(ledgers["third"], FreezeAccount("alice")))
    before = [application.store.head(each.info).sequence for each in ledgers.values()]
    answers = send(application, wanted)
    assert [refused(each) for each in answers] == [code, code]
    assert {each.index for each in answers if isinstance(each, Refused)} == {guilty}
    assert [application.store.head(each.info).sequence for each in ledgers.values()] == before


def test_an_amount_of_another_scale_is_another_amount(
    application: Application, ledgers: dict[str, Ledger]
) -> None:
    for name, scale in (("main", 0), ("other", 2), ("third", 0)):
        accepted(ask_one(ledgers[name], RegisterAsset(Asset("PTS", scale))))
        open_accounts(ledgers[name], ["points"])
    points = {"asset": "PTS"}
    refusals = send(application, order(**points))
    assert [refused(each) for each in refusals] == [Code.ASSET_MISMATCH] * 2


def test_within_one_ledger_it_is_none(application: Application, ledgers: dict[str, Ledger]) -> None:
    with pytest.raises(ValueError, match="plain transaction"):
        send(application, order("main", "main"))
    with pytest.raises(NotFound):
        send(application, order("main", "nowhere"))


def test_a_dry_run_leaves_nothing(application: Application, ledgers: dict[str, Ledger]) -> None:
    before = [application.store.head(each.info) for each in ledgers.values()]
    sent, received = application.ledger_transfers.send(order(), Asker(is_dry=True))
    assert isinstance(sent, Accepted)
    assert isinstance(received, Accepted)
    assert [application.store.head(each.info) for each in ledgers.values()] == before


@pytest.mark.parametrize("seed", range(2))
def test_the_ledgers_mirror_each_other_whatever_goes_on(
    application: Application, ledgers: dict[str, Ledger], seed: int
) -> None:
    """Transfers between all pairs at once, some refused, some repeated, beside the writers' work."""
    rounds = 25

    def work(worker: int) -> list[Outcome]:
        chance, answers = random.Random(100 * seed + worker), []
        for n in range(rounds):
            source, destination = chance.choice(PAIRS)
            key = f"{worker}-{chance.randint(0, n)}"
            answers += send(application, order(source, destination, chance.randint(1, 500)), key)
            accepted(ask_one(ledgers[chance.choice(NAMES)], pay("bank", "alice", 1)))
        return answers

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, worker) for worker in range(4)]
        answers = [each for worker in done for each in worker.result(LONG_SECONDS)]
    assert {type(each) for each in answers} == {Accepted, Refused}
    assert_mirrored(application)
    for ledger in ledgers.values():
        assert_sound(application.store, ledger.info)
    total = sum(net(application, name, "alice") for name in NAMES)
    assert total == -(3_000 + 4 * rounds), "money is neither made nor lost on the way"


def test_wallets_pay_and_are_paid_by_their_ids(
    application: Application, ledgers: dict[str, Ledger]
) -> None:
    here, there = (Counter(ledgers[name], application.store) for name in ("main", "other"))
    payer, payee = (counter.wallet(counter.customer()) for counter in (here, there))
    here.fund(payer, 500)
    sent, _ = send(application, order(source=payer.id, destination=payee.id))
    accepted(sent)
    assert net(application, "main", payer.account("USD")) == -200
    assert net(application, "other", payee.account("USD")) == -300
    assert_mirrored(application)
    refusals = [
        (order(source="wal_" + "0" * 26), Code.WALLET_NOT_FOUND),
        (order(source=payer.id, asset="EUR"), Code.ASSET_NOT_IN_WALLET),
        (order(amount=1, destination="wal_" + "0" * 26), Code.WALLET_NOT_FOUND),
        (order(source=payer.id, amount=201), Code.INSUFFICIENT_FUNDS),
    ]
    for wanted, code in refusals:
        assert [refused(each) for each in send(application, wanted)] == [code, code]
