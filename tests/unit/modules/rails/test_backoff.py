"""Back-off: waits double up to a bound, and are spread over their upper half."""

from hypothesis import given
from hypothesis import strategies as st

from partita.modules.rails.backoff import CHANCE_BYTES, Backoff

BACKOFF = Backoff(first_seconds=2, most_seconds=300)
LEAST, MOST = bytes(CHANCE_BYTES), b"\xff" * CHANCE_BYTES


@given(st.integers(0, 10_000), st.binary(min_size=CHANCE_BYTES, max_size=CHANCE_BYTES))
def test_a_wait_is_in_the_upper_half_of_its_span(tries: int, chance: bytes) -> None:
    span = min(2 * 2 ** min(tries, 60), 300) * 1_000_000
    assert span // 2 <= BACKOFF.microseconds(tries, chance) <= span


def test_waits_double_until_the_most() -> None:
    least = [BACKOFF.microseconds(tries, LEAST) for tries in range(10)]
    assert least[:7] == [1_000_000 * 2**tries for tries in range(7)]
    assert least[8:] == [150_000_000] * 2


def test_chance_spreads_them_evenly() -> None:
    quarters = [(n << 62).to_bytes(8) for n in range(4)]
    found = [BACKOFF.microseconds(0, chance) for chance in quarters]
    assert found == [1_000_000, 1_250_000, 1_500_000, 1_750_000]
    assert BACKOFF.microseconds(0, MOST) < 2_000_000
