"""The process that ends what has come to its moment: expired sub-wallets; of other modules, points.

It has no memory of its own but for patience: what is refused (a frozen pot cannot give its money
back) is asked again after a while, and stays due until then.
"""

from collections.abc import Callable
from typing import NamedTuple

from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.ports import LedgerInfo, Reader
from partita.engine.wanting import Act
from partita.kernel.moment import Moment
from partita.modules.wallets.acts import ExpireSubwallet
from partita.modules.wallets.wallet import WALLET

_MOST_AT_ONCE = 1_000
_PATIENCE = 60_000_000
"""Microseconds until what was refused is asked again."""


class Expiring(NamedTuple):
    """A kind of matters that come to a moment, and what is asked of each then."""

    name: str
    kind: str
    act: Callable[[str], Act]


POTS = Expiring("pots", WALLET, lambda identifier: ExpireSubwallet(wallet=identifier))


class ExpiryProcess:
    """Ends what is due in all ledgers, of one kind. Asking twice does no harm: the rules look again."""

    def __init__(
        self,
        what: Expiring,
        ledgers: Callable[[], list[LedgerInfo]],
        opened: Callable[[str], Ledger],
        reader: Reader,
    ) -> None:
        """Look into these ledgers; `opened` gives one to write to."""
        self.name = what.name
        self._what, self._ledgers, self._opened, self._reader = what, ledgers, opened, reader
        self._not_before: dict[str, Moment] = {}

    def run_once(self, now: Moment) -> int:
        """End what is due by now; how many were ended."""
        done = 0
        for info in self._ledgers():
            due = self._reader.matters_due(info, now, _MOST_AT_ONCE, (self._what.kind,))
            wanted = [each.id for each in due if self._not_before.get(each.id, now) <= now]
            if wanted:
                ledger = self._opened(info.name)
                done += sum(self._end(ledger, identifier, now) for identifier in wanted)
        return done

    def _end(self, ledger: Ledger, identifier: str, now: Moment) -> bool:
        outcome = ask(ledger, wish(self._what.act(identifier), actor=self.name))
        is_done = isinstance(outcome, Accepted)
        if is_done:
            self._not_before.pop(identifier, None)
        else:
            self._not_before[identifier] = Moment(now + _PATIENCE)
        return is_done
