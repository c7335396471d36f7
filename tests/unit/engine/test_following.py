"""The follower: builds what is due, survives a store that is away, and stops when told."""

import threading
import time
from collections.abc import Callable

import pytest

from partita.engine import following
from partita.engine.errors import PartitaError, StoreUnavailable
from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment

LEDGER = LedgerInfo(1, "main", Moment(0))


class Blocks:
    """A cache that has so many blocks due, and is away for the first so many calls."""

    def __init__(self, due: int, failures: int = 0) -> None:
        self.due, self.failures = due, failures

    def build_blocks(self, ledger: LedgerInfo, limit: int) -> int:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away")
        built = min(limit, self.due)
        self.due -= built
        return built

    def drop_blocks(self, ledger: LedgerInfo) -> None:
        raise AssertionError("a follower drops nothing")

    def wrong_block(self, ledger: LedgerInfo) -> str | None:
        raise AssertionError("a follower checks nothing")


def until(done: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if done():
            return
        time.sleep(0.005)
    raise AssertionError("it did not come to that")


def test_everything_due_is_built() -> None:
    blocks = Blocks(1_000)
    assert following.build_all(blocks, LEDGER) == 1_000
    assert blocks.due == 0


def test_a_follower_builds_in_the_background_and_stops() -> None:
    blocks = Blocks(500)
    follower = following.Follower(blocks, lambda: [LEDGER], print)
    until(lambda: blocks.due == 0)
    follower.close()
    assert "partita-following" not in {thread.name for thread in threading.enumerate()}


def test_a_store_that_is_away_is_told_of_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[PartitaError] = []
    blocks = Blocks(10, failures=2)
    monkeypatch.setattr(following, "ROUND_SECONDS", 0.01)
    follower = following.Follower(blocks, lambda: [LEDGER], told.append)
    until(lambda: blocks.due == 0)
    follower.close()
    assert len(told) == 2
