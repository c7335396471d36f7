"""The judges of what left a ledger are themselves judged: each kind of wrong is seen as what it is."""

import pytest

from tools.outgoing.checking import Got, Verdict, judged
from tools.outgoing.pace import pace

ALL = [Got(1, "a"), Got(2, "b"), Got(3, "c")]


@pytest.mark.parametrize(
    ("got", "verdict", "is_sound"),
    [
        (ALL, Verdict(3, 3, 0, 0, 0), True),
        ([*ALL, Got(2, "b"), Got(1, "a")], Verdict(5, 3, 0, 0, 0), True),
        ([Got(1, "a"), Got(3, "c")], Verdict(2, 2, 1, 0, 0), False),
        ([Got(1, "a"), Got(3, "c"), Got(2, "b")], Verdict(3, 3, 0, 1, 0), False),
        ([*ALL, Got(2, "x")], Verdict(4, 3, 0, 0, 1), False),
        ([], Verdict(0, 0, 3, 0, 0), False),
    ],
    ids=["all", "again", "missing", "disordered", "renamed", "nothing"],
)
def test_a_verdict_says_what_is_wrong(got: list[Got], verdict: Verdict, is_sound: bool) -> None:
    found = judged(got, head=3)
    assert found == verdict
    assert found.is_sound(ordered=True) is is_sound
    assert found.repeated == len(got) - len(set(got) if verdict.renamed == 0 else ALL)


def test_order_counts_where_it_was_promised() -> None:
    found = judged([Got(1, "a"), Got(3, "c"), Got(2, "b")], head=3)
    assert found.is_sound(ordered=False)


def test_a_pace_is_the_middle_and_the_last_hundredth() -> None:
    found = pace([0.001] * 99 + [0.5])
    assert (found.p50, found.p99, found.requests) == (1.0, 500.0, 100)
