"""The keyring: keys are found by their hash, and once revoked stay revoked."""

import msgspec

from partita.engine.access import Access, Denial, Scope
from partita.engine.ports import ApiKey
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock


def api_key(number: int, ledger: str = "main", **fields: object) -> ApiKey:
    """A key made `number` microseconds after noon."""
    digest = number.to_bytes(32)
    made = Moment(NOON + number)
    return msgspec.structs.replace(
        ApiKey(f"key_{number}", ledger, f"nr {number}", "write", digest, made), **fields
    )


def test_a_key_is_found_by_its_hash_with_every_field(store: FullStore) -> None:
    plain = api_key(1)
    full = api_key(2, scope="read", expires_at=Moment(NOON + 5), revoked_at=Moment(NOON + 4))
    for each in (plain, full):
        store.add_key(each)
        assert store.key_by_digest(each.digest) == each
    assert store.key_by_digest(bytes(32)) is None


def test_keys_are_listed_newest_first_by_ledger(store: FullStore) -> None:
    first, second, third = api_key(1), api_key(2, "other"), api_key(3)
    for each in (second, third, first):
        store.add_key(each)
    assert list(store.keys()) == [third, second, first]
    assert list(store.keys("main")) == [third, first]
    assert list(store.keys("nobody")) == []


def test_revoking_twice_keeps_the_first_moment(store: FullStore) -> None:
    store.add_key(api_key(1))
    store.add_key(api_key(2))
    expected = api_key(1, revoked_at=Moment(NOON + 10))
    assert store.revoke_key("key_1", Moment(NOON + 10)) == expected
    assert store.revoke_key("key_1", Moment(NOON + 20)) == expected
    assert store.key_by_digest(expected.digest) == expected
    assert store.key_by_digest(api_key(2).digest) == api_key(2)
    assert store.revoke_key("key_9", NOON) is None


def test_a_key_opens_until_it_is_revoked_and_is_kept_as_a_hash_only(store: FullStore) -> None:
    clock = StandingClock()
    access = Access(store, b"p" * 32, clock, SeededEntropy())
    text, made = access.create("main", Scope.READ, name="n")
    assert access.check(text) == made
    assert text not in str(store.keys())
    access.revoke(made.id)
    assert access.check(text) is Denial.REVOKED
    assert access.check(text + "x") is Denial.UNKNOWN


def test_a_key_of_another_pepper_is_unknown(store: FullStore) -> None:
    clock, entropy = StandingClock(), SeededEntropy()
    text, _ = Access(store, b"p" * 32, clock, entropy).create("main", Scope.WRITE)
    assert Access(store, b"q" * 32, clock, entropy).check(text) is Denial.UNKNOWN


def test_a_key_expires_at_its_moment_even_if_it_was_seen_just_before(store: FullStore) -> None:
    clock = StandingClock()
    access = Access(store, b"p" * 32, clock, SeededEntropy())
    text, made = access.create("main", Scope.WRITE, expires_at=Moment(NOON + 1))
    assert access.check(text) == made
    clock.moment = Moment(NOON + 1)
    assert access.check(text) is Denial.EXPIRED


def test_another_process_sees_a_revocation_within_two_seconds(store: FullStore) -> None:
    clock = StandingClock()
    here, there = (Access(store, b"p" * 32, clock, SeededEntropy(n)) for n in (1, 2))
    text, made = here.create("main", Scope.WRITE)
    assert there.check(text) == made
    here.revoke(made.id)
    clock.moment = Moment(NOON + 2_000_001)
    assert there.check(text) is Denial.REVOKED
