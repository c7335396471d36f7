"""Records: what is written can be read, has one spelling, and is refused when it is anything else."""

import json
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.engine.idempotency import OPERATIONS as ENGINE_OPERATIONS
from partita.journal import keys
from partita.journal.encoding import (
    EVENT_TYPES,
    TYPE_NAMES,
    UnreadableRecord,
    _wire,
    decode,
    encode,
    encode_value,
    ledger_of,
    value_decoder,
)
from partita.journal.keys import key_digest
from partita.journal.merkle import leaf_hash
from partita.journal.record import Cause
from partita.kernel import commands, events
from partita.kernel.account import Account, AccountType, Constraints, FreezeFlow, Side, Totals
from partita.kernel.amount import LARGEST
from partita.kernel.asset import Asset, AssetKind
from partita.kernel.matters import Matter
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.kernel.posting import Entry

SALT = "0123456789abcdef" * 2
# Any text that is Unicode; surrogates are refused long before.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.one_of(
    WORDS, st.sampled_from(["null", "", "\0", '"', "\\u0000", "</x>", "\u2028", "💶"])
)
MAYBE = st.none() | TEXTS
METADATA = st.dictionaries(TEXTS, TEXTS, max_size=4)
AMOUNTS = st.integers(1, LARGEST)
MOMENTS = st.integers(EARLIEST, LATEST).map(Moment)
NUMBERS = st.integers(1, 2**63 - 1)
SEGMENTS = st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map(":".join)
IDS = st.from_regex(r"acc_[0-9A-HJKMNP-TV-Z]{26}", fullmatch=True)
SIDES = st.sampled_from(Side)
BOUNDS = st.none() | st.integers(-LARGEST, LARGEST)
CODES = st.from_regex(r"[A-Z][A-Z0-9._-]{0,8}", fullmatch=True)

ENTRIES = st.builds(
    Entry, PATHS, NUMBERS, NUMBERS, SIDES, AMOUNTS, CODES,
    st.builds(Totals, *[st.integers(0, LARGEST)] * 4),
)  # fmt: skip
POSTED = st.builds(
    events.TransactionPosted, IDS, MAYBE, MAYBE, MOMENTS,
    st.lists(ENTRIES, min_size=2, max_size=4).map(tuple), METADATA,
)  # fmt: skip
ACCOUNTS = st.builds(
    Account, NUMBERS, IDS, PATHS, st.sampled_from(AccountType), SIDES, CODES,
    st.builds(Constraints, BOUNDS, BOUNDS, BOUNDS, BOUNDS, st.integers(0, LARGEST)),
    METADATA, MOMENTS,
)  # fmt: skip
ASSETS = st.builds(
    Asset, CODES, st.integers(0, 30), st.sampled_from(AssetKind), MAYBE, METADATA
)  # fmt: skip
CHANGED = st.sampled_from((events.AccountFrozen, events.AccountUnfrozen, events.AccountClosed))
FLOWS = st.sampled_from(FreezeFlow)
EVENTS = st.one_of(
    POSTED,
    st.builds(events.LedgerOpened, IDS, SEGMENTS, METADATA),
    st.builds(events.AssetRegistered, IDS, ASSETS),
    ACCOUNTS.map(events.AccountOpened),
    CHANGED.flatmap(lambda kind: st.builds(kind, IDS, PATHS, NUMBERS, MAYBE)),
    st.builds(events.AccountFrozen, IDS, PATHS, NUMBERS, MAYBE, FLOWS),
)
CAUSES = st.builds(Cause, MAYBE, MAYBE, MAYBE, MAYBE, st.none() | st.integers(0, 999))


@given(EVENTS, CAUSES, NUMBERS, MOMENTS)
def test_what_is_written_is_read_back(
    event: events.Event, cause: Cause, sequence: int, recorded_at: Moment
) -> None:
    body = encode("main", sequence, recorded_at, event, cause, SALT)
    record = decode(body)
    assert (record.event, record.cause) == (event, cause)
    assert (record.sequence, record.recorded_at) == (sequence, recorded_at)
    assert (record.body, record.leaf) == (body, leaf_hash(body))
    assert ledger_of(body) == "main"


@given(EVENTS, CAUSES, NUMBERS, MOMENTS)
def test_a_record_is_compact_json_in_one_order_with_every_number_a_string(
    event: events.Event, cause: Cause, sequence: int, recorded_at: Moment
) -> None:
    body = encode("main", sequence, recorded_at, event, cause, SALT)
    plain = json.loads(body)
    # The standard library spells it the same way: nothing about the spelling is special to us.
    assert json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() == body
    assert list(plain) == [
        "v", "ledger", "sequence", "recorded_at", "type", "id", "key", "fingerprint", "actor",
        "request_id", "bulk", "data", "salt",
    ]  # fmt: skip
    assert not numbers(plain)
    assert b"\n" not in body


def numbers(value: object) -> list[object]:
    """Every JSON number (or boolean) in a value."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in numbers(item)]
    if isinstance(value, list):
        return [found for item in value for found in numbers(item)]
    return [] if value is None or isinstance(value, str) else [value]


@given(ACCOUNTS)
def test_an_account_alone_is_read_back(account: Account) -> None:
    assert value_decoder(Account)(encode_value(account)) == account


def test_the_word_null_is_not_nothing() -> None:
    event = events.TransactionPosted("txn_1", "null", None, Moment(0), (), {})
    back = decode(encode("main", 2, Moment(0), event, Cause(key="null"), SALT))
    assert back.event == event
    assert (back.cause.key, back.cause.actor) == ("null", None)


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[]", b"\xff", b'{"v":"1"}', b"{" * 5000])
def test_other_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        decode(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":"1"', b'"v":"9"'),
        (b"ledger.opened", b"ledger.burnt"),
        (b'"name":"main"', b'"name":7'),
        (b"1970-01-01T00:00:00.000000Z", b"yesterday"),
        (b'"salt"', b'"pepper"'),
    ],
)
def test_a_record_of_another_form_is_refused(old: bytes, new: bytes) -> None:
    body = encode("main", 1, Moment(0), events.LedgerOpened("l", "main", {}), Cause(), SALT)
    assert old in body
    with pytest.raises(UnreadableRecord):
        decode(body.replace(old, new))


def test_every_event_has_a_name() -> None:
    # A matter's record is called after what happened to it, so by many names.
    unnamed = {events.AccountChanged, events.MatterChanged}
    kinds = set(events.Event.__args__) - unnamed  # type: ignore[attr-defined]
    assert set(TYPE_NAMES) >= {kind for kind in kinds if isinstance(kind, type)}
    assert len(EVENT_TYPES) == len(TYPE_NAMES) == 26


def test_keys_count_within_the_same_operations_everywhere() -> None:
    by_event = {
        "ledger.opened": commands.OpenLedger, "asset.registered": commands.RegisterAsset,
        "account.opened": commands.OpenAccount, "account.frozen": commands.FreezeAccount,
        "account.unfrozen": commands.UnfreezeAccount, "account.closed": commands.CloseAccount,
        "transaction.posted": commands.PostTransaction,
        "transaction.reversed": commands.ReverseTransaction,
        "transaction.pended": commands.PendTransaction,
        "transaction.edited": commands.EditTransaction,
        "transaction.settled": commands.SettleTransaction,
        "transaction.archived": commands.ArchiveTransaction,
        "hold.placed": commands.PlaceHold, "hold.captured": commands.CaptureHold,
        "hold.incremented": commands.IncrementHold, "hold.released": commands.ReleaseHold,
        "hold.extended": commands.ExtendHold,
        "limit.set": commands.SetLimit, "limit.archived": commands.ArchiveLimit,
        "period.opened": commands.OpenPeriod, "period.soft_closed": commands.SoftClosePeriod,
        "period.reopened": commands.ReopenPeriod, "period.closed": commands.ClosePeriod,
        "document.saved": commands.SaveDocument, "document.archived": commands.ArchiveDocument,
    }  # fmt: skip
    expected = {name: ENGINE_OPERATIONS[command] for name, command in by_event.items()}
    assert {**expected, "hold.expired": "holds/expire"} == keys.OPERATIONS  # nobody asks for it
    assert set(by_event.values()) | {commands.Bulk} == set(ENGINE_OPERATIONS)
    assert ENGINE_OPERATIONS[commands.Bulk] == keys.BULK_OPERATION
    assert key_digest("transactions", "ü") == sha256(b"transactions\0\xc3\xbc").digest()[:16]


@given(
    st.builds(
        events.MatterChanged,
        id=st.just("evt_1"), type=st.just("box.filled"), asked=TEXTS, external_id=MAYBE,
        reason=MAYBE, facts=METADATA, parts=st.lists(TEXTS, max_size=3).map(tuple),
        matter=st.builds(
            Matter, id=st.just("box_1"), kind=st.just("box"), number=st.integers(1, 10**18),
            status=TEXTS, version=st.integers(1, 99), title=MAYBE, about=MAYBE,
            external_id=MAYBE, body=TEXTS, account_paths=st.lists(TEXTS, max_size=3).map(tuple), related=st.lists(TEXTS, max_size=3).map(tuple),
            wakes_at=st.none() | MOMENTS,
        ),
    )
)  # fmt: skip
def test_a_matter_is_written_by_hand_as_the_general_writer_would(
    event: events.MatterChanged,
) -> None:
    body = encode("main", 1, Moment(0), event, Cause(), "0" * 32)
    general = msgspec.json.encode(_wire(event), order="deterministic")
    assert b',"data":' + general + b"," in body
    assert encode_value(event.matter).encode() in general
    assert decode(body).event == event


NOON = Moment.parse("2026-11-20T12:00:00Z")


class Kept(msgspec.Struct, frozen=True):
    """What a module may keep in a matter's body."""

    count: int
    due_at: Moment
    is_late: bool


def test_bodies_have_numbers_as_strings_and_booleans_as_they_are() -> None:
    kept = Kept(10**37, NOON, is_late=True)
    text = encode_value(kept)
    assert json.loads(text) == {"count": "1" + "0" * 37, "due_at": NOON.text(), "is_late": True}
    assert value_decoder(Kept)(text) == kept


def test_bodies_with_numbers_can_be_read_still() -> None:
    """Some modules wrote JSON numbers, and moments as microseconds."""
    text = json.dumps({"count": 12, "due_at": int(NOON), "is_late": False})
    assert value_decoder(Kept)(text) == Kept(12, NOON, is_late=False)
