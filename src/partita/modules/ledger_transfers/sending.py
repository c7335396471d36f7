"""Sending money from one ledger to another: one order becomes two commands and one commit."""

from collections.abc import Callable
from typing import NamedTuple

from partita.engine.errors import NotFound
from partita.engine.idempotency import fingerprint
from partita.engine.joint import Jointly, Part
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Outcome, Wish
from partita.engine.ports import Clock, Entropy, LedgerInfo, Reader
from partita.engine.wanting import Act
from partita.journal.keys import key_digest
from partita.journal.record import Cause
from partita.kernel.asset import BUILT_IN
from partita.kernel.identifiers import RANDOM_BYTES, mint
from partita.kernel.matters import Matter
from partita.modules.ledger_transfers.deciding import ReceiveFromLedger, SendToLedger
from partita.modules.ledger_transfers.transfer import (
    KIND,
    PREFIX,
    LedgerTransfer,
    Order,
    Terms,
    read,
)


class Asker(NamedTuple):
    """Who asks, under which key, and whether it is only to see what would come of it."""

    key: str | None = None
    actor: str | None = None
    request_id: str | None = None
    is_dry: bool = False


NOBODY = Asker()


class LedgerTransfers:
    """Moves money between the ledgers of one installation. Any thread may ask; it waits."""

    def __init__(
        self,
        jointly: Jointly,
        ledger_of: Callable[[str], Ledger],
        store: Reader,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """`ledger_of` opens a ledger by its name."""
        self._jointly, self._ledger_of, self._store = jointly, ledger_of, store
        self._clock, self._entropy = clock, entropy

    def send(self, order: Order, asker: Asker = NOBODY) -> tuple[Outcome, Outcome]:
        """Have both sides recorded by one commit; what became of the sending, and of the receiving.

        One key answers for both. In the ledger that receives it counts within the one that sends.

        Raises:
            ValueError: both sides are one ledger.
            NotFound: there is no such ledger.
            PartitaError: it was not decided, or nobody knows; the key will tell.
        """
        if order.source_ledger == order.destination_ledger:
            raise ValueError("within one ledger a plain transaction does it")
        source, destination = map(self._ledger_of, (order.source_ledger, order.destination_ledger))
        terms = Terms(order, self._scale(source.info, order.asset))
        identifier = mint(PREFIX, self._clock.now() // 1000, self._entropy.bytes(RANDOM_BYTES))
        there = asker
        if asker.key is not None:
            there = asker._replace(key=f"{order.source_ledger}/{asker.key}")
        sending = SendToLedger(identifier, terms, order.external_id)
        parts = [
            Part(source, _wish(sending, order, asker)),
            Part(destination, _wish(ReceiveFromLedger(identifier, terms), order, there)),
        ]
        sent, received = self._jointly.submit(parts)
        return sent, received

    def _scale(self, info: LedgerInfo, code: str) -> int:
        """The scale of an asset in a ledger; it never changes. -1 if the ledger has no such asset."""
        if (known := BUILT_IN.get(code)) is not None:
            return known.scale
        return next((each.scale for each in self._store.assets(info) if each.code == code), -1)

    def get(self, info: LedgerInfo, identifier: str) -> LedgerTransfer:
        """A transfer as one of its ledgers keeps it.

        Raises:
            NotFound: it keeps none of this id.
        """
        found = self._store.resource(info, KIND, identifier)
        if not isinstance(found, Matter):
            raise NotFound(f"there is no transfer {identifier!r} in the ledger {info.name!r}")
        return read(found)

    def newest(self, info: LedgerInfo, before: int | None, limit: int) -> list[LedgerTransfer]:
        """Transfers from and to a ledger, newest first, with a sequence below `before`."""
        found = self._store.resources(info, ResourceFilter(KIND), before, limit)
        return [read(each) for each in found if isinstance(each, Matter)]


def _wish(act: Act, order: Order, asker: Asker) -> Wish:
    """One side's command; what its key stands for is the order, whatever id it is given."""
    if asker.key is None or asker.is_dry:
        cause = Cause(None, None, asker.actor, asker.request_id)
        return Wish(act, cause, None, asker.is_dry)
    cause = Cause(asker.key, fingerprint(order), asker.actor, asker.request_id)
    return Wish(act, cause, key_digest(act.operation, asker.key))
