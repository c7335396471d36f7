"""The library: the same engine inside a Python program, without HTTP.

    async with partita.open(data="books") as ledger:
        await ledger.open_account("customers:alice", "USD", "liability")
        record = await ledger.post(debit("cash", "500", "USD"), credit("customers:alice", "500", "USD"))

Commands go to the writer's threads by the turn of the event loop, and their answers come back the
same way, so that many tasks share one lock and one waking. Reads run in threads of their own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from partita.config import DEFAULT_LEDGER, from_environment
from partita.engine import history
from partita.engine.as_of import AsOf, Basis
from partita.engine.errors import NotFound
from partita.engine.history import UTC_ZONE, Interval, Span, Turnover
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Wish
from partita.engine.wanting import Command
from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.account import UNLIMITED, Account, AccountType, Constraints, check_path
from partita.kernel.balance import Balance, balance
from partita.kernel.details import check_metadata, check_texts
from partita.kernel.documents import Document
from partita.kernel.events import AccountOpened, DocumentArchived, DocumentSaved
from partita.kernel.moment import Moment
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.modules.templates.cabinet import Wanted, archive_command
from partita.modules.templates.document import TemplateDocument, read_document
from partita.modules.templates.template import NO_EXTRAS, Extras
from partita.surfaces.held import held_now
from partita.surfaces.library_audit import AuditMethods
from partita.surfaces.library_chart import ChartMethods
from partita.surfaces.library_events import EventMethods
from partita.surfaces.library_exports import ExportMethods
from partita.surfaces.library_fx import FxMethods
from partita.surfaces.library_ledgers import LedgerTransferMethods
from partita.surfaces.library_lives import LifeMethods
from partita.surfaces.library_loyalty import LoyaltyMethods
from partita.surfaces.library_outcomes import Rejected, record_of
from partita.surfaces.library_payments import PaymentMethods
from partita.surfaces.library_rails import RailMethods
from partita.surfaces.library_rulebook import RulebookMethods
from partita.surfaces.library_rules import RuleMethods
from partita.surfaces.library_sagas import SagaMethods
from partita.surfaces.library_settlements import SettlementMethods
from partita.surfaces.library_sinks import SinkMethods
from partita.surfaces.library_views import ViewMethods
from partita.surfaces.library_wallets import WalletMethods
from partita.surfaces.library_webhooks import WebhookMethods
from partita.surfaces.library_words import credit, debit, plain
from partita.surfaces.submissions import Submissions
from partita.surfaces.template_answers import first_answer, is_unchanged
from partita.wiring import Application, build, template_document

Argument = str | int | bool
"""An argument of a template; amounts may be ints here, as elsewhere in the library."""


class LibraryLedger(
    LedgerTransferMethods, LifeMethods, RuleMethods, RulebookMethods, WalletMethods,
    LoyaltyMethods, SettlementMethods,
    AuditMethods, ChartMethods, EventMethods, ExportMethods, FxMethods, RailMethods, SagaMethods,
    SinkMethods, PaymentMethods, ViewMethods, WebhookMethods,
):  # fmt: skip
    """One ledger, for use from one event loop."""

    def __init__(self, application: Application, ledger: Ledger) -> None:
        """Speak to this ledger from the running loop."""
        self._application, self._ledger = application, ledger
        self._submissions = Submissions(ledger)

    @property
    def name(self) -> str:
        """The ledger's name."""
        return self._ledger.info.name

    async def submit_many(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Have wishes decided in order and made durable; an outcome for each.

        Raises:
            Overloaded: the queue is full, nothing was taken in.
        """
        return await self._submissions.submit_many(wishes)

    async def submit(
        self,
        command: Command | commands.Bulk,
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Have one command decided, under a key if given; its outcome.

        A dry run is decided on the same path, writes nothing, and leaves the key unused.

        Raises:
            ValueError: a text in the command is outside its limits.
        """
        check_texts(command)
        return await self._submissions.submit(wish(command, key=key, is_dry=dry_run))

    async def post(
        self,
        *postings: Posting,
        key: str | None = None,
        type: str | None = None,
        external_id: str | None = None,
        effective_at: Moment | None = None,
        metadata: Mapping[str, str] | None = None,
        late: Late | str = Late.REFUSE,
        dry_run: bool = False,
    ) -> Record:
        """Post a transaction; its journal record, durable when this returns.

        Of a dry run, the record that there would be. `late` says what becomes of it if
        `effective_at` lies in a period that is not open: refuse, adjust or move.

        Raises:
            Rejected: the rules said no.
            ValueError: the type, the external id or the metadata is outside its limits.
        """
        legs, conditions = plain(postings)
        command = commands.PostTransaction(
            legs, type, external_id, effective_at, dict(metadata or {}), conditions,
            Late(late),
        )  # fmt: skip
        # Whether its texts can be kept, `submit` asks of every command.
        return record_of(await self.submit(command, key=key, dry_run=dry_run))

    async def save_template(
        self, template: TemplateDocument | Mapping[str, Any] | Path, *, key: str | None = None
    ) -> Document:
        """Save a template (a document, its plain values, or its file); the version that says so.

        Raises:
            TemplateInvalid: it could be unbalanced, or makes no sense; `findings` say where.
        """
        cabinet, info = self._application.templates, self._ledger.info
        document = await asyncio.to_thread(_document, template)
        command = await asyncio.to_thread(cabinet.save_command, document)
        outcome = await self.submit(command, key=key)
        cabinet.forget(info, document.name)
        if is_unchanged(outcome):
            return await asyncio.to_thread(cabinet.saved, info, document.name)
        event = record_of(outcome).event
        assert isinstance(event, DocumentSaved), "saving is answered by being saved"
        return event.resource

    async def render_template(
        self, name: str, arguments: Mapping[str, Argument], *, version: int | None = None
    ) -> commands.PostTransaction:
        """What a template makes of arguments, as the command that would post it.

        Raises:
            TemplateError: there is no such template, or the arguments do not fit.
        """
        wanted = Wanted(name, version, _texts(arguments))
        cabinet, info = self._application.templates, self._ledger.info
        template = await asyncio.to_thread(cabinet.template, info, wanted)
        return template.render(wanted.arguments)

    async def post_template(
        self,
        name: str,
        arguments: Mapping[str, Argument],
        *,
        version: int | None = None,
        extras: Extras = NO_EXTRAS,
        key: str | None = None,
    ) -> Record:
        """Post what a template makes of arguments; its journal record, durable when this returns.

        Raises:
            TemplateError: there is no such template, or the arguments do not fit.
            Rejected: the rules said no.
        """
        wanted = Wanted(name, version, _texts(arguments), extras, key)
        cabinet, info = self._application.templates, self._ledger.info
        outcome = await first_answer(
            cabinet.commands(info, wanted),
            lambda command: self.submit(command, key=key),
            asyncio.to_thread,
            is_at_hand=cabinet.is_at_hand(info, wanted),
        )
        return record_of(outcome)

    async def archive_template(self, name: str, *, key: str | None = None) -> Document:
        """Put a template away: it takes no more postings until it is saved again.

        Raises:
            Rejected: there is none, or it is archived already.
        """
        outcome = await self.submit(archive_command(name), key=key)
        self._application.templates.forget(self._ledger.info, name)
        event = record_of(outcome).event
        assert isinstance(event, DocumentArchived), "archiving is answered by being archived"
        return event.resource

    async def open_account(
        self,
        path: str,
        asset: str,
        type: AccountType | str,
        *,
        constraints: Constraints = UNLIMITED,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Account:
        """Open an account and return it.

        Raises:
            Rejected: the path is taken, or the asset unknown.
        """
        command = commands.OpenAccount(
            check_path(path),
            asset,
            AccountType(type),
            constraints=constraints,
            metadata=check_metadata(metadata),
        )
        event = record_of(await self.submit(command, key=key, dry_run=dry_run)).event
        assert isinstance(event, AccountOpened), "an opened account answers the wish to open it"
        return event.account

    async def balance(
        self,
        account: str,
        *,
        effective_at: Moment | None = None,
        known_at: Moment | None = None,
        as_of_sequence: int | None = None,
    ) -> Balance:
        """The balance of an account, by path or id: now, or in a past (`docs/balances.md`).

        Of entries effective by `effective_at`, as known at `known_at` or at a sequence.

        Raises:
            NotFound: there is no such account.
            ValueError: both a moment and a sequence of knowledge are given.
        """
        known = (known_at, as_of_sequence)
        return await asyncio.to_thread(self._balance, account, effective_at, known)

    async def balance_history(
        self,
        account: str,
        start: Moment,
        end: Moment,
        *,
        interval: Interval | str = Interval.DAY,
        timezone: str = UTC_ZONE,
        basis: Basis | str = Basis.RECORDED,
    ) -> list[Turnover]:
        """What went through an account in each hour, day or month of a time zone in [start, end).

        Raises:
            NotFound: there is no such account.
            ValueError: there is no such time zone, interval or basis.
        """
        cuts = history.boundaries(Interval(interval), history.zone(timezone), start, end)
        span = Span(start, end, Basis(basis))
        return await asyncio.to_thread(self._history, account, span, cuts)

    async def balance_difference(
        self, account: str, start: Moment, end: Moment, *, basis: Basis | str = Basis.RECORDED
    ) -> Turnover:
        """What went through an account in [start, end).

        Raises:
            NotFound: there is no such account.
        """
        span = Span(start, end, Basis(basis))
        (turnover,) = await asyncio.to_thread(self._history, account, span, (start, end))
        return turnover

    def _balance(
        self, reference: str, effective_at: Moment | None, known: tuple[Moment | None, int | None]
    ) -> Balance:
        reader, info = self._application.store, self._ledger.info
        account, (known_at, sequence) = self._account(reference), known
        if known_at is not None:
            if sequence is not None:
                raise ValueError("known_at and as_of_sequence are two answers to one question")
            sequence = reader.sequence_at(info, known_at)
        as_of = AsOf(effective_at, sequence)
        (past,) = reader.totals_as_of(info, (account.number,), as_of)
        is_now = effective_at is None and sequence is None
        held = held_now(reader, info, [(account, past.totals)]) if is_now else {}
        return balance(past.totals, account.normal_side, held.get(account.number))

    def _history(self, reference: str, span: Span, cuts: Iterable[Moment]) -> list[Turnover]:
        account = self._account(reference)
        side = (account.number, account.normal_side)
        return history.history(self._application.store, self._ledger.info, side, span, list(cuts))

    def _account(self, reference: str) -> Account:
        info = self._ledger.info
        standing = self._application.store.account(info, reference)
        if standing is None:
            raise NotFound(f"there is no account {reference!r} in the ledger {info.name!r}")
        return standing.account


def _document(template: TemplateDocument | Mapping[str, Any] | Path) -> TemplateDocument:
    if isinstance(template, TemplateDocument):
        return template
    return template_document(template) if isinstance(template, Path) else read_document(template)


def _texts(arguments: Mapping[str, Argument]) -> dict[str, Argument]:
    """The arguments with whole numbers as texts, so that amounts may be written as ints here."""
    return {name: str(each) if type(each) is int else each for name, each in arguments.items()}


@asynccontextmanager
async def open(  # noqa: A001 - partita.open reads as what it does
    data: str | Path | None = None,
    *,
    database_url: str | None = None,
    memory: bool = False,
    sandbox: bool = False,
    ledger: str = DEFAULT_LEDGER,
) -> AsyncIterator[LibraryLedger]:
    """Open a ledger inside this program: in a data folder, by URL, or in memory.

    In a `sandbox` the simulated rails may be steered.
    """
    settings = from_environment(
        data=data, database_url=database_url, memory=memory or None, sandbox=sandbox or None
    )
    application = await asyncio.to_thread(build, settings)
    try:
        if settings.memory:
            application.trail()  # nobody else could keep up views of what is in this process alone
        opened = await asyncio.to_thread(application.ledger, ledger)
        yield LibraryLedger(application, opened)
    finally:
        await asyncio.to_thread(application.close)


__all__ = ["LibraryLedger", "Rejected", "credit", "debit", "open"]
