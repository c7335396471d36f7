"""A small ledger with one of everything that a journal can hold, the same at every run."""

from collections.abc import Iterator

import msgspec

from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Wish
from partita.journal.keys import key_digest
from partita.journal.record import Cause
from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, FreezeFlow, Side
from partita.kernel.amount import LARGEST
from partita.kernel.asset import Asset, AssetKind
from partita.kernel.moment import Moment
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.kernel.velocity_limits import LimitScope, Window, WindowKind
from partita.wiring import Application
from tests.plugins.steering import ask

RECORDS = 47
"""How many records the specimen has, all in the ledger `main`."""


def transfer(
    debit: str, credit: str, amount: int, asset: str = "USD", **more: object
) -> commands.PostTransaction:
    """A transaction of two postings."""
    legs = (Posting(debit, Side.DEBIT, amount, asset), Posting(credit, Side.CREDIT, amount, asset))
    return commands.PostTransaction(legs, **more)  # type: ignore[arg-type]


def fill(application: Application) -> list[Outcome]:
    """Write the specimen into the ledger `main`, which has its first record already."""
    ledger = application.ledger("main")
    opened = (
        commands.RegisterAsset(Asset("GOLD.1", 30, AssetKind.CUSTOM, "a vault", {"é": "ü"})),
        commands.OpenAccount("bank", "USD", AccountType.ASSET),
        commands.OpenAccount(
            "customers:alice", "USD", AccountType.LIABILITY,
            constraints=Constraints(min_available=0, max_posted=10**20, overdraft=5),
            metadata={"name": "Alice \"A\" Ünal\t", "b": "null"},
        ),
        commands.OpenAccount("customers:bob", "USD", AccountType.LIABILITY, Side.DEBIT),
        commands.OpenAccount("vault", "GOLD.1", AccountType.ASSET),
        commands.OpenAccount("owners", "GOLD.1", AccountType.EQUITY),
    )  # fmt: skip
    history = Moment.parse("1993-01-02T03:04:05.6Z")
    posted = (
        transfer("bank", "customers:alice", 1_000, type="deposit", external_id="null"),
        transfer("bank", "customers:bob", 7, effective_at=history, metadata={"z": "", "a": "\\"}),
        transfer("vault", "owners", LARGEST, "GOLD.1"),
        transfer("customers:alice", "customers:bob", 300, external_id="=-"),
    )
    bulk = commands.Bulk(
        (
            transfer("bank", "customers:bob", 5),
            transfer("customers:alice", "bank", 10**9),
            transfer("bank", "customers:bob", 6),
        ),
        atomic=False,
    )
    changes = (
        commands.FreezeAccount("customers:bob", "looking into it"),
        commands.UnfreezeAccount("customers:bob"),
        transfer("customers:bob", "bank", 318),
        commands.CloseAccount("customers:bob", None),
        commands.FreezeAccount("owners"),
    )
    refused = transfer("customers:alice", "bank", 10**9)
    outcomes: list[Outcome] = []
    for number, command in enumerate((*opened, *posted, bulk, *changes, refused)):
        # One at a time, so that each has a moment of its own; every third without a key.
        key = None if number % 3 == 2 and command is not bulk else f"key {number} ü"
        outcomes += ask(ledger, wish(command, key=key, actor="a", request_id=f"req_{number}"))
    outcomes += [told(ledger, command) for command in _lives(ledger)]
    outcomes += ask(ledger, *_matters(outcomes))
    return outcomes


def _matters(before: list[Outcome]) -> Iterator[Wish]:
    """A matter with all that one can have, the same with nothing of it, and one under a key."""
    box = commands.ChangeMatter(
        "box.filled", "box", "half full", '{"é":"\\t"}', "box_1", is_new=True, title="a/b",
        about="customers:alice", external_id="BOX 1", account_paths=("bank",),
        related=(made(before[0]),), wakes_at=Moment.parse("2027-01-01T00:00:00Z"),
        reason="\"new\"", facts={"é": "ü", "a": ""}, parts=("txn_1", "evt_1"), asked="boxes",
    )  # fmt: skip
    empty = commands.ChangeMatter("box.emptied", "box", "empty", "", "box_1")
    other = commands.ChangeMatter("a_box.made", "a_box", "", "null", prefix="box_", asked="boxes/2")
    cause = Cause("key ü", "0" * 64, "a", "req_0")
    yield from (Wish(box), Wish(empty), Wish(other, cause, key_digest("boxes/2", "key ü")))


def told(ledger: Ledger, command: commands.Command) -> Outcome:
    """What the ledger answers to a command without a key."""
    return ask(ledger, wish(command))[0]


def _lives(ledger: Ledger) -> Iterator[commands.Command]:
    """Commands about a hold, transactions and documents with a life of their own."""
    alice = commands.PlaceHold(
        "customers:alice", 100, "USD", external_id="card 1", metadata={"é": "ü"}
    )
    hold = made(told(ledger, alice))
    pays = (Posting("bank", Side.CREDIT, 0, "USD"),)
    yield commands.CaptureHold(hold, (msgspec.structs.replace(pays[0], amount=30),), type="card")
    yield commands.IncrementHold(hold, 5)
    yield commands.ReleaseHold(hold, 15, "not used")
    yield commands.ExtendHold(hold, Moment.parse("2027-01-01T00:00:00Z"))
    legs = transfer("customers:alice", "bank", 40).postings
    pend = commands.PendTransaction(legs, "invoice", "INV-1", metadata={"a": "b"})
    pending = made(told(ledger, pend))
    yield commands.EditTransaction(pending, transfer("customers:alice", "bank", 41).postings)
    yield commands.SettleTransaction(pending)
    given_up = made(told(ledger, commands.PendTransaction(legs)))
    yield commands.ArchiveTransaction(given_up, "voided")
    yield commands.ReverseTransaction(pending, ((0, 1), (1, 1)), "a cent", "REV-1")
    yield commands.SaveDocument("template", "fee", '{"a":"\\t"}')
    yield commands.SaveDocument("template", "fee", "{}")
    yield commands.ArchiveDocument("template", "fee")
    day = Window(WindowKind.ROLLING, seconds=86_400)
    yield commands.SetLimit("daily", LimitScope.ACCOUNT, "customers:*", "USD", day, max_amount=500)
    yield transfer("customers:alice", "bank", 20, metadata={"device": "d\t1"})
    by_device = ("per device", LimitScope.METADATA, "device", "USD", Window(WindowKind.MONTH))
    yield commands.SetLimit(*by_device, max_count=3)
    yield transfer("customers:alice", "bank", 21, metadata={"device": "d\t1"})
    yield commands.ArchiveLimit("per device")
    begins, ends = (Moment.parse(f"2026-{month}-01T00:00:00Z") for month in ("10", "11"))
    yield commands.OpenPeriod("2026-10", begins, ends)
    yield commands.SoftClosePeriod("2026-10", "looks done")
    yield commands.ReopenPeriod("2026-10")
    yield commands.ClosePeriod("2026-10", "done")
    yield transfer("bank", "customers:alice", 3, effective_at=begins, late=Late.MOVE)
    yield commands.FreezeAccount("customers:alice", None, FreezeFlow.OUT)
    yield transfer("bank", "customers:alice", 4)


def made(outcome: Outcome) -> str:
    """The id of what an accepted command made."""
    assert isinstance(outcome, Accepted), outcome
    return outcome.record.event.id
