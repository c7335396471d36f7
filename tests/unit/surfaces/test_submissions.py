"""Submissions: one handing over for a turn of the loop, one answer each, and one's failure alone."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from partita.engine.errors import Overloaded, StoreUnavailable
from partita.engine.idempotency import wish
from partita.engine.outcome import Outcome, Wish
from partita.kernel.commands import FreezeAccount
from partita.surfaces.submissions import Submissions


class Recorder:
    """Takes wishes, and leaves it to the test when and how they are answered."""

    def __init__(self) -> None:
        self.handed: list[tuple[Sequence[Wish], Callable[[Any], None]]] = []
        self.refusal: Exception | None = None

    def submit(self, wishes: Sequence[Wish], done: Callable[[Any], None]) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.handed.append((wishes, done))


def wishes(count: int) -> list[Wish]:
    return [wish(FreezeAccount(f"a:{n}")) for n in range(count)]


@pytest.fixture
def ledger() -> Recorder:
    return Recorder()


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_wishes_of_one_turn_go_together_and_in_order(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    asked = wishes(5)
    futures = [submissions.submit(one) for one in asked]
    assert not ledger.handed
    await turn()
    [(handed, done)] = ledger.handed
    assert list(handed) == asked
    await asyncio.to_thread(done, ["r0", "r1", "r2", "r3", "r4"])
    answers: list[Any] = await asyncio.gather(*futures)
    assert answers == ["r0", "r1", "r2", "r3", "r4"]


async def test_wishes_of_the_next_turn_go_by_themselves(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    for one in wishes(2):
        submissions.submit(one)
        await turn()
    assert [len(handed) for handed, _ in ledger.handed] == [1, 1]


async def test_a_full_queue_refuses_all_of_a_turn(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    ledger.refusal = Overloaded("full")
    futures = [submissions.submit(one) for one in wishes(3)]
    for future in futures:
        with pytest.raises(Overloaded):
            await future


async def test_a_store_that_is_gone_fails_all_of_a_turn(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    futures = [submissions.submit(one) for one in wishes(2)]
    await turn()
    ledger.handed[0][1](StoreUnavailable("gone"))
    for future in futures:
        with pytest.raises(StoreUnavailable):
            await future
    assert len(ledger.handed) == 1, "it may be in doubt: only whoever asked may try again"


async def test_one_wish_that_cannot_be_written_fails_alone(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    good, bad = (submissions.submit(one) for one in wishes(2))
    await turn()
    ledger.handed[0][1](ValueError("cannot be written"))
    await turn()
    assert [len(handed) for handed, _ in ledger.handed] == [2, 1, 1]
    ledger.handed[1][1](["done"])
    ledger.handed[2][1](ValueError("cannot be written"))
    assert await good == "done"  # type: ignore[comparison-overlap]
    with pytest.raises(ValueError, match="cannot be written"):
        await bad


async def test_who_has_gone_is_passed_over(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    futures: list[asyncio.Future[Outcome]] = [submissions.submit(one) for one in wishes(2)]
    await turn()
    futures[0].cancel()
    ledger.handed[0][1](["r0", "r1"])
    assert await futures[1] == "r1"  # type: ignore[comparison-overlap]


async def test_many_go_behind_what_was_asked_before_them(ledger: Recorder) -> None:
    submissions = Submissions(ledger)
    first, *others = wishes(4)
    single, many = submissions.submit(first), submissions.submit_many(others)
    (one, answer_one), (rest, answer_rest) = ledger.handed
    assert (list(one), list(rest)) == ([first], others)
    await asyncio.to_thread(answer_rest, ["r1", "r2", "r3"])
    await asyncio.to_thread(answer_one, ["r0"])
    assert [await single, *await many] == ["r0", "r1", "r2", "r3"]


async def test_many_are_refused_whole_when_nothing_is_taken_in(ledger: Recorder) -> None:
    ledger.refusal = Overloaded("full")
    with pytest.raises(Overloaded):
        Submissions(ledger).submit_many(wishes(2))
