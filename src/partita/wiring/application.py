"""The application: one store, the ledgers open in this process, and all that goes on by itself."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from partita.adapters.conditions.cel import CelConditions
from partita.adapters.formats.statement_pdf import ReportLabStatement
from partita.adapters.rails.networks import NETWORKS, make_rails
from partita.adapters.rails.premises import Premises
from partita.adapters.system import SystemClock
from partita.config import DEFAULT_LEDGER
from partita.engine.access import Access
from partita.engine.as_of import BlockKeeper, PastReader
from partita.engine.asking import ask
from partita.engine.auditing import Auditor
from partita.engine.bell import Bell
from partita.engine.consumer_ports import ConsumerKeeper
from partita.engine.contacting import Parties
from partita.engine.delivery_ports import DeliveryKeeper
from partita.engine.errors import NotFound, PartitaError
from partita.engine.feed import Feed
from partita.engine.following import Follower, build_all
from partita.engine.guarding import Guard
from partita.engine.idempotency import wish
from partita.engine.integrity import IntegrityStore, StandingAuditor
from partita.engine.joint import Jointly
from partita.engine.ledger import Ledger
from partita.engine.log_ports import LogKeeper
from partita.engine.notary import Notary, Seal
from partita.engine.ports import Clock, Entropy, Keyring, LedgerInfo, Reader, Store
from partita.engine.processes import Process, Runner
from partita.engine.proving import Prover
from partita.engine.publishing import Publisher
from partita.engine.rebuilding import Rebuilder, RebuildReport
from partita.engine.search.ports import SearchIndex
from partita.engine.trailing.overview import Overview
from partita.engine.trailing.reading import ViewReader
from partita.engine.trailing.rebuilding import ViewRebuilder
from partita.engine.trees import Trees
from partita.engine.verification import Progress
from partita.engine.witness_ports import CosignedHere, Witnessing
from partita.journal.findings import Finding
from partita.kernel.commands import OpenLedger, SaveDocument
from partita.kernel.identifiers import check_ledger_name
from partita.modules.account_statements.issuing import Statements
from partita.modules.account_statements.rendering import PdfWriter
from partita.modules.ledger_transfers.sending import LedgerTransfers
from partita.modules.liabilities.proving import Liabilities
from partita.modules.payments.rail import Rail
from partita.modules.payments.trying_rules import RuleTrials
from partita.modules.rails.office import Office
from partita.modules.rails.process import RailsOfAllLedgers, RailsProcess
from partita.modules.sagas.flows import FLOWS
from partita.modules.sagas.process import SagaProcess
from partita.modules.sagas.watching import Sagas
from partita.modules.settlement.process import SettlementOfAllLedgers, SettlementProcess
from partita.modules.settlement.reading import Settlements
from partita.modules.templates.cabinet import Cabinet
from partita.modules.wallets.expiring import ExpiryProcess
from partita.modules.webhooks.office import Means, Rules, WebhookOffice
from partita.modules.webhooks.process import Books, WebhookProcess
from partita.modules.webhooks.shelf import EventShelf
from partita.modules.webhooks.signing import SigningKeys
from partita.views import INLINE, TRAILING
from partita.wiring.business import BUSINESS, EXPIRING, RULEBOOK
from partita.wiring.event_types import event_types
from partita.wiring.exporting import Exporting
from partita.wiring.outgoing import outgoing
from partita.wiring.secrets import seal_of
from partita.wiring.sinks import Sinks
from partita.wiring.webhooks import World, webhook_process

_log = logging.getLogger(__name__)


TRAILING_SECONDS, LONGEST_TRAILING_SECONDS = 0.02, 1.0
"""How soon what trails looks again while something is written, and how late at most otherwise."""
ALARM_TOPIC = "integrity_alarm"
"""The topic of the documents by which the standing auditor's findings stand in the journal."""


class FullStore(
    Store,
    Reader,
    PastReader,
    Trees,
    Keyring,
    Auditor,
    IntegrityStore,
    LogKeeper,
    BlockKeeper,
    SearchIndex,
    ConsumerKeeper,
    DeliveryKeeper,
    Protocol,
):
    """What both stores are: all sides of a store, as one."""


class Application:
    """Everything that runs: one store, the ledgers open in this process, access by key."""

    def __init__(
        self,
        store: FullStore,
        *,
        pepper: bytes,
        clock: Clock,
        entropy: Entropy,
        seal: Seal | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """Put the parts together; `close` ends what carries the store.

        Without a `seal` the log is signed by a key that follows from the pepper.
        """
        self.store, self.clock, self.entropy = store, clock, entropy
        # Signing is of this world, whatever time the ledger's clock is made to tell.
        self.notary = Notary(store, seal or seal_of(pepper), SystemClock())
        self.prover = Prover(store, self.notary)
        self.feed, self.bell = Feed(store), Bell()
        self.watched_by(Witnessing())
        self.access = Access(store, pepper, clock, entropy)
        self.premises = Premises(clock, entropy)
        """Where rails are run; unless told otherwise they live in memory."""
        self.is_sandbox = False
        """Whether callers may steer the simulated rails."""
        self.webhook_rules = Rules(event_types())
        """Where webhooks may go, and what events there are for them."""
        self.sinks = Sinks(store)
        """Whoever knows of sinks, and of the brokers behind them."""
        self._rails: dict[str, Mapping[str, Rail]] = {}
        self.pdf: PdfWriter = ReportLabStatement()
        self.exporting = Exporting(store, self.ledger, lambda: self.notary.seal, clock)
        self._pepper = pepper
        self.templates = Cabinet(store, CelConditions(), clock)
        self.jointly = Jointly(store, clock, entropy)
        self.ledger_transfers = LedgerTransfers(self.jointly, self.ledger, store, clock, entropy)
        self._ledgers: dict[str, Ledger] = {}
        self._rails_processes: dict[str, RailsProcess] = {}
        self.sagas = Sagas(store, FLOWS, clock)
        self.processes: list[Process] = [
            *(
                RailsOfAllLedgers(each, store.ledgers, self.rails_process)
                for each in ("", *NETWORKS)
            ),
            SagaProcess(store, self.ledger, self.ledger_transfers, FLOWS),
            *(ExpiryProcess(what, store.ledgers, self.ledger, store) for what in EXPIRING),
            SettlementOfAllLedgers(store.ledgers, self.settlement_process),
        ]
        """What goes on by itself while a server runs."""
        self.outgoing = self._outgoing()
        """What trails behind the journals."""
        self.overview = Overview(store, store, (*INLINE, *TRAILING))
        """How far views have come."""
        self._runner: Runner | None = None
        self._trailing: Runner | None = None
        self.heard: Callable[[], None] = lambda: None
        """Called after every commit of this process; must return at once."""
        self._follower: Follower | None = None
        self.auditor: StandingAuditor | None = None
        self.rebuilder: Rebuilder | None = None
        """Who can rebuild the store's views; nobody, where the store keeps nothing else."""
        self._close = close

    def _outgoing(self) -> list[Process]:
        """Views, and whatever leaves."""
        store = self.store
        return [
            *outgoing(store, store, store.ledgers),
            self.exporting.process,
            self._webhook_process(),
            self.sinks.process(store.ledgers, self.clock, self.entropy),
        ]

    def watched_by(self, witnessing: Witnessing) -> None:
        """Have the logs watched; before any ledger is opened. `publisher.start` begins it."""
        witnesses, memory = witnessing
        self.guard = Guard(self.store, self.prover, self.notary.seal, memory or CosignedHere())
        parties = Parties(self.store, self.prover, self.notary, self.guard, SystemClock())
        self.publisher = Publisher(parties, self.store, witnesses)
        self.notary.check, self.notary.signed = self.guard.check, self.publisher.signed

    def ledger(self, name: str = DEFAULT_LEDGER) -> Ledger:
        """The ledger of that name, ready to take commands.

        Raises:
            NotFound: there is none.
        """
        if name not in self._ledgers:
            info = {info.name: info for info in self.store.ledgers()}.get(name)
            if info is None:
                raise NotFound(f"there is no ledger {name!r}; make it with POST /v1/ledgers")
            self._ledgers.setdefault(name, self._opened(info))
        return self._ledgers[name]

    def _opened(self, info: LedgerInfo) -> Ledger:
        self.guard.look(info)
        ledger = Ledger(
            info, self.store, self.clock, self.entropy,
            business=BUSINESS, verdict=self.guard.verdict,
        )  # fmt: skip
        ledger.committed = self._committed
        return ledger

    def _committed(self, info: LedgerInfo, sequence: int) -> None:
        """Who wants to hear of a commit: the notary, and what goes on by itself."""
        self.notary.poke(info, sequence)
        self.bell.ring(info, sequence)
        self.wake()
        self.heard()

    def open_ledger(self, name: str, metadata: dict[str, str] | None = None) -> Ledger:
        """Make a ledger and record its opening; if it is there already, just return it.

        Raises:
            ValueError: no ledger may be called so.
        """
        info = self.store.create_ledger(check_ledger_name(name), self.clock.now())
        ledger = self._ledgers.setdefault(name, self._opened(info))
        if self.store.head(info).sequence == 0 and self.guard.verdict(info) is None:
            ask(ledger, wish(OpenLedger(name, metadata or {})))
        return ledger

    def rails(self, ledger: str = DEFAULT_LEDGER) -> Mapping[str, Rail]:
        """The payment networks of a ledger, by name: each ledger has its own contract with them."""
        if ledger not in self._rails:
            clock, entropy, folder = self.premises
            own = None if folder is None else folder / ledger
            self._rails.setdefault(ledger, make_rails(Premises(clock, entropy, own)))
        return self._rails[ledger]

    def rails_process(self, ledger: str = DEFAULT_LEDGER) -> RailsProcess:
        """What hands a ledger's payments to its rails, and takes in what they tell."""
        if ledger not in self._rails_processes:
            made = RailsProcess(
                self.ledger(ledger),
                self.store,
                self.rails(ledger),
                clock=self.clock,
                entropy=self.entropy,
            )
            self._rails_processes.setdefault(ledger, made)
        return self._rails_processes[ledger]

    def settlement_process(self, ledger: str = DEFAULT_LEDGER) -> SettlementProcess:
        """What settles a ledger's merchants."""
        return SettlementProcess(self.ledger(ledger), self.store)

    def settlements(self, info: LedgerInfo) -> Settlements:
        """The settlement plans and batches of a ledger."""
        return Settlements(self.store, info)

    def views(self, info: LedgerInfo) -> ViewReader:
        """The trailing views of a ledger."""
        return ViewReader(self.store, info)

    def rules(self, info: LedgerInfo) -> RuleTrials:
        """The rules of a ledger, and the payments that they can be tried on."""
        return RuleTrials(self.store, info, RULEBOOK)

    def rails_office(self, ledger: str = DEFAULT_LEDGER) -> Office:
        """Who speaks for a ledger's rails."""
        process = self.rails_process(ledger)
        info = self.ledger(ledger).info
        return Office(info, self.store, process, is_sandbox=self.is_sandbox)

    def rails_offices(self) -> list[Office]:
        """Those of the ledgers whose rails this process has been at."""
        return [self.rails_office(name) for name in list(self._rails_processes)]

    def statements(self, info: LedgerInfo) -> Statements:
        """The account statements of a ledger."""
        return Statements(info, self.store)

    def webhooks(self, info: LedgerInfo) -> WebhookOffice:
        """The webhook endpoints of a ledger and what they are owed; their keys come of the installation's secret."""
        keys, shelf = SigningKeys(self._pepper), EventShelf(self.feed)
        means = Means(keys, self.webhook_rules, self.clock, self.entropy, shelf)
        return WebhookOffice(info, self.store, means)

    def _webhook_process(self) -> WebhookProcess:
        world = World(self.clock, self.entropy, self._pepper)
        books = Books(self.store.ledgers, self.ledger)
        return webhook_process(self.store, books, world, lambda: self.webhook_rules)

    def deliver_webhooks(self) -> int:
        """Deliver what is due now, as a worker would; how many tries were made."""
        process = self._webhook_process()
        try:
            return process.run_through(self.clock)
        finally:
            process.close()

    def liabilities(self, ledger: Ledger) -> Liabilities:
        """The liability roots and proofs of a ledger; nonces come of the installation's secret."""
        return Liabilities(ledger, self.store, self.prover, self._pepper)

    def follow(self) -> None:
        """Have threads do what goes on by itself, until this is closed.

        They build what trails behind the journals, audit them, and run the processes of modules.
        """
        if self._runner is None:
            self._runner = Runner(self.processes, self.clock)
            self._runner.start()
        if self._follower is None:
            self._follower = Follower(self.store, self.store.ledgers, _told)
        if self.auditor is None:
            self.auditor = StandingAuditor(
                self.store, self.store.ledgers, self.clock, self._raise_alarm
            )

    def trail(self) -> None:
        """Have threads keep up what trails behind the journals, until this is closed.

        In a process of its own (`partita work`), so that posting shares no interpreter with it;
        only what is kept in memory must do it here.
        """
        if self._trailing is None:
            self._trailing = Runner(
                self.outgoing, self.clock,
                idle_seconds=TRAILING_SECONDS, longest_idle_seconds=LONGEST_TRAILING_SECONDS,
            )  # fmt: skip
            self._trailing.start()

    def wake(self) -> None:
        """Another process has written something: whatever goes on by itself may look again."""
        for runner in (self._runner, self._trailing):
            if runner is not None:
                runner.wake()

    def rebuild_view(self, info: LedgerInfo, name: str, progress: Progress) -> RebuildReport:
        """Project a trailing view anew beside its live rows, compare both, and swap them.

        Raises:
            Overtaken: somebody else began to rebuild it.
        """
        (view,) = (view for view in TRAILING if view.name == name)
        return ViewRebuilder(self.store, self.store, self.clock, info).rebuild(view, progress)

    def rebuild_blocks(self, info: LedgerInfo) -> RebuildReport:
        """Drop the sums over a ledger's registers and build them anew; they must be right before."""
        started = time.perf_counter()
        wrong = self.store.wrong_block(info)
        self.store.drop_blocks(info)
        rows, sequence = build_all(self.store, info), self.store.head(info).sequence
        seconds = round(time.perf_counter() - started, 3)
        return RebuildReport("blocks", sequence, rows, int(wrong is not None), seconds)

    def _raise_alarm(self, info: LedgerInfo, finding: Finding) -> None:
        """Tell the log, and put it into the journal, if that still takes anything in."""
        _log.error("integrity alarm in the ledger %s: %s", info.name, finding)
        body = msgspec.json.encode(finding).decode()
        command = SaveDocument(ALARM_TOPIC, f"{finding.table}-{finding.sequence or 0}", body)
        try:
            self.ledger(info.name).submit((wish(command),), lambda _answer: None)
        except PartitaError as error:
            _log.error("the alarm in %s could not be recorded: %s", info.name, error)

    def open_ledgers(self) -> list[Ledger]:
        """The ledgers that this process has opened so far."""
        return list(self._ledgers.values())

    def catch_up(self) -> None:
        """Have every ledger's log signed soon, and its clock run; for a server that starts.

        What came due while nobody was there is over before the first decision in any case. But a
        ledger that nobody asks anything says so too: an empty batch looks for it, and the writer
        then sleeps until the next is due.
        """
        for info in self.store.ledgers():
            self.notary.catch_up(info)
            self.ledger(info.name).submit((), lambda _answer: None)

    def close(self) -> None:
        """Write what is queued, then let go of everything."""
        self.exporting.process.close()  # before its thread is waited for: a file may take minutes
        for runner in (self._runner, self._trailing):
            if runner is not None:
                runner.close()
        if self.auditor is not None:
            self.auditor.close()
        if self._follower is not None:
            self._follower.close()
        for ledger in self._ledgers.values():
            ledger.close()
        self.notary.close()
        self.publisher.close()
        self.exporting.close()
        self.store.close()
        self._close()


def _told(error: PartitaError) -> None:
    _log.warning("blocks not built, trying again: %s", error)
