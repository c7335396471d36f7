"""A pen: writes commands into a store's journal by hand, as the engine would, one commit at a time."""

from collections.abc import Sequence

from partita.engine.log_ports import Cosignature, LogKey, StoredCheckpoint
from partita.engine.outcome import StoredOutcome
from partita.engine.ports import Draft, LedgerInfo
from partita.engine.sealing import seal_outcomes
from partita.journal.encoding import encode
from partita.journal.merkle import leaf_hash
from partita.journal.notes import Signature
from partita.journal.record import Cause, Head, Record
from partita.journal.tiles import TileRoot
from partita.kernel import commands
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.asset import Asset, AssetKind
from partita.kernel.book import Book, evolve
from partita.kernel.decide import Context, decide
from partita.kernel.identifiers import RANDOM_BYTES, mint
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Rejection
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy

DAY = 86_400_000_000


class Pen:
    """Writes into one ledger; `at` is the moment of the next commit."""

    def __init__(self, store: FullStore, info: LedgerInfo, seed: int = 1) -> None:
        self.store, self.info, self.at = store, info, NOON
        self.book = Book()
        self.head = store.head(info)
        self._entropy = SeededEntropy(seed)

    def draft(
        self,
        *wishes: commands.Command,
        keys: Sequence[bytes | None] = (),
        outcomes: dict[bytes, StoredOutcome] | None = None,
    ) -> Draft:
        """What the commands become; each must be acceptable. The pen stands on it afterwards."""
        base, log, records = self.head, self.head.log(), []
        for wish in wishes:
            sequence = base.sequence + len(records) + 1
            event = decide(self.book, wish, Context(self.at, sequence, self._identity))
            assert not isinstance(event, Rejection), event
            evolve(self.book, event)
            salt = self._entropy.bytes(16).hex()
            body = encode(self.info.name, sequence, self.at, event, Cause(), salt)
            records.append(Record(sequence, self.at, event, Cause(), body, leaf_hash(body)))
            log.append(records[-1].leaf)
        moment = self.at if records else base.recorded_at
        answers, frontier = seal_outcomes(base, moment, outcomes or {})
        count = base.outcomes + len(answers)
        self.head = Head(log.size, moment, log.to_bytes(), log.root(), count, frontier)
        padded = [*keys, *[None] * (len(records) - len(keys))]
        return Draft(base, self.head, records, padded, answers)

    def _identity(self, prefix: str) -> str:
        return mint(prefix, self.at // 1000, self._entropy.bytes(RANDOM_BYTES))

    def write(
        self,
        *wishes: commands.Command,
        keys: Sequence[bytes | None] = (),
        outcomes: dict[bytes, StoredOutcome] | None = None,
    ) -> list[Record]:
        """Commit the commands; the records that they became."""
        draft = self.draft(*wishes, keys=keys, outcomes=outcomes)
        commit(self.store, self.info, draft)
        return draft.records

    def later(self, microseconds: int = 1_000) -> "Pen":
        """Let time pass."""
        self.at = Moment(self.at + microseconds)
        return self


def commit(store: FullStore, info: LedgerInfo, draft: Draft) -> None:
    """Write a draft in a unit of work of its own."""
    packed = store.pack(info, draft)
    with store.begin(info) as unit:
        unit.write(packed)


def key(number: int) -> bytes:
    """The digest of some key."""
    return number.to_bytes(16)


def open_account(
    path: str, asset: str = "USD", type: AccountType = AccountType.LIABILITY
) -> commands.OpenAccount:
    """A wish for an account with a limit and metadata, so that they are read back too."""
    limits = Constraints(max_posted=10**37, overdraft=7)
    return commands.OpenAccount(path, asset, type, constraints=limits, metadata={"path": path})


def transfer(
    source: str,
    target: str,
    amount: int = 1,
    *,
    asset: str = "USD",
    external_id: str | None = None,
    effective_at: Moment | None = None,
) -> commands.PostTransaction:
    """A debit of the source and a credit of the target."""
    legs = Posting(source, Side.DEBIT, amount, asset), Posting(target, Side.CREDIT, amount, asset)
    return commands.PostTransaction(
        legs, "transfer", external_id, effective_at, {"note": "Grüße\0\u2028😀"}
    )


def filled(store: FullStore, name: str = "main") -> Pen:
    """A ledger with a bit of everything: assets, accounts, several legs, backdating, statuses."""
    pen = Pen(store, store.create_ledger(name, NOON))
    points = Asset("PTS", 0, AssetKind.POINTS, "shop", {"shop": "1"})
    pen.write(commands.OpenLedger(name), commands.RegisterAsset(points))
    pen.write(commands.RegisterAsset(Asset("GOLD", 30)))
    paths = ("cash", "fees", "users:a", "users:b", "users:b:pot", "users")
    pen.later().write(*(open_account(path) for path in paths))
    pen.write(open_account("shop:a", "PTS"), open_account("shop:b", "PTS", AccountType.ASSET))
    three = commands.PostTransaction((
        Posting("cash", Side.DEBIT, 30, "USD"),
        Posting("users:a", Side.CREDIT, 20, "USD"),
        Posting("users:a", Side.CREDIT, 9, "USD"),
        Posting("fees", Side.CREDIT, 1, "USD"),
        Posting("shop:a", Side.DEBIT, 5, "PTS"),
        Posting("shop:b", Side.CREDIT, 5, "PTS"),
    ))  # fmt: skip
    pen.later().write(three, transfer("users:a", "users:b", 4, external_id="e1"), keys=[key(1)])
    for days in (-3, -1, 2, -2, 0):
        moment = Moment(pen.at + days * DAY)
        pen.later().write(
            transfer("users:a", "users:b:pot", 2, effective_at=moment, external_id=f"d{days}"),
            transfer("users:b", "users:a", 1, effective_at=moment),
            keys=[None, key(50 + days)],
        )
    pen.later().write(commands.FreezeAccount("users:b"), open_account("late"))
    pen.write(transfer("cash", "users:a", effective_at=Moment(EARLIEST)))
    pen.write(transfer("cash", "users:a", effective_at=Moment(LATEST), external_id="last"))
    pen.later().write(commands.UnfreezeAccount("users:b"), commands.CloseAccount("users"))
    pen.write(transfer("cash", "users:b", 10**36 + 7), commands.FreezeAccount("fees"))
    return pen


def log_something(store: FullStore, info: LedgerInfo) -> StoredCheckpoint:
    """A key, the head as a checkpoint, a tile, and a cosignature; nobody checks what they say."""
    head = store.head(info)
    checkpoint = StoredCheckpoint(head.sequence, head.root, "note\n", NOON)
    store.add_log_key(info, LogKey(1, "log+key", NOON))
    store.add_checkpoint(info, checkpoint, [TileRoot(0, 0, b"t" * 32)])
    signature = Signature("witness", b"keyi", b"signature")
    store.add_cosignature(info, Cosignature(head.sequence, signature, NOON))
    return checkpoint
