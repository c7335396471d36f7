"""Identifiers: `prefix_` and a ULID, at most 35 characters, sortable by the time of minting.

A ULID is 48 bits of milliseconds and 80 random bits in Crockford's base 32
(https://github.com/ulid/spec). Time and randomness come in as arguments; minting many at once
costs a fraction of minting one by one, since they share the time part and one pass over the bytes.
"""

import re

ACCOUNT, TRANSACTION, HOLD, API_KEY, REQUEST, BATCH, LEDGER, ASSET, LIMIT, PERIOD = (
    "acc_", "txn_", "hld_", "key_", "req_", "bat_", "ldg_", "ast_", "lim_", "prd_",
)  # fmt: skip
RANDOM_BYTES = 16
"""Random bytes for one identifier: each gives five of its bits to one letter."""

_LEDGER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# A table of 256 letters, each of the 32 as often as the others, so that even bytes give even letters.
_LETTER_OF_BYTE = _CROCKFORD.encode() * 8


def check_ledger_name(name: str) -> str:
    """Return the name if a ledger may be called so, else raise ValueError with the rule."""
    if _LEDGER_NAME.fullmatch(name) is None:
        raise ValueError(
            f"not a ledger's name: {name!r:.80}; use 1 to 63 of a-z, 0-9, '_', '-', beginning"
            " with a letter or a digit"
        )
    return name


def mint(prefix: str, milliseconds: int, random: bytes) -> str:
    """One identifier from a time and sixteen random bytes.

    >>> mint("acc_", 0, bytes(16))
    'acc_00000000000000000000000000'
    """
    return mint_many(prefix, milliseconds, random)[0]


def mint_many(prefix: str, milliseconds: int, random: bytes) -> list[str]:
    """As many identifiers as there are groups of sixteen bytes in `random`, all of one time."""
    assert len(random) % RANDOM_BYTES == 0, "sixteen random bytes make one identifier"
    stem = prefix + _time_part(milliseconds)
    letters = random.translate(_LETTER_OF_BYTE).decode()
    return [stem + letters[n : n + RANDOM_BYTES] for n in range(0, len(letters), RANDOM_BYTES)]


def numbered(prefix: str, milliseconds: int, number: int) -> str:
    """An identifier that carries a number where others are random; `number_in` reads it back.

    >>> numbered("evt_", 0, 42)
    'evt_0000000000000000000000001A'
    """
    assert 0 <= number < 1 << 80, "sixteen letters of five bits"
    return prefix + _time_part(milliseconds) + _letters(number, RANDOM_BYTES)


def number_in(identifier: str) -> int | None:
    """What the last sixteen letters of an identifier say as a number; None if they are none.

    >>> number_in("evt_0000000000000000000000001A")
    42
    """
    number = 0
    for letter in identifier[-RANDOM_BYTES:]:
        if (digit := _CROCKFORD.find(letter)) < 0:
            return None
        number = number << 5 | digit
    return number


def _time_part(milliseconds: int) -> str:
    assert 0 <= milliseconds < 1 << 48, "a ULID counts milliseconds from 1970 to 10889"
    return _letters(milliseconds, 10)


def _letters(number: int, count: int) -> str:
    """A number in base 32, padded to so many letters."""
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(5 * count - 5, -1, -5))
