"""The fold: it ends with the journal's root, and stops at the first record that is not right."""

from collections.abc import Callable, Iterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.journal.encoding import decode, encode
from partita.journal.findings import Finding, Wrong
from partita.journal.merkle import leaf_hash
from partita.journal.record import Record
from partita.journal.verify import JournalFold
from partita.kernel import events
from partita.kernel.account import AccountStatus
from partita.kernel.moment import Moment
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.journal import specimen

SALT = "ab" * 16


@pytest.fixture(scope="module")
def journal() -> list[Record]:
    """The records of the specimen."""
    store = MemoryStore()
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    application.open_ledger("main")
    specimen.fill(application)
    records = store.records(store.ledgers()[0], 0, 100)
    application.close()
    assert len(records) == specimen.RECORDS
    return records


def folded(bodies: list[bytes]) -> JournalFold:
    """The fold over bodies, each with the hash that it really has."""
    fold = JournalFold("main")
    for body in bodies:
        fold.take(body, leaf_hash(body))
    return fold


def finding(bodies: list[bytes]) -> Finding:
    """What the fold objects to."""
    with pytest.raises(Wrong) as wrong:
        folded(bodies)
    return wrong.value.finding


def test_a_good_journal_passes(journal: list[Record]) -> None:
    fold = folded([record.body for record in journal])
    assert fold.log.size == len(journal)
    assert fold.accounts["customers:bob"].status is AccountStatus.CLOSED
    assert fold.accounts["customers:alice"].credits == 1_008
    assert list(fold.assets) == ["GOLD.1"]
    assert [len(bulk.places) for bulk in fold.bulks.values()] == [2]
    assert len(fold.journal_lines) == len(journal)


def test_every_flipped_bit_of_a_record_or_its_hash_is_found(journal: list[Record]) -> None:
    """One bit of each byte; which one goes round."""
    for record in journal[:3] + journal[6:8]:
        for whole in (record.body, record.leaf):
            for place in range(len(whole)):
                flipped = bytearray(whole)
                flipped[place] ^= 1 << place % 8
                fold = folded([earlier.body for earlier in journal[: record.sequence - 1]])
                body, leaf = record.body, record.leaf
                forged = (bytes(flipped), leaf) if whole is body else (body, bytes(flipped))
                with pytest.raises(Wrong) as wrong:
                    fold.take(*forged)
                assert wrong.value.finding.sequence == record.sequence


def places(journal: list[Record]) -> Iterator[tuple[str, list[Record]]]:
    """A journal in which one record is missing, doubled, or changed places with the next."""
    for n in range(len(journal) - 1):
        yield f"{n} missing", journal[:n] + journal[n + 1 :]
        yield f"{n} twice", journal[: n + 1] + journal[n:]
        yield f"{n} swapped", [*journal[:n], journal[n + 1], journal[n], *journal[n + 2 :]]


def test_missing_doubled_and_swapped_records_are_found(journal: list[Record]) -> None:
    for name, records in places(journal):
        found = finding([record.body for record in records])
        n = int(name.split()[0])
        assert (found.table, found.what) == ("journal", "sequence"), name
        assert found.sequence == (n + 2 if "twice" in name else n + 1), name


FORGERIES: dict[str, tuple[int, bytes, bytes]] = {
    "another ledger": (9, b'"ledger":"main"', b'"ledger":"mine"'),
    "another format": (9, b'"v":"1"', b'"v":"2"'),
    "earlier than the one before": (9, b'"recorded_at":"2026', b'"recorded_at":"2025'),
    "no moment": (9, b'"effective_at":"1993-01-02', b'"effective_at":"1993-02-30'),
    "amount and totals differ": (8, b'"amount":"1000"', b'"amount":"1001"'),
    "amount with a leading zero": (8, b'"amount":"1000"', b'"amount":"01000"'),
    "negative amount": (8, b'"amount":"1000"', b'"amount":"-1000"'),
    "amount in other digits": (8, b'"amount":"1000"', '"amount":"\uff11000"'.encode()),
    "totals off by one": (8, b'"after":["1000","0"', b'"after":["1001","0"'),
    "pending out of nowhere": (8, b'["1000","0","0","0"]', b'["1000","0","1","0"]'),
    "version skipped": (8, b'"version":"1"', b'"version":"2"'),
    "other side": (8, b'"direction":"debit"', b'"direction":"credit"'),
    "no side": (8, b'"direction":"debit"', b'"direction":"either"'),
    "unknown account": (8, b'"account":"bank"', b'"account":"bonk"'),
    "another account's number": (8, b'"number":"3"', b'"number":"4"'),
    "other asset": (8, b'"asset":"USD"', b'"asset":"EUR"'),
    "white space": (8, b'"data":{', b'"data": {'),
    "needless escape": (8, b'"deposit"', b'"dep\\u006fsit"'),
    "doubled name": (8, b'"type":"deposit"', b'"type":"x","type":"deposit"'),
    "unknown name": (8, b'"metadata":{}', b'"metadata":{},"more":"1"'),
    "number for string": (8, b'"number":"3"', b'"number":3'),
    "unsorted metadata": (9, b'{"a":"\\\\","z":""}', b'{"z":"","a":"\\\\"}'),
    "short salt": (8, b'"salt":"', b'"salt":"0'),
    "another account number at opening": (4, b'"number":"4"', b'"number":"5"'),
    "a path taken": (4, b"customers:alice", b"bank"),
    "an asset nobody knows": (4, b'"asset":"USD"', b'"asset":"USX"'),
    "unfreezing what is not frozen": (14, b"account.frozen", b"account.unfrozen"),
    "both directions spelled out": (14, b'"number":"5"', b'"flow":"both","number":"5"'),
    "a freeze in no direction": (43, b'"flow":"out"', b'"flow":"up"'),
    "unknown type of record": (14, b"account.frozen", b"account.melted"),
    "opening the ledger again": (2, b"asset.registered", b"ledger.opened"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_records_with_fitting_hashes_are_found(name: str, journal: list[Record]) -> None:
    sequence, old, new = FORGERIES[name]
    bodies = [record.body for record in journal]
    assert old in bodies[sequence - 1], "the specimen has changed"
    bodies[sequence - 1] = bodies[sequence - 1].replace(old, new)
    found = finding(bodies)
    assert (found.table, found.sequence) == ("journal", sequence)
    assert found.expected != found.found


def rewritten(record: Record, change: Callable[[events.Event], events.Event]) -> bytes:
    """A record with another event, spelled as it should be."""
    event = change(record.event)
    return encode("main", record.sequence, record.recorded_at, event, record.cause, SALT)


def test_an_unbalanced_transaction_is_found(journal: list[Record]) -> None:
    def drop_last_leg(event: events.Event) -> events.Event:
        assert isinstance(event, events.TransactionPosted)
        return events.TransactionPosted(
            event.id, event.type, event.external_id, event.effective_at, event.entries[:1], {}
        )

    bodies = [record.body for record in journal]
    bodies[7] = rewritten(journal[7], drop_last_leg)
    found = finding(bodies)
    assert (found.sequence, found.what) == (8, "entries in USD do not balance")
    assert (found.expected, found.found) == ("0", "1000")


def test_nesting_without_end_is_found(journal: list[Record]) -> None:
    for number in (4, 8):
        bodies = [record.body for record in journal]
        start = bodies[number - 1].index(b'"data":') + len(b'"data":')
        bodies[number - 1] = bodies[number - 1][:start] + b"[" * 100_000
        assert finding(bodies).sequence == number


def test_an_empty_transaction_is_found(journal: list[Record]) -> None:
    def drop_all_legs(event: events.Event) -> events.Event:
        return events.TransactionPosted("txn_1", None, None, Moment(0), (), {})

    bodies = [record.body for record in journal]
    bodies[7] = rewritten(journal[7], drop_all_legs)
    assert finding(bodies).what == "count of entries"


def test_a_journal_that_begins_with_anything_else_is_refused(journal: list[Record]) -> None:
    for record in (journal[1], journal[7]):
        forged = encode("main", 1, record.recorded_at, record.event, record.cause, SALT)
        assert finding([forged]).sequence == 1
    other = encode(
        "main", 1, Moment(0), events.LedgerOpened("l", "other", {}), journal[0].cause, SALT
    )
    assert finding([other]).what == "name of the ledger"


def test_a_posting_to_a_closed_account_is_found(journal: list[Record]) -> None:
    """The specimen's transfer to bob, written once more after bob's account was closed."""
    bodies = [record.body for record in journal]
    late = journal[-1]
    again = decode(bodies[7]).event
    bodies.append(encode("main", late.sequence + 1, late.recorded_at, again, late.cause, SALT))
    found = finding(bodies)
    assert found.sequence == late.sequence + 1
