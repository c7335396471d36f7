"""Killed at each transition of each type, wherever on its way: told again, all is as if it had lived.

The transitions come from the tables (`payment_stories.py`); the places are those of `crash_points.py`.
Each death has a ledger of its own. Beside it the same story is told without a death, and what both
ledgers keep must be the same but for ids and moments: journal, resources, balances, trial balance.
"""

import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, cycle, product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.modules.payments.lifecycles import LIFECYCLES
from tests.faults import soundness
from tests.faults.crash_points import Point
from tests.faults.payment_stories import stories
from tests.faults.processes import ENVIRONMENT, ROOT
from tests.faults.stored import StoredLedger, StoredRecord
from tests.faults.story_process import Tell, Told

_NAME = re.compile(
    r"\b[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b"
)
"""An id of ours, or a UETR: made by chance, so that no two lives have the same."""
_LEDGERS_OF_A_TELLER = 30
"""Each ledger that is open for writing holds a connection, and PostgreSQL has a hundred."""
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT[0-9:.]+Z|\b1[0-9]{15}\b")


class Teller:
    """A story process, from outside."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.faults.story_process", str(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd=ROOT,
        )
        assert self._hear() is not None, "the teller did not start"

    def tell(self, asked: Tell) -> Told | None:
        """Have a story told; None if the teller died of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(asked) + b"\n")
        self._process.stdin.flush()
        return self._hear()

    def end(self) -> int:
        """Let it go; its status, or the signal that killed it, below zero."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._process.poll() is None:
            self._process.stdin.close()
        status = self._process.wait(timeout=60)
        self._process.stdout.close()
        return status

    def _hear(self) -> Told | None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return msgspec.json.decode(line, type=Told) if line.endswith(b"\n") else None


@pytest.fixture
def told(server_folder: Path) -> Iterator[Callable[[str, Point | None], dict[str, Any]]]:
    """Tells a story in a ledger of its own, with a death or without; what the ledger then keeps."""
    tellers = [Teller(server_folder)]
    numbers = count(1)
    dsn = EmbeddedPostgres(server_folder).dsn(ADMINISTRATOR)

    def journal(ledger: str) -> list[StoredRecord]:
        return StoredLedger.read(dsn, ledger).journal

    def tell(story: str, dies_at: Point | None) -> dict[str, Any]:
        number = list(stories()).index(story)
        ledger = f"story-{number}-{dies_at.value if dies_at else 'lives'}"
        if dies_at is not None:
            _let_die(server_folder, Tell(ledger, story, dies_at))
            last = len(stories()[story].commands) - 1
            is_there = any(each.said["key"] == f"{story}:{last}" for each in journal(ledger))
            assert is_there == (dies_at is Point.COMMITTED), "it died at another place"
        if next(numbers) % _LEDGERS_OF_A_TELLER == 0:
            assert tellers.pop().end() == 0
            tellers.append(Teller(server_folder))
        answer = tellers[0].tell(Tell(ledger, story))
        assert answer is not None
        assert answer.refused is None, f"{story}: {answer.refused}"
        kept = StoredLedger.read(dsn, ledger)
        assert list(soundness.problems(kept)) == []
        return picture(kept)

    yield tell
    assert tellers.pop().end() == 0


def _let_die(folder: Path, asked: Tell) -> None:
    victim = Teller(folder)
    assert victim.tell(asked) is None, f"{asked.story} lived"
    assert victim.end() == -signal.SIGKILL


def picture(kept: StoredLedger) -> dict[str, Any]:
    """What a ledger keeps, with ids and moments named by the order in which they come."""
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"name-{len(names)}")

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return _MOMENT.sub("moment", _NAME.sub(named, value)) if isinstance(value, str) else value

    journal = [(each.type, plain(each.said["data"])) for each in kept.journal[1:]]
    entries = [(each.account_number, each.asset, each.amount, each.after) for each in kept.entries]
    resources = {
        plain(key[1]): plain((state, body)) for key, (state, body) in kept.resources.items()
    }
    return {
        "journal": journal,
        "entries": entries,
        "accounts": kept.accounts,
        "resources": resources,
        "trial balance": sum(entry.amount for entry in kept.entries),
    }


def deaths(seed: int) -> list[tuple[str, Point]]:
    """A sample by chance: one transition of each type, and each place at least twice."""
    names, chance = sorted(stories()), random.Random(seed)
    chance.shuffle(names)
    by_type = {name.partition(".")[0]: name for name in names}
    return list(zip(by_type.values(), cycle(Point)))


def test_there_is_a_story_for_each_transition_and_each_state_it_starts_from() -> None:
    rows = sum(
        len(row.from_states or (None,)) for t in LIFECYCLES.values() for row in t.transitions
    )
    assert len(stories()) == rows


def test_a_death_changes_nothing(
    told: Callable[[str, Point | None], dict[str, Any]], seed: int, request: pytest.FixtureRequest
) -> None:
    is_heavy = request.config.getoption("--heavy")
    chosen = list(product(stories(), Point)) if is_heavy else deaths(seed)
    alive = {story: told(story, None) for story in {story for story, _point in chosen}}
    for story, point in chosen:
        assert told(story, point) == alive[story], f"{story}, killed when {point.value}"


def test_a_difference_would_be_seen(told: Callable[[str, Point | None], dict[str, Any]]) -> None:
    """Two stories that end differently have different pictures: the comparison is able to fail."""
    assert told("payment.authorized.cancel.canceled", None) != told(
        "payment.authorized.fail.failed", None
    )
