"""Trying rules on payments: what one would have done to those of a span, and would do to one now.

Every step of a payment is a record whose type is the event that rules are attached to, and whose
matter is the payment after it: so the journal is all that a dry run on history needs.
"""

from collections.abc import Iterator
from typing import NamedTuple

from partita.engine.errors import NotFound
from partita.engine.ports import LedgerInfo, Reader
from partita.journal.encoding import value_decoder
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.lifecycle import PaymentType
from partita.modules.payments.parties import Owner
from partita.modules.payments.payment import Party, Payment, read_payment
from partita.modules.payments.ruling import Step, occasion_of
from partita.modules.rules.backtesting import BacktestReport, Past, Span, backtest
from partita.modules.rules.kept import read_kept
from partita.modules.rules.occasion import Occasion
from partita.modules.rules.rulebook import Rulebook
from partita.modules.rules.shelf import Shelf
from partita.modules.wallets.wallet import WALLET, Wallet

_PAGE = 1_000
_read_wallet = value_decoder(Wallet)
_TYPES = frozenset(each.value for each in PaymentType)


class Trial(NamedTuple):
    """A dry run on history: of which version of which rule, and what came out."""

    rule: str
    version: int
    report: BacktestReport


class RuleTrials(Shelf):
    """The rules of one ledger, with the payments that they can be tried on."""

    def __init__(self, reader: Reader, info: LedgerInfo, rulebook: Rulebook) -> None:
        """Read both from this store."""
        super().__init__(reader, info, rulebook)
        self._owners: dict[str, Owner] = {}

    def backtest(self, kept: Matter, version: int | None, span: Span) -> Trial:
        """What a version (None: the newest) would have done to the payments of a span.

        Raises:
            NotFound: there is no such version.
        """
        body = read_kept(kept.body)
        found = body.newest if version is None else body.get(version)
        if found is None:
            raise NotFound(f"{kept.title!r} has no version {version} that is still kept")
        rule = self._rulebook.compiled(found.document, version=found.version)
        report = backtest(rule, self._history(span), span, self.in_force())
        return Trial(kept.title or "", found.version, report)

    def _history(self, span: Span) -> Iterator[Past]:
        """Every step of every payment of a span, in the order of the journal."""
        after = self._reader.sequence_at(self._info, Moment(span.begins_at - 1))
        while page := self._reader.records(self._info, after, _PAGE):
            for record in page:
                if record.recorded_at >= span.ends_at:
                    return
                past = self._past(record)
                if past is not None:
                    yield past
            after = page[-1].sequence

    def _past(self, record: Record) -> Past | None:
        event = record.event
        if not isinstance(event, MatterChanged) or event.matter.kind not in _TYPES:
            return None
        amount = event.facts.get("amount")
        if amount is None:
            return None
        payment = read_payment(event.matter.body)
        return Past(payment.id, self._occasion(payment, event.type, int(amount), record))

    def _occasion(self, payment: Payment, event: str, amount: int, record: Record) -> Occasion:
        source, destination = self._owner(payment.source), self._owner(payment.destination)
        step = Step(event, amount, record.recorded_at)
        return occasion_of(payment, step, (source, destination))

    def _owner(self, party: Party | None) -> Owner:
        """Whose wallet a party is; looked up once."""
        if party is None or party.wallet is None:
            return Owner()
        known = self._owners.get(party.wallet)
        if known is None:
            known = self._owners[party.wallet] = self.owner(party.wallet)
        return known

    def owner(self, wallet: str) -> Owner:
        """Whose a wallet is, by its id; nobody's, if there is none."""
        found = self._reader.resource(self._info, WALLET, wallet)
        if not isinstance(found, Matter):
            return Owner()
        kept = _read_wallet(found.body)
        return Owner(kept.kind.value, kept.customer)


def span_of(begins_at: Moment, ends_at: Moment | None, now: Moment) -> Span:
    """The span of a dry run; without an end it is until now."""
    return Span(begins_at, now if ends_at is None else ends_at, now)
