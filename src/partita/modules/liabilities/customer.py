"""A customer's liability proof: a file that shows that one account's balance is in the sealed total.

Checking it needs nothing but the file, and what the customer knows already: whose account it is, and
the log's public key. The receipt inside shows that the root stands in the log that everybody sees.
"""

import base64
import re
from binascii import Error as NotBase64
from collections.abc import Sequence
from enum import Enum

import msgspec

from partita.journal.encoding import UnreadableRecord, decode, ledger_of
from partita.journal.merkle import leaf_hash
from partita.journal.notes import BadNote, VerifierKey
from partita.journal.receipts import Receipt, check_receipt
from partita.journal.sum_tree import (
    HASH_BYTES,
    LARGEST_SUM,
    NODE_BYTES,
    NONCE_BYTES,
    SUM_BYTES,
    SumTreeError,
    climb,
    commitment,
    epoch_prefix,
    leaf,
    leaf_node,
    node_sum,
)
from partita.kernel.events import DocumentSaved
from partita.modules.liabilities.sealed import TOPIC, LiabilityRoot, root_of

FORMAT = "partita-liability-proof-1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,38}", re.ASCII)
_TALLEST = 64


class Fault(Enum):
    """Why a proof is refused."""

    UNREADABLE = "unreadable"
    NOT_AN_AMOUNT = "not_an_amount"
    OVERFLOW = "overflow"
    OTHER_ACCOUNT = "other_account"
    OTHER_TREE = "other_tree"
    OTHER_ROOT = "other_root"
    STALE_EPOCH = "stale_epoch"
    NOT_IN_LOG = "not_in_log"


class ProofRefused(ValueError):
    """The proof does not show what it must; `fault` says which check failed."""

    def __init__(self, fault: Fault, detail: str) -> None:
        """Carry the fault, and say what was found."""
        super().__init__(f"{fault.value}: {detail}")
        self.fault, self.detail = fault, detail


class LiabilityProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A proof as its file has it: all texts, numbers in digits, bytes in base64.

    `path` has the siblings, lowest first, each as its sum, a blank, and its hash. `receipt` is that
    of the root's record: `spec/proofs.md`.
    """

    format: str
    account: str
    nonce: str
    balance: str
    position: str
    path: list[str]
    receipt: Receipt


class Expected(msgspec.Struct, frozen=True):
    """What the checker knows from elsewhere; None is not compared.

    `account` is the customer's own path, `root` the root that was published (hexadecimal), `epoch`
    the newest published epoch: an older proof is stale. Without `keys` (the log's, and those of
    witnesses, of which `witnesses` must have cosigned) the receipt is not looked at.
    """

    account: str | None = None
    root: str | None = None
    epoch: int | None = None
    keys: tuple[VerifierKey, ...] = ()
    witnesses: int = 0


class Shown(msgspec.Struct, frozen=True):
    """What a proof shows: this account's balance is part of this root's total.

    `record_leaf` (hexadecimal) is the hash under which the root stands in the log of `ledger`.
    `is_in_log` says whether the receipt proves that, or only promises it; None if it was not
    looked at.
    """

    ledger: str
    account: str
    balance: int
    root: LiabilityRoot
    sequence: int
    record_leaf: str
    is_in_log: bool | None = None


NOTHING_MORE = Expected()


def node_text(node: bytes) -> str:
    """A sibling as the file has it."""
    return f"{node_sum(node)} {base64.b64encode(node[SUM_BYTES:]).decode()}"


def read_proof(text: bytes | str) -> LiabilityProof:
    """The proof in a file.

    Raises:
        ProofRefused: it is none.
    """
    try:
        proof = msgspec.json.decode(text, type=LiabilityProof)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProofRefused(Fault.UNREADABLE, f"not a liability proof: {error}") from None
    if proof.format != FORMAT:
        raise ProofRefused(Fault.UNREADABLE, f"format {proof.format!r} is not {FORMAT!r}")
    return proof


def check_proof(proof: LiabilityProof, expected: Expected = NOTHING_MORE) -> Shown:
    """What the proof shows.

    Raises:
        ProofRefused: it does not show it, or not what is expected.
    """
    if expected.account not in (None, proof.account):
        raise ProofRefused(
            Fault.OTHER_ACCOUNT, f"it is about {proof.account}, not about {expected.account}"
        )
    shown = _shown(proof)
    root = shown.root
    if not f"{proof.account}:".startswith(f"{root.prefix}:"):
        raise ProofRefused(Fault.OTHER_ACCOUNT, f"{proof.account} does not lie below {root.prefix}")
    _check_tree(proof, root)
    if expected.epoch is not None and root.epoch < expected.epoch:
        raise ProofRefused(
            Fault.STALE_EPOCH, f"epoch {root.epoch} is before {expected.epoch}, the newest one"
        )
    if expected.root not in (None, root.root):
        raise ProofRefused(Fault.OTHER_ROOT, f"it leads to {root.root}, not to {expected.root}")
    return msgspec.structs.replace(shown, is_in_log=_is_in_log(proof.receipt, expected))


def _is_in_log(receipt: Receipt, expected: Expected) -> bool | None:
    if not expected.keys:
        return None
    try:
        return check_receipt(receipt, expected.keys, witnesses=expected.witnesses)
    except BadNote as error:
        raise ProofRefused(Fault.NOT_IN_LOG, str(error)) from None


def _shown(proof: LiabilityProof) -> Shown:
    body = proof.receipt.record.encode()
    try:
        record = decode(body)
        event = record.event
        if not isinstance(event, DocumentSaved) or event.document.topic != TOPIC:
            raise ValueError("the record seals no liability root")
        root = root_of(event.document.body)
    except (UnreadableRecord, ValueError) as error:
        raise ProofRefused(Fault.UNREADABLE, str(error)) from None
    if root.epoch >= record.sequence:
        raise ProofRefused(Fault.OTHER_TREE, "its epoch does not lie before its record")
    return Shown(
        ledger_of(body), proof.account, _number(proof.balance, "balance"), root, record.sequence,
        leaf_hash(body).hex(),
    )  # fmt: skip


def _check_tree(proof: LiabilityProof, root: LiabilityRoot) -> None:
    """Climb from the leaf to the root and compare sum and hash."""
    path = _path(proof.path)
    if root.leaves != 1 << len(path):
        raise ProofRefused(
            Fault.OTHER_TREE, f"a tree of {root.leaves} leaves has no path of {len(path)} siblings"
        )
    committed = commitment(proof.account, _bytes(proof.nonce, NONCE_BYTES, "nonce"))
    kept = leaf(committed, _number(proof.balance, "balance"))
    node = leaf_node(epoch_prefix(root.asset, root.epoch), kept)
    try:
        reached = climb(node, _number(proof.position, "position"), path)
    except SumTreeError as error:
        raise ProofRefused(Fault.OVERFLOW, str(error)) from None
    if reached != root.node:
        raise ProofRefused(
            Fault.OTHER_TREE,
            f"it leads to {node_text(reached)}, but {node_text(root.node)} is sealed",
        )


def _path(texts: Sequence[str]) -> list[bytes]:
    if len(texts) > _TALLEST:
        raise ProofRefused(Fault.UNREADABLE, f"no path has more than {_TALLEST} siblings")
    nodes = []
    for text in texts:
        total, _, digest = text.partition(" ")
        number = _number(total, "a sibling's sum")
        nodes.append(number.to_bytes(SUM_BYTES, "big") + _bytes(digest, HASH_BYTES, "a hash"))
    assert all(len(node) == NODE_BYTES for node in nodes), "a sum and a hash make a node"
    return nodes


def _number(text: str, what: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise ProofRefused(
            Fault.NOT_AN_AMOUNT, f"{what} is {text[:50]!r}: not a whole number, or below zero"
        )
    if int(text) > LARGEST_SUM:
        raise ProofRefused(Fault.OVERFLOW, f"{what} is {text}: more than 2^128 - 1")
    return int(text)


def _bytes(text: str, count: int, what: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (NotBase64, ValueError):
        found = b""
    if len(found) != count or base64.b64encode(found).decode() != text:
        raise ProofRefused(Fault.UNREADABLE, f"{what} is not {count} bytes in base64")
    return found
