"""Proving: a root is made and sealed, and each account's proof is taken out of its tree.

prove:  head (the epoch) ─► `planting` ─► SaveDocument, under the caller's key
proof:  record of the root ─► leaf found by its commitment ─► siblings out of a tile for every
        eighth level
"""

import base64
from functools import cache

import msgspec

from partita.engine.asking import ask
from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.idempotency import fingerprint, wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused, Wish
from partita.engine.ports import Wants
from partita.engine.proving import Prover
from partita.engine.trees import Tree
from partita.journal.record import Cause, Record
from partita.journal.sum_tree import (
    HASH_BYTES,
    NODE_BYTES,
    SUM_BYTES,
    TILE_NODES,
    commitment,
    epoch_prefix,
    node_sum,
    path_to,
    position_of,
)
from partita.kernel.account import Account, check_path
from partita.kernel.commands import SaveDocument
from partita.kernel.documents import Document, document_name
from partita.kernel.events import DocumentSaved
from partita.modules.liabilities.customer import FORMAT as PROOF_FORMAT
from partita.modules.liabilities.customer import LiabilityProof, node_text
from partita.modules.liabilities.planting import Advance, LiabilityStore, Planter, Plot, nonces_of
from partita.modules.liabilities.sealed import FORMAT, TITLE, TOPIC, LiabilityRoot, root_of

USUAL_PREFIX = "customers"
_PAGE = 100


class ProveLiabilities(msgspec.Struct, frozen=True, tag_field="command", tag="liabilities.prove"):
    """The wish for a root over an asset's accounts below a prefix: what its key stands for."""

    asset: str
    prefix: str = USUAL_PREFIX


class SealedRoot(msgspec.Struct, frozen=True):
    """A root, the record that seals it, and the figures of its tree if that is kept here."""

    root: LiabilityRoot
    record: Record
    tree: Tree | None

    @property
    def id(self) -> str:
        """The id of the document that it is."""
        return self.record.event.id

    @property
    def plot(self) -> Plot:
        """Which accounts the tree is over, and as of when."""
        return Plot(self.root.asset, self.root.prefix, self.root.epoch)


class Liabilities:
    """The roots and proofs of one ledger. Blocks; safe in any thread."""

    def __init__(
        self, ledger: Ledger, store: LiabilityStore, prover: Prover, secret: bytes
    ) -> None:
        """`secret` is the installation's; whoever has it can tell whose a leaf is."""
        self._ledger, self._info, self._store = ledger, ledger.info, store
        self._prover, self._secret = prover, secret
        self._planter = Planter(ledger.info, store, secret)

    # Making a root.

    def prove(
        self, wanted: ProveLiabilities, cause: Cause, advance: Advance = lambda *_: None
    ) -> Accepted | Refused:
        """Plant a tree as of now and have its root sealed; the first answer again for a used key.

        `advance` is told how many accounts are read, then how many leaves are hashed of how many.

        Raises:
            ValueError: the prefix is no path, or the total does not fit into 128 bits.
            NotFound: no account there is of type liability.
            OtherSecret: a tree of this epoch is kept, planted under another secret.
        """
        check_path(wanted.prefix)
        cause = msgspec.structs.replace(cause, fingerprint=cause.key and fingerprint(wanted))
        known = self._known(cause.key)
        if known is not None:
            return self._decided(known, cause)
        root = self._planted(wanted, advance)
        return self._decided(SaveDocument(TOPIC, TITLE, root.body()), cause)

    def _known(self, key: str | None) -> SaveDocument | None:
        """What a used key was answered to, so that nothing is planted to repeat an answer."""
        again = SaveDocument(TOPIC, TITLE, "")
        digest = wish(again, key=key).key
        if digest is None:
            return None
        loaded = self._store.load(self._info, Wants(keys=[digest]))
        record = loaded.records.get(digest)
        if record is not None and isinstance(record.event, DocumentSaved):
            document = record.event.document
            return SaveDocument(document.topic, document.title, document.body)
        # Never decided: the writer finds the key answered, as it was here.
        return again if digest in loaded.outcomes else None

    def _planted(self, wanted: ProveLiabilities, advance: Advance) -> LiabilityRoot:
        head = self._store.head(self._info)
        plot = Plot(wanted.asset, wanted.prefix, head.sequence)
        node, leaves = self._planter.plant(plot, advance)
        return LiabilityRoot(
            v=FORMAT,
            asset=plot.asset,
            prefix=plot.prefix,
            epoch=plot.epoch,
            journal_root=head.root.hex(),
            leaves=leaves,
            total=node_sum(node),
            root=node[SUM_BYTES:].hex(),
        )

    def _decided(self, command: SaveDocument, cause: Cause) -> Accepted | Refused:
        """Made durable, under the fingerprint of what was asked of us and not of the command."""
        digest = wish(command, key=cause.key).key
        outcome = ask(self._ledger, Wish(command, cause, digest))
        assert isinstance(outcome, Accepted | Refused), "a single command has a single answer"
        return outcome

    # Finding roots.

    def roots(
        self, *, asset: str | None = None, prefix: str | None = None,
        before: int | None = None, limit: int = _PAGE,
    ) -> list[SealedRoot]:  # fmt: skip
        """Sealed roots, newest first, with a sequence below `before`; filters None take any."""
        found: list[SealedRoot] = []
        which = ResourceFilter(Document.kind, name=document_name(TOPIC, TITLE))
        while len(found) < limit:
            page = self._store.resources(self._info, which, before, _PAGE)
            for document in page:
                sealed = self._sealed_at(document.number)
                root = sealed.root
                if asset in {None, root.asset} and prefix in {None, root.prefix}:
                    found.append(sealed)
            if len(page) < _PAGE:
                break
            before = page[-1].number
        return found[:limit]

    def root(self, identifier: str) -> SealedRoot:
        """The root that is the document of this id.

        Raises:
            NotFound: there is no such root.
        """
        document = self._store.resource(self._info, Document.kind, identifier)
        if not isinstance(document, Document) or document.topic != TOPIC:
            raise NotFound(
                f"there is no liability root {identifier!r} in the ledger {self._info.name!r}"
            )
        return self._sealed_at(document.number)

    def newest_with(self, reference: str) -> SealedRoot:
        """The newest root whose tree has a leaf for an account, by path or id.

        Raises:
            NotFound: there is no such account, or no root has it.
        """
        account = self._account(reference)
        for sealed in self.roots(asset=account.asset):
            if sealed.plot.has(account):
                return sealed
        raise NotFound(f"no liability root of {account.asset} has a leaf for {account.path}")

    def _sealed_at(self, sequence: int) -> SealedRoot:
        (record,) = self._store.records(self._info, sequence - 1, 1)
        return self.sealed(record)

    def sealed(self, record: Record) -> SealedRoot:
        """The root that a record seals."""
        event = record.event
        assert isinstance(event, DocumentSaved), "a root is sealed by saving a document"
        root = root_of(event.document.body)
        return SealedRoot(root, record, self._store.tree(self._info, root.title, root.epoch))

    # Proofs.

    def proof(self, sealed: SealedRoot, reference: str) -> LiabilityProof:
        """The proof of an account, by path or id, in a sealed root.

        Raises:
            NotFound: there is no such account, or it has no leaf in this tree.
            CorruptJournal: the journal's balances do not lead to the sealed root any more.
        """
        path, plot, leaves = self._path_of(sealed, reference), sealed.plot, sealed.root.leaves
        tree = sealed.tree or self._replanted(sealed)

        @cache
        def tile(level: int, place: int) -> bytes:
            found = self._store.tile(self._info, tree, level, place)
            if found is None:
                raise CorruptJournal(
                    f"the tree {tree.title} of epoch {tree.epoch} lacks tile {level}/{place}"
                )
            return found

        nonce = nonces_of(plot, self._info, self._secret).account(path)
        position = position_of(commitment(path, nonce), leaves, tile)
        if position is None:
            raise CorruptJournal(f"{path} has no leaf in the tree {tree.title} of {tree.epoch}")
        siblings = path_to(position, leaves, epoch_prefix(plot.asset, plot.epoch), tile)
        within = (position % TILE_NODES) * NODE_BYTES
        balance = tile(0, position // TILE_NODES)[within + HASH_BYTES : within + NODE_BYTES]
        return LiabilityProof(
            format=PROOF_FORMAT,
            account=path,
            nonce=base64.b64encode(nonce).decode(),
            balance=str(int.from_bytes(balance, "big")),
            position=str(position),
            path=[node_text(node) for node in siblings],
            receipt=self._prover.receipt(self._info, sealed.record),
        )

    def _path_of(self, sealed: SealedRoot, reference: str) -> str:
        """The path of an account that has a leaf."""
        account = self._account(reference)
        if not sealed.plot.has(account):
            raise NotFound(
                f"{account.path} has no leaf in {sealed.root.title} of epoch"
                f" {sealed.root.epoch}: it is elsewhere, of another asset or type, or younger"
            )
        return account.path

    def _account(self, reference: str) -> Account:
        standing = self._store.account(self._info, reference)
        if standing is None:
            raise NotFound(f"there is no account {reference!r} in the ledger {self._info.name!r}")
        return standing.account

    def _replanted(self, sealed: SealedRoot) -> Tree:
        """The tree out of the journal again; it must have the sealed root."""
        node, _ = self._planter.plant(sealed.plot)
        if node != sealed.root.node:
            raise CorruptJournal(
                f"the accounts of {sealed.root.title} as of {sealed.root.epoch} lead to"
                f" {node_text(node)}, not to the sealed root {node_text(sealed.root.node)}: the"
                " journal was changed, or the installation's secret is another one"
            )
        tree = self._store.tree(self._info, sealed.root.title, sealed.root.epoch)
        assert tree is not None, "a planted tree is kept"
        return tree
