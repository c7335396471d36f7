"""Issuing account statements: draw one, seal its hash in the journal, and make it again alike."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import msgspec

from partita.engine.as_of import AsOf, PastReader
from partita.engine.errors import CorruptJournal, NotFound, StatementRefused
from partita.engine.listing import EntryRow, ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import Account
from partita.kernel.asset import BUILT_IN
from partita.kernel.balance import balance
from partita.kernel.commands import SaveDocument
from partita.kernel.documents import Document
from partita.kernel.moment import Moment
from partita.modules.account_statements.snapshot import (
    TOPIC,
    AccountStatement,
    SealedSummary,
    Wanted,
    statement_of,
)

MOST_LINES = 100_000
"""How many entries one statement lists at most; more are asked for in shorter spans."""
_PAGE = 5_000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SealedSummary).decode


class StatementStore(Reader, PastReader, Protocol):
    """What statements are made from."""


class IssueStatement(
    msgspec.Struct, frozen=True, tag_field="command", tag="account_statement.issue"
):
    """The wish for a statement: what its idempotency key stands for, whatever has changed since."""

    account: str
    begins_at: Moment
    ends_at: Moment


class Issued(NamedTuple):
    """An issued statement: the document in the journal, and what it seals."""

    document: Document
    sealed: SealedSummary


class Statements:
    """The account statements of one ledger."""

    def __init__(self, info: LedgerInfo, store: StatementStore) -> None:
        """Make them from this store."""
        self._info, self._store = info, store

    def command(self, asked: IssueStatement) -> SaveDocument:
        """The command that seals a statement of an account, by path or id, as it is known now.

        Raises:
            NotFound: there is no such account.
            StatementRefused: the span is empty, or has too many entries.
        """
        begins_at, ends_at = asked.begins_at, asked.ends_at
        if begins_at >= ends_at:
            raise StatementRefused("a statement begins before it ends")
        account = self._account(asked.account)
        last = self._store.entries(self._info, account.number, None, 1)
        wanted = Wanted(account, begins_at, ends_at, last[0].sequence if last else 0)
        drawn = self.draw(wanted)
        title = f"{account.id}/{begins_at.text()}/{ends_at.text()}"
        sealed = SealedSummary(drawn.summary, drawn.sha256())
        return SaveDocument(TOPIC, title, _encode(sealed).decode())

    def _account(self, reference: str) -> Account:
        standing = self._store.account(self._info, reference)
        if standing is None:
            raise NotFound(f"there is no account {reference!r} in the ledger {self._info.name!r}")
        return standing.account

    def draw(self, wanted: Wanted) -> AccountStatement:
        """A statement, made from the register."""
        account = wanted.account
        before = AsOf(Moment(wanted.begins_at - 1), wanted.known_through)
        (past,) = self._store.totals_as_of(self._info, (account.number,), before)
        opening = balance(past.totals, account.normal_side).posted
        rows = []
        for row in self._rows(wanted):
            rows.append(row)
            if len(rows) > MOST_LINES:
                raise StatementRefused(f"there are more than {MOST_LINES:,} entries: ask for less")
        return statement_of(self._info.name, wanted, self._scale(account.asset), opening, rows)

    def _rows(self, wanted: Wanted) -> Iterator[EntryRow]:
        """The entries of the span that moved money and were known."""
        before: int | None = None
        while page := self._store.entries(self._info, wanted.account.number, before, _PAGE):
            for row in page:
                is_known = row.sequence <= wanted.known_through
                is_within = wanted.begins_at <= row.effective_at < wanted.ends_at
                if is_known and is_within and row.entry.amount:
                    yield row
            before = page[-1].entry.version

    def _scale(self, code: str) -> int:
        known = {asset.code: asset.scale for asset in self._store.assets(self._info)}
        return known[code] if code in known else BUILT_IN[code].scale

    def issued(self, identifier: str) -> Issued:
        """An issued statement by its id.

        Raises:
            NotFound: there is none.
        """
        found = self._store.resource(self._info, Document.kind, identifier)
        if not isinstance(found, Document) or found.topic != TOPIC:
            raise NotFound(f"there is no account statement {identifier[:60]!r}")
        return of_document(found)

    def list_issued(
        self, before: int | None, limit: int, account_id: str | None = None
    ) -> list[Issued]:
        """Issued statements, newest first; of one account, if it is named."""
        found: list[Issued] = []
        while len(found) < limit:
            which = ResourceFilter(Document.kind)
            page = self._store.resources(self._info, which, before, _PAGE)
            for each in page:
                assert isinstance(each, Document), "documents are kept as documents"
                is_of = account_id is None or each.title.startswith(f"{account_id}/")
                if each.topic == TOPIC and is_of:
                    found.append(of_document(each))
            if len(page) < _PAGE:
                break
            before = page[-1].number
        return found[:limit]

    def again(self, issued: Issued) -> AccountStatement:
        """The whole statement, made again from the register; it must be what was sealed.

        Raises:
            CorruptJournal: it is not: the register is not what it was.
        """
        summary = issued.sealed.summary
        wanted = Wanted(
            self._account(summary.account_id),
            Moment.parse(summary.begins_at),
            Moment.parse(summary.ends_at),
            int(summary.known_through),
        )
        drawn = self.draw(wanted)
        if drawn.sha256() != issued.sealed.sha256:
            raise CorruptJournal(
                f"the statement {issued.document.id} is not what was issued: its hash is"
                f" {drawn.sha256()}, the sealed one {issued.sealed.sha256}; run `partita verify`"
            )
        return drawn


def of_document(document: Document) -> Issued:
    """An issued statement out of the journal's document."""
    return Issued(document, _decode(document.body))
