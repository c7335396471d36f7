"""A workshop: trees, sealed roots and customers' files made by hand, honest ones and forged ones."""

import base64
from collections.abc import Mapping

from partita.adapters.signers.file import FileSigner
from partita.engine.notary import Seal
from partita.engine.ports import LedgerInfo
from partita.journal.encoding import encode
from partita.journal.merkle import leaf_hash
from partita.journal.receipts import Promise, Receipt
from partita.journal.record import Cause
from partita.journal.sum_tree import (
    NODE_BYTES,
    SUM_BYTES,
    commitment,
    epoch_prefix,
    leaf,
    leaves_for,
    node_sum,
    path_to,
    plant,
    position_of,
)
from partita.kernel.documents import Document
from partita.kernel.events import DocumentSaved
from partita.kernel.moment import Moment
from partita.modules.liabilities.customer import FORMAT, LiabilityProof, node_text
from partita.modules.liabilities.nonces import EpochNonces
from partita.modules.liabilities.sealed import TITLE, TOPIC, LiabilityRoot
from tests.plugins.steering import NOON

SECRET = b"s" * 32
LEDGER = LedgerInfo(1, "main", NOON)
SEAL = Seal(FileSigner(b"\1" * 32), "bank.example")


class Tree:
    """The tree over these balances, planted as the spec says; `epoch` and `asset` at will."""

    def __init__(self, balances: Mapping[str, int], *, epoch: int = 7, asset: str = "EUR") -> None:
        self.epoch, self.asset, self.balances = epoch, asset, balances
        self.nonces = EpochNonces(SECRET, "main", f"{asset}:customers", epoch)
        self.prefix = epoch_prefix(asset, epoch)
        leaves = [leaf(self.committed(path), balance) for path, balance in balances.items()]
        missing = leaves_for(len(leaves)) - len(leaves)
        leaves += [leaf(self.nonces.padding(number), 0) for number in range(missing)]
        self.leaves = sorted(leaves)
        self.tiles = {(at, place): n for at, place, n in plant(self.leaves, self.prefix)}
        self.node = self.tiles[max(self.tiles)]

    def committed(self, path: str) -> bytes:
        return commitment(path, self.nonces.account(path))

    def tile(self, level: int, place: int) -> bytes:
        return self.tiles[level, place]

    def root(self, node: bytes | None = None) -> LiabilityRoot:
        """What the journal says of this tree; or of one with another topmost node."""
        top = node or self.node
        return LiabilityRoot(
            v="1", asset=self.asset, prefix="customers", epoch=self.epoch,
            journal_root="ab" * 32, leaves=len(self.leaves), total=node_sum(top),
            root=top[SUM_BYTES:].hex(),
        )  # fmt: skip

    def siblings(self, path: str) -> tuple[int, list[bytes]]:
        """Where an account's leaf stands, and the nodes beside its way up."""
        position = position_of(self.committed(path), len(self.leaves), self.tile)
        assert position is not None, f"{path} has no leaf"
        return position, path_to(position, len(self.leaves), self.prefix, self.tile)

    def proof(self, path: str, receipt: Receipt | None = None) -> LiabilityProof:
        """The file for an account."""
        position, siblings = self.siblings(path)
        kept = self.leaves[position]
        return LiabilityProof(
            format=FORMAT,
            account=path,
            nonce=base64.b64encode(self.nonces.account(path)).decode(),
            balance=str(int.from_bytes(kept[NODE_BYTES - SUM_BYTES :], "big")),
            position=str(position),
            path=[node_text(node) for node in siblings],
            receipt=receipt or sealed(self.root()),
        )


def sealed(root: LiabilityRoot, *, sequence: int | None = None, topic: str = TOPIC) -> Receipt:
    """The receipt of a journal record that seals a root, promised by the log."""
    place = root.epoch + 1 if sequence is None else sequence
    document = Document(
        "doc_1", place, topic=topic, title=TITLE, version=1, body=root.body(), saved_at=NOON
    )
    event = DocumentSaved(document.id, document)
    return receipt_of(encode("main", place, NOON, event, Cause(), "0" * 32).decode(), place)


def receipt_of(record: str, sequence: int) -> Receipt:
    """What the log promises of any text that is said to be a record."""
    leaf, key = leaf_hash(record.encode()), SEAL.verifier_key(LEDGER)
    promise = Promise(key.name, sequence, leaf, Moment(NOON + 60_000_000))
    return Receipt(
        origin=key.name,
        sequence=str(sequence),
        leaf=leaf.hex(),
        verifier_key=key.text(),
        record=record,
        proof=None,
        promise=SEAL.signed(LEDGER, promise.text()).full(),
    )
