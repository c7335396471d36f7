"""What a program does in the library to things with a life: holds, pending transactions, reversals.

Every method takes `key`, under which it is done once, and `dry_run`, which decides it on the same
path and writes nothing: then ids and sequences of what is returned lead nowhere.
"""

from collections.abc import Mapping

from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.details import check_metadata
from partita.kernel.events import HoldCaptured, TransactionReversed, resource_in
from partita.kernel.holds import Hold, LateCapture
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.surfaces.library_outcomes import Submits, record_of
from partita.surfaces.library_words import amount_of, plain

Amount = str | int
Parts = Mapping[int, Amount]
"""How much of which leg, by its place from 0."""


class LifeMethods(Submits):
    """The methods of `LibraryLedger` about holds, pending transactions and reversals."""

    async def hold(
        self,
        account: str,
        amount: Amount,
        asset: str,
        *,
        expires_at: Moment | None = None,
        overcapture_bps: int = 0,
        late_capture: LateCapture | str = LateCapture.REFUSED,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Hold:
        """Set money of an account aside, until captured, released or expired.

        Raises:
            Rejected: the rules said no.
            ValueError: a text is outside its limits, or the amount is none.
        """
        command = commands.PlaceHold(
            account,
            amount_of(amount),
            asset,
            expires_at,
            overcapture_bps,
            LateCapture(late_capture),
            external_id,
            check_metadata(metadata),
        )
        return _hold(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def capture(
        self,
        hold: Hold | str,
        *postings: Posting,
        to: str | None = None,
        amount: Amount | None = None,
        final: bool = False,
        type: str | None = None,
        external_id: str | None = None,
        effective_at: Moment | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Record:
        """Spend held money: `amount` of it (else all that remains) `to` an account, or by postings.

        The record's event is the transaction, with the hold as it is afterwards.

        Raises:
            Rejected: the rules said no.
            ValueError: it says neither or both where the money goes.
        """
        if (to is None) == (not postings) or (postings and amount is not None):
            raise ValueError("say `to` which account with an amount, or postings with their own")
        legs, conditions = plain(postings)
        if conditions:
            raise ValueError("a capture takes no conditions")
        command = commands.CaptureHold(
            _id(hold),
            legs,
            to,
            None if amount is None else amount_of(amount),
            final,
            type,
            external_id,
            effective_at,
            check_metadata(metadata),
        )
        record = record_of(await self.submit(command, key=key, dry_run=dry_run))
        assert isinstance(record.event, HoldCaptured), "a capture is answered by being captured"
        return record

    async def increment(
        self, hold: Hold | str, amount: Amount, *, key: str | None = None, dry_run: bool = False
    ) -> Hold:
        """Hold so much more."""
        command = commands.IncrementHold(_id(hold), amount_of(amount))
        return _hold(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def release(
        self,
        hold: Hold | str,
        amount: Amount | None = None,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Hold:
        """Let held money go: so much, or all that remains."""
        freed = None if amount is None else amount_of(amount)
        command = commands.ReleaseHold(_id(hold), freed, reason)
        return _hold(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def extend(
        self,
        hold: Hold | str,
        expires_at: Moment | None,
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Hold:
        """Have a hold expire at another moment, or (None) never."""
        command = commands.ExtendHold(_id(hold), expires_at)
        return _hold(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def pend(
        self,
        *postings: Posting,
        type: str | None = None,
        external_id: str | None = None,
        effective_at: Moment | None = None,
        metadata: Mapping[str, str] | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Transaction:
        """Set money aside on both sides of a transaction that is settled or archived later.

        Raises:
            Rejected: the rules said no.
            ValueError: a text is outside its limits, or a posting has conditions.
        """
        legs, conditions = plain(postings)
        if conditions:
            raise ValueError("a pending transaction takes no conditions")
        command = commands.PendTransaction(
            legs, type, external_id, effective_at, check_metadata(metadata)
        )
        return _transaction(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def edit(
        self,
        transaction: Transaction | str,
        *postings: Posting,
        type: str | None = None,
        effective_at: Moment | None = None,
        metadata: Mapping[str, str] | None = None,
        if_version: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Transaction:
        """Change a pending transaction; what is left out stays. Every version is kept.

        Given the transaction itself, it is changed only if it is as it was then.
        """
        legs, _conditions = plain(postings)
        command = commands.EditTransaction(
            _id(transaction),
            legs or None,
            type,
            effective_at,
            None if metadata is None else check_metadata(metadata),
            _version(transaction, if_version),
        )
        return _transaction(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def settle(
        self,
        transaction: Transaction | str,
        *,
        if_version: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Transaction:
        """Post a pending transaction; given the transaction itself, only as it was then."""
        version = _version(transaction, if_version)
        command = commands.SettleTransaction(_id(transaction), version)
        return _transaction(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def archive(
        self,
        transaction: Transaction | str,
        *,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Transaction:
        """Give a pending transaction up: what it had set aside is free again."""
        command = commands.ArchiveTransaction(_id(transaction), reason)
        return _transaction(record_of(await self.submit(command, key=key, dry_run=dry_run)))

    async def reverse(
        self,
        transaction: Transaction | Record | str,
        parts: Parts | None = None,
        *,
        reason: str | None = None,
        external_id: str | None = None,
        effective_at: Moment | None = None,
        metadata: Mapping[str, str] | None = None,
        late: Late | str = Late.REFUSE,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Record:
        """Take a posted transaction back, all that is left of it or `parts` of its legs.

        Raises:
            Rejected: the rules said no: more than is left, or all was reversed before.
        """
        amounts = None
        if parts is not None:
            amounts = tuple((place, amount_of(amount)) for place, amount in parts.items())
        identifier = transaction.event.id if isinstance(transaction, Record) else _id(transaction)
        command = commands.ReverseTransaction(
            identifier, amounts, reason, external_id, effective_at, check_metadata(metadata),
            Late(late),
        )  # fmt: skip
        record = record_of(await self.submit(command, key=key, dry_run=dry_run))
        assert isinstance(record.event, TransactionReversed), "a reversal reverses"
        return record


def _id(thing: Hold | Transaction | str) -> str:
    return thing if isinstance(thing, str) else thing.id


def _version(transaction: Transaction | str, if_version: int | None) -> int | None:
    if if_version is None and isinstance(transaction, Transaction):
        return transaction.version
    return if_version


def _hold(record: Record) -> Hold:
    hold = resource_in(record.event)
    assert isinstance(hold, Hold), "what happens to a hold leaves a hold"
    return hold


def _transaction(record: Record) -> Transaction:
    transaction = resource_in(record.event)
    assert isinstance(transaction, Transaction), "what happens to a transaction leaves one"
    return transaction
