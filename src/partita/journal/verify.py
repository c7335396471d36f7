"""Verification of a journal as a pure fold: from its bytes alone, record by record, in order.

For each record it checks the hash, the exact spelling, the place, the time, and that what it says
follows from all before it: balanced postings, dense registers, running totals, open accounts. What
the record calls for in the inline views comes out as lines (`inline_rows.py`) for whoever holds the
views to compare (`engine/verification.py`). It ends with the root that the head must have.

Transactions are nearly all of a journal, and take a short way: one typed decode, one encode that must
give the same bytes back, and sums over strings that stay strings. About 12 µs each; everything else
goes through the general reader.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from partita.journal import encoding
from partita.journal.findings import Finding, Wrong
from partita.journal.fold_state import (
    AccountState,
    BulkState,
    PostedData,
    PostedEntry,
    PostedRecord,
)
from partita.journal.inline_rows import account_line, journal_line, resource_line
from partita.journal.keys import BULK_OPERATION, OPERATIONS, key_digest, operation_of
from partita.journal.merkle import Frontier
from partita.kernel import events
from partita.kernel.account import AccountStatus, Side, Totals
from partita.kernel.asset import BUILT_IN
from partita.kernel.book import external_id_of
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry
from partita.kernel.velocity import Velocity
from partita.kernel.velocity_limits import Limit

_POSTING = OPERATIONS["transaction.posted"]
_POSTED = "transaction.posted"
_POSTED_MARK = b'"type":"transaction.posted",'
_TIME_LENGTH = len('"recorded_at":"2026-11-20T10:00:00.000000Z",')
_UNREADABLE = (ValueError, RecursionError, msgspec.MsgspecError, encoding.UnreadableRecord)
_OPEN, _CLOSED = AccountStatus.OPEN, AccountStatus.CLOSED


_read_posted = msgspec.json.Decoder(PostedRecord).decode
_write_posted = msgspec.json.Encoder(order="deterministic").encode


class JournalFold:
    """All that follows from the records taken so far."""

    def __init__(self, ledger: str) -> None:
        """Begin before the first record of the ledger of this name."""
        self.ledger = ledger
        self.log = Frontier()
        self.recorded_at = Moment(0).text()
        self.accounts: dict[str, AccountState] = {}
        self.assets: dict[str, str] = {}
        self.bulks: dict[bytes, BulkState] = {}
        self.resources: dict[tuple[str, str], bytes] = {}
        """The digest of each resource's line, as its last record left it."""
        self.resource_changes: list[str] = []
        self.velocity = Velocity()
        self.journal_lines: list[str] = []
        self.entry_lines: list[str] = []
        self.account_lines: list[str] = []
        self._start = f'{{"v":"1","ledger":"{ledger}","sequence":"'

    def drain(self) -> None:
        """Forget the lines made so far, once they are compared."""
        self.journal_lines, self.entry_lines, self.account_lines = [], [], []

    def take(self, body: bytes, leaf: bytes) -> None:
        """Take in the next record.

        Raises:
            Wrong: the record is not what it must be; the fold ends there.
        """
        log = self.log
        if sha256(b"\0" + body).digest() != leaf:
            expected = sha256(b"\0" + body).hexdigest()
            raise self._wrong("leaf is not the hash of the body", expected, leaf.hex())
        sequence = str(log.size + 1)
        start = f'{self._start}{sequence}",'.encode()
        if not body.startswith(start):
            raise self._misplaced(body, start)
        try:
            if body.startswith(_POSTED_MARK, len(start) + _TIME_LENGTH):
                self._take_posted(body, sequence)
            else:
                self._take_other(body, sequence)
        except _UNREADABLE as error:
            raise self._wrong("body is not a record", "a record of format 1", str(error)) from error
        log.append(leaf)

    # The short way of transactions.

    def _take_posted(self, body: bytes, sequence: str) -> None:
        record = _read_posted(body)
        if _write_posted(record) != body or len(record.salt) != 32:
            raise self._wrong("body is not spelled as the format says", "one spelling", "another")
        self._pass_time(record.recorded_at)
        if sequence == "1":
            raise self._wrong("the first record's type", "ledger.opened", record.type)
        data = record.data
        self._post(data, sequence, record.recorded_at)
        if self.velocity.limits:
            self._count(encoding.decode(body).event)
        key = self._key(record, sequence)
        self.journal_lines.append(
            f"{sequence}\t{_POSTED}\t{record.id}\t{record.recorded_at}\t"
            f"{'-' if key is None else key.hex()}\t"
            f"{'-' if data.external_id is None else '=' + data.external_id}"
        )

    def _post(self, data: PostedData, sequence: str, recorded_at: str) -> None:
        effective_at = data.effective_at
        if effective_at != recorded_at:
            _check_moment(effective_at)
        accounts, lines = self.accounts, self.entry_lines
        sums: dict[str, int] = {}
        for leg, entry in enumerate(data.entries):
            state = accounts.get(entry.account)
            if state is None:
                raise self._wrong("postings name an unknown account", "opened", entry.account)
            amount, asset, after = int(entry.amount), entry.asset, entry.after
            if entry.direction == "debit":
                state.debits += amount
                sign = ""
                sums[asset] = sums.get(asset, 0) + amount
            else:
                state.credits += amount
                sign = "-"
                sums[asset] = sums.get(asset, 0) - amount
            state.version += 1
            version = str(state.version)
            if (
                amount <= 0
                or version != entry.version
                or (str(state.debits), str(state.credits), *state.aside) != after
                or state.number != entry.number
                or state.asset != asset
                or (
                    state.status is not _OPEN
                    and state.status.stops(_side(entry), state.normal_side)
                )
                or str(amount) != entry.amount
            ):
                raise self._wrong_entry(entry, state)
            lines.append(
                f"{entry.number}\t{version}\t{sequence}\t{leg}\t{asset}\t{sign}{entry.amount}\t"
                f"{after[0]}\t{after[1]}\t{after[2]}\t{after[3]}\t{effective_at}\t{recorded_at}"
                f"\t0\t{entry.direction}"
            )
        for asset, difference in sums.items():
            if difference:
                raise self._wrong(f"entries in {asset} do not balance", "0", str(difference))
        if len(data.entries) < 2:
            raise self._wrong("count of entries", "at least 2", str(len(data.entries)))

    def _wrong_entry(self, entry: PostedEntry, state: AccountState) -> Wrong:
        """The finding for an entry that does not follow from its register."""
        after, status = entry.after, state.status
        is_stopped = status.stops(_side(entry), state.normal_side)
        checks = (
            ("number", state.number, entry.number),
            ("version", str(state.version), entry.version),
            ("asset", state.asset, entry.asset),
            ("status of the account", "open", status.value if is_stopped else "open"),
            ("amount", "1 or more, no leading zero", entry.amount),
            ("posted_debits after", str(state.debits), after[0]),
            ("posted_credits after", str(state.credits), after[1]),
            ("pending_debits after", state.aside[0], after[2]),
            ("pending_credits after", state.aside[1], after[3]),
        )
        amount_is_well = int(entry.amount) > 0 and str(int(entry.amount)) == entry.amount
        for what, expected, found in checks:
            if expected != found and not (what == "amount" and amount_is_well):
                break
        return Wrong(
            Finding("journal", what, expected, found, self.log.size + 1, state.path, state.version)
        )

    # The general way of everything else.

    def _take_other(self, body: bytes, sequence: str) -> None:
        record = encoding.decode(body, as_written=True)
        event, cause = record.event, record.cause
        salt = body[-34:-2].decode()
        again = encoding.encode(
            self.ledger, record.sequence, record.recorded_at, event, cause, salt,
            version=encoding.version_of(body),
        )  # fmt: skip
        if again != body or isinstance(event, events.TransactionPosted):
            raise self._wrong("body is not spelled as the format says", "one spelling", "another")
        recorded_at = record.recorded_at.text()
        self._pass_time(recorded_at)
        if (sequence == "1") is not isinstance(event, events.LedgerOpened):
            raise self._wrong("place of ledger.opened", "record 1 and no other", sequence)
        _FOLDS[type(event)](self, event)
        name = encoding.type_name(event)
        bulk = None if cause.bulk is None else str(cause.bulk)
        sealed = PostedRecord(
            "1", self.ledger, sequence, recorded_at, name, event.id, cause.key,
            cause.fingerprint, cause.actor, cause.request_id, bulk, _NO_DATA, salt,
        )  # fmt: skip
        key = self._key(sealed, sequence, operation_of(event))
        columns = (sequence, name, event.id, recorded_at)
        self.journal_lines.append(journal_line(columns, key, external_id_of(event)))

    def _change_resource(self, event: Any) -> None:
        """An event that leaves a resource in a new state, and perhaps makes entries."""
        sequence, sums = str(self.log.size + 1), dict[str, int]()
        for leg, entry in enumerate(events.entries_in(event)):
            self._enter(event, leg, entry)
            signed = entry.amount if entry.direction is Side.DEBIT else -entry.amount
            sums[entry.asset] = sums.get(entry.asset, 0) + signed
        for asset, difference in sums.items():
            if difference:
                raise self._wrong(f"entries in {asset} do not balance", "0", str(difference))
        resource = event.resource
        self._count(event)
        if isinstance(resource, Limit):
            self.velocity.keep(resource)
        line = resource_line(resource)
        self.resources[resource.kind, resource.id] = line_digest(line)
        self.resource_changes.append(f"{sequence}\t{resource.id}")

    def _count(self, event: events.Event) -> None:
        """What an event uses of the limits in force."""
        now = Moment.parse(self.recorded_at)
        self.velocity.count(event, now, lambda path: self.accounts[path].normal_side)

    def _enter(self, event: Any, leg: int, entry: Entry) -> None:
        """An entry of any event but `transaction.posted`, which has a short way of its own."""
        state = self.accounts.get(entry.account)
        if state is None:
            raise self._wrong("postings name an unknown account", "opened", entry.account)
        state.version += 1
        if entry.direction is Side.DEBIT:
            state.debits += entry.amount
        else:
            state.credits += entry.amount
        state.set_aside(entry.direction, entry.pending)
        after = Totals(state.debits, state.credits, state.pending_debits, state.pending_credits)
        expected = (state.number, state.version, state.asset, after)
        found = (str(entry.number), entry.version, entry.asset, entry.after)
        if expected != found or min(msgspec.structs.astuple(after)) < 0 or entry.amount < 0:
            finding = Finding(
                "journal", "entry", str(expected), str(found), self.log.size + 1, state.path,
                state.version,
            )  # fmt: skip
            raise Wrong(finding)
        if state.status is _CLOSED:
            raise self._wrong("status of the account", "open", state.status.value)
        sign = "-" if entry.direction is Side.CREDIT and entry.amount else ""
        totals = "\t".join(map(str, msgspec.structs.astuple(after)))
        self.entry_lines.append(
            f"{entry.number}\t{entry.version}\t{self.log.size + 1}\t{leg}\t{entry.asset}\t"
            f"{sign}{entry.amount}\t{totals}\t{event.effective_at.text()}\t{self.recorded_at}\t"
            f"{entry.pending}\t{entry.direction.value}"
        )

    def _open_ledger(self, event: events.LedgerOpened) -> None:
        if event.name != self.ledger:
            raise self._wrong("name of the ledger", self.ledger, event.name)

    def _register_asset(self, event: events.AssetRegistered) -> None:
        code = event.asset.code
        if code in BUILT_IN or code in self.assets:
            raise self._wrong("an asset is registered twice", "a new code", code)
        self.assets[code] = encoding.encode_value(event.asset)

    def _open_account(self, event: events.AccountOpened) -> None:
        account, number = event.account, self.log.size + 1
        if account.path in self.accounts:
            raise self._wrong("a path is taken twice", "a new path", account.path)
        if account.asset not in BUILT_IN and account.asset not in self.assets:
            raise self._wrong("asset of the account", "a known asset", account.asset)
        if account.number != number:
            raise self._wrong("number of the account", str(number), str(account.number))
        state = AccountState(str(number), account)
        self.accounts[account.path] = state
        self.account_lines.append(account_line(account))

    def _change_account(self, event: events.AccountChanged) -> None:
        state, after = self.accounts.get(event.account), event.status
        if state is None or state.number != str(event.number):
            raise self._wrong("account of the change", "opened before", event.account)
        if state.status is _CLOSED or state.status is after:
            raise self._wrong("status before the change", "another", state.status.value)
        if after is _CLOSED and (state.debits != state.credits or state.aside != ("0", "0")):
            raise self._wrong(
                "balance of the closed account", "0", str(state.debits - state.credits)
            )
        state.status = after

    # What both ways share.

    def _pass_time(self, recorded_at: str) -> None:
        if recorded_at == self.recorded_at:
            return
        _check_moment(recorded_at)
        # Texts of one length sort as moments do.
        if recorded_at < self.recorded_at and self.log.size:
            raise self._wrong("recorded_at goes back", f"{self.recorded_at} or later", recorded_at)
        self.recorded_at = recorded_at

    def _key(self, record: PostedRecord, sequence: str, operation: str = _POSTING) -> bytes | None:
        """The key digest that the record's row is indexed under, if any; bulks are remembered."""
        key = record.key
        if key is None:
            return None
        if record.bulk is None:
            return key_digest(operation, key)
        digest = key_digest(BULK_OPERATION, key)
        bulk = self.bulks.get(digest)
        if bulk is None:
            bulk = self.bulks[digest] = BulkState(record.fingerprint, record.recorded_at)
        if bulk.fingerprint != record.fingerprint:
            raise self._wrong(
                "fingerprint of the bulk", str(bulk.fingerprint), str(record.fingerprint)
            )
        bulk.places[int(record.bulk)] = int(sequence)
        return None

    def _wrong(self, what: str, expected: str, found: str) -> Wrong:
        return Wrong(Finding("journal", what, expected, found, self.log.size + 1))

    def _misplaced(self, body: bytes, start: bytes) -> Wrong:
        """The finding for a record whose first bytes are not those of this place."""
        places: tuple[tuple[str, str, object], ...] = ()
        try:
            named = msgspec.json.decode(body)
            places = (
                ("v", "1", named["v"]),
                ("ledger", self.ledger, named["ledger"]),
                ("sequence", str(self.log.size + 1), named["sequence"]),
            )
        except (msgspec.MsgspecError, KeyError, TypeError, RecursionError):
            pass  # not even an object with these fields: its first bytes say enough
        for what, expected, found in places:
            if expected != found:
                return self._wrong(what, expected, str(found))
        begins = body[: len(start)].decode("utf-8", "replace")
        return self._wrong("first bytes of the body", start.decode(), begins)


_NO_DATA = PostedData(None, None, "", [], {})
_FOLDS: dict[type, Callable[[JournalFold, Any], None]] = {
    events.LedgerOpened: JournalFold._open_ledger,
    events.AssetRegistered: JournalFold._register_asset,
    events.AccountOpened: JournalFold._open_account,
    **dict.fromkeys(events.AccountChanged.__args__, JournalFold._change_account),
    **dict.fromkeys(events.RESOURCE_EVENTS, JournalFold._change_resource),
}


def _side(entry: PostedEntry) -> Side:
    return Side.DEBIT if entry.direction == "debit" else Side.CREDIT


def line_digest(line: str) -> bytes:
    """Sixteen bytes that stand for a row's line."""
    return sha256(line.encode()).digest()[:16]


@lru_cache(maxsize=8192)
def _check_moment(text: str) -> None:
    """Raise ValueError unless the text is a moment as the journal spells it."""
    if Moment.parse(text).text() != text:
        raise ValueError(f"{text!r} is not spelled as a moment")
