"""What the library does across ledgers: money goes from one to another in one commit."""

import asyncio
from collections.abc import Mapping

from partita.engine.ledger import Ledger
from partita.kernel.details import check_metadata
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.modules.ledger_transfers.sending import Asker
from partita.modules.ledger_transfers.transfer import LedgerTransfer, Order, read
from partita.surfaces.library_outcomes import record_of
from partita.surfaces.library_words import amount_of
from partita.wiring import Application


class LedgerTransferMethods:
    """The methods of `LibraryLedger` that concern another ledger too."""

    _application: Application
    _ledger: Ledger

    async def transfer_to_ledger(
        self,
        destination_ledger: str,
        source: str,
        destination: str,
        amount: str | int,
        asset: str,
        *,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> LedgerTransfer:
        """Move money from an account here to an account of another ledger; both record it, or neither.

        Raises:
            Rejected: the rules of one of the two said no.
            NotFound: there is no such ledger.
            ValueError: it is the same ledger, or a value is outside its limits.
        """
        order = Order(
            source_ledger=self._ledger.info.name,
            destination_ledger=destination_ledger,
            source=source,
            destination=destination,
            amount=amount_of(amount),
            asset=asset,
            external_id=external_id,
            metadata=check_metadata(metadata),
        )
        asker = Asker(key, is_dry=dry_run)
        transfers = self._application.ledger_transfers
        sent, _received = await asyncio.to_thread(transfers.send, order, asker)
        kept = resource_in(record_of(sent).event)
        assert isinstance(kept, Matter), "a transfer is answered by its matter"
        return read(kept)

    async def ledger_transfer(self, transfer: str) -> LedgerTransfer:
        """A transfer from or to this ledger, by its id.

        Raises:
            NotFound: this ledger keeps none of that id.
        """
        transfers = self._application.ledger_transfers
        return await asyncio.to_thread(transfers.get, self._ledger.info, transfer)
