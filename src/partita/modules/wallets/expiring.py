"""The process that ends sub-wallets whose moment has come, and gives their money to the parent."""

from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.ports import Reader
from partita.kernel.moment import Moment
from partita.modules.wallets.acts import ExpireSubwallet
from partita.modules.wallets.wallet import WALLET

_AT_ONCE = 100


class PotsProcess:
    """Ends the expired sub-wallets of one ledger.

    One that is frozen cannot give its money back: it stays as it is, and is asked again each time.
    """

    def __init__(self, ledger: Ledger, reader: Reader) -> None:
        """Work for this ledger."""
        self.name = f"pots-{ledger.info.name}"
        self._ledger, self._reader = ledger, reader

    def run_once(self, now: Moment) -> int:
        """End what is due by now; how many were ended."""
        due = self._reader.matters_due(self._ledger.info, now, _AT_ONCE)
        return sum(self._end(each.id) for each in due if each.kind == WALLET)

    def _end(self, identifier: str) -> bool:
        return isinstance(ask(self._ledger, wish(ExpireSubwallet(wallet=identifier))), Accepted)
