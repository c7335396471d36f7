"""The liability root: what the journal says of one tree.

It is a version of the document `liabilities/roots`: all roots of a ledger are one series.

Its **epoch** is the journal's sequence as of which the balances were read. So two trees of one
asset and prefix never share an epoch unless they are the same, and everybody who holds the journal
can sum up the accounts and compare, without any secret.
"""

import re
from collections.abc import Iterable

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.journal.sum_tree import SUM_BYTES

TOPIC, TITLE = "liabilities", "roots"
FORMAT = "1"
_HASH = re.compile("[0-9a-f]{64}")


class LiabilityRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The root of one tree. `root` and `journal_root` are 64 hexadecimal digits.

    `journal_root` is the root of the journal's log over its first `epoch` records.
    """

    v: str
    asset: str
    prefix: str
    epoch: int
    journal_root: str
    leaves: int
    total: int
    root: str

    @property
    def title(self) -> str:
        """What all trees of one asset and prefix are called."""
        return title_of(self.asset, self.prefix)

    @property
    def node(self) -> bytes:
        """The root as the node it is."""
        return self.total.to_bytes(SUM_BYTES, "big") + bytes.fromhex(self.root)

    def body(self) -> str:
        """The document's text: JSON with sorted names, numbers as strings."""
        return encode_value(self)


def title_of(asset: str, prefix: str) -> str:
    """What all trees of an asset's accounts below a prefix are called.

    >>> title_of("EUR", "customers")
    'EUR:customers'
    """
    return f"{asset}:{prefix}"


_decode = value_decoder(LiabilityRoot)


def root_of(body: str) -> LiabilityRoot:
    """The root that a document's text is.

    Raises:
        ValueError: it is not one, or not of this format.
    """
    try:
        root = _decode(body)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a liability root: {error}") from None
    if root.v != FORMAT or root.body() != body:
        raise ValueError(f"not a liability root of format {FORMAT}, spelled as it must be")
    if not 0 <= root.total < 1 << 8 * SUM_BYTES:
        raise ValueError("a liability root has a total of 128 bits")
    if _HASH.fullmatch(root.root) is None or _HASH.fullmatch(root.journal_root) is None:
        raise ValueError("a root is 64 lower-case hexadecimal digits")
    if root.leaves < 1 or root.leaves.bit_count() != 1:
        raise ValueError("a liability tree has a power of two of leaves")
    return root


class TwoRoots(ValueError):
    """The log says two things of one epoch, or goes back; whoever follows it has the proof."""


def check_published(roots: Iterable[LiabilityRoot]) -> int:
    """Check the roots of a log, in its order; how many there are.

    Raises:
        TwoRoots: an asset and prefix has two roots for one epoch, or an epoch before its last one.
    """
    last: dict[str, LiabilityRoot] = {}
    count = 0
    for count, root in enumerate(roots, 1):  # noqa: B007 - the last number is the count
        before = last.setdefault(root.title, root)
        if before.epoch > root.epoch or (before.epoch == root.epoch and before != root):
            raise TwoRoots(
                f"{root.title}: epoch {root.epoch} with root {root.root} comes after epoch"
                f" {before.epoch} with root {before.root}"
            )
        last[root.title] = root
    return count
