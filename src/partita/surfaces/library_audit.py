"""What an auditor asks of the library: receipts and proofs of the log, reports, liabilities."""

import asyncio

from partita.engine.as_of import AsOf
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.log_ports import StoredCheckpoint
from partita.engine.outcome import Refused
from partita.engine.proving import Consistency, Inclusion
from partita.engine.trailing.overview import ViewState
from partita.journal.notes import VerifierKey
from partita.journal.receipts import Receipt
from partita.journal.record import Cause, Record
from partita.kernel.asset import BUILT_IN
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.account_statements.issuing import Issued, IssueStatement
from partita.modules.account_statements.snapshot import AccountStatement
from partita.modules.float.reading import Float, read_float
from partita.modules.liabilities.customer import LiabilityProof
from partita.modules.liabilities.proving import USUAL_PREFIX, ProveLiabilities, SealedRoot
from partita.modules.reports.conversion import Base
from partita.modules.reports.making import Asked, Reporter
from partita.modules.reports.report import Report
from partita.surfaces.library_outcomes import Rejected, record_of
from partita.surfaces.submissions import Submissions
from partita.wiring import Application


class AuditMethods:
    """The methods of `LibraryLedger` that show what the ledger holds, and prove it."""

    _application: Application
    _ledger: Ledger
    _submissions: Submissions

    async def views(self) -> list[ViewState]:
        """How every view stands: up to which record its rows go, and how far that is behind."""
        application = self._application
        look = application.overview.states
        return await asyncio.to_thread(look, self._ledger.info, application.clock.now())

    async def receipt(self, record: Record | str | int) -> Receipt:
        """The proof file of a record (or its id, or its sequence), to be kept or given away.

        Raises:
            NotFound: there is no such record.
        """
        return await asyncio.to_thread(self._receipt, record)

    def _receipt(self, record: Record | str | int) -> Receipt:
        prover, info = self._application.prover, self._ledger.info
        found = record if isinstance(record, Record) else prover.record(info, str(record))
        return prover.receipt(info, found)

    async def inclusion(self, record: Record | str | int) -> Inclusion | None:
        """The proof that a record is in the log; None before a checkpoint covers it."""
        return await asyncio.to_thread(self._inclusion, record)

    def _inclusion(self, record: Record | str | int) -> Inclusion | None:
        prover, info = self._application.prover, self._ledger.info
        found = record if isinstance(record, Record) else prover.record(info, str(record))
        return prover.inclusion(info, found)

    async def consistency(self, from_size: int, to_size: int) -> Consistency:
        """The proof that the log of one size begins with all of the log of another.

        Raises:
            NotFound: the log is not that large.
        """
        prove = self._application.prover.consistency
        return await asyncio.to_thread(prove, self._ledger.info, from_size, to_size)

    async def checkpoint(self) -> StoredCheckpoint | None:
        """Sign the log as it is now, and return its newest checkpoint; None of an empty one."""
        return await asyncio.to_thread(self._application.notary.sign, self._ledger.info)

    async def verifier_key(self) -> VerifierKey:
        """What checks the signatures of this ledger's log."""
        text = await asyncio.to_thread(self._application.prover.verifier_key, self._ledger.info)
        return VerifierKey.parse(text)

    async def issue_statement(
        self, account: str, begins_at: Moment, ends_at: Moment
    ) -> tuple[Issued, AccountStatement]:
        """Issue the statement of an account over a span of effective time: what is sealed, and all.

        Raises:
            NotFound: there is no such account.
            StatementRefused: the span is empty, or has too many entries.
        """
        statements = self._application.statements(self._ledger.info)
        command = await asyncio.to_thread(
            statements.command, IssueStatement(account, begins_at, ends_at)
        )
        outcome = await self._submissions.submit(wish(command))
        if isinstance(outcome, Refused):
            if outcome.rejection.code is not Code.DOCUMENT_UNCHANGED:
                raise Rejected(outcome.rejection)
            known = outcome.rejection.facts["existing_resource_id"]
        else:
            known = record_of(outcome).event.id
        issued = await asyncio.to_thread(statements.issued, known)
        return issued, await asyncio.to_thread(statements.again, issued)

    async def report(self, asked: Asked, base: Base | None = None) -> Report:
        """A trial balance, general ledger, income statement or balance sheet.

        Raises:
            ReportRefused: the question does not go together, or asks for too much.
            MissingRate: an amount cannot be converted to the base currency.
        """
        return await asyncio.to_thread(self._report, asked, base)

    def _report(self, asked: Asked, base: Base | None) -> Report:
        reader, info = self._application.store, self._ledger.info
        scales = {a.code: a.scale for a in (*BUILT_IN.values(), *reader.assets(info))}
        return Reporter(info, reader, scales).report(asked, base)

    async def float(
        self,
        asset: str | None = None,
        *,
        effective_at: Moment | None = None,
        known_at: Moment | None = None,
        as_of_sequence: int | None = None,
    ) -> Float:
        """What customers hold against what there is, for each asset: now, or in a past.

        Raises:
            NotFound: the journal does not reach so far.
            ValueError: both a moment and a sequence of knowledge are given.
        """
        if known_at is not None and as_of_sequence is not None:
            raise ValueError("known_at and as_of_sequence are two answers to one question")
        store, info = self._application.store, self._ledger.info
        if known_at is not None:
            as_of_sequence = await asyncio.to_thread(store.sequence_at, info, known_at)
        as_of = AsOf(effective_at, as_of_sequence)
        return await asyncio.to_thread(read_float, store, info, as_of, asset)

    async def prove_liabilities(
        self, asset: str, prefix: str = USUAL_PREFIX, *, key: str | None = None
    ) -> SealedRoot:
        """Seal the root over all customers' accounts of an asset, as of now; what it is.

        Raises:
            Rejected: the key was used for another wish.
            NotFound: no account at the prefix or below it is of type liability in that asset.
        """
        liabilities = self._application.liabilities(self._ledger)
        outcome = await asyncio.to_thread(
            liabilities.prove, ProveLiabilities(asset, prefix), Cause(key)
        )
        return await asyncio.to_thread(liabilities.sealed, record_of(outcome))

    async def liability_roots(self, asset: str | None = None) -> list[SealedRoot]:
        """The newest 100 sealed roots of liabilities, newest first."""
        liabilities = self._application.liabilities(self._ledger)
        return await asyncio.to_thread(lambda: liabilities.roots(asset=asset))

    async def liability_proof(self, account: str, root: str | None = None) -> LiabilityProof:
        """An account's proof, by path or id, in the root of this id, else in the newest with it.

        Raises:
            NotFound: there is no such account or root, or the root does not have the account.
        """
        liabilities = self._application.liabilities(self._ledger)

        def find() -> LiabilityProof:
            sealed = liabilities.newest_with(account) if root is None else liabilities.root(root)
            return liabilities.proof(sealed, account)

        return await asyncio.to_thread(find)
